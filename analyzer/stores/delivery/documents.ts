/**
 * Findings, assets and the rest of what changes, in their newest state. Of one document there is
 * one request at a time, so that no version can overtake another.
 */
import type { DeadLetter, Dirty } from '../outbox.ts'
import { backoffMs } from './backoff.ts'
import { DOCUMENT_LIMITS, batches, halves } from './batches.ts'
import type { Limits } from './batches.ts'
import type { Parts } from './cargo.ts'
import type { Fate } from './cluster.ts'
import { letterOf, refusalOf } from './dead-letter.ts'

type Sent = Parameters<Parts['depot']['sent']>[0][number]
type Deferred = Parameters<Parts['depot']['defer']>[0][number]

interface Outcome {
  readonly done: Sent[]
  readonly deferred: Deferred[]
  readonly letters: DeadLetter[]
}

/** Those that an earlier process may have been sending when it died: the longest waiting. */
const UNSURE = DOCUMENT_LIMITS.docs * DOCUMENT_LIMITS.requests

export class Documents {
  readonly #parts: Omit<Parts, 'flights'>
  #unsure = UNSURE

  constructor(parts: Omit<Parts, 'flights'>) {
    this.#parts = parts
  }

  /** Sends what is due; false: nothing was. */
  async step(limits: Limits): Promise<boolean> {
    const { depot, clock } = this.#parts
    const items = await depot.dirty(limits.docs * limits.requests, clock.now())
    if (items.length === 0) return false
    const unsure = this.#unsure
    const known = items.map((item, i) => {
      // As if it had been tried: it may be there, where no search finds it yet.
      return i < unsure ? { ...item, tries: Math.max(1, item.tries) } : item
    })
    const requests = batches(known, limits, bytesOf)
    for (let i = 0; i < requests.length; i += limits.requests) {
      const outcome: Outcome = { done: [], deferred: [], letters: [] }
      const together = requests.slice(i, i + limits.requests)
      await Promise.all(together.map((some) => this.#send(some, outcome)))
      if (outcome.done.length > 0) await depot.sent(outcome.done)
      this.#unsure = Math.max(0, this.#unsure - outcome.done.length)
      if (outcome.deferred.length > 0) await depot.defer(outcome.deferred)
      if (outcome.letters.length > 0) await depot.bury(outcome.letters)
      // What fails now would fail again; it is dirty still.
      if (this.#parts.traffic.breaker.pauseMs > 0) break
    }
    return true
  }

  async #send(items: readonly Dirty[], outcome: Outcome): Promise<void> {
    const { cluster, traffic } = this.#parts
    const fates = await cluster.revise(items)
    const of = (i: number): Fate => fates[i] ?? { kind: 'unknown', reason: 'no answer for it' }
    traffic.learn(items.map((_, i) => of(i)))
    const tooLarge: Dirty[] = []
    for (const [i, item] of items.entries()) {
      if (of(i).kind === 'too-large' && items.length > 1) tooLarge.push(item)
      else this.#settle(item, of(i), outcome)
    }
    if (tooLarge.length === 0) return
    for (const half of halves(tooLarge)) {
      if (traffic.breaker.pauseMs === 0) await this.#send(half, outcome)
    }
  }

  #settle(item: Dirty, fate: Fate, { done, deferred, letters }: Outcome): void {
    const { cluster, clock } = this.#parts
    const { kind, id, revision } = item
    const refusal = refusalOf(fate, true)
    if (fate.kind === 'done') done.push({ kind, id, revision, place: fate.place })
    else if (refusal !== undefined) {
      letters.push(letterOf(cluster, { dirty: item }, refusal, item.tries + 1, clock.now()))
    } else if (fate.kind === 'later' || fate.kind === 'unknown') {
      const due = clock.now() + backoffMs(item.tries + 1, () => clock.random())
      deferred.push({ kind, id, due })
    }
  }
}

function bytesOf(item: Dirty): number {
  return JSON.stringify(item).length + 300
}
