/** Observations that a finding cites outlast the file in which they were. */
import type { DatabaseSync } from 'node:sqlite'
import type { Doc } from '../../facts.ts'

export function citedIds(main: DatabaseSync): string[] {
  const rows = main
    .prepare("SELECT DISTINCT j.value AS id FROM findings f, json_each(f.body, '$.operations') j")
    .all()
  return rows.map((row) => String(row['id']))
}

export function keep(main: DatabaseSync, docs: readonly Doc[]): void {
  const insert = main.prepare('INSERT OR IGNORE INTO kept VALUES (?, ?)')
  for (const doc of docs) insert.run(String(doc['event.id']), JSON.stringify(doc))
}

export function keptDoc(main: DatabaseSync, id: string): Doc | undefined {
  const row = main.prepare('SELECT body FROM kept WHERE id = ?').get(id)
  return row === undefined ? undefined : (JSON.parse(String(row['body'])) as Doc)
}

/** Those that no finding cites any more. */
export function releaseKept(main: DatabaseSync): void {
  main.exec(
    `DELETE FROM kept WHERE id NOT IN (
       SELECT j.value FROM findings f, json_each(f.body, '$.operations') j)`,
  )
}
