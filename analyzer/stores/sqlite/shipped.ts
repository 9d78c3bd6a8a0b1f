/** The newest state of a document, as it goes to the cluster. */
import type { DatabaseSync } from 'node:sqlite'
import type { Finding } from '../../findings/finding.ts'
import type { SensorPart, Shipped, ShippedKind, TypedName } from '../outbox.ts'
import type { AssetRecord } from '../rows.ts'
import type { Conversed, Origin } from '../store.ts'
import { actsOf } from './actions.ts'
import { auditRecord } from './audit.ts'

export type ShippedState = Shipped & { from: Origin }
type Found = Record<string, unknown>

function originOf(row: Found): Origin {
  return { sensor: String(row['sensor']), site: String(row['site']) }
}

const readers: Readonly<
  Record<ShippedKind, (db: DatabaseSync, id: string) => ShippedState | undefined>
> = { finding, asset, conversation, sensor, audit }

/** Undefined: it is no longer there. */
export function shippedState(
  db: DatabaseSync,
  kind: ShippedKind,
  id: string,
): ShippedState | undefined {
  return readers[kind](db, id)
}

function finding(db: DatabaseSync, id: string): ShippedState | undefined {
  const row = db.prepare('SELECT body, sensor, site FROM findings WHERE id = ?').get(id)
  if (row === undefined) return undefined
  const found = JSON.parse(String(row['body'])) as Finding
  return { kind: 'finding', finding: found, acts: actsOf(db, id), from: originOf(row) }
}

/** What its sensor knows of it: the cluster puts the parts of several together. */
function asset(db: DatabaseSync, id: string): ShippedState | undefined {
  const row = db
    .prepare(
      `SELECT p.body, p.sensor, a.site FROM asset_parts p JOIN assets a ON a.id = p.asset
       WHERE p.asset = ? ORDER BY p.body ->> 'last' DESC LIMIT 1`,
    )
    .get(id)
  if (row === undefined) return undefined
  const record = JSON.parse(String(row['body'])) as AssetRecord
  return { kind: 'asset', asset: record, typed: typedName(db, id), from: originOf(row) }
}

/** An empty one was taken back. */
export function typedName(db: DatabaseSync, asset: string): TypedName | undefined {
  const row = db.prepare('SELECT id, name, who, time FROM asset_names WHERE asset = ?').get(asset)
  return row === undefined ? undefined : ({ ...row } as unknown as TypedName)
}

function conversation(db: DatabaseSync, id: string): ShippedState | undefined {
  const row = db
    .prepare('SELECT body, sensor, site FROM conversations WHERE id = ? ORDER BY last DESC LIMIT 1')
    .get(id)
  if (row === undefined) return undefined
  const told = JSON.parse(String(row['body'])) as Conversed
  return { kind: 'conversation', conversation: told, from: originOf(row) }
}

/** Of the sensor that has this store: the one that spoke last. */
function sensor(db: DatabaseSync, id: string): ShippedState | undefined {
  const spoke = "SELECT sensor, site, body FROM sensors WHERE sensor <> ''"
  const newest = 'ORDER BY received DESC, n DESC LIMIT 1'
  const part = id as SensorPart
  const row =
    part === 'baseline'
      ? db.prepare(`${spoke} ${newest}`).get()
      : db.prepare(`${spoke} AND kind = ? ${newest}`).get(part)
  if (row === undefined) return undefined
  const saved = db.prepare('SELECT body FROM baselines ORDER BY saved DESC LIMIT 1')
  const body = part === 'baseline' ? saved.get()?.['body'] : row['body']
  return { kind: 'sensor', part, body: String(body), from: originOf(row) }
}

function audit(db: DatabaseSync, id: string): ShippedState | undefined {
  const row = db.prepare('SELECT * FROM audit WHERE id = ?').get(id)
  if (row === undefined) return undefined
  const text = row['body'] === null ? {} : { text: String(row['body']) }
  return { kind: 'audit', record: auditRecord(row as never), ...text, from: originOf(row) }
}
