/** What the store keeps one of: health, zone matrix, rules, baselines, notes of its own. */
import type { DatabaseSync } from 'node:sqlite'
import type { RuleRow, ZoneMatrix } from '../../api/schema.ts'
import type { HealthSnapshot, RuleRecord, Topic } from '../store.ts'
import { bump } from './database.ts'

export function getMeta(db: DatabaseSync, key: string): string | undefined {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(key)
  return row === undefined ? undefined : String(row['value'])
}

export function setMeta(db: DatabaseSync, key: string, value: string): void {
  db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(key, value)
}

export function deleteMeta(db: DatabaseSync, key: string): void {
  db.prepare('DELETE FROM meta WHERE key = ?').run(key)
}

export function addMeta(db: DatabaseSync, key: string, count: number): void {
  setMeta(db, key, String(Number(getMeta(db, key) ?? 0) + count))
}

/** Written twice a second: nobody is told where it says the same as before. */
export function putDocument(db: DatabaseSync, name: string, topic: Topic, body: unknown): void {
  const text = JSON.stringify(body)
  const same = db
    .prepare('UPDATE documents SET received = ? WHERE name = ? AND body = ?')
    .run(Date.now(), name, text)
  if (Number(same.changes) > 0) return
  db.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?)').run(name, Date.now(), text)
  bump(db, topic)
}

function getDocument(db: DatabaseSync, name: string): { body: unknown; received: number } {
  const row = db.prepare('SELECT received, body FROM documents WHERE name = ?').get(name)
  if (row === undefined) return { body: undefined, received: 0 }
  return { body: JSON.parse(String(row['body'])), received: Number(row['received']) }
}

export function getHealth(db: DatabaseSync): {
  health: HealthSnapshot | undefined
  received: number
} {
  const { body, received } = getDocument(db, 'health')
  return { health: body as HealthSnapshot | undefined, received }
}

export function getMatrix(db: DatabaseSync): ZoneMatrix | undefined {
  return getDocument(db, 'matrix').body as ZoneMatrix | undefined
}

export function saveBaseline(db: DatabaseSync, name: string, body: string): void {
  db.prepare(
    `INSERT INTO baselines VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET saved = excluded.saved, body = excluded.body`,
  ).run(name, Date.now(), body)
}

export function loadBaseline(db: DatabaseSync, name: string): string | undefined {
  const row = db.prepare('SELECT body FROM baselines WHERE name = ?').get(name)
  return row === undefined ? undefined : String(row['body'])
}

export function putRules(db: DatabaseSync, rules: readonly RuleRecord[]): void {
  db.exec('DELETE FROM rules')
  const insert = db.prepare('INSERT OR REPLACE INTO rules VALUES (?, ?, ?)')
  rules.forEach((rule, position) => {
    insert.run(rule.id, position, JSON.stringify(rule))
  })
  bump(db, 'rules')
}

export function listRules(db: DatabaseSync): RuleRow[] {
  const rows = db
    .prepare(
      `SELECT r.body, (SELECT count(*) FROM findings f WHERE f.rule = r.id) AS findings
       FROM rules r ORDER BY r.position`,
    )
    .all()
  return rows.map((row) => ({
    ...(JSON.parse(String(row['body'])) as RuleRecord),
    findings: Number(row['findings']),
  }))
}
