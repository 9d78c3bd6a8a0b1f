/** Bytes as cases write them: hex text, numbers of a width, UTF-8. */

export type Part = Uint8Array | string

/** Hex digits, spaces where they help to read. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '')
  if (digits.length % 2 === 1 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hex: ${text}`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** One after the other; text is hex. */
export function join(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part))),
  )
}

export function utf8(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text))
}

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

export function u16(value: number): Uint8Array {
  return u8(value >>> 8, value & 255)
}

export function u32(value: number): Uint8Array {
  return join(u16(value >>> 16), u16(value & 0xffff))
}

/** Pieces of `size` bytes; the last may be shorter. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
