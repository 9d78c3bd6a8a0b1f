/** Observations that a finding cites outlast the file in which they were. */
import type { DatabaseSync } from 'node:sqlite'
import type { Doc } from '../../facts.ts'
import type { Observed } from './segment.ts'

export function citedIds(main: DatabaseSync): string[] {
  const rows = main
    .prepare("SELECT DISTINCT j.value AS id FROM findings f, json_each(f.body, '$.operations') j")
    .all()
  return rows.map((row) => String(row['id']))
}

export function keep(main: DatabaseSync, found: readonly Observed[]): void {
  const insert = main.prepare('INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)')
  for (const { doc, from } of found) {
    insert.run(String(doc['event.id']), JSON.stringify(doc), from.sensor, from.site)
  }
}

export function kept(main: DatabaseSync, id: string): Observed | undefined {
  const row = main.prepare('SELECT body, sensor, site FROM kept WHERE id = ?').get(id)
  if (row === undefined) return undefined
  const from = { sensor: String(row['sensor']), site: String(row['site']) }
  return { doc: JSON.parse(String(row['body'])) as Doc, from }
}

/** Those that no finding cites any more. */
export function releaseKept(main: DatabaseSync): void {
  main.exec(
    `DELETE FROM kept WHERE id NOT IN (
       SELECT j.value FROM findings f, json_each(f.body, '$.operations') j)`,
  )
}
