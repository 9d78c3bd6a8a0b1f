/** One of several captures that are read as one: looked at, read when its time has come. */
import { stat } from 'node:fs/promises'
import type { Capture, CaptureStatus, PacketBatch } from './capture.ts'
import { openFile } from './file.ts'
import type { ReadOptions } from './file.ts'

export interface Opener {
  readonly name: string
  readonly open: (options: ReadOptions) => Capture
  /** Whether it can be opened a second time: files can, pipes cannot. */
  readonly repeats: () => Promise<boolean>
}

/** Enough to see the first packet, nearly always. */
const LOOK_BYTES = 64 * 1024
/** Of many files that are read one after the other, or at once; larger is hardly faster. */
const CHUNK_BYTES = 256 * 1024

export function fileOpener(path: string): Opener {
  return {
    name: path,
    open: (options) => openFile(path, options),
    // What is not there is told when it is opened.
    repeats: async () => (await stat(path).catch(() => undefined))?.isFile() ?? true,
  }
}

export interface Taken {
  readonly batch: PacketBatch
  readonly from: number
  readonly to: number
}

export class Part {
  readonly name: string
  readonly index: number
  readonly #opener: Opener
  /** Of the next packet, µs. */
  time = 0
  /** Only while it is read: a thousand files must not have a thousand buffers. */
  #capture: Capture | undefined = undefined
  #batches: AsyncIterator<PacketBatch> | undefined = undefined
  #isAsking = false
  #batch: PacketBatch | undefined = undefined
  #at = 0
  #last: CaptureStatus

  constructor(opener: Opener, index: number) {
    this.name = opener.name
    this.index = index
    this.#opener = opener
    this.#last = nothingOf(opener.name)
  }

  /** Finds the first packet; false where there is none. */
  async look(): Promise<boolean> {
    const repeats = await this.#opener.repeats()
    await this.begin(repeats ? LOOK_BYTES : CHUNK_BYTES)
    const found = !this.isEmpty
    if (!repeats || !found) return found
    await this.close()
    this.#last = nothingOf(this.name)
    return true
  }

  /** Begins to read where that is still to be done. */
  async begin(chunkBytes = CHUNK_BYTES): Promise<void> {
    if (this.#batch !== undefined) return
    this.#capture = this.#opener.open({ chunkBytes })
    this.#batches = this.#capture.batches()[Symbol.asyncIterator]()
    await this.more()
  }

  get isEmpty(): boolean {
    return this.#batch === undefined || this.#at === this.#batch.count
  }

  /** Asks for the next batch with packets; false at the end. */
  async more(): Promise<boolean> {
    for (;;) {
      const batch = await this.#next()
      if (batch === undefined) {
        await this.close()
        return false
      }
      if (batch.count === 0) continue
      this.#batch = batch
      this.#at = 0
      this.time = batch.time[0] as number
      return true
    }
  }

  async #next(): Promise<PacketBatch | undefined> {
    this.#isAsking = true
    try {
      const next = await this.#batches?.next()
      return next?.done === false ? next.value : undefined
    } finally {
      this.#isAsking = false
    }
  }

  /** The packets before a time, or at it where this part goes first; one at least. */
  takeUntil(limit: number, isFirst: boolean): Taken {
    const batch = this.#batch as PacketBatch
    const { time, count } = batch
    const from = this.#at
    let to = from + 1
    while (to < count) {
      const at = time[to] as number
      if (at > limit || (at === limit && !isFirst)) break
      to++
    }
    this.#at = to
    if (to < count) this.time = time[to] as number
    return { batch, from, to }
  }

  status(): CaptureStatus {
    return this.#capture?.status() ?? this.#last
  }

  async close(): Promise<void> {
    const capture = this.#capture
    // A question that is not answered yet would be waited for: it ends by itself.
    if (!this.#isAsking) await this.#batches?.return?.()
    await capture?.close()
    this.#last = capture?.status() ?? this.#last
    this.#capture = undefined
    this.#batches = undefined
    this.#batch = undefined
  }
}

function nothingOf(name: string): CaptureStatus {
  return {
    name,
    packets: 0,
    bytes: 0,
    first: undefined,
    last: undefined,
    linkTypes: [],
    truncated: undefined,
    dropped: undefined,
  }
}
