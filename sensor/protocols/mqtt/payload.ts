/** What a payload is, as far as bytes tell: nothing in MQTT says it. */
import { isUtf8 } from '../../reader.ts'

export type PayloadType = 'json' | 'text' | 'protobuf' | 'binary' | 'empty'
export const payloadTypes: readonly PayloadType[] = ['empty', 'json', 'text', 'binary', 'protobuf']

/** Of a longer payload this much decides: the rest of a text is text. */
const LOOKED_AT_BYTES_MAX = 1024
/** `mqtt.payload` holds this much of a text. */
export const KEPT_BYTES_MAX = 256
/** A plain number is not longer than this: 17 digits, sign, point, exponent, spaces. */
const NUMBER_BYTES_MAX = 32

export function payloadTypeOf(bytes: Uint8Array, from: number, to: number): PayloadType {
  if (from >= to) return 'empty'
  const end = Math.min(to, from + LOOKED_AT_BYTES_MAX)
  let ascii = true
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < 32 ? byte !== 9 && byte !== 10 && byte !== 13 : byte === 127) return 'binary'
    if (byte > 127) ascii = false
  }
  if (!ascii && !isText(bytes, from, end, end < to)) return 'binary'
  return isJson(bytes, from, to) ? 'json' : 'text'
}

/** A cut may fall into a character: up to three bytes at the end are forgiven. */
function isText(bytes: Uint8Array, from: number, end: number, cut: boolean): boolean {
  for (let spare = 0; spare <= (cut ? 3 : 0); spare++) {
    if (isUtf8(bytes.subarray(from, end - spare))) return true
  }
  return false
}

/** An object or array by its two ends (RFC 8259 section 2): a bare number or word is text. */
function isJson(bytes: Uint8Array, from: number, to: number): boolean {
  while (from < to && isSpace(bytes[from] as number)) from++
  while (to > from && isSpace(bytes[to - 1] as number)) to--
  if (to - from < 2) return false
  const first = bytes[from]
  const last = bytes[to - 1]
  return (first === 0x7b && last === 0x7d) || (first === 0x5b && last === 0x5d)
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13
}

/** The number that the payload is as a whole, or NaN. */
export function plainNumber(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > NUMBER_BYTES_MAX || from >= to) return NaN
  let at = from
  const negative = bytes[at] === 0x2d
  if (negative || bytes[at] === 0x2b) at++
  let mantissa = 0
  let digits = 0
  let decimals = -1
  for (; at < to; at++) {
    const byte = bytes[at] as number
    if (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30)
      digits++
      if (decimals >= 0) decimals++
    } else if (byte === 0x2e && decimals < 0) {
      decimals = 0
    } else {
      return slowNumber(bytes, from, to)
    }
  }
  // Below 2^53 and 10^22 both are exact, so the quotient is the nearest double (IEEE 754).
  if (digits === 0 || digits > 15) return slowNumber(bytes, from, to)
  const value = decimals > 0 ? mantissa / 10 ** decimals : mantissa
  return negative ? -value : value
}

/** Exponents, spaces around, many digits: as the language reads them, but decimal only. */
function slowNumber(bytes: Uint8Array, from: number, to: number): number {
  let text = ''
  let digits = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    const digit = byte >= 0x30 && byte <= 0x39
    if (digit) digits++
    else if (!isSpace(byte) && !isNumeric(byte)) return NaN
    text += String.fromCharCode(byte)
  }
  const value = digits > 0 ? Number(text) : NaN
  return Number.isFinite(value) ? value : NaN
}

function isNumeric(byte: number): boolean {
  return byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x45 || byte === 0x65
}
