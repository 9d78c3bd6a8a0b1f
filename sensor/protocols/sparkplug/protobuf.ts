/**
 * The little of Protocol Buffers that Sparkplug needs: varints, fixed numbers and lengths
 * (https://protobuf.dev/programming-guides/encoding/), never past the end and never throwing.
 */

/** Wire types. */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const TWO_28 = 2 ** 28

/** A view of each payload would cost more than all that is read by it. */
const fixed = new Uint8Array(8)
const fixedView = new DataView(fixed.buffer)

export class Cursor {
  readonly bytes: Uint8Array
  at: number
  end: number
  /** Offset of the first read that did not fit, or -1. */
  failedAt = -1

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.at = 0
    this.end = bytes.length
  }

  get more(): boolean {
    return this.failedAt < 0 && this.at < this.end
  }

  fail(): void {
    if (this.failedAt < 0) this.failedAt = this.at
  }

  /** Up to 64 bits; a bigint only where a double would not be exact. */
  varint(): number | bigint {
    const byte = this.bytes[this.at] as number
    if (byte < 128 && this.at < this.end && this.failedAt < 0) {
      this.at++
      return byte
    }
    return this.#longVarint()
  }

  #longVarint(): number | bigint {
    let low = 0
    let middle = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      if (this.failedAt >= 0 || this.at >= this.end) break
      const byte = this.bytes[this.at++] as number
      if (i < 4) low |= (byte & 0x7f) << (7 * i)
      else if (i < 8) middle |= (byte & 0x7f) << (7 * (i - 4))
      else high |= (byte & 0x7f) << (7 * (i - 8))
      if (byte >= 128) continue
      high &= 0xff
      if (high === 0 && middle < 2 ** 25) return middle * TWO_28 + low
      return (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
    }
    this.fail()
    return 0
  }

  /** A varint that is a length, a tag or an enumeration: a number, or failure where it is not. */
  small(): number {
    const value = this.varint()
    if (typeof value === 'number') return value
    this.fail()
    return 0
  }

  take(count: number): number {
    const from = this.at
    if (this.failedAt >= 0 || count > this.end - from) {
      this.fail()
      return -1
    }
    this.at = from + count
    return from
  }

  float(): number {
    const from = this.take(4)
    if (from < 0) return 0
    for (let i = 0; i < 4; i++) fixed[i] = this.bytes[from + i] as number
    return fixedView.getFloat32(0, true)
  }

  double(): number {
    const from = this.take(8)
    if (from < 0) return 0
    for (let i = 0; i < 8; i++) fixed[i] = this.bytes[from + i] as number
    return fixedView.getFloat64(0, true)
  }

  /** A length and that many bytes. */
  octets(): Uint8Array {
    const count = this.small()
    const from = this.take(count)
    return from < 0 ? new Uint8Array(0) : this.bytes.subarray(from, from + count)
  }

  text(): string {
    const bytes = this.octets()
    return bytes.length === 0 ? '' : utf8.decode(bytes)
  }

  /** Passes over a field that nobody asks for; groups are not used since 2008. */
  skip(wireType: number): void {
    if (wireType === VARINT) this.varint()
    else if (wireType === FIXED64) this.take(8)
    else if (wireType === BYTES) this.take(this.small())
    else if (wireType === FIXED32) this.take(4)
    else this.fail()
  }
}
