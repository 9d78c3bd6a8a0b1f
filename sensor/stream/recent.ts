/**
 * The newest bytes of one direction, kept after they were handed on: a sender may repeat itself,
 * but not say something else. Who shows a sensor one request (with a bad checksum, or too few
 * hops left) and the device another under the same sequence number is told by this.
 */

/** A segment of any usual link, and what came just before it. */
const RECENT_BYTES = 2048
const MASK = RECENT_BYTES - 1
const FIRST_BYTES = 64
/** Up to this a loop is faster than a copy through views. */
const SHORT_BYTES = 32

export class Recent {
  /** Sequence number after the last byte. */
  #end = 0
  /** Bytes that are there. */
  #kept = 0
  /** Where the next byte goes: its place is the count of bytes before it. */
  #at = 0
  #bytes = new Uint8Array(FIRST_BYTES)

  /** Bytes that were handed on; `next` is the sequence number after them. */
  add(bytes: Uint8Array, start: number, end: number, next: number): void {
    const from = Math.max(start, end - RECENT_BYTES)
    const length = end - from
    if (((next - (end - start) - this.#end) | 0) !== 0) this.clear()
    if (this.#kept + length > this.#bytes.length) this.#grow(this.#kept + length)
    const ring = this.#bytes
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

  /** Do `length` bytes from `from` on, sent again as `sequence`, say something else? */
  differs(bytes: Uint8Array, from: number, length: number, sequence: number): boolean {
    const mask = this.#bytes.length - 1
    const first = Math.max(0, (this.#end - this.#kept - sequence) | 0)
    const last = Math.min(length, (this.#end - sequence) | 0)
    for (let i = first; i < last; i++) {
      const back = (this.#end - sequence - i) | 0
      if (this.#bytes[(this.#at - back) & mask] !== bytes[from + i]) return true
    }
    return false
  }

  clear(): void {
    this.#kept = 0
    this.#at = 0
  }

  /** Only a ring that has not gone round yet grows: what it holds begins at its start. */
  #grow(wanted: number): void {
    let size = this.#bytes.length
    if (size === RECENT_BYTES) return
    while (size < wanted && size < RECENT_BYTES) size *= 2
    const larger = new Uint8Array(size)
    larger.set(this.#bytes.subarray(0, this.#kept))
    this.#bytes = larger
  }
}
