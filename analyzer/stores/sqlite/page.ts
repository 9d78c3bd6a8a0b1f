/** Lists by keyset: stable while rows arrive, and as fast on the last page as on the first. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Page } from '../../api/schema.ts'
import type { PageQuery, Scoped } from '../store.ts'
import { PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, StoreError, TOTAL_MAX } from '../store.ts'

export interface Clause {
  sql: string
  values: readonly SQLInputValue[]
}

export interface Listing {
  /** Table or view, aliased `r`. */
  from: string
  where: readonly Clause[]
  /** Names the order in cursors. */
  sort: string
  /** Expressions over `r`; the last is unique. */
  keys: readonly string[]
  descending: boolean
}

/** Texts and whole numbers: the tables hold nothing else. */
export type Row = Record<string, string | number | null>

export function list<T>(
  db: DatabaseSync,
  listing: Listing,
  query: PageQuery,
  read: (rows: Row[]) => T[],
): Page<T> {
  const { from, keys, descending } = listing
  const limit = pageLimit(query)
  const where = conjunction(listing.where)
  const counted = db.prepare(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} r ${where.sql} LIMIT ?)`,
  )
  const total = Number(counted.get(...where.values, TOTAL_MAX + 1)?.['n'])
  const after = query.after === undefined ? [] : [afterCursor(listing, query.after)]
  const page = conjunction([...listing.where, ...after])
  const order = keys.map((key) => `${key} ${descending ? 'DESC' : 'ASC'}`).join(', ')
  const keyColumns = keys.map((key, i) => `${key} AS key_${i}`).join(', ')
  const rows = db
    .prepare(`SELECT r.*, ${keyColumns} FROM ${from} r ${page.sql} ORDER BY ${order} LIMIT ?`)
    .all(...page.values, limit + 1) as Row[]
  const more = rows.length > limit
  if (more) rows.pop()
  const last = rows.at(-1)
  const isExact = total <= TOTAL_MAX
  return {
    rows: read(rows),
    total: isExact ? total : TOTAL_MAX,
    ...(isExact ? {} : { total_is: 'at-least' as const }),
    next: more && last ? cursor(listing, last) : null,
  }
}

export function pageLimit(query: PageQuery): number {
  return Math.min(Math.max(1, query.limit ?? PAGE_ROWS_DEFAULT), PAGE_ROWS_MAX)
}

export function conjunction(clauses: readonly Clause[]): { sql: string; values: SQLInputValue[] } {
  if (clauses.length === 0) return { sql: '', values: [] }
  const { sql, values } = allOf(clauses)
  return { sql: `WHERE ${sql}`, values: [...values] }
}

export function allOf(clauses: readonly Clause[]): Clause {
  return {
    sql: clauses.map((clause) => `(${clause.sql})`).join(' AND '),
    values: clauses.flatMap((clause) => clause.values),
  }
}

function order(listing: Listing): string {
  return `${listing.descending ? '-' : ''}${listing.sort}`
}

function cursor(listing: Listing, row: Row): string {
  const keys = listing.keys.map((_, i) => row[`key_${i}`])
  return encodeCursor([order(listing), ...keys])
}

export function encodeCursor(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

export function invalidCursor(): StoreError {
  return new StoreError(
    'CURSOR_INVALID',
    'after: the cursor belongs to no page of this list',
    'Leave "after" out to begin at the first page.',
  )
}

function afterCursor(listing: Listing, text: string): Clause {
  const parts = parseCursor(text)
  const [sort, ...values] = parts
  const usable = values.every((value) => typeof value === 'string' || typeof value === 'number')
  if (sort !== order(listing) || values.length !== listing.keys.length || !usable) {
    throw invalidCursor()
  }
  const marks = values.map(() => '?').join(', ')
  const keys = listing.keys.join(', ')
  return {
    sql: `(${keys}) ${listing.descending ? '<' : '>'} (${marks})`,
    values: values as SQLInputValue[],
  }
}

export function parseCursor(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Words of one search; what is beyond is not searched for. */
const WORDS_MAX = 8

/** `text` columns hold values in lower case: each word is looked for as it is, no pattern. */
export function words(text: string | undefined): string[] {
  const found = (text ?? '').toLowerCase().split(/\s+/u)
  return found.filter((word) => word !== '').slice(0, WORDS_MAX)
}

/** Of tables that say of each row whose it is. */
export function scopeOf({ sensor, site }: Scoped): Clause[] {
  return [
    ...(sensor === undefined ? [] : [{ sql: 'r.sensor = ?', values: [sensor] }]),
    ...(site === undefined ? [] : [{ sql: 'r.site = ?', values: [site] }]),
  ]
}

export function anyOf(column: string, values: readonly SQLInputValue[]): Clause {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values }
}

/** Characters of a row that can be searched: a payload must not fill the store twice. */
const SEARCH_CHARS_MAX = 4000

export function searchText(values: readonly string[]): string {
  return values
    .filter((value) => value !== '')
    .join('\n')
    .slice(0, SEARCH_CHARS_MAX)
    .toLowerCase()
}
