/** Observations that wait to be sent: the files in which they lie are the queue. */
import type { DatabaseSync } from 'node:sqlite'
import type { Backlog, Slice } from '../outbox.ts'
import type { Entry } from './catalogue.ts'
import { isFull, letters } from './dead-letters.ts'
import { getMeta } from './documents.ts'
import { OBSERVATIONS_LOST, shippingSince } from './marks.ts'
import type { Row } from './page.ts'
import type { Segments } from './segments.ts'

/** In the order in which they were received; files that are damaged are left out. */
export function slice(db: DatabaseSync, segments: Segments, limit: number): Slice | undefined {
  if (shippingSince(db) === undefined || isFull(db)) return undefined
  for (const entry of byArrival(segments)) {
    const docs = segments.read(entry, () => {
      const segment = segments.segment(entry)
      const rows = segment?.db
        .prepare('SELECT * FROM observations WHERE seq > ? ORDER BY seq LIMIT ?')
        .all(entry.shipped, limit) as Row[] | undefined
      return rows?.map((row) => ({ seq: Number(row['seq']), ...segment?.observed(row) }))
    })
    const last = docs?.at(-1)
    if (docs === undefined || last === undefined) continue
    return {
      segment: entry.name,
      after: entry.shipped,
      to: last.seq,
      docs: docs.flatMap(({ doc, from }) => (doc && from ? [{ doc, from }] : [])),
    }
  }
  return undefined
}

function byArrival(segments: Segments): Entry[] {
  return segments.entries().toSorted((a, b) => a.n - b.n)
}

export function shipped(db: DatabaseSync, segments: Segments, name: string, to: number): void {
  db.prepare('UPDATE segments SET shipped = max(shipped, ?) WHERE name = ?').run(to, name)
  // The last one before what waits says since when it does.
  db.prepare(
    `DELETE FROM arrivals WHERE segment = ?1 AND seq < (
       SELECT max(seq) FROM arrivals WHERE segment = ?1 AND seq <= ?2 + 1)`,
  ).run(name, to)
  segments.reload()
}

export function backlog(db: DatabaseSync, segments: Segments, now: number): Backlog {
  const since = shippingSince(db)
  const counts = {
    dead_letters: letters(db),
    lost: Number(getMeta(db, OBSERVATIONS_LOST) ?? 0),
  }
  if (since === undefined) return { documents: 0, observations: 0, oldest_ms: 0, ...counts }
  const waiting = byArrival(segments)
    .map((entry) => ({ entry, rows: rowsOf(segments, entry) - entry.shipped }))
    .filter(({ rows }) => rows > 0)
  const row = db
    .prepare('SELECT count(*) AS n, min(since) AS since FROM outbox WHERE since IS NOT NULL')
    .get()
  const [first] = waiting
  const begun = [
    ...(row?.['since'] === null ? [] : [Number(row?.['since'])]),
    ...(first === undefined ? [] : [Math.max(since, arrivalOf(db, first.entry))]),
  ]
  return {
    documents: Number(row?.['n']),
    observations: waiting.reduce((sum, { rows }) => sum + rows, 0),
    oldest_ms: begun.length === 0 ? 0 : Math.max(0, now - Math.min(...begun)),
    ...counts,
  }
}

/** Another process may be writing to it. */
function rowsOf(segments: Segments, entry: Entry): number {
  if (!entry.open) return entry.rows
  return segments.read(entry, () => segments.segment(entry)?.rows) ?? entry.rows
}

/** Of the first that waits: within some seconds, and never later than it was. */
function arrivalOf(db: DatabaseSync, { name, shipped: mark }: Entry): number {
  const row = db
    .prepare(
      `SELECT coalesce(
         (SELECT at FROM arrivals WHERE segment = ?1 AND seq <= ?2 + 1 ORDER BY seq DESC LIMIT 1),
         (SELECT opened FROM segments WHERE name = ?1)) AS at`,
    )
    .get(name, mark)
  return Number(row?.['at'] ?? 0)
}
