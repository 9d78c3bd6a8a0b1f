/** What the answers of a cluster say about it: whether to go on, and how delivery is doing. */
import type { DeliveryState } from '../outbox.ts'
import { isoTime } from '../rows.ts'
import { BACKOFF_MS_MAX } from './backoff.ts'
import type { Clock } from './backoff.ts'
import { Breaker } from './breaker.ts'
import type { Fate } from './cluster.ts'

/** An index that was blocked is asked again within this time; until then nothing is well. */
const BLOCKED_MS = BACKOFF_MS_MAX + 10_000
const REASON_CHARACTERS_MAX = 500

type State = DeliveryState['state']

export class Traffic {
  readonly breaker: Breaker
  readonly #clock: Pick<Clock, 'now' | 'random'>
  #state: State = 'idle'
  #reason = ''
  #since: number
  #blockedUntil = 0
  readonly #counts = { sent: 0, repeated: 0, retried: 0, rejected: 0 }
  server = ''
  held = 0

  constructor(clock: Pick<Clock, 'now' | 'random'>) {
    this.#clock = clock
    this.#since = clock.now()
    this.breaker = new Breaker(clock)
  }

  /** Of one request, all of them. */
  learn(fates: readonly Fate[]): void {
    for (const fate of fates) this.#count(fate)
    const [first] = fates
    if (first === undefined) return
    const refused = fates.find((fate) => fate.kind === 'refused')
    if (refused !== undefined) return this.refused(refused.reason)
    if (fates.every(isFailure)) return this.failed('reason' in first ? first.reason : '')
    this.breaker.succeeded()
    const waits = fates.find((fate) => fate.kind === 'later')
    if (waits !== undefined && fates.every(({ kind }) => kind === 'later')) {
      this.#blockedUntil = this.#clock.now() + BLOCKED_MS
      this.#enter('blocked', waits.reason)
    } else {
      this.answers('sending')
    }
  }

  /** It cannot be reached, or does not answer as a cluster does. */
  failed(reason: string): void {
    this.breaker.failed()
    // One failure is chance: only what lasts is told.
    if (this.breaker.state !== 'closed') this.#enter('away', reason)
  }

  refused(reason: string): void {
    this.breaker.refused()
    this.#enter('refused', reason)
  }

  /** All is well as far as can be seen. */
  answers(state: 'idle' | 'sending'): void {
    if (this.#state === 'blocked' && this.#clock.now() < this.#blockedUntil) return
    this.#enter(state, '')
  }

  found(count: number): void {
    this.#counts.repeated += count
  }

  tell(): DeliveryState {
    const [at, since] = [this.#clock.now(), this.#since].map((ms) => isoTime(ms * 1000))
    return {
      state: this.#state,
      reason: this.#reason,
      since: since ?? '',
      at: at ?? '',
      server: this.server,
      ...this.#counts,
      held: this.held,
    }
  }

  #enter(state: State, reason: string): void {
    const isGoing = (one: State): boolean => one === 'idle' || one === 'sending'
    const isSame = state === this.#state || (isGoing(state) && isGoing(this.#state))
    if (!isSame) this.#since = this.#clock.now()
    this.#state = state
    // What a server says is input: bounded.
    this.#reason = reason.slice(0, REASON_CHARACTERS_MAX)
  }

  #count(fate: Fate): void {
    if (fate.kind === 'done') this.#counts[fate.repeated ? 'repeated' : 'sent']++
    else if (fate.kind === 'rejected') this.#counts.rejected++
    else this.#counts.retried++
  }
}

function isFailure(fate: Fate): boolean {
  if (fate.kind === 'later') return fate.status === 0 || fate.status >= 500
  return fate.kind === 'away' || fate.kind === 'unknown'
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
