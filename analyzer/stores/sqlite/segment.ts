/**
 * One file of observations. It holds what is needed to read it (the names of its shapes too), so
 * it can be set aside, restored or deleted by itself.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Doc } from '../../facts.ts'
import type { Origin, Scoped } from '../store.ts'
import type { Packed } from './pack.ts'
import { ABSENT, NUMBERS, TEXTS, idHash, unpack } from './pack.ts'
import type { Clause, Row } from './page.ts'
import { conjunction } from './page.ts'

/** Whose the rows are; that of number 0 is of those that an earlier version put. */
const ORIGINS = `
CREATE TABLE origins (
  n INTEGER PRIMARY KEY, sensor TEXT NOT NULL, site TEXT NOT NULL, UNIQUE (sensor, site)
) STRICT;
`

export const SEGMENT_SCHEMA = `
${ORIGINS}
CREATE TABLE shapes (n INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
-- Never updated and never deleted one by one, so that the largest seq is the number of rows.
CREATE TABLE observations (
  seq INTEGER PRIMARY KEY,
  h INTEGER NOT NULL,
  id TEXT NOT NULL,
  time TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  operation INTEGER NOT NULL,
  dataset TEXT NOT NULL,
  classes TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  shape INTEGER NOT NULL,
  body TEXT NOT NULL,
  folded TEXT,
  origin INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX observations_h ON observations (h);
CREATE INDEX observations_time ON observations (time, sequence);
`
export const SEGMENT_VERSION = 2

/** Of version 1 to 2, within a transaction. */
export function addOrigins(db: DatabaseSync, { sensor, site }: Origin): void {
  db.exec(`${ORIGINS} ALTER TABLE observations ADD COLUMN origin INTEGER NOT NULL DEFAULT 0`)
  db.prepare('INSERT INTO origins VALUES (0, ?, ?)').run(sensor, site)
}

/** Rows of a file are of those whom it lists. */
export function ofOrigin({ sensor, site }: Scoped): Clause[] {
  const asked = [
    ...(sensor === undefined ? [] : [{ sql: 'sensor = ?', values: [sensor] }]),
    ...(site === undefined ? [] : [{ sql: 'site = ?', values: [site] }]),
  ]
  if (asked.length === 0) return []
  const { sql, values } = conjunction(asked)
  return [{ sql: `r.origin IN (SELECT n FROM origins ${sql})`, values }]
}

/** An observation, and whose it is. */
export interface Observed {
  doc: Doc
  from: Origin
}

/** Where a row stands in the order of a file: time, number within it, arrival. */
export type Place = readonly [time: string, sequence: number, seq: number]

const insert = `
INSERT INTO observations
  (h, id, time, sequence, operation, dataset, classes, source, target, shape, body, folded,
   origin)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
WHERE NOT EXISTS (SELECT 1 FROM observations WHERE h = ?1 AND id = ?2)
`

export class Segment {
  readonly db: DatabaseSync
  readonly #shapes = new Map<string, number>()
  readonly #names = new Map<number, readonly string[]>()
  readonly #origins = new Map<number, Origin>()
  readonly #insert: StatementSync
  readonly #has: StatementSync
  readonly #newest: StatementSync
  readonly #pages: StatementSync
  readonly #pageBytes: number

  constructor(db: DatabaseSync) {
    this.db = db
    this.#insert = db.prepare(insert)
    this.#has = db.prepare('SELECT shape, body, origin FROM observations WHERE h = ? AND id = ?')
    this.#newest = db.prepare('SELECT max(seq) AS n FROM observations')
    this.#pages = db.prepare('PRAGMA page_count')
    this.#pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size'])
  }

  get rows(): number {
    return Number(this.#newest.get()?.['n'] ?? 0)
  }

  get bytes(): number {
    return Number(this.#pages.get()?.['page_count']) * this.#pageBytes
  }

  /** Times of its first and last row, by their own order. */
  range(): { first: string; last: string } {
    const end = (by: string): string => {
      const row = this.db.prepare(`SELECT ${by}(time) AS time FROM observations`).get()
      return String(row?.['time'] ?? '')
    }
    return { first: end('min'), last: end('max') }
  }

  get(id: string): Observed | undefined {
    const row = this.#has.get(idHash(id), id)
    return row === undefined ? undefined : this.observed(row as Row)
  }

  observed(row: Row): Observed {
    return { doc: this.doc(row), from: this.#origin(Number(row['origin'])) }
  }

  /** Those that neither it nor `elsewhere` has; how many they were. */
  put(packed: Packed, from: Origin, elsewhere: readonly Segment[]): number {
    const origin = this.#originOf(from)
    const shapes = packed.shapes.map((names) => this.#shapeOf(names))
    const { text, lengths, numbers } = packed
    let at = 0
    let added = 0
    const values: SQLInputValue[] = []
    const take = (length: number): string => text.slice(at, (at += length))
    for (let row = 0; row < packed.rows; row++) {
      const t = row * TEXTS
      const n = row * NUMBERS
      values[0] = numbers[n] as number
      values[1] = take(lengths[t] as number)
      values[2] = take(lengths[t + 1] as number)
      values[3] = numbers[n + 1] as number
      values[4] = numbers[n + 2] as number
      for (let i = 2; i < 6; i++) values[i + 3] = take(lengths[t + i] as number)
      values[9] = shapes[numbers[n + 3] as number] as number
      values[10] = take(lengths[t + 6] as number)
      const folded = lengths[t + 7] as number
      values[11] = folded === ABSENT ? null : take(folded)
      values[12] = origin
      if (elsewhere.some((other) => other.#holds(values))) continue
      added += Number(this.#insert.run(...values).changes)
    }
    return added
  }

  #holds(values: readonly SQLInputValue[]): boolean {
    return this.#has.get(values[0] as number, values[1] as string) !== undefined
  }

  /** Shapes and origins that a transaction made and did not commit are none. */
  forget(): void {
    this.#shapes.clear()
    this.#names.clear()
    this.#origins.clear()
  }

  #originOf({ sensor, site }: Origin): number {
    this.db.prepare('INSERT OR IGNORE INTO origins (sensor, site) VALUES (?, ?)').run(sensor, site)
    const asked = this.db.prepare('SELECT n FROM origins WHERE sensor = ? AND site = ?')
    return Number(asked.get(sensor, site)?.['n'])
  }

  #origin(n: number): Origin {
    let origin = this.#origins.get(n)
    if (origin === undefined) {
      const row = this.db.prepare('SELECT sensor, site FROM origins WHERE n = ?').get(n)
      origin = { sensor: String(row?.['sensor'] ?? ''), site: String(row?.['site'] ?? '') }
      this.#origins.set(n, origin)
    }
    return origin
  }

  #shapeOf(names: string): number {
    const known = this.#shapes.get(names)
    if (known !== undefined) return known
    this.db.prepare('INSERT OR IGNORE INTO shapes (names) VALUES (?)').run(names)
    const n = Number(this.db.prepare('SELECT n FROM shapes WHERE names = ?').get(names)?.['n'])
    this.#shapes.set(names, n)
    return n
  }

  doc(row: Row): Doc {
    return unpack(this.#namesOf(Number(row['shape'])), String(row['body']))
  }

  /** The names of each. */
  shapes(): ReadonlyMap<number, readonly string[]> {
    const rows = this.db.prepare('SELECT n FROM shapes').all()
    return new Map(rows.map((row) => [Number(row['n']), this.#namesOf(Number(row['n']))]))
  }

  #namesOf(n: number): readonly string[] {
    let names = this.#names.get(n)
    if (names === undefined) {
      const row = this.db.prepare('SELECT names FROM shapes WHERE n = ?').get(n)
      names = JSON.parse(String(row?.['names'])) as string[]
      this.#names.set(n, names)
    }
    return names
  }

  /** The row `count` rows further down than `from`; undefined: there are not so many. */
  placeAfter(from: Place, count: number): Place | undefined {
    const row = this.db
      .prepare(
        `SELECT time, sequence, seq FROM observations WHERE (time, sequence, seq) < (?, ?, ?)
         ORDER BY time DESC, sequence DESC, seq DESC LIMIT 1 OFFSET ?`,
      )
      .get(...from, count - 1)
    return row === undefined ? undefined : placeOf(row as Row)
  }

  /** Newest first, before `from`, at or after `to`. */
  page(where: readonly Clause[], from: Place, to: Place | undefined, limit: number): Row[] {
    const place = '(r.time, r.sequence, r.seq)'
    const { sql, values } = conjunction([
      ...where,
      { sql: `${place} < (?, ?, ?)`, values: from },
      ...(to === undefined ? [] : [{ sql: `${place} >= (?, ?, ?)`, values: to }]),
    ])
    return this.db
      .prepare(
        `SELECT r.* FROM observations r ${sql}
         ORDER BY r.time DESC, r.sequence DESC, r.seq DESC LIMIT ?`,
      )
      .all(...values, limit) as Row[]
  }

  /** How many of the rows after `seq`, up to and with `to`, match; at most `limit`. */
  count(where: readonly Clause[], seq: number, to: number, limit: number): number {
    const { sql, values } = conjunction([
      ...where,
      { sql: 'r.seq > ? AND r.seq <= ?', values: [seq, to] },
    ])
    const counted = `SELECT count(*) AS n FROM (SELECT 1 FROM observations r ${sql} LIMIT ?)`
    return Number(this.db.prepare(counted).get(...values, limit)?.['n'])
  }
}

export function placeOf(row: Row): Place {
  return [String(row['time']), Number(row['sequence']), Number(row['seq'])]
}
