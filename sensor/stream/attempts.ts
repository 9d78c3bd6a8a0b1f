/**
 * How many flows that nobody answered are told one by one: ordinary traffic and ordinary scans,
 * all of them. A flood from forged addresses is counted beyond that; but a source that comes again
 * and again is told of even then, so that no flood hides who scans.
 */
import { finish } from './flow-key.ts'

/** All hosts of a /16, or all ports of one host, at once. */
export const ATTEMPTS_BURST = 65_536
/** Tokens that come back each second of capture time: such a scan every eleven minutes. */
const ATTEMPTS_PER_SECOND = 100
const SECOND = 1_000_000

/** Sources beyond the budget, in cells: whoever comes most often keeps a cell. */
const CELLS = 1024
/** Flows of such a source within a minute, after which it is none of many forged ones. */
const INSISTS = 8
/** And told of it in that minute: several times what rules count to. */
const TOLD_EACH = 64
const MINUTE = 60 * SECOND

export class Attempts {
  #tokens = ATTEMPTS_BURST
  #since = -Infinity
  #minute = 0
  readonly #sources = new Int32Array(CELLS)
  readonly #counts = new Int32Array(CELLS)

  /** Is the flow of this source told now? */
  take(time: number, source: number): boolean {
    this.#refill(time)
    if (this.#tokens < 1) return this.#insists(time, source)
    this.#tokens--
    return true
  }

  /** It was answered: ordinary traffic costs nothing. */
  giveBack(): void {
    this.#tokens = Math.min(ATTEMPTS_BURST, this.#tokens + 1)
  }

  #refill(time: number): void {
    const passed = time - this.#since
    if (passed > 0 && this.#tokens < ATTEMPTS_BURST) {
      const more = (passed / SECOND) * ATTEMPTS_PER_SECOND
      this.#tokens = Math.min(ATTEMPTS_BURST, this.#tokens + more)
    }
    this.#since = time
  }

  /** A cell counts its source up and all others down, so that it ends with who comes most. */
  #insists(time: number, source: number): boolean {
    const minute = Math.floor(time / MINUTE)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#counts.fill(0)
    }
    // Not the secret hash of the flow table: which sources share a cell shows in what is told.
    const cell = finish(source) & (CELLS - 1)
    const count = this.#counts[cell] as number
    if (this.#sources[cell] === source) this.#counts[cell] = count + 1
    else if (count > 0) this.#counts[cell] = count - 1
    else {
      this.#sources[cell] = source
      this.#counts[cell] = 1
    }
    if (this.#sources[cell] !== source) return false
    return count >= INSISTS && count < INSISTS + TOLD_EACH
  }
}
