/**
 * Names that a library makes up at each start: `mqttjs_8f3a2b1c`, `paho1733412345678`, a UUID.
 * What is made up names nothing; the part before it does.
 */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const UUID_END = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const HEX = /^(?=.*[0-9])(?=.*[a-f])[0-9a-f]{8,}$/i
const DIGITS_MIN = 8
const MIXED_CHARS_MIN = 8
/** Changes between letters and digits, or of case: `station2` has one, random text has many. */
const TURNS_MIN = 3

/** Length of the made-up end of a name, 0 where it has none. */
export function randomSuffix(name: string): number {
  const uuid = UUID_END.exec(name)
  if (uuid !== null) return uuid[0].length
  let at = name.length
  while (at > 0 && isAlphanumeric(name.charCodeAt(at - 1))) at--
  const run = name.slice(at)
  if (looksRandom(run)) return run.length
  let digits = name.length
  while (digits > at && isDigit(name.charCodeAt(digits - 1))) digits--
  return name.length - digits >= DIGITS_MIN ? name.length - digits : 0
}

export function looksRandom(text: string): boolean {
  if (UUID.test(text) || HEX.test(text)) return true
  if (text.length >= DIGITS_MIN && /^[0-9]+$/.test(text)) return true
  return text.length >= MIXED_CHARS_MIN && /[0-9]/.test(text) && turns(text) >= TURNS_MIN
}

function turns(text: string): number {
  let count = 0
  let before = 0
  for (let at = 0; at < text.length; at++) {
    const kind = kindOf(text.charCodeAt(at))
    if (before !== 0 && kind !== before) count++
    before = kind
  }
  return count
}

function kindOf(code: number): number {
  if (isDigit(code)) return 1
  return code >= 97 ? 2 : 3
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}
