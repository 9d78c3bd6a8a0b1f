/**
 * Delivery: what waits in the sensor's own store goes to the cluster, exactly once, in order, at
 * the pace that the cluster takes it; what people did there comes back. Without I/O of its own: it
 * takes an outbox, a cluster, and a clock.
 */
import type { DeliveryState } from '../outbox.ts'
import type { Clock } from './backoff.ts'
import { backoffMs } from './backoff.ts'
import { DOCUMENT_LIMITS, OBSERVATION_LIMITS, TRIAL_LIMITS } from './batches.ts'
import { Cargo } from './cargo.ts'
import type { Parts } from './cargo.ts'
import type { Cluster } from './cluster.ts'
import type { Depot } from './depot.ts'
import { Documents } from './documents.ts'
import { ActFetch } from './fetch.ts'
import { Flights } from './flights.ts'
import { Letters } from './letters.ts'
import { Traffic } from './traffic.ts'

export interface ShipperOptions {
  readonly depot: Depot
  readonly cluster: Cluster
  readonly clock: Clock
  /** Public keys whose approvals and names are applied; a console may begin at any time. */
  readonly trusted: () => readonly string[]
  /** Upkeep of the cluster's indices, hourly; where it fails it is told. */
  readonly maintain?: (() => Promise<void>) | undefined
  /** What failed and is tried again: of the own store, and of `maintain`. */
  readonly failed?: ((error: unknown) => void) | undefined
}

/** Nothing waits: looked at again after this time. */
const IDLE_MS = 250
const REPORT_EVERY_MS = 1000
const MAINTAIN_EVERY_MS = 3600_000
/** The own store may be busy for once; that it is gone is for whoever started the process. */
const STORE_FAILURES_MAX = 5

export class Shipper {
  readonly #options: ShipperOptions
  readonly #parts: Parts
  readonly #documents: Documents
  readonly #letters: Letters
  readonly #fetch: ActFetch
  #cargo: Cargo | undefined
  #hasBegun = false
  #isDescribed = false
  #reportDue = 0
  #maintainDue = 0

  constructor(options: ShipperOptions) {
    const { depot, cluster, clock, trusted } = options
    const traffic = new Traffic(clock)
    const flights = new Flights(depot, cluster, traffic, clock)
    this.#options = options
    this.#parts = { depot, cluster, clock, traffic, flights }
    this.#documents = new Documents(this.#parts)
    this.#letters = new Letters(this.#parts)
    this.#fetch = new ActFetch(this.#parts, trusted)
  }

  get state(): DeliveryState {
    return this.#parts.traffic.tell()
  }

  /** Until `stop`; rejects where the own store cannot be used. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, failed } = this.#options
    let failures = 0
    while (!stop.aborted) {
      let pause: number
      try {
        pause = await this.turn()
        failures = 0
      } catch (error) {
        // Whoever stops it may have closed the store already.
        if (stop.aborted) return
        if (++failures >= STORE_FAILURES_MAX) throw error
        failed?.(error)
        pause = backoffMs(failures, () => clock.random())
      }
      if (pause > 0) await clock.sleep(pause, stop)
    }
  }

  /** Says how it is doing; not more often than each second. */
  async report(): Promise<void> {
    const now = this.#parts.clock.now()
    if (now < this.#reportDue) return
    this.#reportDue = now + REPORT_EVERY_MS
    await this.#parts.depot.putDelivery(this.state)
  }

  /** Does what is due; how long nothing is, ms. */
  async turn(): Promise<number> {
    const { flights } = this.#parts
    if (!this.#hasBegun) await flights.load()
    this.#hasBegun = true
    const pause = await this.#work()
    await this.report()
    return pause
  }

  async #work(): Promise<number> {
    const { traffic } = this.#parts
    const { breaker } = traffic
    if (breaker.pauseMs > 0) return Math.min(breaker.pauseMs, REPORT_EVERY_MS)
    if (breaker.state === 'half-open' || !this.#isDescribed) {
      if (!(await this.#describe())) return Math.min(breaker.pauseMs, REPORT_EVERY_MS)
    }
    if (breaker.state === 'half-open') {
      // One request decides; where nothing waits, one that asks.
      const hasTried = (await this.#documents.step(TRIAL_LIMITS)) || (await this.#ship(true))
      if (hasTried) return 0
      if (!(await this.#fetch.step(true))) return 0
      breaker.succeeded()
    }
    const hasSent = await this.#send()
    if (breaker.pauseMs > 0) return Math.min(breaker.pauseMs, REPORT_EVERY_MS)
    await this.#fetch.step(false)
    await this.#maintain()
    if (!hasSent && breaker.pauseMs === 0) traffic.answers('idle')
    return hasSent ? 0 : IDLE_MS
  }

  async #send(): Promise<boolean> {
    const { breaker } = this.#parts.traffic
    const steps = [
      () => this.#documents.step(DOCUMENT_LIMITS),
      () => this.#ship(false),
      () => this.#letters.step(OBSERVATION_LIMITS),
      () => this.#parts.flights.verify(),
    ]
    let hasSent = false
    for (const step of steps) {
      if (breaker.pauseMs > 0) break
      hasSent = (await step()) || hasSent
    }
    return hasSent
  }

  /** One slice at a time: the next is taken when the mark has passed the last. */
  async #ship(isTrial: boolean): Promise<boolean> {
    const { depot, flights } = this.#parts
    if (this.#cargo === undefined) {
      const slice = await depot.slice(isTrial ? TRIAL_LIMITS.docs : SLICE_DOCS)
      if (flights.hasLeft) flights.passed(slice, slice === undefined && (await this.#isEmpty()))
      if (slice === undefined) return false
      this.#cargo = new Cargo(this.#parts, slice)
    }
    const hasSent = await this.#cargo.step(isTrial ? TRIAL_LIMITS : OBSERVATION_LIMITS)
    if (this.#cargo.due !== undefined) return hasSent
    await this.#cargo.arrive()
    this.#cargo = undefined
    return true
  }

  async #isEmpty(): Promise<boolean> {
    const { depot, clock } = this.#parts
    return (await depot.backlog(clock.now())).observations === 0
  }

  async #describe(): Promise<boolean> {
    const { cluster, traffic } = this.#parts
    const is = await cluster.describe()
    if ('server' in is) traffic.server = is.server
    else if ('away' in is) traffic.failed(is.away)
    else traffic.refused(is.refused)
    this.#isDescribed = 'server' in is
    return this.#isDescribed
  }

  async #maintain(): Promise<void> {
    const { maintain, failed } = this.#options
    const now = this.#parts.clock.now()
    if (maintain === undefined || now < this.#maintainDue) return
    this.#maintainDue = now + MAINTAIN_EVERY_MS
    try {
      await maintain()
    } catch (error) {
      failed?.(error)
    }
  }
}

/** As many as fit into the requests that go at the same time. */
const SLICE_DOCS = OBSERVATION_LIMITS.docs * OBSERVATION_LIMITS.requests
