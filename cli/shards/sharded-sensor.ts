/**
 * One sensor on several threads: each reads every packet's headers and keeps its share of the
 * connections; what they tell is judged here, in one order. Says the same as one thread alone.
 */
import type { CoverageLine, Fields, PacketBatch, SensorEventName, Sink } from '#sensor'
import { dissectors, mergeTallies, talliedCounts } from '#sensor'
import type { Analyzer } from '#analyzer'
import { Feed } from '#analyzer'
import type { Sensing } from '../sensing.ts'
import type { FromShard, Orders, ShardData, ToShard } from './messages.ts'
import { openThread } from './link.ts'
import type { OpenLink, ShardLink } from './link.ts'
import type { Parcel } from './parcel.ts'
import { emptyParcel, fill } from './parcel.ts'

/** Batches under way: one that is read, one that waits for each thread, one that is judged. */
const UNDER_WAY_MAX = 3

export interface ShardedOptions extends Omit<ShardData, 'shard'> {
  readonly workers: number
  readonly analyzer: Analyzer
  readonly sink: Sink
  readonly open?: OpenLink | undefined
}

interface Round {
  readonly replies: (FromShard | undefined)[]
  missing: number
  readonly before: (() => void) | undefined
  /** Resolved when it was judged, or when it never will be. */
  readonly over: PromiseWithResolvers<void>
}

export class ShardedSensor implements Sensing {
  readonly #links: readonly ShardLink[]
  readonly #feed: Feed
  readonly #sink: Sink
  /** Of each worker, buffers to be filled again. */
  readonly #parcels: Parcel[][]
  readonly #orders: Orders[]
  readonly #counters: Record<string, number>[]
  #coverage: (readonly CoverageLine[])[]
  #tallies: (readonly unknown[])[] = []
  readonly #rounds: Round[] = []
  #failure: Error | undefined
  #packets = 0

  constructor(options: ShardedOptions) {
    const { workers, analyzer, sink, seed, records, all, limits } = options
    this.#sink = sink
    this.#feed = new Feed(analyzer, sink, workers)
    const open = options.open ?? openThread
    this.#links = Array.from({ length: workers }, (_, index) => {
      const data = { shard: { index, of: workers }, seed, records, all, limits }
      return open(data, {
        replied: (reply) => this.#replied(index, reply),
        failed: (error) => this.#failed(error),
      })
    })
    this.#parcels = this.#links.map(() => [])
    this.#orders = this.#links.map(() => ({ anew: false, settled: [] }))
    this.#counters = this.#links.map(() => ({}))
    this.#coverage = this.#links.map(() => [])
  }

  /** `before` is called when the batch is about to be judged. */
  async batch(batch: PacketBatch, before?: () => void): Promise<void> {
    await this.#room()
    this.#packets += batch.count
    this.#begin((index) => {
      const parcel = this.#parcels[index]?.pop() ?? emptyParcel()
      fill(parcel, batch)
      return { what: 'batch', parcel, orders: this.#ordersFor(index) }
    }, before)
  }

  async advance(time: number): Promise<void> {
    await this.#ask((index) => ({ what: 'advance', time, orders: this.#ordersFor(index) }))
  }

  notice(time: number, event: SensorEventName, fields: Fields): void {
    this.#sink.health({ time, event, fields, sequence: this.#feed.nextSequence(this.#packets + 1) })
  }

  /** Counts of repeats that the threads keep for themselves are told. */
  async flush(): Promise<void> {
    await this.#ask((index) => ({ what: 'flush', orders: this.#ordersFor(index) }))
  }

  async end(): Promise<void> {
    await this.#ask((index) => ({ what: 'end', orders: this.#ordersFor(index) }))
    await this.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()))
  }

  counts(): Record<string, unknown> {
    const tallies = dissectors.map((_, at) => mergeTallies(this.#tallies.map((all) => all[at])))
    return { packets: this.#packets, ...talliedCounts(dissectors, tallies) }
  }

  counters(): Record<string, number> {
    const sum: Record<string, number> = {}
    for (const counters of this.#counters) {
      for (const [name, value] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + value
    }
    // Each counts all packets, those that are not its own too.
    return { ...sum, packets: this.#counters[0]?.['packets'] ?? 0 }
  }

  coverage(): CoverageLine[] {
    const [first = [], ...others] = this.#coverage
    return first.map((line, at) => {
      const lines = others.flatMap((coverage) => coverage[at] ?? [])
      return lines.reduce(addCoverage, line)
    })
  }

  #ordersFor(index: number): Orders {
    const orders = this.#orders[index] as Orders
    this.#orders[index] = { anew: false, settled: [] }
    return orders
  }

  /** Asks every thread for something. */
  #begin(messageFor: (index: number) => ToShard, before?: () => void): Round {
    this.#check()
    const replies = this.#links.map(() => undefined)
    const over = Promise.withResolvers<void>()
    const round: Round = { replies, missing: replies.length, before, over }
    this.#rounds.push(round)
    for (const [index, link] of this.#links.entries()) link.post(messageFor(index))
    return round
  }

  /** Asks, and waits until what every thread says of it was judged. */
  async #ask(messageFor: (index: number) => ToShard): Promise<void> {
    await this.#begin(messageFor).over.promise
    this.#check()
  }

  /** Waits until one more batch may be under way. */
  async #room(): Promise<void> {
    while (this.#failure === undefined && this.#rounds.length >= UNDER_WAY_MAX) {
      await this.#rounds[0]?.over.promise
    }
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #failed(error: Error): void {
    this.#failure ??= error
    for (const { over } of this.#rounds) over.resolve()
  }

  #replied(index: number, reply: FromShard): void {
    if (reply.parcel !== undefined) this.#parcels[index]?.push(reply.parcel)
    // A thread answers in the order in which it was asked.
    const round = this.#rounds.find(({ replies }) => replies[index] === undefined)
    if (round === undefined) return
    round.replies[index] = reply
    round.missing--
    try {
      this.#judge()
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #judge(): void {
    for (;;) {
      const round = this.#rounds[0]
      if (round === undefined || round.missing > 0) break
      const replies = round.replies.flatMap((reply) => reply ?? [])
      const [one] = replies
      if (one === undefined) break
      round.before?.()
      this.#feed.batch(one.first, one.count, replies)
      for (const [index, { anew, settled }] of this.#feed.settled().entries()) {
        const waiting = this.#orders[index] as Orders
        const kept = anew ? [] : waiting.settled
        this.#orders[index] = { anew: anew || waiting.anew, settled: [...kept, ...settled] }
      }
      for (const [index, reply] of replies.entries()) {
        this.#counters[index] = reply.counters
        this.#coverage[index] = reply.coverage
      }
      this.#tallies = replies.flatMap(({ tallies }) => (tallies === undefined ? [] : [tallies]))
      this.#rounds.shift()
      round.over.resolve()
    }
  }
}

function addCoverage(a: CoverageLine, b: CoverageLine): CoverageLine {
  return {
    protocol: a.protocol,
    messages: a.messages + b.messages,
    malformed: a.malformed + b.malformed,
    gaps: a.gaps + b.gaps,
    encrypted: a.encrypted + b.encrypted,
    decoded: a.decoded + b.decoded,
  }
}
