/**
 * A cluster in memory that fails as it is told, for tests: documents by backing index, which
 * refuses a repeat within itself alone; rollover; requests that are carried out and never answered,
 * or later.
 */
import type { DeadLetter, Dirty, ForeignAct } from '../outbox.ts'
import type { Cluster, Fate, Observed } from './cluster.ts'

/** What becomes of one request. */
export type Fault =
  | { do: 'items'; status: readonly number[] }
  | { do: 'status'; status: number }
  /** Carried out or not, and no answer. */
  | { do: 'hang-before' | 'hang-after' }
  /** Carried out by half, connection lost. */
  | { do: 'half' }
  /** Carried out, half of the answer came. */
  | { do: 'cut' }
  /** No answer; carried out after so many ms, with `rolls` behind a rollover. */
  | { do: 'late'; ms: number; rolls?: boolean }
  | { do: 'away' }
  /** All is well, in a new backing index. */
  | { do: 'rollover' }

const ANSWER_MS = 5
const TIMEOUT_MS = 30_000

export interface Request {
  readonly call: 'create' | 'revise' | 'resend' | 'present' | 'describe' | 'acts'
  readonly ids: readonly string[]
}

export class FaultyCluster implements Cluster {
  now = Date.UTC(2026, 10, 21, 8)
  /** By stream, its backing indices, oldest first, each with ids and bodies. */
  readonly streams = new Map<string, Map<string, string>[]>()
  /** Documents that change, by kind and id. */
  readonly documents = new Map<string, { revision: number; body: string }>()
  readonly requests: Request[] = []
  readonly acts: ForeignAct[] = []
  /** Each takes the next one; when there is none left, all is well. */
  readonly script: Fault[]
  /** Refused as they are, whatever the script: by id. */
  readonly poison: ReadonlySet<string>
  /** Bytes of a request, at most. */
  bytesMax = Number.POSITIVE_INFINITY
  #late: { at: number; run: () => void }[] = []

  constructor(script: readonly Fault[] = [], poison: readonly string[] = []) {
    this.script = [...script]
    this.poison = new Set(poison)
  }

  describe(): ReturnType<Cluster['describe']> {
    this.requests.push({ call: 'describe', ids: [] })
    this.#pass(ANSWER_MS)
    const [next] = this.script
    const isDown = next?.do === 'away' || (next?.do === 'status' && next.status === 401)
    if (!isDown) return Promise.resolve({ server: 'elasticsearch 9.4.3 at memory' })
    this.script.shift()
    const reason = next.do === 'away' ? { away: 'ECONNREFUSED' } : { refused: '401 of the key' }
    return Promise.resolve(reason)
  }

  addressOf({ doc }: Observed): { stream: string; id: string } {
    return { stream: `logs-${String(doc['event.dataset'])}`, id: String(doc['event.id']) }
  }

  create(stream: string, docs: readonly Observed[]): Promise<Fate[]> {
    const items = docs.map((one) => ({ id: this.addressOf(one).id, body: this.bodyOf(one) }))
    const run = ({ id, body }: Item): Fate => this.#create(stream, id, body)
    return Promise.resolve(this.#request('create', items, run, () => this.rollover(stream)))
  }

  revise(items: readonly Dirty[]): Promise<Fate[]> {
    const all = items.map((item) => {
      return { id: `${item.kind}/${item.id}`, body: this.bodyOf(item), revision: item.revision }
    })
    return Promise.resolve(this.#request('revise', all, (item) => this.#revise(item)))
  }

  resend(letters: readonly DeadLetter[]): Promise<Fate[]> {
    const items = letters.map(({ id, doc, place }) => ({ id, body: doc, place }))
    const run = (item: (typeof items)[number]): Fate => this.#create(item.place, item.id, item.body)
    return Promise.resolve(this.#request('resend', items, run))
  }

  bodyOf(item: Dirty | Observed): string {
    return JSON.stringify('doc' in item ? item.doc : item)
  }

  present(stream: string, ids: readonly string[]): Promise<Map<string, string[]>> {
    const [next] = this.script
    this.requests.push({ call: 'present', ids })
    this.#pass(ANSWER_MS)
    if (next !== undefined && next.do !== 'rollover' && next.do !== 'items') {
      this.script.shift()
      this.#pass(TIMEOUT_MS)
      return Promise.reject(new Error(`no answer: ${next.do}`))
    }
    const found = ids.map((id) => {
      const places = (this.streams.get(stream) ?? []).flatMap((index, i) =>
        index.has(id) ? [placeOf(stream, i)] : [],
      )
      return [id, places] as const
    })
    return Promise.resolve(new Map(found.filter(([, places]) => places.length > 0)))
  }

  remove(place: string, id: string): Promise<void> {
    for (const [stream, indices] of this.streams) {
      for (const [i, index] of indices.entries()) {
        if (placeOf(stream, i) === place) index.delete(id)
      }
    }
    return Promise.resolve()
  }

  async *actsSince(): AsyncGenerator<ForeignAct[]> {
    this.requests.push({ call: 'acts', ids: [] })
    yield await Promise.resolve(this.acts)
  }

  rollover(stream: string): void {
    this.#indices(stream).push(new Map())
  }

  /** Time goes on; what is late happens. */
  pass(ms: number): void {
    this.#pass(ms)
  }

  /** Of all backing indices. */
  copies(id: string): number {
    const indices = [...this.streams.values()].flat()
    return indices.filter((index) => index.has(id)).length
  }

  #pass(ms: number): void {
    this.now += ms
    const due = this.#late.filter(({ at }) => at <= this.now)
    this.#late = this.#late.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }

  #indices(stream: string): Map<string, string>[] {
    const known = this.streams.get(stream) ?? [new Map<string, string>()]
    this.streams.set(stream, known)
    return known
  }

  #create(stream: string, id: string, body: string): Fate {
    if (this.poison.has(id)) {
      return { kind: 'rejected', status: 400, type: 'document_parsing_exception', reason: 'poison' }
    }
    const indices = this.#indices(stream)
    const place = placeOf(stream, indices.length - 1)
    const index = indices.at(-1) ?? new Map<string, string>()
    const repeated = index.has(id)
    if (!repeated) index.set(id, body)
    return { kind: 'done', place, repeated }
  }

  #revise(item: Item & { revision: number }): Fate {
    if (this.poison.has(item.id)) {
      return { kind: 'rejected', status: 400, type: 'mapper_parsing_exception', reason: 'poison' }
    }
    const known = this.documents.get(item.id)
    const { revision, body } = item
    // By compare and set, as the writer does: an older state never replaces a newer one.
    if (known === undefined || known.revision < revision) {
      this.documents.set(item.id, { revision, body })
    }
    return { kind: 'done', place: 'documents-000001', repeated: known?.revision === revision }
  }

  #request<T extends Item>(
    call: 'create' | 'revise' | 'resend',
    items: readonly T[],
    run: (item: T) => Fate,
    rollover?: () => void,
  ): Fate[] {
    this.requests.push({ call, ids: items.map(({ id }) => id) })
    this.#pass(ANSWER_MS)
    const bytes = items.reduce((sum, { body }) => sum + body.length, 0)
    if (bytes > this.bytesMax) return items.map(() => ({ kind: 'too-large' }))
    const fault = this.script.shift()
    const all = (fate: Fate): Fate[] => items.map(() => fate)
    switch (fault?.do) {
      case undefined:
        return items.map(run)
      case 'rollover':
        rollover?.()
        return items.map(run)
      case 'items':
        return items.map((item, i) => {
          const status = fault.status[i % fault.status.length] ?? 201
          return fateOf(status) ?? run(item)
        })
      case 'status':
        return all(fateOf(fault.status) ?? { kind: 'unknown', reason: `status ${fault.status}` })
      case 'away':
        return all({ kind: 'away', reason: 'ECONNREFUSED' })
      case 'hang-before':
        this.#pass(TIMEOUT_MS)
        return all({ kind: 'unknown', reason: 'timeout' })
      case 'hang-after':
        items.map(run)
        this.#pass(TIMEOUT_MS)
        return all({ kind: 'unknown', reason: 'timeout' })
      case 'half':
        items.slice(0, Math.ceil(items.length / 2)).map(run)
        return all({ kind: 'unknown', reason: 'connection lost' })
      case 'cut': {
        const fates = items.map(run)
        const told = Math.floor(items.length / 2)
        return fates.map((fate, i) => (i < told ? fate : { kind: 'unknown', reason: 'cut' }))
      }
      case 'late':
        this.#late.push({
          at: this.now + fault.ms,
          run: () => {
            if (fault.rolls === true) rollover?.()
            items.map(run)
          },
        })
        return all({ kind: 'unknown', reason: 'connection lost' })
    }
  }
}

interface Item {
  id: string
  body: string
}

function placeOf(stream: string, i: number): string {
  return `.ds-${stream}-${String(i + 1).padStart(6, '0')}`
}

/** As the writer reads the status of an item or of a request; undefined: it is carried out. */
function fateOf(status: number): Fate | undefined {
  if (status === 413) return { kind: 'too-large' }
  if (status === 401) return { kind: 'refused', status, reason: 'the key was revoked' }
  if (status === 400) {
    return { kind: 'rejected', status, type: 'document_parsing_exception', reason: 'bad value' }
  }
  if (status === 429 || status >= 500 || status === 403) {
    return { kind: 'later', status, reason: `status ${status}` }
  }
  return undefined
}
