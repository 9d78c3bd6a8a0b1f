/**
 * One slice of observations on its way: a batch for each stream and each few megabytes, with a
 * flight each. The mark moves when every one of them is there or among the dead letters.
 */
import type { DeadLetter, Slice } from '../outbox.ts'
import type { Clock } from './backoff.ts'
import { backoffMs } from './backoff.ts'
import { OBSERVATION_LIMITS, batches, halves } from './batches.ts'
import type { Limits } from './batches.ts'
import type { Cluster, Fate, Observed } from './cluster.ts'
import { letterOf, refusalOf } from './dead-letter.ts'
import type { Depot } from './depot.ts'
import type { Flights } from './flights.ts'
import { LOOK_AFTER_MS } from './flights.ts'
import type { Traffic } from './traffic.ts'
import { reasonOf } from './traffic.ts'

interface Piece {
  readonly observed: Observed
  readonly id: string
  tries: number
}

interface Batch {
  readonly stream: string
  readonly ids: readonly string[]
  /** To be sent, each in one request. */
  chunks: Piece[][]
  /** May be there: to be looked for before they are sent. */
  unsure: Piece[]
  flight: number | undefined
  /** Flights that were left over know of all of it already. */
  readonly isCovered: boolean
  /** Sent again after an answer that never came. */
  isSentTwice: boolean
  due: number
  tries: number
}

export interface Parts {
  readonly depot: Depot
  readonly cluster: Cluster
  readonly traffic: Traffic
  readonly flights: Flights
  readonly clock: Clock
}

export class Cargo {
  readonly #parts: Parts
  readonly #slice: Slice
  readonly #batches: Batch[]
  readonly #letters: DeadLetter[] = []

  constructor(parts: Parts, slice: Slice) {
    this.#parts = parts
    this.#slice = slice
    const byStream = Map.groupBy(slice.docs, (one) => parts.cluster.addressOf(one).stream)
    this.#batches = [...byStream].flatMap(([stream, docs]) =>
      batches(docs, OBSERVATION_LIMITS, bytesOf).map((part) => this.#batch(stream, part)),
    )
  }

  #batch(stream: string, docs: readonly Observed[]): Batch {
    const { cluster, flights, clock } = this.#parts
    const pieces = docs.map((observed) => {
      return { observed, id: cluster.addressOf(observed).id, tries: 0 }
    })
    const unsure = pieces.filter(({ id }) => flights.covers(stream, id))
    const fresh = pieces.filter(({ id }) => !flights.covers(stream, id))
    return {
      stream,
      ids: pieces.map(({ id }) => id),
      chunks: fresh.length === 0 ? [] : [fresh],
      unsure,
      flight: undefined,
      isCovered: fresh.length === 0,
      isSentTwice: false,
      due: unsure.length === 0 ? 0 : Math.min(flights.leftUntil, clock.now() + LOOK_AFTER_MS),
      tries: 0,
    }
  }

  get #open(): Batch[] {
    return this.#batches.filter(({ chunks, unsure }) => chunks.length + unsure.length > 0)
  }

  /** When something is to be done; undefined: nothing is left. */
  get due(): number | undefined {
    const dues = this.#open.map(({ due }) => due)
    return dues.length === 0 ? undefined : Math.min(...dues)
  }

  /** Asks for what is due, at most as many requests as allowed; false: none was. */
  async step(limits: Limits): Promise<boolean> {
    const now = this.#parts.clock.now()
    const due = this.#open.filter((batch) => batch.due <= now).slice(0, limits.requests)
    await Promise.all(due.map((batch) => this.#ask(batch, limits)))
    await this.#bury()
    return due.length > 0
  }

  /** Once nothing is left: moves the mark, then ends the flights. */
  async arrive(): Promise<void> {
    const { depot, flights } = this.#parts
    await this.#bury()
    await depot.shipped(this.#slice.segment, this.#slice.to)
    for (const { flight, isSentTwice, stream, ids } of this.#batches) {
      if (flight === undefined) continue
      if (isSentTwice) flights.watch(flight, stream, ids)
      else await flights.end(flight)
    }
  }

  async #bury(): Promise<void> {
    const letters = [...this.#letters]
    if (letters.length === 0) return
    await this.#parts.depot.bury(letters)
    this.#letters.splice(0, letters.length)
  }

  async #ask(batch: Batch, limits: Limits): Promise<void> {
    const { flights } = this.#parts
    if (batch.flight === undefined && !batch.isCovered) {
      const { segment, after, to } = this.#slice
      const { stream, ids } = batch
      batch.flight = await flights.begin({ stream, ids: [...ids], segment, after, to })
    }
    if (batch.unsure.length > 0) await this.#look(batch)
    else await this.#send(batch, limits)
  }

  /** Only what is nowhere in the stream is sent again. */
  async #look(batch: Batch): Promise<void> {
    const { cluster, traffic } = this.#parts
    const looked = batch.unsure
    let places: Map<string, string[]>
    try {
      places = await cluster.present(
        batch.stream,
        looked.map(({ id }) => id),
      )
    } catch (error) {
      traffic.failed(reasonOf(error))
      this.#postpone(batch)
      return
    }
    traffic.breaker.succeeded()
    const absent = looked.filter(({ id }) => (places.get(id) ?? []).length === 0)
    traffic.found(looked.length - absent.length)
    batch.unsure = []
    if (absent.length > 0) batch.chunks.unshift(absent)
    if (absent.length > 0 || [...places.values()].some(({ length }) => length > 1)) {
      batch.isSentTwice = true
    }
    batch.tries = 0
  }

  async #send(batch: Batch, limits: Limits): Promise<void> {
    const { cluster, traffic, clock } = this.#parts
    const whole = batch.chunks.shift() ?? []
    const chunk = whole.slice(0, limits.docs)
    const rest = whole.slice(limits.docs)
    if (rest.length > 0) batch.chunks.unshift(rest)
    const fates = await cluster.create(
      batch.stream,
      chunk.map(({ observed }) => observed),
    )
    const of = (i: number): Fate => fates[i] ?? { kind: 'unknown', reason: 'no answer for it' }
    traffic.learn(chunk.map((_, i) => of(i)))
    const waiting: Piece[] = []
    const tooLarge: Piece[] = []
    for (const [i, piece] of chunk.entries()) {
      const fate = of(i)
      const refusal = refusalOf(fate, chunk.length === 1)
      piece.tries++
      if (refusal !== undefined) {
        const sent = { observed: piece.observed }
        this.#letters.push(letterOf(cluster, sent, refusal, piece.tries, clock.now()))
      } else if (fate.kind === 'unknown') batch.unsure.push(piece)
      else if (fate.kind === 'too-large') tooLarge.push(piece)
      else if (fate.kind !== 'done') waiting.push(piece)
    }
    if (tooLarge.length > 0) batch.chunks.unshift(...halves(tooLarge))
    if (waiting.length > 0) batch.chunks.push(waiting)
    if (waiting.length > 0) this.#postpone(batch)
    else batch.tries = 0
    if (batch.unsure.length > 0) batch.due = Math.max(batch.due, clock.now() + LOOK_AFTER_MS)
  }

  #postpone(batch: Batch): void {
    const { clock } = this.#parts
    batch.due = clock.now() + backoffMs(++batch.tries, () => clock.random())
  }
}

/** As it will be, within a few names of fields that are added. */
function bytesOf({ doc }: Observed): number {
  return JSON.stringify(doc).length + 300
}
