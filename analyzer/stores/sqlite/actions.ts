/** What people do with findings: appended, folded, and passed on to the sensor as decisions. */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Action } from '../../api/schema.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Decision } from '../local.ts'
import { DECISIONS_PAGE_MAX } from '../local.ts'
import type { ActOutcome, ActRequest, By, Origin } from '../store.ts'
import type { Act } from '../triage.ts'
import { current, fold, refusal, standing, transition } from '../triage.ts'
import { putAudit } from './audit.ts'
import { bump } from './database.ts'
import type { Row } from './page.ts'

function rowsOf(db: DatabaseSync, finding: string): Row[] {
  return db.prepare('SELECT * FROM actions WHERE finding = ? ORDER BY seq').all(finding) as Row[]
}

export function historyOf(db: DatabaseSync, finding: string): Action[] {
  return rowsOf(db, finding).map((row) => ({
    id: String(row['id']),
    time: String(row['time']),
    who: String(row['who']),
    action: row['action'] as Action['action'],
    from: row['from_state'] as Action['from'],
    to: row['to_state'] as Action['to'],
    ...(row['reason'] === null ? {} : { reason: row['reason'] as NonNullable<Action['reason']> }),
    ...(row['note'] === null ? {} : { note: String(row['note']) }),
    ...(row['undoes'] === null ? {} : { undoes: String(row['undoes']) }),
  }))
}

function actsOf(db: DatabaseSync, finding: string): Act[] {
  return rowsOf(db, finding).map((row) => ({
    id: String(row['id']),
    action: row['action'] as Act['action'],
    reason: (row['reason'] ?? undefined) as Act['reason'],
    undoes: (row['undoes'] ?? undefined) as Act['undoes'],
    count: Number(row['count']),
    severity: Number(row['severity']),
  }))
}

export function act(db: DatabaseSync, ids: readonly string[], request: ActRequest): ActOutcome[] {
  const outcomes = ids.map((id) => actOn(db, id, request))
  if (outcomes.some((outcome) => outcome.refused === undefined)) bump(db, 'findings')
  return outcomes
}

function actOn(db: DatabaseSync, id: string, request: ActRequest): ActOutcome {
  const row = db
    .prepare('SELECT count, severity, body, sensor, site FROM findings WHERE id = ?')
    .get(id)
  if (row === undefined) return { id, refused: refusal('NOT_FOUND') }
  const finding = JSON.parse(String(row['body'])) as Finding
  const size = { count: Number(row['count']), severity: Number(row['severity']) }
  const acts = actsOf(db, id)
  const step = transition(acts, { ...size, approves: finding.approves }, request)
  if (step.kind === 'refused') return { id, refused: step.refusal }
  if (step.kind === 'unchanged') return { id }
  const appended: Act = {
    ...size,
    id: randomUUID(),
    action: request.action,
    reason: step.reason,
    undoes: step.undoes,
  }
  const from = current(fold(acts), size).state
  const origin = { sensor: String(row['sensor']), site: String(row['site']) }
  append(db, id, appended, { from, to: step.to }, request, origin)
  decide(db, finding, acts, appended, request)
  return { id }
}

function append(
  db: DatabaseSync,
  finding: string,
  act: Act,
  states: { from: Action['from']; to: Action['to'] },
  request: ActRequest,
  origin: Origin,
): void {
  db.prepare(
    `INSERT INTO actions
       (id, finding, time, who, action, from_state, to_state, reason, note, undoes, count, severity)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    act.id,
    finding,
    request.time,
    request.who,
    act.action,
    states.from,
    states.to,
    act.reason ?? null,
    request.note ?? null,
    act.undoes ?? null,
    act.count,
    act.severity,
  )
  const { time, who, note } = request
  putAudit(db, { id: act.id, time, who, action: act.action, subject: finding, note }, origin)
  const triage = fold(actsOf(db, finding))
  db.prepare(
    `INSERT INTO triage VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (finding) DO UPDATE SET state = excluded.state, reason = excluded.reason,
       count = excluded.count, severity = excluded.severity`,
  ).run(finding, triage.state, triage.reason ?? null, triage.count, triage.severity)
}

/** Approving, and taking the last standing approval back, is told to the sensor. */
function decide(
  db: DatabaseSync,
  finding: Finding,
  before: readonly Act[],
  act: Act,
  by: By,
): void {
  if (act.action === 'approve') {
    const { id, rule, approves } = finding
    putDecision(db, by, { kind: 'approve', finding: id, rule: rule.id, approves })
    return
  }
  const undone = before.find((earlier) => earlier.id === act.undoes)
  if (undone?.action !== 'approve') return
  const still = standing(before).filter((one) => one.action === 'approve').length > 1
  if (!still) putRevocation(db, finding.id, by)
}

/** Takes back what was approved, which may be less than the finding would approve today. */
function putRevocation(db: DatabaseSync, finding: string, by: By): void {
  const row = db
    .prepare(
      `SELECT body FROM decisions
       WHERE json_extract(body, '$.finding') = ? ORDER BY n DESC LIMIT 1`,
    )
    .get(finding)
  if (row === undefined) return
  const approved = JSON.parse(String(row['body'])) as DecisionBody
  if (approved.kind === 'approve') putDecision(db, by, { ...approved, kind: 'revoke' })
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
export type DecisionBody = Without<Decision, 'n' | 'time' | 'who'>

export function putDecision(db: DatabaseSync, by: By, body: DecisionBody): void {
  db.prepare('INSERT INTO decisions (time, who, body) VALUES (?, ?, ?)').run(
    by.time,
    by.who,
    JSON.stringify(body),
  )
}

export function decisionsSince(db: DatabaseSync, n: number): Decision[] {
  const rows = db
    .prepare('SELECT * FROM decisions WHERE n > ? ORDER BY n LIMIT ?')
    .all(n, DECISIONS_PAGE_MAX)
  return rows.map((row) => ({
    n: Number(row['n']),
    time: String(row['time']),
    who: String(row['who']),
    ...(JSON.parse(String(row['body'])) as DecisionBody),
  }))
}
