/** Findings: the sensor's side is an upsert that knows nothing of state, the console's a list. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type {
  CloseReason,
  FindingDetail,
  FindingRow,
  FindingState,
  Health,
  OperationRow,
  Page,
} from '../../api/schema.ts'
import type { Finding, Severity } from '../../findings/finding.ts'
import { severities } from '../../findings/finding.ts'
import { FINDINGS_LOAD_MAX } from '../local.ts'
import type { FindingQuery, FindingSort, Origin, Scoped } from '../store.ts'
import { findingRow, isoTime, partyAddress } from '../rows.ts'
import { findingText, isPosture, partiesOf } from '../texts.ts'
import { bump } from './database.ts'
import { addMeta } from './documents.ts'
import { releaseKept } from './kept.ts'
import { marking } from './marks.ts'
import type { Names, Place } from './names.ts'
import { addressesOf, anyPlace, mentions, named, typedNames } from './names.ts'
import { historyOf } from './actions.ts'
import { operationsById } from './observations.ts'
import { ruleOf } from './sensors.ts'
import type { Clause, Row } from './page.ts'
import { allOf, anyOf, conjunction, list, scopeOf, words } from './page.ts'
import type { Segments } from './segments.ts'

export const FINDINGS_DELETED = 'findings.deleted'

function severityNumber(severity: Severity): number {
  return severities.indexOf(severity)
}

/**
 * A finding only grows: what a sensor that replays its capture says of an earlier moment changes
 * nothing, and a second start does not double it.
 */
const upsert = `
INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  rule = excluded.rule, title = excluded.title, severity = excluded.severity,
  count = excluded.count, first = excluded.first, last = excluded.last,
  posture = excluded.posture, source = excluded.source, target = excluded.target,
  text = excluded.text, body = excluded.body, sensor = excluded.sensor, site = excluded.site
WHERE (excluded.last, excluded.count) >= (last, count)
`

export function putFindings(
  db: DatabaseSync,
  findings: readonly Finding[],
  { sensor, site }: Origin,
): void {
  const insert = db.prepare(upsert)
  const link = db.prepare('INSERT OR IGNORE INTO finding_addresses VALUES (?, ?, ?)')
  const mark = marking(db)
  const now = Date.now()
  for (const finding of findings) {
    const { id, rule, source, target } = finding
    const parties = partiesOf(finding)
    const { changes } = insert.run(
      id,
      rule.id,
      rule.title,
      severityNumber(finding.severity),
      finding.count,
      finding.first,
      finding.last,
      isPosture(finding) ? 1 : 0,
      source.name || partyAddress(source),
      target.name || partyAddress(target),
      now,
      findingText(finding),
      JSON.stringify(finding),
      sensor,
      site,
    )
    if (Number(changes) > 0) mark('finding', id)
    for (const party of parties) {
      if (partyAddress(party) !== '') link.run(partyAddress(party), site, id)
    }
  }
  if (findings.length > 0) bump(db, 'findings')
}

export function loadFindings(db: DatabaseSync): Finding[] {
  const rows = db
    .prepare('SELECT body FROM findings ORDER BY last DESC, id DESC LIMIT ?')
    .all(FINDINGS_LOAD_MAX)
  return rows.reverse().map((row) => JSON.parse(String(row['body'])) as Finding)
}

/** In one go, so that no other process waits for long. */
const DELETED_MAX = 500

/**
 * Closed ones that nobody has seen since; what people did stays, and an open one never goes, nor
 * does one that the cluster does not have yet.
 */
export function deleteFindings(db: DatabaseSync, before: number): void {
  const rows = db
    .prepare(
      `SELECT id FROM finding_states f
       WHERE state = 'closed' AND last < ? AND ingested < ? AND NOT EXISTS (
         SELECT 1 FROM outbox o WHERE o.kind = 'finding' AND o.id = f.id AND o.since IS NOT NULL
       ) ORDER BY last LIMIT ?`,
    )
    .all(isoTime(before * 1000), before, DELETED_MAX)
  if (rows.length === 0) return
  db.exec('BEGIN IMMEDIATE')
  const unlink = db.prepare('DELETE FROM finding_addresses WHERE finding = ?')
  const remove = db.prepare('DELETE FROM findings WHERE id = ?')
  const forget = db.prepare("DELETE FROM outbox WHERE kind = 'finding' AND id = ?")
  for (const row of rows) {
    unlink.run(row['id'] as string)
    remove.run(row['id'] as string)
    forget.run(row['id'] as string)
  }
  releaseKept(db)
  addMeta(db, FINDINGS_DELETED, rows.length)
  bump(db, 'findings')
  db.exec('COMMIT')
}

/** Each ends in `last` and the id, so that every order is total. */
const sortKeys: Readonly<Record<FindingSort, readonly string[]>> = {
  last: ['r.last', 'r.id'],
  first: ['r.first', 'r.id'],
  severity: ['r.severity', 'r.last', 'r.id'],
  count: ['r.count', 'r.last', 'r.id'],
  rule: ['r.title', 'r.last', 'r.id'],
  state: ['r.state', 'r.last', 'r.id'],
  source: ['r.source', 'r.last', 'r.id'],
  target: ['r.target', 'r.last', 'r.id'],
}

export function listFindings(db: DatabaseSync, query: FindingQuery): Page<FindingRow> {
  const sort = query.sort ?? 'last'
  const names = typedNames(db)
  const listing = {
    from: 'finding_states',
    where: findingConditions(db, query),
    sort,
    keys: sortKeys[sort],
    descending: query.descending ?? true,
  }
  return list(db, listing, query, (rows) => rows.map((row) => shown(row, names)))
}

export function findingConditions(db: DatabaseSync, query: FindingQuery): Clause[] {
  const { severity, state, text, rule, asset, from, to, posture } = query
  const where = words(text).map((word) => mentions(db, word, ofAddresses))
  where.push(...scopeOf(query))
  const compare = (sql: string, value: SQLInputValue | undefined): void => {
    if (value !== undefined) where.push({ sql, values: [value] })
  }
  if (severity !== undefined) where.push(anyOf('r.severity', severity.map(severityNumber)))
  if (state !== undefined) where.push(anyOf('r.state', state))
  if (asset !== undefined) where.push(ofAddresses(addressesOf(db, asset)))
  compare('r.rule = ?', rule)
  compare('r.last >= ?', from)
  compare('r.last <= ?', to)
  // The plus keeps the planner on the index of the order: half of all rows are no posture.
  compare('+r.posture = ?', posture === undefined ? undefined : Number(posture))
  return where
}

function ofAddresses(places: readonly Place[]): Clause {
  const { sql, values } = anyPlace(places, ({ site, addresses }) => {
    const found = anyOf('a.address', addresses)
    if (site === undefined) return found
    return allOf([found, { sql: 'a.site = ?', values: [site] }])
  })
  return { sql: `r.id IN (SELECT a.finding FROM finding_addresses a WHERE ${sql})`, values }
}

function shown(row: Row, names: Names): FindingRow {
  const finding = JSON.parse(String(row['body'])) as Finding
  const [sensor, site] = [String(row['sensor']), String(row['site'])]
  const state = row['state'] as FindingState
  const closed = state === 'closed' ? (row['closed_reason'] as CloseReason | null) : null
  const now = { state, reason: closed ?? undefined, posture: row['posture'] === 1 }
  return findingRow(finding, { sensor, site }, now, (party) => named(party, site, names))
}

export function findingDetail(
  db: DatabaseSync,
  segments: Segments,
  id: string,
): FindingDetail | undefined {
  const row = db.prepare('SELECT * FROM finding_states WHERE id = ?').get(id) as Row | undefined
  if (row === undefined) return undefined
  const finding = JSON.parse(String(row['body'])) as Finding
  const names = typedNames(db)
  const site = String(row['site'])
  const about = ruleOf(db, finding.rule.id, String(row['sensor']))
  const operations: OperationRow[] = operationsById(db, segments, finding.operations, names)
  return {
    ...shown(row, names),
    severity_reasons: finding.severity_reasons,
    explanation: finding.explanation,
    sources: (finding.sources ?? []).map((party) => named(party, site, names)),
    targets: (finding.targets ?? []).map((party) => named(party, site, names)),
    evidence: finding.evidence,
    // Whoever has the captures knows; the store does not.
    packets_available: false,
    approves: finding.approves,
    operations,
    history: historyOf(db, id),
    rule_description: about?.description ?? '',
    false_positives: about?.false_positives ?? [],
  }
}

/** Open findings by severity, without posture: that is a view of its own and no alarm. */
export function openFindings(db: DatabaseSync, scope: Scoped = {}): Health['open'] {
  const open = { informational: 0, low: 0, medium: 0, high: 0, critical: 0 }
  const isOpen = { sql: "r.state = 'open' AND r.posture = 0", values: [] }
  const { sql, values } = conjunction([isOpen, ...scopeOf(scope)])
  const rows = db
    .prepare(`SELECT r.severity, count(*) AS n FROM finding_states r ${sql} GROUP BY r.severity`)
    .all(...values)
  for (const row of rows) {
    const severity = severities[Number(row['severity'])]
    if (severity !== undefined) open[severity] = Number(row['n'])
  }
  return open
}
