/**
 * The cluster as long as it answers, else this machine's own store: what is shown then is said to
 * be only that, and what people do is kept here until it can be delivered. A page never mixes the
 * two: a cursor is of one store.
 */
import type { Page } from '../api/schema.ts'
import type {
  Acts,
  ActOutcome,
  ActRequest,
  By,
  Puts,
  Reads,
  Store,
  StoreErrorCode,
} from './store.ts'
import { StoreError } from './store.ts'

/** What a console needs of a store. */
export type ConsoleStore = Omit<Store, keyof Puts>

export interface FallbackOptions {
  /** Asked again as long as it fails: at the start the cluster may be away too. */
  open: () => Promise<ConsoleStore>
  local: ConsoleStore
  /** Wall time, ms. */
  now?: () => number
  /** How long an answer may take. */
  answerMs?: number
}

/** Longer than any search of a page takes where the cluster is well. */
const ANSWER_MS_MAX = 10_000
/** Each time that it is still away it is left alone for so much longer. */
const AWAY_STEP_MS = 5000
const AWAY_MS_MAX = 60_000

/** A store, and the mark of its cursors. */
interface Side {
  readonly store: ConsoleStore
  readonly mark: 'c' | 'l'
}

interface Absence {
  reason: string
  /** When it was noticed, and until when the cluster is not asked, ms. */
  since: number
  until: number
  times: number
}

type Paged = { after?: string | undefined }

export class FallbackStore implements ConsoleStore {
  readonly #options: FallbackOptions
  readonly #local: Side
  readonly #now: () => number
  #cluster: ConsoleStore | undefined
  #opening: Promise<ConsoleStore> | undefined
  #absence: Absence | undefined
  #isAsked = false

  constructor(options: FallbackOptions) {
    this.#options = options
    this.#local = { store: options.local, mark: 'l' }
    this.#now = options.now ?? Date.now
  }

  /** Why this machine's own store is shown, and since when (ms); undefined: the cluster is. */
  away(): { reason: string; since: number } | undefined {
    return this.#absence
  }

  get kind(): Store['kind'] {
    const { local } = this.#options
    return this.#absence === undefined ? (this.#cluster ?? local).kind : local.kind
  }

  readonly findings: Reads['findings'] = (query) => this.#page(query, (s, q) => s.findings(q))
  readonly finding: Reads['finding'] = (id) => this.#read((store) => store.finding(id))
  readonly assets: Reads['assets'] = (query) => this.#page(query, (s, q) => s.assets(q))
  readonly asset: Reads['asset'] = (id) => this.#read((store) => store.asset(id))
  readonly findingHistogram: Reads['findingHistogram'] = (query, buckets) =>
    this.#read((store) => store.findingHistogram(query, buckets))
  readonly operationHistogram: Reads['operationHistogram'] = (query, buckets) =>
    this.#read((store) => store.operationHistogram(query, buckets))
  readonly groupFindings: Reads['groupFindings'] = (query, by, size) =>
    this.#read((store) => store.groupFindings(query, by, size))
  readonly groupOperations: Reads['groupOperations'] = (query, by, size) =>
    this.#read((store) => store.groupOperations(query, by, size))
  readonly audit: Reads['audit'] = (query) => this.#page(query, (s, q) => s.audit(q))
  readonly versionText: Reads['versionText'] = (id) => this.#read((store) => store.versionText(id))
  readonly exportPage: Reads['exportPage'] = (kind, query) =>
    this.#page(query, (store, q) => store.exportPage(kind, q))
  readonly conversations: Reads['conversations'] = (query) =>
    this.#page(query, (store, q) => store.conversations(q))
  readonly operations: Reads['operations'] = (query) =>
    this.#page(query, (store, q) => store.operations(q))
  readonly rules: Reads['rules'] = (scope) => this.#read((store) => store.rules(scope))
  readonly matrix: Reads['matrix'] = (scope) => this.#read((store) => store.matrix(scope))
  readonly sensors: Reads['sensors'] = () => this.#read((store) => store.sensors())
  readonly open: Reads['open'] = (scope) => this.#read((store) => store.open(scope))
  readonly stats: Store['stats'] = () => this.#read((store) => store.stats())

  /** To whom listened to the other store everything is new. */
  readonly changes: Reads['changes'] = (since) =>
    this.#ask(async ({ store, mark }) => {
      const known = since?.startsWith(mark) === true ? since.slice(1) : since && ''
      const { cursor, changed } = await store.changes(known)
      return { cursor: mark + cursor, changed }
    })

  async act(ids: readonly string[], request: ActRequest): Promise<ActOutcome[]> {
    const outcomes = await this.#do((store) => store.act(ids, request))
    return this.#absence === undefined ? outcomes : outcomes.map(inWords)
  }

  async renameAsset(id: string, name: string, by: By): ReturnType<Acts['renameAsset']> {
    const asset = await this.#do((store) => store.renameAsset(id, name, by))
    if (asset === undefined && this.#absence !== undefined) throw elsewhere('asset')
    return asset
  }

  async close(): Promise<void> {
    const cluster = await this.#opening?.catch(() => undefined)
    await cluster?.close()
    await this.#options.local.close()
  }

  #read<T>(call: (store: ConsoleStore) => Promise<T>): Promise<T> {
    return this.#ask(({ store }) => call(store))
  }

  #page<Q extends Paged, P extends Pick<Page<unknown>, 'next'>>(
    query: Q,
    call: (store: ConsoleStore, query: Q) => Promise<P>,
  ): Promise<P> {
    return this.#ask(async ({ store, mark }) => {
      const { after } = query
      if (after !== undefined && !after.startsWith(mark)) throw foreignCursor()
      const own = after === undefined ? query : { ...query, after: after.slice(1) }
      const page = await call(store, own)
      return { ...page, next: page.next === null ? null : mark + page.next }
    })
  }

  /** Of the cluster where it is there; one call at a time finds out whether it is back. */
  async #ask<T>(call: (side: Side) => Promise<T>): Promise<T> {
    const before = this.#absence
    const isDue = before === undefined || (!this.#isAsked && this.#now() >= before.until)
    if (!isDue) return call(this.#local)
    if (before !== undefined) this.#isAsked = true
    try {
      const answer = await this.#within(
        this.#connected().then((store) => call({ store, mark: 'c' })),
      )
      if (this.#absence === before) this.#absence = undefined
      return answer
    } catch (error) {
      if (!isAway(error)) {
        // An answer all the same.
        if (this.#absence === before) this.#absence = undefined
        throw error
      }
      this.#lost(error, before)
    } finally {
      if (before !== undefined) this.#isAsked = false
    }
    return call(this.#local)
  }

  /**
   * Done in one store and never in both: where the cluster went away during it, nobody knows
   * whether it was done.
   */
  async #do<T>(call: (store: ConsoleStore) => Promise<T>): Promise<T> {
    if (this.#absence !== undefined && this.#now() >= this.#absence.until) await this.open()
    const before = this.#absence
    if (before !== undefined) return call(this.#options.local)
    const store = await this.#connected().catch((error: unknown) => {
      if (!isAway(error)) throw error
      this.#lost(error, before)
      return undefined
    })
    if (store === undefined) return call(this.#options.local)
    try {
      return await this.#within(call(store))
    } catch (error) {
      if (!isAway(error)) throw error
      this.#lost(error, before)
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `the cluster went away meanwhile: ${error.message}`,
        'Look whether it was done; if it was not, do it again: it is then kept on this machine.',
      )
    }
  }

  #connected(): Promise<ConsoleStore> {
    if (this.#opening !== undefined) return this.#opening
    const opening = this.#options.open().then(async (store) => {
      // It came when nobody waited for it any more.
      if (this.#opening !== opening) await store.close()
      else this.#cluster = store
      return store
    })
    this.#opening = opening
    return opening
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const ms = this.#options.answerMs ?? ANSWER_MS_MAX
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(noAnswer(ms)), ms)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Noticed once, by whichever call fails first. */
  #lost({ message }: StoreError, before: Absence | undefined): void {
    if (this.#cluster === undefined) this.#opening = undefined
    if (this.#absence !== before) return
    const now = this.#now()
    const times = (before?.times ?? 0) + 1
    const until = now + Math.min(times * AWAY_STEP_MS, AWAY_MS_MAX)
    this.#absence = { reason: message, since: before?.since ?? now, until, times }
  }
}

/** It cannot be used as it is, whatever people have to do about it. */
const awayCodes: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  'STORE_UNAVAILABLE',
  'STORE_REFUSED',
  'STORE_MISSING',
])

function isAway(error: unknown): error is StoreError {
  return error instanceof StoreError && awayCodes.has(error.code)
}

function inWords(outcome: ActOutcome): ActOutcome {
  if (outcome.refused?.code !== 'NOT_FOUND') return outcome
  const { message, remedy } = elsewhere('finding')
  return { ...outcome, refused: { code: 'NOT_FOUND', message, remedy } }
}

function elsewhere(what: 'finding' | 'asset'): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `the cluster is away, and the ${what} is not in this machine's own store`,
    'Do it when the cluster is back, or at the console of the sensor that told it.',
  )
}

function foreignCursor(): StoreError {
  return new StoreError(
    'CURSOR_INVALID',
    'the cursor is of another store: the cluster went away or came back',
    'Begin the list again, without "after".',
  )
}

function noAnswer(ms: number): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `no answer within ${Math.round(ms / 1000)} s`,
    'See that the cluster is up and can be reached.',
  )
}
