/** What a case plays is recorded here: frames at fixed times, a millisecond apart unless told. */
import type { Frame } from './file.ts'

/** Monday, 5 January 2026, 08:00:00 UTC, in µs. */
const START = Date.UTC(2026, 0, 5, 8) * 1000
const STEP = 1000

export class Tape {
  readonly frames: Frame[] = []
  #now = START

  /** Records a frame, of which `snap` bytes are kept. */
  frame(bytes: Uint8Array, snap = Infinity): void {
    const kept = bytes.subarray(0, Math.min(snap, bytes.length))
    this.frames.push({ time: this.#now, bytes: kept, wire: bytes.length })
    this.#now += STEP
  }

  wait(milliseconds: number): void {
    this.#now += milliseconds * 1000
  }
}
