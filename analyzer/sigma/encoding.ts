/** Modifiers that change what a text looks like before it is searched (Sigma 2.1.0, appendix). */
import { literalOf, type Pattern } from './pattern.ts'

export type Encoding =
  | 'base64'
  | 'base64offset'
  | 'wide'
  | 'utf16le'
  | 'utf16be'
  | 'utf16'
  | 'windash'

/** Every text that the encodings, in their order, make of the patterns, or why they cannot. */
export function encode(
  patterns: readonly Pattern[],
  encodings: readonly Encoding[],
  withDashes: (pattern: Pattern) => Pattern,
): Pattern[] | string {
  let bytes: Uint8Array | undefined
  let results = [...patterns]
  for (const encoding of encodings) {
    if (encoding === 'windash') {
      if (bytes) return '`windash` cannot follow another encoding'
      results = results.map(withDashes)
      continue
    }
    const [pattern] = results
    const literal = pattern && results.length === 1 ? literalOf(pattern) : undefined
    if (literal === undefined) return `\`${encoding}\` cannot encode a wildcard`
    const input: Uint8Array = bytes ?? Buffer.from(literal, 'utf8')
    if (encoding === 'base64' || encoding === 'base64offset') {
      const texts = encoding === 'base64' ? [base64(input)] : offsets(input)
      results = texts.map((text): Pattern => (text === '' ? [] : [text]))
      bytes = undefined
      continue
    }
    bytes = wide(literal, encoding)
    // Where nothing follows, the record's text holds these bytes as characters.
    results = [[Buffer.from(bytes).toString('latin1')]]
  }
  return results
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** Characters of the encoded text that bytes before it also decide, by their number modulo 3. */
const STARTS = [0, 2, 3] as const
/** Characters at the end that bytes after it also decide, by the length modulo 3. */
const ENDS = [0, 3, 2] as const

/** The three faces of a text inside a longer base64: by bytes, not by characters. */
function offsets(bytes: Uint8Array): string[] {
  return STARTS.map((start, shift) => {
    const text = Buffer.concat([Buffer.alloc(shift, 0x20), bytes]).toString('base64')
    const end = ENDS[(bytes.length + shift) % 3]!
    return text.slice(start, text.length - end)
  })
}

function wide(text: string, encoding: Encoding): Uint8Array {
  const little = Buffer.from(text, 'utf16le')
  if (encoding === 'utf16') return Buffer.concat([Buffer.from([0xff, 0xfe]), little])
  return encoding === 'utf16be' ? little.swap16() : little
}
