/**
 * Values as an index takes them. What does not fit the type of its field in `sigma/fields.ts` is
 * left out, so that no document is refused for what came from a wire; `ot.body` has it.
 */
import { isIP } from 'node:net'
import type { Doc, FieldValue } from '../../facts.ts'
import type { StoredType } from '../../sigma/fields.ts'
import { fieldOf, fields, storedFields } from '../../sigma/fields.ts'

type Scalar = string | number | boolean

/** Numbers of a sensor event, which are named by what reports it. */
const SENSOR_NUMBER = /^ot\.sensor\.\w+$/

/** Undefined: there is no such field, or nothing of it fits. */
function fitted(name: string, value: FieldValue): FieldValue | undefined {
  const type = typeOf(name)
  if (type === undefined) return undefined
  if (!Array.isArray(value)) return fittedScalar(type, value as Scalar)
  const values = (value as readonly Scalar[]).flatMap((one) => fittedScalar(type, one) ?? [])
  return values.length === 0 ? undefined : values
}

function typeOf(name: string): StoredType | undefined {
  const known = fields.get(name) ?? storedFields.get(name)
  return (known ?? (SENSOR_NUMBER.test(name) ? fieldOf(name) : undefined))?.type
}

function fittedScalar(type: StoredType, value: Scalar): Scalar | undefined {
  switch (type) {
    case 'keyword':
    case 'search':
    case 'constant':
      return String(value).toWellFormed()
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'long':
      return Number.isSafeInteger(value) ? value : undefined
    case 'double':
      return Number.isFinite(value) ? value : undefined
    case 'date':
      return isDate(value) ? value : undefined
    case 'ip':
      return isAddress(value) ? value : undefined
    case 'body':
      return typeof value === 'string' ? value : undefined
  }
}

/** ISO 8601 in UTC with four digits of a year: what every version reads without being told. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

export function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !DATE.test(value)) return false
  // A day that the month does not have is moved on by Date, and refused by a cluster.
  const ms = Date.parse(`${value.slice(0, 19)}Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value.slice(0, 19))
}

/** Without the zone that Node takes: a cluster does not. */
function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%')
}

/** The fields that fit. */
export function fittedDoc(doc: Doc): Record<string, FieldValue> {
  const entries = Object.entries(doc).flatMap(([name, value]) => {
    const fits = fitted(name, value)
    return fits === undefined ? [] : [[name, fits] as const]
  })
  return Object.fromEntries(entries)
}

/** Of one word; a longer one is cut in pieces that overlap by the longest that is searched for. */
const WORD_CHARS_MAX = 2000
const OVERLAP_CHARS = 400
/** Of one document: no search needs more, and no payload may fill an index of words. */
const WORDS_MAX = 10_000

/**
 * The words of a text in lower case, each once. A word that is searched for has no white space, so
 * it is in a text where it is in one of its words; and words come again in other documents, so that
 * the dictionary that a search goes through stays small.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>()
  for (const word of text.toLowerCase().toWellFormed().split(/\s+/u)) {
    for (let at = 0; at < word.length && words.size < WORDS_MAX; at += WORD_CHARS_MAX) {
      words.add(word.slice(Math.max(0, at - OVERLAP_CHARS), at + WORD_CHARS_MAX).toWellFormed())
    }
  }
  return [...words]
}
