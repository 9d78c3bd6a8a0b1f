/** What each sensor says of itself, of which only the newest counts: health, zone matrix, rules. */
import type { DatabaseSync } from 'node:sqlite'
import type { RuleRow, ZoneMatrix } from '../../api/schema.ts'
import type { HealthSnapshot, Origin, RuleRecord, Scoped, SensorRow, Topic } from '../store.ts'
import { mergeMatrix } from '../matrices.ts'
import { bump } from './database.ts'
import { marking } from './marks.ts'
import type { Row } from './page.ts'
import { conjunction, scopeOf } from './page.ts'

const topicOf = { health: 'health', matrix: 'zones', rules: 'rules' } as const satisfies Record<
  string,
  Topic
>
type Kind = keyof typeof topicOf

/** Written twice a second: nobody is told where it says the same as before. */
export function putPart(db: DatabaseSync, kind: Kind, body: unknown, from: Origin): void {
  const { sensor, site } = from
  const text = JSON.stringify(body)
  const mark = marking(db)
  // That it was said again tells that the sensor lives.
  if (sensor !== '' && kind === 'health') mark('sensor', kind)
  const same = db
    .prepare(
      'UPDATE sensors SET received = ? WHERE sensor = ? AND kind = ? AND site = ? AND body = ?',
    )
    .run(Date.now(), sensor, kind, site, text)
  if (Number(same.changes) > 0) return
  db.prepare(
    'INSERT OR REPLACE INTO sensors (sensor, kind, site, received, body) VALUES (?, ?, ?, ?, ?)',
  ).run(sensor, kind, site, Date.now(), text)
  if (sensor !== '' && kind !== 'health') mark('sensor', kind)
  bump(db, topicOf[kind])
}

/** Those who said them first come first. */
function partsOf(db: DatabaseSync, kind: Kind, scope: Scoped): Row[] {
  const ofKind = { sql: 'r.kind = ?', values: [kind] }
  const { sql, values } = conjunction([ofKind, ...scopeOf(scope)])
  const asked = `SELECT r.* FROM sensors r ${sql} ORDER BY r.received, r.n`
  return db.prepare(asked).all(...values) as Row[]
}

export function listSensors(db: DatabaseSync): SensorRow[] {
  return partsOf(db, 'health', {}).map((row) => ({
    sensor: String(row['sensor']),
    site: String(row['site']),
    received: Number(row['received']),
    health: JSON.parse(String(row['body'])) as HealthSnapshot,
  }))
}

export function getMatrix(db: DatabaseSync, scope: Scoped = {}): ZoneMatrix | undefined {
  const rows = partsOf(db, 'matrix', scope).map((row) => ({
    sensor: String(row['sensor']),
    site: String(row['site']),
    matrix: JSON.parse(String(row['body'])) as ZoneMatrix,
  }))
  return mergeMatrix(rows)
}

export function listRules(db: DatabaseSync, scope: Scoped = {}): RuleRow[] {
  const { sql, values } = conjunction(scopeOf(scope))
  const counted = `SELECT r.rule, count(*) AS n FROM findings r ${sql} GROUP BY r.rule`
  const counts = db.prepare(counted).all(...values)
  const findings = new Map(counts.map((row) => [String(row['rule']), Number(row['n'])]))
  const rules = new Map<string, RuleRecord>()
  for (const row of partsOf(db, 'rules', scope)) {
    for (const rule of JSON.parse(String(row['body'])) as RuleRecord[]) rules.set(rule.id, rule)
  }
  return [...rules.values()].map((rule) => ({ ...rule, findings: findings.get(rule.id) ?? 0 }))
}

/** As the sensor that found by it has it, else as any. */
export function ruleOf(db: DatabaseSync, id: string, sensor: string): RuleRecord | undefined {
  const row = db
    .prepare(
      `SELECT j.value AS body FROM sensors s, json_each(s.body) j
       WHERE s.kind = 'rules' AND j.value ->> 'id' = ?
       ORDER BY s.sensor = ? DESC, s.received DESC LIMIT 1`,
    )
    .get(id, sensor)
  return row === undefined ? undefined : (JSON.parse(String(row['body'])) as RuleRecord)
}

/** A sensor whose id is another one than before goes on with what is not a matter of history. */
export function resume(db: DatabaseSync, { sensor, site }: Origin): void {
  // The newest of several is the last to take the place of the others.
  const others = db
    .prepare('SELECT n FROM sensors WHERE sensor <> ? ORDER BY received, n')
    .all(sensor)
  const take = db.prepare('UPDATE OR REPLACE sensors SET sensor = ?, site = ? WHERE n = ?')
  for (const row of others) take.run(sensor, site, row['n'] as number)
  const mark = marking(db)
  if (sensor !== '') for (const kind of Object.keys(topicOf)) mark('sensor', kind)
  db.prepare('UPDATE OR REPLACE asset_parts SET sensor = ? WHERE sensor <> ?').run(sensor, sensor)
  db.prepare('UPDATE OR REPLACE conversations SET sensor = ?, site = ? WHERE sensor <> ?').run(
    sensor,
    site,
    sensor,
  )
}
