/**
 * What changed since it was sent to the cluster, marked in the transaction that changes it. Where
 * there is no cluster nothing is marked, and nothing is looked at but that.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ShippedKind } from '../outbox.ts'
import { getMeta } from './documents.ts'

/** Key in `meta`: since when a cluster is sent to, ms of wall time. */
export const SHIPPING = 'shipping'

/** Key in `meta`: observations that were deleted before they were sent. */
export const OBSERVATIONS_LOST = 'observations.lost'

export function shippingSince(db: DatabaseSync): number | undefined {
  const since = getMeta(db, SHIPPING)
  return since === undefined ? undefined : Number(since)
}

/** What waits already keeps its turn, and the time of its oldest change. */
export const MARK = `
INSERT INTO outbox SELECT ?1, ?2, 1, ?3, ?3, 0, '' WHERE true
ON CONFLICT (kind, id) DO UPDATE SET
  revision = revision + 1,
  due = iif(since IS NULL, excluded.due, due),
  tries = iif(since IS NULL, 0, tries),
  since = coalesce(since, excluded.since)
`

export type Mark = (kind: ShippedKind, id: string) => void

/** For one call, which is one transaction. */
export function marking(db: DatabaseSync): Mark {
  if (shippingSince(db) === undefined) return () => {}
  const mark = db.prepare(MARK)
  const now = Date.now()
  return (kind, id) => void mark.run(kind, id, now)
}
