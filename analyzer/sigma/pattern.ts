/**
 * Values of Sigma rules: `*` is any text, also none and over lines, `?` one character, `\` takes
 * their meaning away (specification 2.1.0, rules, Wildcards and Escaping). Matching is linear in
 * the text for each star, whatever the wire sends.
 */

/** Anything; one character; a dash in any of the forms that `windash` knows. */
const ANY = Symbol('any')
export const ONE = Symbol('one')
const DASH = Symbol('dash')

export type Piece = string | typeof ANY | typeof ONE | typeof DASH
export type Pattern = readonly Piece[]
export type TextTest = (text: string) => boolean

/** Of the modifier `windash`: hyphen, slash, en dash, em dash, horizontal bar. */
const dashes = new Set(['-', '/', '\u2013', '\u2014', '\u2015'])

/** The text of a rule, with its wildcards; `\` before anything else is a backslash. */
export function parsePattern(text: string): Pattern {
  const pieces: Piece[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') pieces.push(literal)
    literal = ''
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    const next = text[at + 1]
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next
      at++
    } else if (character === '*') {
      flush()
      if (pieces.at(-1) !== ANY) pieces.push(ANY)
    } else if (character === '?') {
      flush()
      pieces.push(ONE)
    } else literal += character
  }
  flush()
  return pieces
}

/** The text where the pattern is nothing but text. */
export function literalOf(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return ''
  const [only] = pattern
  return pattern.length === 1 && typeof only === 'string' ? only : undefined
}

export function hasWildcard(pattern: Pattern): boolean {
  return pattern.some((piece) => piece === ANY || piece === ONE)
}

/** `contains`, `startswith`, `endswith`: a star on a side that has none. */
export function openEnds(pattern: Pattern, before: boolean, after: boolean): Pattern {
  const pieces = [...pattern]
  if (before && pieces[0] !== ANY) pieces.unshift(ANY)
  if (after && (pieces.length === 0 || pieces.at(-1) !== ANY)) pieces.push(ANY)
  return pieces
}

/** `windash`: a dash that begins a word, as in ` -p` and `/all`, not the one in `a-b`. */
export function withDashes(pattern: Pattern): Pattern {
  const pieces: Piece[] = []
  let previous = ''
  for (const piece of pattern) {
    if (typeof piece !== 'string') {
      pieces.push(piece)
      previous = ''
      continue
    }
    let literal = ''
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at]!
      const begins = !isWord(previous) && isWord(piece[at + 1] ?? '')
      if ((character === '-' || character === '/') && begins) {
        if (literal !== '') pieces.push(literal)
        literal = ''
        pieces.push(DASH)
      } else literal += character
      previous = character
    }
    if (literal !== '') pieces.push(literal)
  }
  return pieces
}

function isWord(character: string): boolean {
  return /^\w$/.test(character)
}

/**
 * Case taken away, over all of Unicode: an ASCII fold would let `ÄNDERN` by. Folds that change
 * the number of characters are left out, so that `?` stays one character.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  // The final sigma depends on its place in a word, the long s has no lower case.
  return PLAIN.test(lower) ? lower : lower.replaceAll('ς', 'σ').replaceAll('ſ', 's')
}

// oxlint-disable-next-line no-control-regex
const PLAIN = /^[\u0000-\u007f]*$/

export function foldPattern(pattern: Pattern): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? fold(piece) : piece))
}

/** A test of text that is folded already where the pattern is. */
export function compilePattern(pattern: Pattern): TextTest {
  const literal = literalOf(pattern)
  if (literal !== undefined) return (text) => text === literal
  const [first, second, third] = pattern
  if (pattern.length === 1 && first === ANY) return () => true
  if (pattern.length === 2 && first === ANY && typeof second === 'string') {
    return (text) => text.endsWith(second)
  }
  if (pattern.length === 2 && second === ANY && typeof first === 'string') {
    return (text) => text.startsWith(first)
  }
  if (pattern.length === 3 && first === ANY && third === ANY && typeof second === 'string') {
    return (text) => text.includes(second)
  }
  return (text) => glob(pattern, text)
}

/** Two pointers: a mismatch goes back to the newest star only, which takes one character more. */
function glob(pattern: Pattern, text: string): boolean {
  let at = 0
  let piece = 0
  let starPiece = -1
  let starAt = 0
  while (piece < pattern.length || at < text.length) {
    const wanted = pattern[piece]
    if (wanted === ANY) {
      starPiece = piece++
      starAt = at
      continue
    }
    const end = wanted === undefined ? -1 : take(wanted, text, at)
    if (end >= 0) {
      at = end
      piece++
      continue
    }
    if (starPiece < 0 || starAt >= text.length) return false
    starAt += characterLength(text, starAt)
    at = starAt
    piece = starPiece + 1
  }
  return true
}

/** Where the piece ends that begins at `at`, or -1. */
function take(piece: Piece, text: string, at: number): number {
  if (typeof piece === 'string') return text.startsWith(piece, at) ? at + piece.length : -1
  if (at >= text.length) return -1
  if (piece === DASH) return dashes.has(text[at]!) ? at + 1 : -1
  return at + characterLength(text, at)
}

function characterLength(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xd800 && code < 0xdc00 && at + 1 < text.length ? 2 : 1
}
