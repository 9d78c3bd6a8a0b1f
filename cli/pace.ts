/** Replays a capture as if it were live, faster by a factor: batches cut by capture time. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PacketBatch } from '#sensor'
import { sliceBatch } from '#sensor'

/** A batch goes on in slices of this much wall time, so that the page moves. */
const SLICE_MS = 100
/** A silence in the capture is waited for this long at most. */
const WAIT_MS_MAX = 2000

export class Pace {
  readonly #speed: number
  #last: number | undefined

  /** Capture seconds per second. */
  constructor(speed: number) {
    this.#speed = speed
  }

  async *slices(batch: PacketBatch, signal: AbortSignal): AsyncGenerator<PacketBatch> {
    const sliceUs = SLICE_MS * 1000 * this.#speed
    let from = 0
    while (from < batch.count && !signal.aborted) {
      const start = batch.time[from] as number
      await this.#waitUntil(start, signal)
      let to = from + 1
      while (to < batch.count && Math.abs((batch.time[to] as number) - start) < sliceUs) to++
      yield sliceBatch(batch, from, to)
      from = to
    }
  }

  async #waitUntil(time: number, signal: AbortSignal): Promise<void> {
    const gapUs = this.#last === undefined ? 0 : Math.max(0, time - this.#last)
    this.#last = time
    const waitMs = Math.min(WAIT_MS_MAX, gapUs / 1000 / this.#speed)
    if (waitMs < 1) return
    await sleep(waitMs, undefined, { signal }).catch(ignoreAbort)
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
