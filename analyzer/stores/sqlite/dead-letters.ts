/** What the cluster refused for what it is, kept until somebody has mended the cause. */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Page } from '../../api/schema.ts'
import type { DeadLetter, ShippedKind } from '../outbox.ts'
import type { By, PageQuery } from '../store.ts'
import { putAudit } from './audit.ts'
import { marking } from './marks.ts'
import type { Given } from './outbox.ts'
import { markAgain, putAside } from './outbox.ts'
import type { Row } from './page.ts'
import { list } from './page.ts'

/** Where there are so many, nothing more is sent: a wrong template must not cost a whole day. */
const LETTERS_MAX = 10_000
/** A reason of a cluster may hold the whole document. */
const NOTE_CHARS_MAX = 400

export function letters(db: DatabaseSync): number {
  return Number(db.prepare('SELECT count(*) AS n FROM dead_letters').get()?.['n'])
}

/** No letter more can be kept. */
export function isFull(db: DatabaseSync): boolean {
  return letters(db) >= LETTERS_MAX
}

export function bury(db: DatabaseSync, given: Given, buried: readonly DeadLetter[]): void {
  const insert = db.prepare(
    `INSERT INTO dead_letters (id, kind, place, status, type, reason, time, tries, doc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET place = excluded.place, status = excluded.status,
       type = excluded.type, reason = excluded.reason, time = excluded.time,
       tries = excluded.tries, doc = excluded.doc, replay = 0`,
  )
  for (const { id, kind, place, status, type, reason, time, tries, doc } of buried) {
    insert.run(id, kind, place, status, type, reason, time, tries, doc)
    if (kind !== 'observation') putAside(db, given, kind, id)
  }
}

/** The newest first. */
export function listLetters(db: DatabaseSync, query: PageQuery): Page<DeadLetter> {
  const listing = { from: 'dead_letters', where: [], sort: 'n', keys: ['r.n'], descending: true }
  return list(db, listing, query, (rows) => rows.map(letterOf))
}

function letterOf(row: Row): DeadLetter {
  const text = (name: string): string => String(row[name])
  return {
    id: text('id'),
    kind: row['kind'] as DeadLetter['kind'],
    place: text('place'),
    status: Number(row['status']),
    type: text('type'),
    reason: text('reason'),
    time: text('time'),
    tries: Number(row['tries']),
    doc: text('doc'),
  }
}

/** Documents go in their newest state, observations as they were. */
export function replay(db: DatabaseSync, ids?: readonly string[]): number {
  const asked = JSON.stringify(ids ?? [])
  const among = ids === undefined ? '' : 'WHERE id IN (SELECT value FROM json_each(?))'
  const values = ids === undefined ? [] : [asked]
  const rows = db.prepare(`SELECT kind, id FROM dead_letters ${among}`).all(...values)
  db.prepare(`UPDATE dead_letters SET replay = 1 ${among}`).run(...values)
  for (const { kind, id } of rows) {
    if (kind !== 'observation') markAgain(db, kind as ShippedKind, String(id))
  }
  return rows.length
}

export function replayed(db: DatabaseSync, limit: number): DeadLetter[] {
  const rows = db
    .prepare(
      `SELECT * FROM dead_letters INDEXED BY dead_letters_replay
       WHERE replay = 1 AND kind = 'observation' ORDER BY n LIMIT ?`,
    )
    .all(limit)
  return rows.map((row) => letterOf(row as Row))
}

export function discard(db: DatabaseSync, ids: readonly string[], by?: By): number {
  const remove = db.prepare('DELETE FROM dead_letters WHERE id = ? RETURNING *')
  const gone = ids.flatMap((id) => remove.all(id)).map((row) => letterOf(row as Row))
  if (by !== undefined) for (const letter of gone) putOnRecord(db, letter, by)
  return gone.length
}

function putOnRecord(db: DatabaseSync, letter: DeadLetter, { who, time }: By): void {
  const { kind, place, status, reason } = letter
  const note = `${kind} for ${place}, refused with ${status}: ${reason}`.slice(0, NOTE_CHARS_MAX)
  const record = { id: randomUUID(), time, who, action: 'discard', subject: letter.id, note }
  putAudit(db, record, { sensor: '', site: '' })
  marking(db)('audit', record.id)
}

/** Observations that have arrived after all. */
export function exhumed(db: DatabaseSync, ids: readonly string[]): void {
  const remove = db.prepare("DELETE FROM dead_letters WHERE kind = 'observation' AND id = ?")
  for (const id of ids) remove.run(id)
}
