/** Documents that wait to be sent, in their newest state: which, when, and what came of it. */
import type { DatabaseSync } from 'node:sqlite'
import type { Dirty, Outbox, ShippedKind } from '../outbox.ts'
import { deleteMeta, getMeta, setMeta } from './documents.ts'
import { MARK, SHIPPING, shippingSince } from './marks.ts'
import { shippedState } from './shipped.ts'

/** Key in `meta`: what there is has not been marked to the end. */
const FILLING = 'shipping.filling'
/** In one transaction, so that no other process waits for long. */
const FILL_ROWS = 5000

/** Each kind with the ids that there are. */
const sources: readonly (readonly [kind: ShippedKind, table: string, id: string])[] = [
  ['sensor', "(SELECT DISTINCT kind AS id FROM sensors WHERE sensor <> '')", 'id'],
  ['sensor', "(SELECT DISTINCT 'baseline' AS id FROM baselines)", 'id'],
  ['audit', 'audit', 'id'],
  ['finding', 'findings', 'id'],
  ['asset', 'assets', 'id'],
  ['conversation', '(SELECT DISTINCT id FROM conversations)', 'id'],
]

/** A kill in the middle is mended by the next call. */
export function setShipping(db: DatabaseSync, on: boolean): void {
  if (!on) return forget(db)
  if (shippingSince(db) === undefined) {
    inTransaction(db, () => {
      // From here on every change is marked, while what there was before is.
      setMeta(db, FILLING, '1')
      setMeta(db, SHIPPING, String(Date.now()))
    })
  }
  if (getMeta(db, FILLING) === undefined) return
  for (const source of sources) fill(db, source)
  deleteMeta(db, FILLING)
}

function fill(db: DatabaseSync, [kind, table, id]: (typeof sources)[number]): void {
  const next = db.prepare(`SELECT ${id} AS id FROM ${table} WHERE ${id} > ? ORDER BY ${id} LIMIT ?`)
  const mark = db.prepare(
    `INSERT INTO outbox VALUES (?1, ?2, 1, ?3, ?3, 0, '') ON CONFLICT (kind, id) DO NOTHING`,
  )
  let last = ''
  for (;;) {
    const isDone = inTransaction(db, () => {
      const rows = next.all(last, FILL_ROWS)
      const now = Date.now()
      for (const row of rows) mark.run(kind, row['id'] as string, now)
      last = String(rows.at(-1)?.['id'] ?? '')
      return rows.length < FILL_ROWS
    })
    if (isDone) return
  }
}

/** Dead letters stay: nothing else has them. */
function forget(db: DatabaseSync): void {
  inTransaction(db, () => {
    db.exec('DELETE FROM outbox; DELETE FROM flights; DELETE FROM arrivals')
    db.exec('UPDATE segments SET shipped = 0')
    deleteMeta(db, FILLING)
    deleteMeta(db, SHIPPING)
  })
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Which revision of each was given out last: a letter does not say which it was. */
export type Given = Map<string, number>
const keyOf = (kind: string, id: string): string => `${kind}\n${id}`

/** `isFull`: no letter more can be kept, so only what somebody wants to see again is sent. */
export function dirty(
  db: DatabaseSync,
  given: Given,
  isFull: boolean,
  limit: number,
  now: number,
): Dirty[] {
  given.clear()
  if (shippingSince(db) === undefined) return []
  const among = isFull
    ? `AND EXISTS (SELECT 1 FROM dead_letters d
         WHERE d.kind = o.kind AND d.id = o.id AND d.replay = 1)`
    : ''
  const due = db.prepare(
    `SELECT * FROM outbox o INDEXED BY outbox_due
     WHERE since IS NOT NULL AND due <= ? ${among} ORDER BY due LIMIT ?`,
  )
  const remove = db.prepare('DELETE FROM outbox WHERE kind = ? AND id = ? AND revision = ?')
  for (;;) {
    const rows = due.all(now, limit).map((row) => ({
      kind: row['kind'] as ShippedKind,
      id: String(row['id']),
      revision: Number(row['revision']),
      since: Number(row['since']),
      tries: Number(row['tries']),
      place: String(row['place']),
    }))
    const gone: typeof rows = []
    const found = rows.flatMap(({ kind, ...row }): Dirty[] => {
      const state = shippedState(db, kind, row.id)
      if (state === undefined) gone.push({ kind, ...row })
      else given.set(keyOf(kind, row.id), row.revision)
      return state === undefined ? [] : [{ ...state, ...row }]
    })
    // Retention has deleted them.
    if (gone.length > 0) {
      inTransaction(db, () => gone.forEach((row) => remove.run(row.kind, row.id, row.revision)))
    }
    if (found.length > 0 || rows.length === 0) return found
  }
}

export function sent(db: DatabaseSync, done: Parameters<Outbox['sent']>[0]): void {
  const update = db.prepare(
    `UPDATE outbox SET place = ?1, tries = 0, due = ?2, since = iif(revision = ?3, NULL, ?2)
     WHERE kind = ?4 AND id = ?5`,
  )
  // What is on record never changes: where it lies is of no use.
  const remove = db.prepare("DELETE FROM outbox WHERE kind = 'audit' AND id = ?")
  const unbury = db.prepare('DELETE FROM dead_letters WHERE kind = ? AND id = ?')
  const now = Date.now()
  for (const { kind, id, revision, place } of done) {
    if (kind === 'audit') remove.run(id)
    else update.run(place, now, revision, kind, id)
    unbury.run(kind, id)
  }
}

export function defer(db: DatabaseSync, items: Parameters<Outbox['defer']>[0]): void {
  const update = db.prepare(
    'UPDATE outbox SET due = ?, tries = tries + 1 WHERE kind = ? AND id = ? AND since IS NOT NULL',
  )
  for (const { kind, id, due } of items) update.run(due, kind, id)
}

/** Does not wait any more, unless it has changed since it was given out. */
export function putAside(db: DatabaseSync, given: Given, kind: string, id: string): void {
  const revision = given.get(keyOf(kind, id))
  db.prepare(
    `UPDATE outbox SET since = NULL, tries = 0
     WHERE kind = ? AND id = ? AND revision = coalesce(?, revision)`,
  ).run(kind, id, revision ?? null)
}

export function markAgain(db: DatabaseSync, kind: ShippedKind, id: string): void {
  db.prepare(MARK).run(kind, id, Date.now())
}
