/**
 * Puts completed operations back into the order of `event.sequence`, which their requests gave:
 * an answer may take seconds, and a later request may be answered first.
 */
import type { Operation } from '#sensor'

/** Operations held back at most; beyond it the oldest goes out unanswered, counted. */
const HELD_MAX = 65_536

export class Order {
  readonly #out: (operation: Operation) => void
  readonly #done = new WeakSet<Operation>()
  #held: Operation[] = []
  #head = 0
  /** Written before their answer was known, because too many were held. */
  early = 0

  constructor(out: (operation: Operation) => void) {
    this.#out = out
  }

  requested(operation: Operation): void {
    this.#held.push(operation)
    if (this.#held.length - this.#head > HELD_MAX) {
      this.early++
      this.#release()
    }
  }

  completed(operation: Operation): void {
    this.#done.add(operation)
    while (this.#head < this.#held.length && this.#done.has(this.#held[this.#head] as Operation)) {
      this.#release()
    }
  }

  /** End of the capture: whatever is still held goes out as it is. */
  flush(): void {
    while (this.#head < this.#held.length) this.#release()
  }

  #release(): void {
    const operation = this.#held[this.#head++] as Operation
    this.#out(operation)
    if (this.#head > 4096 && this.#head * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#head)
      this.#head = 0
    }
  }
}
