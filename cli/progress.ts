/** A bar on stderr while long work goes on: only where stderr is a terminal. */

const WIDTH = 30
const EVERY_MS = 120

export class Progress {
  readonly #total: number
  readonly #label: string
  readonly #enabled: boolean
  #shownAt = 0

  /** `total` in the units of `to`; 0 where it is not known. */
  constructor(label: string, total: number, enabled = process.stderr.isTTY) {
    this.#label = label
    this.#total = total
    this.#enabled = enabled
  }

  /** Asks how much is done only when it shows it. */
  to(amount: () => number): void {
    if (!this.#enabled) return
    const now = performance.now()
    if (now - this.#shownAt < EVERY_MS) return
    this.#shownAt = now
    const done = amount()
    const share = this.#total > 0 ? Math.min(1, done / this.#total) : 0
    const filled = Math.round(share * WIDTH)
    const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled)
    process.stderr.write(
      `\r${this.#label} [${bar}] ${String(Math.round(share * 100)).padStart(3)} %`,
    )
  }

  end(): void {
    if (this.#enabled && this.#shownAt > 0) process.stderr.write('\r\u001b[K')
  }
}
