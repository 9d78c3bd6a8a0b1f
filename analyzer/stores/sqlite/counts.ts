/** Counting: findings in one table, operations over all files that can hold some. */
import type { DatabaseSync } from 'node:sqlite'
import { severities } from '../../findings/finding.ts'
import type { Range } from '../buckets.ts'
import { edgesOf, microseconds } from '../buckets.ts'
import type { Bucket, Counted, FindingGroup, Group, OperationGroup } from '../counts.ts'
import { GROUPS_MAX } from '../counts.ts'
import type { FindingQuery, OperationQuery } from '../store.ts'
import type { Catalogue } from './catalogue.ts'
import { findingConditions } from './findings.ts'
import { operationConditions, operationEntries } from './observations.ts'
import type { Clause, Row } from './page.ts'
import { conjunction } from './page.ts'

/** What a call takes at most: others wait for it. */
const CALL_MS_MAX = 1000

export function findingHistogram(
  db: DatabaseSync,
  query: FindingQuery,
  buckets: number,
): Counted<Bucket> {
  const { sql, values } = conjunction(findingConditions(db, query))
  const ends = db
    .prepare(`SELECT min(r.last) AS first, max(r.last) AS last FROM finding_states r ${sql}`)
    .get(...values)
  const edges = edgesOf(query, rangeOf(ends as Row), buckets)
  const rows = edges.slice(0, -1).map((from, i) => {
    const range = { sql: 'r.last >= ? AND r.last < ?', values: [from, edges[i + 1] ?? ''] }
    const where = conjunction([...findingConditions(db, query), range])
    const counted = `SELECT count(*) AS n FROM finding_states r ${where.sql}`
    return { from, count: Number(db.prepare(counted).get(...where.values)?.['n']) }
  })
  return { rows, isComplete: true }
}

function rangeOf(row: Row): Range | undefined {
  const { first, last } = row
  return first === null ? undefined : { first: String(first), last: String(last) }
}

/** The same in SQL, as a whole number. */
const sinceEpoch =
  'unixepoch(substr(r.time, 1, 19)) * 1000000 + CAST(substr(r.time, 21, 6) AS INTEGER)'

const findingColumns: Readonly<Record<FindingGroup, string>> = {
  rule: 'r.rule',
  severity: 'r.severity',
  state: 'r.state',
  source: 'r.source',
  target: 'r.target',
  sensor: 'r.sensor',
  site: 'r.site',
}

export function groupFindings(
  db: DatabaseSync,
  query: FindingQuery,
  by: FindingGroup,
  size: number,
): Counted<Group> {
  const column = findingColumns[by]
  const { sql, values } = conjunction(findingConditions(db, query))
  const rows = db
    .prepare(
      `SELECT ${column} AS value, count(*) AS count, max(r.last) AS last
       FROM finding_states r ${sql} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`,
    )
    .all(...values, Math.min(size, GROUPS_MAX)) as Row[]
  const nameOf = (value: Row[string] | undefined): string =>
    by === 'severity' ? (severities[Number(value)] ?? '') : String(value)
  const groups = rows.map((row) => ({
    value: nameOf(row['value']),
    count: Number(row['count']),
    last: String(row['last']),
  }))
  return { rows: groups, isComplete: true }
}

export function operationHistogram(
  db: DatabaseSync,
  segments: Catalogue,
  query: OperationQuery,
  buckets: number,
): Counted<Bucket> {
  const where = operationConditions(db, query)
  const tally = new Tally(segments, query, where)
  let found: Range | undefined
  tally.each('min(r.time) AS first, max(r.time) AS last', '', (row) => {
    const range = rangeOf(row)
    if (range === undefined) return
    found = {
      first: found === undefined || range.first < found.first ? range.first : found.first,
      last: found === undefined || range.last > found.last ? range.last : found.last,
    }
  })
  const edges = edgesOf(query, found, buckets)
  const rows = edges.slice(0, -1).map((from) => ({ from, count: 0 }))
  const [begin = '', next = ''] = edges
  if (rows.length > 0) {
    const width = microseconds(next) - microseconds(begin)
    const at = `(${sinceEpoch} - ${microseconds(begin)}) / ${width}`
    tally.each(`${at} AS bucket, count(*) AS count`, 'GROUP BY 1', (row) => {
      const bucket = rows[Number(row['bucket'])]
      if (bucket !== undefined) bucket.count += Number(row['count'])
    })
  }
  return { rows, isComplete: tally.isComplete }
}

export function groupOperations(
  db: DatabaseSync,
  segments: Catalogue,
  query: OperationQuery,
  by: OperationGroup,
  size: number,
): Counted<Group> {
  const tally = new Tally(segments, query, operationConditions(db, query))
  const groups = new Map<string, Group>()
  const add = (value: string, count: number, last: string): void => {
    const group = groups.get(value)
    if (group === undefined) groups.set(value, { value, count, last })
    else {
      group.count += count
      if (last > group.last) group.last = last
    }
  }
  tally.each(
    (segment) => `${columnOf(by, segment)} AS value, count(*) AS count, max(r.time) AS last`,
    'GROUP BY 1',
    (row) => {
      const value = String(row['value'] ?? '')
      const values = by === 'class' ? value.trim().split(' ') : [value]
      for (const one of values) add(one, Number(row['count']), String(row['last']))
    },
  )
  const order = (a: Group, b: Group): number => b.count - a.count || (a.value < b.value ? -1 : 1)
  const rows = [...groups.values()].toSorted(order).slice(0, Math.min(size, GROUPS_MAX))
  return { rows, isComplete: tally.isComplete }
}

type ShapeNames = ReadonlyMap<number, readonly string[]>

function columnOf(by: OperationGroup, shapes: ShapeNames): string {
  if (by === 'class') return 'r.classes'
  if (by === 'protocol') return 'r.dataset'
  if (by === 'sensor' || by === 'site') {
    return `(SELECT o.${by} FROM origins o WHERE o.n = r.origin)`
  }
  if (by !== 'action') return `r.${by}`
  // Where the value lies depends on the names of the shape.
  const places = [...shapes].flatMap(([n, names]) => {
    const at = names.indexOf('event.action')
    return at === -1 ? [] : [`WHEN ${n} THEN '$[${at}]'`]
  })
  if (places.length === 0) return "''"
  return `json_extract(r.body, CASE r.shape ${places.join(' ')} ELSE '$[0]' END)`
}

/** Asks every file that can hold some, as long as there is time. */
class Tally {
  isComplete = true
  readonly #segments: Catalogue
  readonly #query: OperationQuery
  readonly #where: readonly Clause[]
  readonly #deadline = performance.now() + CALL_MS_MAX

  constructor(segments: Catalogue, query: OperationQuery, where: readonly Clause[]) {
    this.#segments = segments
    this.#query = query
    this.#where = where
  }

  each(
    columns: string | ((shapes: ShapeNames) => string),
    group: string,
    take: (row: Row) => void,
  ): void {
    const { sql, values } = conjunction(this.#where)
    for (const entry of operationEntries(this.#segments, this.#query).toReversed()) {
      if (performance.now() > this.#deadline) {
        this.isComplete = false
        return
      }
      this.#segments.read(entry, () => {
        const segment = this.#segments.segment(entry)
        if (segment === undefined) return
        const select = typeof columns === 'string' ? columns : columns(segment.shapes())
        const asked = `SELECT ${select} FROM observations r ${sql} ${group}`
        for (const row of segment.db.prepare(asked).iterate(...values)) take(row as Row)
      })
    }
  }
}
