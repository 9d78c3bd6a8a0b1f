/** Lists by the key of the last row: nothing is kept open between two pages. */
import type { Page } from '../../api/schema.ts'
import { encodeCursor, invalidCursor, pageLimit, parseCursor } from '../sqlite/page.ts'
import type { PageQuery } from '../store.ts'
import { TOTAL_MAX } from '../store.ts'
import type { Access, Body } from './access.ts'
import { hits, totalOf } from './access.ts'
import { memberOf } from './bulk.ts'

export interface Key {
  field: string
  type: 'keyword' | 'long' | 'date'
}

export interface Listing {
  index: string
  query: Body
  /** Names the order in cursors. */
  sort: string
  /** The last is another in each document. */
  keys: readonly Key[]
  descending: boolean
  source: readonly string[] | true
}

/** So that no cursor of another store is taken for one of a cluster. */
const MARK = 'cluster'

export async function list<T>(
  access: Access,
  listing: Listing,
  query: PageQuery,
  read: (hits: unknown[]) => T[] | Promise<T[]>,
): Promise<Page<T>> {
  const after = query.after === undefined ? undefined : placeOf(listing, query.after)
  const limit = pageLimit(query)
  const answer = await access.search(listing.index, {
    ...searchBody(listing, after),
    size: limit + 1,
    // One more, to know whether there are more.
    track_total_hits: TOTAL_MAX + 1,
  })
  const found = hits(answer)
  const rows = found.slice(0, limit)
  const total = totalOf(answer)
  return {
    rows: await read(rows),
    total: Math.min(total, TOTAL_MAX),
    ...(total > TOTAL_MAX ? { total_is: 'at-least' as const } : {}),
    next: found.length > limit ? cursorOf(listing, rows.at(-1)) : null,
  }
}

/** One after the other, without counting. */
export async function slice(
  access: Access,
  listing: Listing,
  query: PageQuery,
): Promise<{ rows: unknown[]; next: string | null }> {
  const isBegin = query.after === undefined || parseCursor(query.after).length === 0
  const after = isBegin ? undefined : placeOf(listing, query.after ?? '')
  const size = pageLimit(query)
  const body = { ...searchBody(listing, after), size, track_total_hits: false }
  const rows = hits(await access.search(listing.index, body))
  return { rows, next: rows.length < size ? null : cursorOf(listing, rows.at(-1)) }
}

function searchBody(listing: Listing, after: readonly unknown[] | undefined): Body {
  const order = listing.descending ? 'desc' : 'asc'
  return {
    query: listing.query,
    _source: listing.source,
    // A number that is not there is none; all else is there always.
    sort: listing.keys.map(({ field, type }) => {
      const missing = type === 'long' ? { missing: 0 } : {}
      return { [field]: { order, unmapped_type: type, ...missing } }
    }),
    ...(after === undefined ? {} : { search_after: after }),
  }
}

function orderOf({ sort, descending }: Listing): string {
  return `${MARK}:${descending ? '-' : ''}${sort}`
}

function cursorOf(listing: Listing, hit: unknown): string {
  const values = memberOf(hit, 'sort')
  return encodeCursor([orderOf(listing), ...(Array.isArray(values) ? (values as unknown[]) : [])])
}

function placeOf(listing: Listing, cursor: string): unknown[] {
  const [order, ...values] = parseCursor(cursor)
  const isUsable = listing.keys.every(({ type }, i) => {
    const value = values[i]
    return type === 'keyword' ? typeof value === 'string' : Number.isSafeInteger(value)
  })
  if (order !== orderOf(listing) || values.length !== listing.keys.length || !isUsable) {
    throw invalidCursor()
  }
  return values
}
