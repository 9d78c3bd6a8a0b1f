/**
 * The newest bytes of one direction, kept after they were handed on: a sender may repeat itself,
 * but not say something else. Who shows a sensor one request (with a bad checksum, or too few
 * hops left) and the device another under the same sequence number is told by this.
 */
import type { HeldBytes } from './segments.ts'

/** A segment of any usual link, and what came just before it. */
const RECENT_BYTES = 2048
/** Where more than that waits for its acknowledgement, as it may be sent again. */
const RECENT_BYTES_MAX = 64 * 1024
const MASK = RECENT_BYTES_MAX - 1
const FIRST_BYTES = 64
/** Up to this a loop is faster than a copy through views. */
const SHORT_BYTES = 32
/** Of all bytes that are held, the part that this may take. */
const SHARE = 1 / 4

/** What was said again; unknown where it is no longer there, or never was. */
export type Likeness = 'same' | 'differs' | 'unknown'

export class Recent {
  /** Sequence number after the last byte. */
  #end = 0
  /** Bytes that are there. */
  #kept = 0
  /** Where the next byte goes: its place is the count of bytes before it. */
  #at = 0
  #bytes = new Uint8Array(FIRST_BYTES)
  readonly #held: HeldBytes

  constructor(held: HeldBytes) {
    this.#held = held
  }

  /**
   * Bytes that were handed on; `next` is the sequence number after them, and `open` of those before
   * it may be sent again.
   */
  add(bytes: Uint8Array, start: number, end: number, next: number, open: number): void {
    if (((next - (end - start) - this.#end) | 0) !== 0) this.clear()
    if (this.#kept + end - start > this.#bytes.length) this.#grow(end - start, open)
    const ring = this.#bytes
    const from = Math.max(start, end - ring.length)
    const length = end - from
    const mask = ring.length - 1
    const at = this.#at & mask
    if (length <= SHORT_BYTES || at + length > ring.length) {
      for (let i = 0; i < length; i++) ring[(at + i) & mask] = bytes[from + i] as number
    } else {
      ring.set(bytes.subarray(from, end), at)
    }
    this.#at = (at + length) & MASK
    this.#kept = Math.min(this.#kept + length, ring.length)
    this.#end = next
  }

  /** `length` bytes from `from` on, sent again as `sequence`. */
  compare(bytes: Uint8Array, from: number, length: number, sequence: number): Likeness {
    const mask = this.#bytes.length - 1
    const gone = (this.#end - this.#kept - sequence) | 0
    const first = Math.max(0, gone)
    const last = Math.min(length, (this.#end - sequence) | 0)
    for (let i = first; i < last; i++) {
      const back = (this.#end - sequence - i) | 0
      if (this.#bytes[(this.#at - back) & mask] !== bytes[from + i]) return 'differs'
    }
    return gone > 0 ? 'unknown' : 'same'
  }

  clear(): void {
    this.#kept = 0
    this.#at = 0
  }

  /** Nothing is compared any more. */
  close(): void {
    this.clear()
    this.#resize(FIRST_BYTES)
  }

  #grow(length: number, open: number): void {
    const before = this.#bytes.length
    const wanted = Math.min(this.#kept + length, Math.max(RECENT_BYTES, open))
    let size = before
    while (size < wanted && size < RECENT_BYTES_MAX) size *= 2
    const held = this.#held
    const isRoom = held.bytes + size - before <= held.max * SHARE
    if (size > RECENT_BYTES && !isRoom) size = Math.max(before, RECENT_BYTES)
    if (size > before) this.#resize(size)
  }

  #resize(size: number): void {
    const { length } = this.#bytes
    const larger = new Uint8Array(size)
    const oldest = this.#at - this.#kept
    for (let i = 0; i < this.#kept; i++) {
      larger[i] = this.#bytes[(oldest + i) & (length - 1)] as number
    }
    this.#held.bytes += Math.max(0, size - RECENT_BYTES) - Math.max(0, length - RECENT_BYTES)
    this.#bytes = larger
    this.#at = this.#kept
  }
}
