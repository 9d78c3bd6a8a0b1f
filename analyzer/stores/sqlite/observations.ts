/** What the console asks of the observations: operations by page, by id, by what is in them. */
import type { DatabaseSync } from 'node:sqlite'
import type { OperationRow, Page } from '../../api/schema.ts'
import { operationRow } from '../rows.ts'
import type { OperationQuery } from '../store.ts'
import { TOTAL_MAX } from '../store.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import { kept } from './kept.ts'
import type { Names } from './names.ts'
import { addressesNamed, addressesOf, eitherEnd, named, typedNames } from './names.ts'
import { packedWord } from './pack.ts'
import type { Clause } from './page.ts'
import { encodeCursor, invalidCursor, pageLimit, parseCursor, words } from './page.ts'
import type { Observed, Segment } from './segment.ts'
import { ofOrigin } from './segment.ts'
import type { Mark } from './walk.ts'
import { Walk } from './walk.ts'

/** What a call takes at most where it finds little: the others of the console wait for it. */
const CALL_MS_MAX = 300
/** Rows counted between two looks at the clock. */
const COUNT_ROWS = 20_000
/** The order, as cursors name it. */
const ORDER = '-time'

interface Total {
  total: number
  isExact: boolean
}

export function listOperations(
  db: DatabaseSync,
  segments: Catalogue,
  query: OperationQuery,
): Page<OperationRow> {
  const names = typedNames(db)
  const where = operationConditions(db, query)
  const entries = operationEntries(segments, query)
  const limit = pageLimit(query)
  const begun = query.after === undefined ? undefined : parseMark(query.after)
  const deadline = performance.now() + CALL_MS_MAX
  const options = { where, after: begun?.mark, limit: limit + 1, deadline }
  const walk = new Walk(segments, entries, options)
  const rows: OperationRow[] = []
  let last: Mark | undefined
  while (rows.length < limit) {
    const found = walk.next()
    if (found === undefined) break
    rows.push(namedOperation(found.observed, names))
    last = found.mark
  }
  const cut = walk.cut(last)
  const total = begun?.total ?? countMatches(segments, entries, where)
  return {
    rows,
    total: total.total,
    ...(total.isExact ? {} : { total_is: 'at-least' as const }),
    next: cut === undefined ? null : formatMark(cut, total),
  }
}

/** Counted for the first page; the cursor takes it along. */
function countMatches(
  segments: Catalogue,
  entries: readonly Entry[],
  where: readonly Clause[],
): Total {
  const deadline = performance.now() + CALL_MS_MAX
  let total = 0
  for (const entry of entries.toReversed()) {
    const read = <T>(work: (segment: Segment) => T): T | undefined =>
      segments.read(entry, () => {
        const segment = segments.segment(entry)
        return segment && work(segment)
      })
    const rows = read((segment) => segment.rows) ?? 0
    for (let seq = 0; seq < rows; seq += COUNT_ROWS) {
      const limit = TOTAL_MAX + 1 - total
      total += read((segment) => segment.count(where, seq, seq + COUNT_ROWS, limit)) ?? 0
      if (total > TOTAL_MAX) return { total: TOTAL_MAX, isExact: false }
      if (performance.now() > deadline) return { total, isExact: false }
    }
  }
  return { total, isExact: true }
}

/** Those in which something can be. */
export function operationEntries(segments: Catalogue, { from, to }: OperationQuery): Entry[] {
  return segments.entries().filter((entry) => {
    if (entry.open) return true
    return (from === undefined || entry.last >= from) && (to === undefined || entry.first <= to)
  })
}

function formatMark({ place, n }: Mark, { total, isExact }: Total): string {
  return encodeCursor([ORDER, ...place, n, total, isExact ? 1 : 0])
}

function parseMark(text: string): { mark: Mark; total: Total } {
  const [order, time, ...rest] = parseCursor(text)
  const numbers = rest.filter((value) => typeof value === 'number')
  if (order !== ORDER || typeof time !== 'string' || numbers.length !== 5 || rest.length !== 5) {
    throw invalidCursor()
  }
  const [sequence, seq, n, total, isExact] = numbers as [number, number, number, number, number]
  const mark = { place: [time, sequence, seq] as const, n }
  return { mark, total: { total, isExact: isExact === 1 } }
}

export function operationConditions(db: DatabaseSync, query: OperationQuery): Clause[] {
  const { text, asset, classes, from, to } = query
  const where: Clause[] = [{ sql: 'r.operation = 1', values: [] }, ...ofOrigin(query)]
  if (from !== undefined) where.push({ sql: 'r.time >= ?', values: [from] })
  if (to !== undefined) where.push({ sql: 'r.time <= ?', values: [to] })
  if (asset !== undefined) where.push(eitherEnd(addressesOf(db, asset), ofOrigin))
  if (classes !== undefined) {
    where.push({
      sql: classes.map(() => 'instr(r.classes, ?) > 0').join(' OR ') || 'FALSE',
      values: classes.map((name) => ` ${name} `),
    })
  }
  return [...where, ...words(text).map((word) => mentionsWord(db, word))]
}

/** Values and not field names: a body holds no other. */
function mentionsWord(db: DatabaseSync, word: string): Clause {
  const own = 'instr(coalesce(r.folded, lower(r.body)), ?) > 0'
  const places = addressesNamed(db, word)
  if (places.length === 0) return { sql: own, values: [packedWord(word)] }
  const { sql, values } = eitherEnd(places, ofOrigin)
  return { sql: `${own} OR ${sql}`, values: [packedWord(word), ...values] }
}

function namedOperation({ doc, from }: Observed, names: Names): OperationRow {
  const operation = operationRow(doc, from)
  return {
    ...operation,
    source: named(operation.source, from.site, names),
    destination: named(operation.destination, from.site, names),
  }
}

/** Those still there, in the order asked for. */
export function operationsById(
  db: DatabaseSync,
  segments: Catalogue,
  ids: readonly string[],
  names: Names,
): OperationRow[] {
  return ids.flatMap((id) => {
    const found = segments.get(id) ?? kept(db, id)
    return found === undefined ? [] : [namedOperation(found, names)]
  })
}
