/** A cluster as delivery sees it: what a sensor stored goes there, what people did comes back. */
import type { Cluster, Fate, Observed } from '../delivery/cluster.ts'
import type { DeadLetter, Dirty, ForeignAct } from '../outbox.ts'
import type { Origin } from '../store.ts'
import { texts } from '../rows.ts'
import { actsSince } from './acts-since.ts'
import type { BulkItem } from './bulk.ts'
import { bulk, fateOfRequest, memberOf } from './bulk.ts'
import type { Client } from './client.ts'
import { call, statusOf, storeErrorOf } from './client.ts'
import type { Receipt } from './documents.ts'
import { auditDocument, observationDocument } from './documents.ts'
import type { Names } from './names.ts'
import { documentId, namesOf, streamOf } from './names.ts'
import type { ElasticOptions } from './options.ts'
import { identify } from './probe.ts'
import { hitsById, revise } from './revise.ts'
import type { Known } from './revisions.ts'
import { Revisions } from './revisions.ts'

type Place = Pick<ElasticOptions, 'namespace' | 'url'>

export class Writer implements Cluster {
  readonly #client: Client
  readonly #options: Place
  readonly #names: Names
  readonly #revisions: Revisions
  readonly #now: () => number
  #last = 0
  /** Without our templates a cluster makes indices of its own, which would have to be mended. */
  #isSetUp = false

  constructor(client: Client, options: Place, now: () => number = Date.now) {
    this.#client = client
    this.#options = options
    this.#names = namesOf(options.namespace)
    this.#now = now
    this.#revisions = new Revisions(this.#names, () => this.receipt())
  }

  /** Numbered by the clock, and each larger than the one before. */
  receipt(): Receipt {
    const ms = this.#now()
    this.#last = Math.max(this.#last + 1, ms * 1000)
    return { ms, n: this.#last }
  }

  async describe(): Promise<{ server: string } | { away: string } | { refused: string }> {
    try {
      const { distribution, version } = await identify(this.#client)
      // It may have been emptied since.
      this.#isSetUp = false
      await this.#expectSetUp()
      return { server: `${distribution} ${version} at ${this.#options.url.join(', ')}` }
    } catch (error) {
      const { code, message, remedy } = storeErrorOf(error)
      const isRefused = code === 'STORE_REFUSED' || code === 'STORE_MISSING'
      return isRefused ? { refused: `${message}. ${remedy}` } : { away: message }
    }
  }

  addressOf({ doc }: Observed): { stream: string; id: string } {
    const [dataset = '', id = ''] = [texts(doc['event.dataset'])[0], texts(doc['event.id'])[0]]
    return { stream: streamOf(dataset, this.#names.namespace), id: documentId(id) }
  }

  async create(stream: string, docs: readonly Observed[], refresh = false): Promise<Fate[]> {
    return this.#create(
      docs.map((one) => {
        const { id } = this.addressOf(one)
        return { op: 'create', index: stream, id, body: this.bodyOf(one) }
      }),
      refresh,
    )
  }

  async #create(items: readonly BulkItem[], refresh = false): Promise<Fate[]> {
    try {
      await this.#expectSetUp()
    } catch (error) {
      const fate = fateOfRequest(error, 1)
      return items.map(() => (statusOf(error) === 0 ? away(error) : fate))
    }
    const fates = await bulk(this.#client, items, refresh)
    // A create has no version that it could be in conflict with.
    return fates.map((fate) =>
      fate.kind === 'conflict' ? { kind: 'done', place: fate.place, repeated: true } : fate,
    )
  }

  /** Setup makes the aliases last. */
  async #expectSetUp(): Promise<void> {
    if (this.#isSetUp) return
    const body = { size: 0, track_total_hits: false }
    await call(this.#client, 'POST', `/${this.#names.alias.findings}/_search`, body)
    this.#isSetUp = true
  }

  async revise(items: readonly Dirty[]): Promise<Fate[]> {
    const fates = new Map<Dirty, Fate>()
    const records = items.filter((item) => item.kind === 'audit')
    const others = items.filter((item) => item.kind !== 'audit')
    const settle = (some: readonly Dirty[], told: readonly Fate[]): void => {
      for (const [i, item] of some.entries()) fates.set(item, told[i] ?? untold)
    }
    const revisions = others.map((item) => this.#revisionOf(item))
    const [told, recorded] = await Promise.all([
      revise(this.#client, revisions),
      this.#record(records),
    ])
    settle(others, told)
    settle(records, recorded)
    return items.map((item) => fates.get(item) ?? untold)
  }

  #revisionOf(item: Exclude<Dirty, { kind: 'audit' }>): ReturnType<Revisions['finding']> {
    const { from, place, tries } = item
    const known: Known = { place, isRepeat: tries > 0 }
    switch (item.kind) {
      case 'finding':
        return this.#revisions.finding({ finding: item.finding, from, acts: item.acts }, known)
      case 'asset':
        return this.#revisions.asset(item.asset, from, item.typed, known)
      case 'conversation':
        return this.#revisions.conversation(item.conversation, from, known)
      case 'sensor':
        return this.#revisions.sensor(item.part, item.body, from, known)
    }
  }

  /** Created once: one whose fate was not known may lie in an index that has been rolled over. */
  async #record(items: readonly (Dirty & { kind: 'audit' })[]): Promise<Fate[]> {
    const alias = this.#names.alias.audit
    const unsure = items.filter(({ tries }) => tries > 0).map(({ id }) => documentId(id))
    let there: Map<string, string[]>
    try {
      there = await this.present(alias, unsure)
    } catch (error) {
      return items.map(() => away(error))
    }
    const placeOf = ({ id }: Dirty): string | undefined => there.get(documentId(id))?.[0]
    const absent = items.filter((item) => placeOf(item) === undefined)
    const created = await this.#create(
      absent.map((item) => {
        return {
          op: 'create',
          index: alias,
          id: documentId(item.id),
          body: this.bodyOf(item),
          isAlias: true,
        }
      }),
    )
    return items.map((item) => {
      const place = placeOf(item)
      if (place !== undefined) return { kind: 'done', place, repeated: true }
      return created[absent.indexOf(item)] ?? untold
    })
  }

  async resend(letters: readonly DeadLetter[]): Promise<Fate[]> {
    return this.#create(
      letters.map(({ place, id, doc }) => {
        // JSON has newlines between its parts at most.
        return { op: 'create', index: place, id: documentId(id), body: doc.replaceAll('\n', ' ') }
      }),
    )
  }

  bodyOf(item: Dirty | Observed): string {
    if (!('kind' in item)) return observationDocument(item, this.receipt(), this.#names.namespace)
    if (item.kind !== 'audit') return this.#revisionOf(item).merge(undefined) ?? ''
    const { from, record, text } = item
    return auditDocument({ from, record }, text, this.receipt())
  }

  async present(stream: string, ids: readonly string[]): Promise<Map<string, string[]>> {
    const places = new Map<string, string[]>()
    if (ids.length === 0) return places
    try {
      await call(this.#client, 'POST', `/${stream}/_refresh`)
      for (const hit of await hitsById(this.#client, stream, ids, false)) {
        const id = String(memberOf(hit, '_id'))
        places.set(id, [...(places.get(id) ?? []), String(memberOf(hit, '_index'))])
      }
      return places
    } catch (error) {
      // A stream that nothing has been written to is not there.
      if (statusOf(error) === 404) return places
      throw storeErrorOf(error)
    }
  }

  async remove(place: string, id: string): Promise<void> {
    try {
      await call(
        this.#client,
        'DELETE',
        `/${encodeURIComponent(place)}/_doc/${encodeURIComponent(id)}`,
      )
    } catch (error) {
      if (statusOf(error) !== 404) throw storeErrorOf(error)
    }
  }

  actsSince(from: Origin, since: string): AsyncIterable<ForeignAct[]> {
    return actsSince(this.#client, this.#names, from, since)
  }
}

const untold: Fate = { kind: 'unknown', reason: 'the cluster did not say what came of it' }

/** Nothing was written: what came first has failed. */
function away(error: unknown): Fate {
  const { code, message } = storeErrorOf(error)
  if (code === 'STORE_REFUSED' || code === 'STORE_MISSING') {
    return { kind: 'refused', status: statusOf(error), reason: message }
  }
  return { kind: 'away', reason: message }
}
