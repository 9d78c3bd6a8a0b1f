/** MQTT 5.0 section 1.5.5: variable byte integers of at most four bytes. */
import type { Reader } from '../../reader.ts'

/** The value, or -1 with the reader failed where it has no end. */
export function readVarint(reader: Reader): number {
  let value = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = reader.u8()
    value |= (byte & 0x7f) << shift
    if (byte < 128) return reader.failed ? -1 : value
  }
  if (!reader.failed) reader.failedAt = reader.at
  return -1
}

/** Bytes that the shortest form of a value takes; a longer one is overlong. */
export function varintBytes(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4
}
