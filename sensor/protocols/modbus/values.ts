/** Register and coil values: big-endian words, bits from the lowest of the first byte (MAP 4.2). */
import type { Reader } from '../../reader.ts'

/** An array as long as it gets: pushing would copy it time and again. */
function room(length: number): number[] {
  // Array.from would call back for each.
  // oxlint-disable-next-line unicorn/no-new-array
  return new Array<number>(length)
}

/** `count` bytes as registers; an odd last byte is left to the caller's length check. */
export function registers(reader: Reader, count: number): number[] {
  const from = reader.take(count)
  if (from < 0) return []
  const { view } = reader
  const values = room(count >> 1)
  for (let i = 0; i < values.length; i++) values[i] = view.getUint16(from + 2 * i)
  return values
}

/** `count` bytes as bits, eight of each. */
export function bits(reader: Reader, count: number): number[] {
  const from = reader.take(count)
  if (from < 0) return []
  const { view } = reader
  const values = room(count * 8)
  for (let i = 0; i < values.length; i++)
    values[i] = (view.getUint8(from + (i >> 3)) >> (i & 7)) & 1
  return values
}

/** `count` bytes, one number each. */
export function octets(reader: Reader, count: number): number[] {
  const from = reader.take(count)
  return from < 0 ? [] : Array.from(reader.bytes.subarray(from, from + count))
}

/** All that is left as registers. */
export function words(reader: Reader): number[] {
  return registers(reader, reader.remaining - (reader.remaining % 2))
}

/** What people can read of device strings: UTF-8, or Latin-1 where it is none. */
export function deviceText(bytes: Uint8Array, decoded: string): string {
  const text = decoded.includes('\ufffd') ? latin1(bytes) : decoded
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 32)) end--
  return text.slice(0, end)
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
