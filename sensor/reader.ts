/**
 * A cursor over wire bytes that never throws and never reads past its end.
 *
 * It is sticky: the first read that does not fit sets `failedAt` to its offset and every later
 * read returns zero, so that a dissector reads fields in the order of the standard's figure and
 * asks once, at the end, whether all of them were there.
 */

const text = new TextDecoder('utf-8')
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Reader {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  end = 0
  /** Offset of the first read that did not fit, or -1. */
  failedAt = -1

  /** Points the cursor at `bytes[start, end)`; offsets are those of `bytes`. */
  reset(bytes: Uint8Array, view: DataView, start: number, end: number): this {
    this.bytes = bytes
    this.view = view
    this.at = start
    this.end = Math.min(end, bytes.length)
    this.failedAt = -1
    return this
  }

  static of(bytes: Uint8Array): Reader {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return new Reader().reset(bytes, view, 0, bytes.length)
  }

  get remaining(): number {
    return this.failedAt >= 0 ? 0 : this.end - this.at
  }

  get failed(): boolean {
    return this.failedAt >= 0
  }

  /**
   * Moves past `count` bytes and returns their offset, or -1 and fails where they are not
   * there.
   */
  take(count: number): number {
    const from = this.at
    if (this.failedAt >= 0 || count < 0 || from + count > this.end) {
      if (this.failedAt < 0) this.failedAt = from
      return -1
    }
    this.at = from + count
    return from
  }

  u8(): number {
    const from = this.take(1)
    return from < 0 ? 0 : this.view.getUint8(from)
  }

  u16(): number {
    const from = this.take(2)
    return from < 0 ? 0 : this.view.getUint16(from)
  }

  u32(): number {
    const from = this.take(4)
    return from < 0 ? 0 : this.view.getUint32(from)
  }

  u16le(): number {
    const from = this.take(2)
    return from < 0 ? 0 : this.view.getUint16(from, true)
  }

  u32le(): number {
    const from = this.take(4)
    return from < 0 ? 0 : this.view.getUint32(from, true)
  }

  i16le(): number {
    const from = this.take(2)
    return from < 0 ? 0 : this.view.getInt16(from, true)
  }

  i32le(): number {
    const from = this.take(4)
    return from < 0 ? 0 : this.view.getInt32(from, true)
  }

  u64le(): bigint {
    const from = this.take(8)
    return from < 0 ? 0n : this.view.getBigUint64(from, true)
  }

  i64le(): bigint {
    const from = this.take(8)
    return from < 0 ? 0n : this.view.getBigInt64(from, true)
  }

  f32le(): number {
    const from = this.take(4)
    return from < 0 ? 0 : this.view.getFloat32(from, true)
  }

  f64le(): number {
    const from = this.take(8)
    return from < 0 ? 0 : this.view.getFloat64(from, true)
  }

  /** A view of the next `count` bytes: valid only while the packet is. */
  octets(count: number): Uint8Array {
    const from = this.take(count)
    return from < 0 ? new Uint8Array(0) : this.bytes.subarray(from, from + count)
  }

  /** UTF-8, with U+FFFD for what is none. */
  utf8(count: number): string {
    const from = this.take(count)
    return from < 0 || count === 0 ? '' : text.decode(this.bytes.subarray(from, from + count))
  }
}

/** Whether bytes are well-formed UTF-8 (RFC 3629). */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) > 127) return decodes(bytes)
  }
  return true
}

function decodes(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}
