/** Everything that is stored of a kind, a page at a time, as it was put. */
import type { DatabaseSync } from 'node:sqlite'
import type { Finding } from '../../findings/finding.ts'
import type { ExportKind, ExportPage, ExportQuery } from '../store.ts'
import { historyOf } from './actions.ts'
import type { Catalogue } from './catalogue.ts'
import type { Row } from './page.ts'
import {
  conjunction,
  encodeCursor,
  invalidCursor,
  pageLimit,
  parseCursor,
  scopeOf,
} from './page.ts'
import { ofOrigin } from './segment.ts'

/** Of observations that outlasted their file: they come before all files. */
const KEPT = 0

export function exportPage(
  db: DatabaseSync,
  segments: Catalogue,
  kind: ExportKind,
  query: ExportQuery,
): ExportPage {
  const [first = kind === 'findings' ? '' : KEPT, second = ''] =
    query.after === undefined ? [] : parseCursor(query.after)
  if (kind === 'findings') {
    if (typeof first !== 'string' || typeof second !== 'string') throw invalidCursor()
    return findingPage(db, query, first, second)
  }
  if (typeof first !== 'number') throw invalidCursor()
  return first === KEPT
    ? keptPage(db, segments, query, String(second))
    : segmentPage(segments, query, first, Number(second))
}

/** With what people did and what came of it; oldest first, by their last match. */
function findingPage(db: DatabaseSync, query: ExportQuery, last: string, id: string): ExportPage {
  const limit = pageLimit(query)
  const { sql, values } = conjunction([
    { sql: '(r.last, r.id) > (?, ?)', values: [last, id] },
    ...within('r.last', query),
    ...scopeOf(query),
  ])
  const rows = db
    .prepare(
      `SELECT r.id, r.last, r.body, r.state, r.closed_reason FROM finding_states r ${sql}
       ORDER BY r.last, r.id LIMIT ?`,
    )
    .all(...values, limit) as Row[]
  const end = rows.at(-1)
  return {
    rows: rows.map((row) => ({
      ...(JSON.parse(String(row['body'])) as Finding),
      state: String(row['state']),
      ...(row['state'] === 'closed' ? { reason: row['closed_reason'] } : {}),
      history: historyOf(db, String(row['id'])),
    })),
    next: rows.length < limit || end === undefined ? null : encodeCursor([end['last'], end['id']]),
  }
}

function keptPage(
  db: DatabaseSync,
  segments: Catalogue,
  query: ExportQuery,
  after: string,
): ExportPage {
  const limit = pageLimit(query)
  const { sql, values } = conjunction([{ sql: 'r.id > ?', values: [after] }, ...scopeOf(query)])
  const rows = db
    .prepare(`SELECT r.id, r.body FROM kept r ${sql} ORDER BY r.id LIMIT ?`)
    .all(...values, limit)
  const docs = rows.map((row) => JSON.parse(String(row['body'])) as Record<string, unknown>)
  const { from = '', to = '\uffff' } = query
  const isWithin = (doc: Record<string, unknown>): boolean =>
    String(doc['@timestamp']) >= from && String(doc['@timestamp']) <= to
  const begin = segments.entries()[0]
  const following = begin === undefined ? null : encodeCursor([begin.n, 0])
  const next = rows.length < limit ? following : encodeCursor([KEPT, rows.at(-1)?.['id']])
  return { rows: docs.filter(isWithin), next }
}

/** In the order in which they were received. */
function segmentPage(segments: Catalogue, query: ExportQuery, n: number, seq: number): ExportPage {
  const limit = pageLimit(query)
  const entries = segments.entries()
  // Where retention has deleted the file meanwhile, with the next one that is left.
  const at = entries.findIndex((entry) => entry.n >= n)
  const entry = entries[at]
  if (entry === undefined) return { rows: [], next: null }
  const after = entry.n === n ? seq : 0
  const { sql, values } = conjunction([
    { sql: 'r.seq > ?', values: [after] },
    ...within('r.time', query),
    ...ofOrigin(query),
  ])
  const found = segments.read(entry, () => {
    const segment = segments.segment(entry)
    const rows = segment?.db
      .prepare(`SELECT * FROM observations r ${sql} ORDER BY r.seq LIMIT ?`)
      .all(...values, limit) as Row[] | undefined
    return rows?.map((row) => ({ seq: row['seq'], doc: segment?.doc(row) ?? {} }))
  })
  const rows = found ?? []
  const following = entries[at + 1]
  const next =
    rows.length === limit
      ? encodeCursor([entry.n, rows.at(-1)?.seq])
      : following && encodeCursor([following.n, 0])
  return { rows: rows.map(({ doc }) => doc), next: next ?? null }
}

function within(column: string, { from, to }: ExportQuery): { sql: string; values: string[] }[] {
  return [
    ...(from === undefined ? [] : [{ sql: `${column} >= ?`, values: [from] }]),
    ...(to === undefined ? [] : [{ sql: `${column} <= ?`, values: [to] }]),
  ]
}
