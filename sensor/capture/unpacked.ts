/**
 * Compressed bytes, unpacked while they are read: memory stays the same however long they are,
 * and a bomb is refused before any of it is parsed.
 */
import type { Transform } from 'node:stream'
import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { CaptureError } from './capture.ts'
import type { Compression } from './compression.ts'
import { piecesOf } from './compression.ts'
import { Intake } from './intake.ts'
import type { Pieces } from './pieces.ts'
import type { ByteSource } from './source.ts'
import { WINDOW_LOG_MAX } from './zstd-pieces.ts'

/**
 * How many bytes one byte may become, over any stretch of so many bytes. Measured: real captures
 * reach 50 (gzip) and 77 (zstd), one that repeats a byte 200 000 times 140 and 265; zeros in
 * segments of 1460 bytes 67 and 108, of 8960 bytes 282 and 626. Bombs are at 1030 (the most that
 * deflate can) and 30 000.
 */
export const EXPANSION_MAX = 700
export const STRETCH_BYTES = 4 * 1024 * 1024

const OUTPUT_BYTES = 64 * 1024
/** Unpacked ahead of who reads. */
const AHEAD_BYTES = 1024 * 1024
/** What is shorter is put together: frames of a few bytes would be a million chunks. */
const SMALL_BYTES = 1024
const GATHERED_BYTES = 16 * 1024

/** Unread are `[start, end)`. */
interface Chunk {
  readonly bytes: Uint8Array
  start: number
  end: number
  /** There is room at its end. */
  readonly isGathered: boolean
}

export class Unpacked implements ByteSource {
  problem: string | undefined = undefined
  readonly #compression: Compression
  readonly #name: string
  readonly #source: ByteSource
  readonly #intake: Intake
  readonly #pieces: Pieces
  readonly #engine: Transform
  /** May be read: as far as it cannot be a bomb any more. */
  readonly #ready: Chunk[] = []
  #readyBytes = 0
  #held: Uint8Array[] = []
  #refusal: unknown = undefined
  #ended = false
  #working: Promise<void> | undefined = undefined
  #wake: () => void = () => {}
  #stretchOut = 0
  #stretchFrom = 0

  constructor(compression: Compression, head: Uint8Array, source: ByteSource, name: string) {
    this.#compression = compression
    this.#name = name
    this.#source = source
    this.#intake = new Intake(head, source)
    this.#pieces = piecesOf(compression, name)
    this.#engine = engineOf(compression)
    this.#engine.on('data', (chunk: Uint8Array) => this.#unpacked(chunk))
    this.#engine.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
    this.#engine.on('end', () => this.#over())
  }

  async read(into: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#ready.length === 0) {
      if (this.#ended) {
        if (this.#refusal !== undefined) throw this.#refusal
        return 0
      }
      this.#working ??= this.#work()
      await this.#working
    }
    let count = 0
    while (count < max) {
      const chunk = this.#ready[0]
      if (chunk === undefined) break
      const some = Math.min(max - count, chunk.end - chunk.start)
      into.set(chunk.bytes.subarray(chunk.start, chunk.start + some), at + count)
      count += some
      chunk.start += some
      if (chunk.start < chunk.end) break
      this.#ready.shift()
    }
    this.#readyBytes -= count
    if (!this.#ended) this.#working ??= this.#work()
    return count
  }

  async close(): Promise<void> {
    this.#ended = true
    this.#engine.destroy()
    this.#wake()
    await this.#working
    await this.#source.close()
  }

  /** Unpacks piece after piece until enough is ready. */
  async #work(): Promise<void> {
    try {
      while (!this.#ended && this.#readyBytes < AHEAD_BYTES) {
        const piece = await this.#pieces.next(this.#intake)
        if (piece === undefined) await this.#finish()
        else await this.#write(piece)
      }
    } catch (error) {
      this.#refuse(error)
    } finally {
      this.#working = undefined
    }
  }

  #write(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      this.#engine.write(piece, () => resolve())
    })
  }

  async #finish(): Promise<void> {
    this.problem ??= this.#pieces.problem
    if (this.problem === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#engine.end()
      })
    } else {
      this.#engine.destroy()
    }
    this.#over()
  }

  #unpacked(chunk: Uint8Array): void {
    if (this.#ended) return
    this.#held.push(chunk)
    this.#stretchOut += chunk.length
    const allowed = (this.#intake.position - this.#stretchFrom) * EXPANSION_MAX
    if (this.#stretchOut <= allowed) this.#release()
    if (this.#stretchOut < STRETCH_BYTES) return
    if (this.#stretchOut > allowed) {
      this.#engine.destroy()
      this.#refuse(this.#bomb())
    }
    this.#stretchOut = 0
    this.#stretchFrom = this.#intake.position
  }

  #release(): void {
    for (const chunk of this.#held) {
      this.#add(chunk)
      this.#readyBytes += chunk.length
    }
    this.#held = []
  }

  #add(bytes: Uint8Array): void {
    const { length } = bytes
    if (length >= SMALL_BYTES) {
      this.#ready.push({ bytes, start: 0, end: length, isGathered: false })
      return
    }
    let last = this.#ready.at(-1)
    if (last?.isGathered !== true || last.bytes.length - last.end < length) {
      last = { bytes: new Uint8Array(GATHERED_BYTES), start: 0, end: 0, isGathered: true }
      this.#ready.push(last)
    }
    last.bytes.set(bytes, last.end)
    last.end += length
  }

  #failed(error: NodeJS.ErrnoException): void {
    const why = error.code === 'Z_BUF_ERROR' ? 'ends too soon' : 'is damaged'
    this.problem ??= `the ${this.#compression} data ${why} before byte ${this.#intake.position} of the file`
    this.#over()
  }

  #refuse(error: unknown): void {
    this.#held = []
    this.#refusal = error
    this.#over()
  }

  #over(): void {
    this.#release()
    this.#ended = true
    this.#wake()
  }

  #bomb(): CaptureError {
    const unpack = this.#compression === 'gzip' ? 'gunzip' : 'unzstd'
    return new CaptureError(
      'COMPRESSION_BOMB',
      `${this.#name} unpacks to more than ${EXPANSION_MAX} times its size, as no capture does`,
      `unpack it first if you trust it: ${unpack} FILE`,
    )
  }
}

function engineOf(compression: Compression): Transform {
  if (compression === 'gzip') return createGunzip({ chunkSize: OUTPUT_BYTES })
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX }
  return createZstdDecompress({ chunkSize: OUTPUT_BYTES, params })
}
