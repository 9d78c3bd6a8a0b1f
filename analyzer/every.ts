/** Something that is due at intervals of capture time, counted from the first time that is told. */

/** Repeats of what is periodic are summarised this often (fields.md). */
export const SUMMARY_US = 60e6

export class Every {
  readonly #interval: number
  #last: number | undefined = undefined

  constructor(interval: number) {
    this.#interval = interval
  }

  isDue(time: number): boolean {
    this.#last ??= time
    if (time - this.#last < this.#interval) return false
    this.#last = time
    return true
  }
}
