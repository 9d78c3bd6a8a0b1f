/**
 * Whether the cluster is to be asked at all. Closed: it is. Open, after some failures of whole
 * requests in a row: it is left alone. Half-open, when that time is over: one small request finds
 * out.
 */
import type { Clock } from './backoff.ts'
import { backoffMs } from './backoff.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** One failure is chance, so many in a row are a state. */
export const BREAKER_FAILURES = 5

export class Breaker {
  readonly #clock: Pick<Clock, 'now' | 'random'>
  #failures = 0
  #until = 0

  constructor(clock: Pick<Clock, 'now' | 'random'>) {
    this.#clock = clock
  }

  get state(): BreakerState {
    if (this.#failures < BREAKER_FAILURES) return 'closed'
    return this.pauseMs > 0 ? 'open' : 'half-open'
  }

  /** Until the next request; after each failure there is some. */
  get pauseMs(): number {
    return Math.max(0, this.#until - this.#clock.now())
  }

  succeeded(): void {
    this.#failures = 0
    this.#until = 0
  }

  failed(): void {
    this.#failures++
    this.#wait()
  }

  /** What only people can mend needs no second failure. */
  refused(): void {
    this.#failures = Math.max(BREAKER_FAILURES, this.#failures + 1)
    this.#wait()
  }

  /** Of requests that were on their way together, the longest pause holds. */
  #wait(): void {
    const pause = backoffMs(this.#failures, () => this.#clock.random())
    this.#until = Math.max(this.#until, this.#clock.now() + pause)
  }
}
