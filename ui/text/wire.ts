/**
 * Text that came from the wire, made safe to look at. Everything that does not show, shows itself:
 * control characters, bidirectional and zero-width characters (Unicode TR36 §2, TR55), odd spaces,
 * piles of combining marks. The text itself is never changed, only how it is shown.
 */

export interface WirePart {
  text: string
  /** Stands for a character that does not show by itself. */
  mark: boolean
}

/** A word shorter than this stands on one line: addresses do. */
const WORD_MAX = 18

/**
 * Where a long word may be broken: after `.` `/` `:` `_`, as `spBv1.0/` `plant/`; not in a
 * number.
 */
export function breakable(text: string): string[] {
  if (text.length < WORD_MAX) return [text]
  const pieces: string[] = []
  let run = ''
  for (const word of text.split(/(?<=\s)/)) {
    const [first = '', ...rest] =
      word.length < WORD_MAX ? [word] : word.split(/(?<=[./:_])(?=[^./:_\s])(?!(?<=\d\.)\d)/)
    run += first
    for (const part of rest) {
      pieces.push(run)
      run = part
    }
  }
  pieces.push(run)
  return pieces
}

export interface WireText {
  parts: WirePart[]
  /** Characters that were cut off. */
  rest: number
}

/** Characters shown before a text is cut: two lines of a wide pane. */
export const WIRE_LIMIT = 200
/** More marks than this on one letter are an attack on the line above, not a language. */
const MARKS_MAX = 2

const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
/** \p{C}: control, format, surrogate, private, unassigned; \p{Z}: every space but U+0020. */
const hidden = /^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]$/u
const combining = /^\p{M}$/u

const named = new Map<string, string>([
  ['\0', '\\0'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
])

function markOf(character: string): string {
  const name = named.get(character)
  if (name !== undefined) return name
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** `edges`: show a space at either end, which is hard to see; not within a sentence. */
export function wireText(text: string, limit: number = WIRE_LIMIT, edges = true): WireText {
  if (text.length <= limit && plain.test(text)) {
    return { parts: [{ text, mark: false }], rest: 0 }
  }
  const parts: WirePart[] = []
  let run = ''
  let marks = 0
  let shown = 0
  let at = 0
  for (const character of text) {
    if (shown === limit) break
    const atEdge = edges && (at === 0 || at + 1 === text.length)
    at += character.length
    shown++
    marks = combining.test(character) ? marks + 1 : 0
    const shows = character === ' ' ? !atEdge : !hidden.test(character) && marks <= MARKS_MAX
    if (shows) {
      run += character
      continue
    }
    if (run !== '') parts.push({ text: run, mark: false })
    run = ''
    parts.push({ text: character === ' ' ? '␠' : markOf(character), mark: true })
  }
  if (run !== '') parts.push({ text: run, mark: false })
  return { parts, rest: text.length - at }
}

/** The same as one string, for what takes no elements: labels, the title, a canvas. */
export function wirePlain(text: string, limit: number = WIRE_LIMIT): string {
  const { parts, rest } = wireText(text, limit)
  let out = ''
  for (const part of parts) out += part.mark ? `⟨${part.text}⟩` : part.text
  return rest === 0 ? out : `${out}…`
}

/** Whether a text holds something that does not show by itself. */
export function holdsHidden(text: string): boolean {
  return wireText(text, Number.POSITIVE_INFINITY).parts.some((part) => part.mark)
}

/**
 * The whole text as it is copied: itself, or, where it holds what does not show, as an ASCII JSON
 * string. Nothing is lost, and a pasted line break or escape sequence cannot act on a terminal.
 */
export function wireCopy(text: string): string {
  if (!holdsHidden(text)) return text
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
