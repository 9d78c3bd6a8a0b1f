/**
 * The frames and blocks of zstd (RFC 8878 section 3.1), read so far as to hand them on one by one:
 * the library stops at the end of a frame, and of a damaged block it tells nothing. What would need
 * much memory is seen in the header, before anything is allocated.
 */
import { CaptureError } from './capture.ts'
import type { Intake } from './intake.ts'
import type { Pieces } from './pieces.ts'
import { pieceBytes } from './pieces.ts'

const MAGIC = 0xfd2fb528
/** The longest header: magic, descriptor, window, dictionary, content size. */
const FRAME_HEADER_BYTES_MAX = 18
const BLOCK_HEADER_BYTES = 3
const CHECKSUM_BYTES = 4
/** Section 3.1.1.2.4. */
const BLOCK_BYTES_MAX = 128 * 1024
/**
 * Each frame costs a call of the library, so frames of a few bytes cost more than what is in them.
 * One that holds a single packet has some 60 bytes; so many may be shorter.
 */
const FRAME_BYTES_MEAN = 32
const FRAMES_FREE = 10_000
/** What every decoder should bear (section 3.1.1.1.2); levels up to 19 need no more. */
export const WINDOW_LOG_MAX = 23

type Expected = 'frame' | 'block' | 'checksum'

export class ZstdPieces implements Pieces {
  problem: string | undefined = undefined
  readonly #name: string
  #expected: Expected = 'frame'
  #hasChecksum = false
  #frames = 0

  constructor(name: string) {
    this.#name = name
  }

  async next(intake: Intake): Promise<Uint8Array | undefined> {
    const length = await this.#length(intake)
    return length === 0 ? undefined : intake.take(length)
  }

  /** A header goes in with the first blocks, a checksum alone: see `GzipPieces`. */
  async #length(intake: Intake): Promise<number> {
    if (this.#expected === 'checksum') return this.#checksum(intake)
    const header = this.#expected === 'frame' ? await this.#frame(intake) : 0
    return this.#expected === 'frame' ? 0 : this.#blocks(intake, header)
  }

  /** Length of the frame header, skippable frames before it left out. */
  async #frame(intake: Intake): Promise<number> {
    for (;;) {
      const there = await intake.fill(FRAME_HEADER_BYTES_MAX)
      if (there === 0) return 0
      if (there < 5) return this.#stop(intake, 'ends too soon')
      const view = new DataView(intake.bytes.buffer, intake.start, there)
      const magic = view.getUint32(0, true)
      if (magic === MAGIC) return this.#header(intake, view)
      if (magic >>> 4 !== 0x184d2a5) return this.#stop(intake, 'is followed by something else')
      const size = there < 8 ? 0 : view.getUint32(4, true)
      if (!(await intake.skip(8 + size))) return this.#stop(intake, 'ends too soon')
    }
  }

  /** Section 3.1.1.1. */
  #header(intake: Intake, view: DataView): number {
    const descriptor = view.getUint8(4)
    const isSingle = (descriptor & 0x20) !== 0
    const dictionary = [0, 1, 2, 4][descriptor & 3] as number
    const size = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
    const length = 5 + (isSingle ? 0 : 1) + dictionary + size
    if (view.byteLength < length) return this.#stop(intake, 'ends too soon')
    const window = isSingle ? contentSize(view, length - size, size) : windowSize(view.getUint8(5))
    if (window > 2 ** WINDOW_LOG_MAX) throw this.#windowTooLarge(window)
    if (++this.#frames > FRAMES_FREE + intake.position / FRAME_BYTES_MEAN) {
      throw this.#framesTooSmall()
    }
    this.#hasChecksum = (descriptor & 4) !== 0
    this.#expected = 'block'
    return length
  }

  /** Length of the header and the blocks that go in together; section 3.1.1.2. */
  async #blocks(intake: Intake, header: number): Promise<number> {
    const wanted = pieceBytes(intake.position)
    let length = header
    const stop = (why: string): number => {
      return length > header ? length : this.#stop(intake, why, header)
    }
    while (length < wanted || length === header) {
      const there = await intake.fill(length + BLOCK_HEADER_BYTES)
      if (there < length + BLOCK_HEADER_BYTES) return stop('ends too soon')
      const at = intake.start + length
      const [a, b, c] = intake.bytes.subarray(at, at + 3) as unknown as [number, number, number]
      const word = a | (b << 8) | (c << 16)
      const type = (word >> 1) & 3
      const size = word >> 3
      if (type === 3 || size > BLOCK_BYTES_MAX) return stop('is damaged')
      const whole = length + BLOCK_HEADER_BYTES + (type === 1 ? 1 : size)
      if ((await intake.fill(whole)) < whole) return stop('ends too soon')
      length = whole
      if ((word & 1) !== 0) {
        this.#expected = this.#hasChecksum ? 'checksum' : 'frame'
        return length
      }
    }
    return length
  }

  async #checksum(intake: Intake): Promise<number> {
    if ((await intake.fill(CHECKSUM_BYTES)) < CHECKSUM_BYTES) {
      return this.#stop(intake, 'ends too soon')
    }
    this.#expected = 'frame'
    return CHECKSUM_BYTES
  }

  #stop(intake: Intake, why: string, after = 0): number {
    this.problem = `the zstd data ${why} at byte ${intake.position + after}`
    return 0
  }

  #framesTooSmall(): CaptureError {
    return new CaptureError(
      'COMPRESSION_FRAMES',
      `${this.#name} has ${this.#frames} frames of fewer than ${FRAME_BYTES_MEAN} bytes each, as no program writes them`,
      'unpack it first if you trust it: unzstd FILE',
    )
  }

  #windowTooLarge(window: number): CaptureError {
    return new CaptureError(
      'COMPRESSION_WINDOW',
      `${this.#name} needs ${Math.ceil(window / 2 ** 20)} MiB of memory to unpack`,
      'unpack it first: unzstd --long=31 FILE',
    )
  }
}

/** Section 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

/** Section 3.1.1.1.4. */
function contentSize(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at)
  if (size === 2) return view.getUint16(at, true) + 256
  return size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
}
