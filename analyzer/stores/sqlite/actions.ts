/** What people do with findings: appended, folded, and passed on to the sensor as decisions. */
import type { DatabaseSync } from 'node:sqlite'
import type { Action } from '../../api/schema.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Decision } from '../local.ts'
import { DECISIONS_PAGE_MAX } from '../local.ts'
import type { StoredAct } from '../merge.ts'
import { momentAfter } from '../moment.ts'
import type { ActOutcome, ActRequest, By, Origin } from '../store.ts'
import { current, fold, refusal, standing, transition } from '../triage.ts'
import { putAudit } from './audit.ts'
import { bump } from './database.ts'
import type { Mark } from './marks.ts'
import { marking } from './marks.ts'
import type { Row } from './page.ts'

/** In the order in which they count: `moment.ts`. */
export function actsOf(db: DatabaseSync, finding: string): StoredAct[] {
  const rows = db.prepare('SELECT * FROM actions WHERE finding = ? ORDER BY time, id').all(finding)
  return rows.map((row) => {
    const json = (name: string): Record<string, unknown> =>
      row[name] === null ? {} : { [name]: JSON.parse(String(row[name])) as unknown }
    return {
      ...actionOf(row as Row),
      count: Number(row['count']),
      severity: Number(row['severity']),
      ...json('approves'),
      ...json('signature'),
    }
  })
}

export function historyOf(db: DatabaseSync, finding: string): Action[] {
  const rows = db.prepare('SELECT * FROM actions WHERE finding = ? ORDER BY time, id').all(finding)
  return rows.map((row) => actionOf(row as Row))
}

function actionOf(row: Row): Action {
  return {
    id: String(row['id']),
    time: String(row['time']),
    who: String(row['who']),
    action: row['action'] as Action['action'],
    from: row['from_state'] as Action['from'],
    to: row['to_state'] as Action['to'],
    ...(row['reason'] === null ? {} : { reason: row['reason'] as NonNullable<Action['reason']> }),
    ...(row['note'] === null ? {} : { note: String(row['note']) }),
    ...(row['undoes'] === null ? {} : { undoes: String(row['undoes']) }),
  }
}

export function act(db: DatabaseSync, ids: readonly string[], request: ActRequest): ActOutcome[] {
  const mark = marking(db)
  const outcomes = ids.map((id) => actOn(db, id, request, mark))
  if (outcomes.some((outcome) => outcome.refused === undefined)) bump(db, 'findings')
  return outcomes
}

function actOn(db: DatabaseSync, id: string, request: ActRequest, mark: Mark): ActOutcome {
  const row = db
    .prepare('SELECT count, severity, body, sensor, site FROM findings WHERE id = ?')
    .get(id)
  if (row === undefined) return { id, refused: refusal('NOT_FOUND') }
  const finding = JSON.parse(String(row['body'])) as Finding
  const size = { count: Number(row['count']), severity: Number(row['severity']) }
  const acts = actsOf(db, id)
  const { action, who, note } = request
  const step = transition(acts, { ...size, approves: finding.approves }, request)
  if (step.kind === 'refused') return { id, refused: step.refusal }
  if (step.kind === 'unchanged') return { id }
  const { to, reason, undoes } = step
  const from = current(fold(acts), size).state
  const approves = action === 'approve' ? finding.approves : undefined
  const appended: StoredAct = {
    ...momentAfter(acts.at(-1), request.time),
    ...{ who, action, from, to, ...size, approves },
    ...(reason === undefined ? {} : { reason }),
    ...(note === undefined ? {} : { note }),
    ...(undoes === undefined ? {} : { undoes }),
  }
  appendAct(db, id, appended, { sensor: String(row['sensor']), site: String(row['site']) })
  decide(db, finding, acts, appended)
  mark('finding', id)
  mark('audit', appended.id)
  return { id }
}

/** Goes on record too, as of whose finding it is. */
export function appendAct(db: DatabaseSync, finding: string, act: StoredAct, of: Origin): void {
  const { id, time, who, action, from, to, reason, note, undoes, count, severity } = act
  const { approves, signature } = act
  const json = (value: unknown): string | null =>
    value === undefined ? null : JSON.stringify(value)
  db.prepare(
    `INSERT INTO actions
       (id, finding, time, who, action, from_state, to_state, reason, note, undoes, count, severity,
        approves, signature)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    ...[id, finding, time, who, action, from, to, reason ?? null, note ?? null, undoes ?? null],
    ...[count, severity, json(approves), json(signature)],
  )
  putAudit(db, { id, time, who, action, subject: finding, note }, of)
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
  before: readonly StoredAct[],
  act: StoredAct,
): void {
  if (act.action === 'approve') {
    const { id, rule, approves } = finding
    putDecision(db, act, { kind: 'approve', finding: id, rule: rule.id, approves })
    return
  }
  const undone = before.find((earlier) => earlier.id === act.undoes)
  if (undone?.action !== 'approve') return
  const still = standing(before).filter((one) => one.action === 'approve').length > 1
  if (!still) putRevocation(db, finding, act)
}

/** Takes back what was approved, which may be less than the finding would approve today. */
function putRevocation(db: DatabaseSync, { id, rule }: Finding, by: By): void {
  const approves = [...approvedOf(db, id)]
  if (approves.length === 0) return
  putDecision(db, by, { kind: 'revoke', finding: id, rule: rule.id, approves })
}

/** What the sensor knows to be approved because of a finding. */
export function approvedOf(db: DatabaseSync, finding: string): Set<string> {
  const asked = "SELECT body FROM decisions WHERE json_extract(body, '$.finding') = ? ORDER BY n"
  const approved = new Set<string>()
  for (const row of db.prepare(asked).all(finding)) {
    const { kind, approves } = JSON.parse(String(row['body'])) as OnFinding
    for (const entry of approves) {
      if (kind === 'approve') approved.add(entry)
      else approved.delete(entry)
    }
  }
  return approved
}

type OnFinding = Extract<DecisionBody, { finding: string }>
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
