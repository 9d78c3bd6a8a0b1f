/**
 * Stores of version 1 kept operations in the main database. They are moved a step at a time, each
 * durable in its new place before it leaves the old one: whoever is killed repeats one step, which
 * finds what it had put already.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Doc } from '../../facts.ts'
import { isDamage, isDiskFailure } from './database.ts'
import { pack } from './pack.ts'
import type { Segments } from './segments.ts'

/** So many in a transaction that the other process does not wait long for it. */
const STEP_ROWS = 2000

export function moveOperations(db: DatabaseSync, segments: Segments): void {
  const next = db.prepare('SELECT seq, body FROM operations ORDER BY seq LIMIT ?')
  let hasMoved = false
  while (next.get(1) !== undefined) {
    if (segments.isDue(STEP_ROWS)) segments.prepare(STEP_ROWS)
    db.exec('BEGIN IMMEDIATE')
    try {
      // Read under the lock: the other process may be at it too.
      const rows = next.all(STEP_ROWS)
      segments.put(
        pack(rows.map((row) => JSON.parse(String(row['body'])) as Doc)),
        segments.before(),
      )
      segments.commit()
      db.prepare('DELETE FROM operations WHERE seq <= ?').run(rows.at(-1)?.['seq'] ?? 0)
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
    hasMoved = true
  }
  if (hasMoved) shrink(db)
}

/** What they took is given back to the disk; where that cannot be now, it is used again. */
function shrink(db: DatabaseSync): void {
  try {
    db.exec('VACUUM')
  } catch (error) {
    if (isDiskFailure(error) || isDamage(error)) throw error
  }
}
