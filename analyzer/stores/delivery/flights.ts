/**
 * Requests that are written down because their answer may never come. A flight ends when the mark
 * of its file has passed it: until then a restart must know that its documents may be there. Where
 * documents were sent a second time, the stream is looked through once more a while later: the
 * first request may have been carried out after all, and behind a rollover no index refuses a
 * repeat.
 */
import type { Flight, Slice } from '../outbox.ts'
import type { Clock } from './backoff.ts'
import { backoffMs } from './backoff.ts'
import type { Cluster } from './cluster.ts'
import type { Depot } from './depot.ts'
import type { Traffic } from './traffic.ts'
import { reasonOf } from './traffic.ts'

/** After a request that was not answered: what it did, it mostly has done by then. */
export const LOOK_AFTER_MS = 5000
/** A late original is looked for after so long; requests do not wait for longer in a server. */
export const VERIFY_AFTER_MS = 60_000

interface Watched {
  n: number
  stream: string
  ids: readonly string[]
  due: number
  tries: number
}

export class Flights {
  readonly #depot: Depot
  readonly #cluster: Cluster
  readonly #traffic: Traffic
  readonly #clock: Clock
  /** Begun by an earlier process, and not passed by the mark yet. */
  #left: (Flight & { n: number })[] = []
  /** By stream, the ids of those. */
  readonly #unsure = new Map<string, Set<string>>()
  #watched: Watched[] = []

  constructor(depot: Depot, cluster: Cluster, traffic: Traffic, clock: Clock) {
    this.#depot = depot
    this.#cluster = cluster
    this.#traffic = traffic
    this.#clock = clock
  }

  async load(): Promise<void> {
    this.#left = await this.#depot.flights()
    for (const { stream, ids } of this.#left) {
      const known = this.#unsure.get(stream) ?? new Set()
      for (const id of ids) known.add(id)
      this.#unsure.set(stream, known)
    }
  }

  /** It may be there: an earlier process has sent it, or was about to. */
  covers(stream: string, id: string): boolean {
    return this.#unsure.get(stream)?.has(id) === true
  }

  /** Until when nothing that was left over may be looked for. */
  get leftUntil(): number {
    return Math.max(0, ...this.#left.map(({ at }) => at)) + LOOK_AFTER_MS
  }

  begin(flight: Omit<Flight, 'at'>): Promise<number> {
    return this.#depot.beginFlight({ ...flight, at: this.#clock.now() })
  }

  end(n: number): Promise<void> {
    return this.#depot.endFlight(n)
  }

  /** Ends it after one more look. */
  watch(n: number, stream: string, ids: readonly string[]): void {
    const due = this.#clock.now() + VERIFY_AFTER_MS
    this.#watched.push({ n, stream, ids, due, tries: 0 })
  }

  get hasLeft(): boolean {
    return this.#left.length > 0
  }

  /**
   * Of those that were left over, what the marks have passed is looked through once more. That
   * there is no next slice of a file does not mean that it was sent: it may be that it cannot be
   * read now, or that nothing may be sent. `isAll`: everything was.
   */
  passed(next: Slice | undefined, isAll: boolean): void {
    const isPassed = ({ segment, to }: Flight): boolean =>
      isAll || segment === '' || (segment === next?.segment && to <= next.after)
    for (const { n, stream, ids } of this.#left.filter(isPassed)) this.watch(n, stream, ids)
    this.#left = this.#left.filter((flight) => !isPassed(flight))
    if (this.#left.length === 0) this.#unsure.clear()
  }

  /** When there is something to look through; undefined: nothing waits for it. */
  get due(): number | undefined {
    const dues = this.#watched.map(({ due }) => due)
    return dues.length === 0 ? undefined : Math.min(...dues)
  }

  /** One look; false: none is due. */
  async verify(): Promise<boolean> {
    const now = this.#clock.now()
    const next = this.#watched.find(({ due }) => due <= now)
    if (next === undefined) return false
    let places: Map<string, string[]>
    try {
      places = await this.#cluster.present(next.stream, next.ids)
      for (const [id, there] of places) {
        for (const place of repeats(there)) await this.#cluster.remove(place, id)
      }
      this.#traffic.answers('sending')
      this.#traffic.breaker.succeeded()
    } catch (error) {
      this.#traffic.failed(reasonOf(error))
      next.due = now + backoffMs(++next.tries, () => this.#clock.random())
      return true
    }
    // One that was refused the second time may have come the first time.
    if (places.size > 0) await this.#depot.exhumed([...places.keys()])
    await this.#depot.endFlight(next.n)
    this.#watched = this.#watched.filter((one) => one !== next)
    return true
  }
}

/** All but the oldest of the backing indices that hold a document. */
export function repeats(places: readonly string[]): string[] {
  const distinct = [...new Set(places)]
  return distinct.toSorted((a, b) => generation(a) - generation(b) || (a < b ? -1 : 1)).slice(1)
}

/** Backing indices end with their number: `.ds-logs-ot.modbus-default-2026.11.21-000002`. */
function generation(index: string): number {
  return Number(/-(\d+)$/.exec(index)?.[1] ?? 0)
}
