/** Compressed bytes on their way in: gathered until there are as many as are asked for. */
import type { ByteSource } from './source.ts'

/** More than the longest piece: a zstd block and what went before it. */
const CAPACITY_BYTES = 256 * 1024

export class Intake {
  readonly bytes: Uint8Array
  readonly #source: ByteSource
  /** Bytes not taken yet are `[start, end)`. */
  start = 0
  #end: number
  #ended = false
  /** Position of `start` in the compressed data. */
  position = 0

  constructor(head: Uint8Array, source: ByteSource) {
    this.bytes = new Uint8Array(Math.max(CAPACITY_BYTES, head.length))
    this.bytes.set(head)
    this.#end = head.length
    this.#source = source
  }

  /** Returns how many bytes there are: fewer than `count` only where no more will come. */
  async fill(count: number): Promise<number> {
    while (this.#end - this.start < count && !this.#ended) {
      if (this.start > 0) {
        this.bytes.copyWithin(0, this.start, this.#end)
        this.#end -= this.start
        this.start = 0
      }
      const room = this.bytes.length - this.#end
      const read = await this.#source.read(this.bytes, this.#end, room)
      this.#end += read
      this.#ended = read === 0
    }
    return this.#end - this.start
  }

  /** Valid until the next `fill`. */
  take(count: number): Uint8Array {
    const from = this.start
    this.start += count
    this.position += count
    return this.bytes.subarray(from, from + count)
  }

  /** False where the bytes end before. */
  async skip(count: number): Promise<boolean> {
    let left = count
    while (left > 0) {
      const there = await this.fill(1)
      if (there === 0) return false
      left -= this.take(Math.min(there, left)).length
    }
    return true
  }
}
