/** What the store keeps one of by name: baselines, notes of its own. */
import type { DatabaseSync } from 'node:sqlite'

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
