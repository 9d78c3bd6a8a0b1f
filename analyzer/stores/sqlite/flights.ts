/** What the shipper writes down of itself: requests under way, and how it is doing. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeliveryState, Flight } from '../outbox.ts'
import { getMeta, setMeta } from './documents.ts'

/** Key in `meta`. */
const DELIVERY = 'delivery'

export function beginFlight(db: DatabaseSync, flight: Flight): number {
  const { stream, ids, segment, after, to, at } = flight
  const added = db
    .prepare(
      'INSERT INTO flights (stream, ids, segment, first, last, at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(stream, JSON.stringify(ids), segment, after, to, at)
  return Number(added.lastInsertRowid)
}

export function endFlight(db: DatabaseSync, n: number): void {
  db.prepare('DELETE FROM flights WHERE n = ?').run(n)
}

export function listFlights(db: DatabaseSync): (Flight & { n: number })[] {
  const rows = db.prepare('SELECT * FROM flights ORDER BY n').all()
  return rows.map((row) => ({
    n: Number(row['n']),
    stream: String(row['stream']),
    ids: JSON.parse(String(row['ids'])) as string[],
    segment: String(row['segment']),
    after: Number(row['first']),
    to: Number(row['last']),
    at: Number(row['at']),
  }))
}

export function putDelivery(db: DatabaseSync, state: DeliveryState): void {
  setMeta(db, DELIVERY, JSON.stringify(state))
}

export function getDelivery(db: DatabaseSync): DeliveryState | undefined {
  const state = getMeta(db, DELIVERY)
  return state === undefined ? undefined : (JSON.parse(state) as DeliveryState)
}
