/** Query parameters that are more than a word: lists, times, orders. */
import { Type } from 'typebox'
import { HttpError } from './errors.ts'
import { PAGE_ROWS_MAX } from '../stores/store.ts'
import type { Scoped } from '../stores/store.ts'

/** Long enough for any value that is searched for, short enough to be looked for. */
const QUERY_CHARS_MAX = 400
/** A cursor holds a sort key, which may be a name from the wire. */
const CURSOR_CHARS_MAX = 4000

export const Word = Type.String({ maxLength: QUERY_CHARS_MAX })
export const pageParameters = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
  after: Type.Optional(
    Type.String({ maxLength: CURSOR_CHARS_MAX, description: '`next` of the page before.' }),
  ),
}
/** Of one plant or one sensor alone. */
export const scopeParameters = {
  site: Type.Optional({ ...Word, description: 'Of this site alone.' }),
  sensor: Type.Optional({ ...Word, description: 'Of this sensor alone.' }),
}
export const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 500 }) })
export const closed = { additionalProperties: false }
export const ScopeQuery = Type.Object(scopeParameters, closed)

/** What a form left empty is not asked. */
export function scopeOf({ site, sensor }: Scoped): Scoped {
  return { site: site || undefined, sensor: sensor || undefined }
}

function invalid(field: string, message: string, remedy: string): HttpError {
  return new HttpError(400, 'QUERY_INVALID', `${field}: ${message}`, remedy)
}

/** `high,critical`: each one of the words allowed. */
export function wordList<T extends string>(
  field: string,
  text: string | undefined,
  allowed: readonly T[],
): T[] | undefined {
  if (text === undefined || text === '') return undefined
  return text.split(',').map((part) => {
    const word = allowed.find((one) => one === part.trim())
    if (word === undefined) {
      throw invalid(field, `"${part}" is unknown`, `Use any of ${allowed.join(', ')}.`)
    }
    return word
  })
}

/** `-last`: a minus for descending. */
export function order<T extends string>(
  field: string,
  text: string | undefined,
  allowed: readonly T[],
): { sort: T; descending: boolean } | undefined {
  if (text === undefined || text === '') return undefined
  const descending = text.startsWith('-')
  const [sort] = wordList(field, text.slice(descending ? 1 : 0), allowed) ?? []
  if (sort === undefined || text.includes(',')) {
    throw invalid(
      field,
      `"${text}" is no order`,
      `Use one of ${allowed.join(', ')}, with or without -.`,
    )
  }
  return { sort, descending }
}

const isoPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/**
 * ISO 8601 as the store compares it: UTC, six digits. A time of fewer digits stands for all of
 * what it could mean: `to=…:05Z` includes that second.
 */
export function instant(field: 'from' | 'to', text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const [, whole = '', fraction = '', zone = ''] = isoPattern.exec(text) ?? []
  const at = Date.parse(whole + zone)
  if (Number.isNaN(at)) {
    throw invalid(field, `"${text}" is no time`, 'Use ISO 8601, as 2026-11-21T08:00:00Z.')
  }
  const digits = fraction.slice(0, 6).padEnd(6, field === 'to' ? '9' : '0')
  return `${new Date(at).toISOString().slice(0, 19)}.${digits}Z`
}
