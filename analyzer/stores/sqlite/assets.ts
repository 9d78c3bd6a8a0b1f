/** Assets as the sensor knows them, with the names that people typed in. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AssetRow, Page } from '../../api/schema.ts'
import type { Asset } from '../../inventory/asset.ts'
import { mergeAssets } from '../merge.ts'
import type { Moment } from '../moment.ts'
import { momentAfter } from '../moment.ts'
import type { TypedName } from '../outbox.ts'
import type { AssetRecord } from '../rows.ts'
import { addressOrder, assetRecord } from '../rows.ts'
import { assetText } from '../texts.ts'
import type { By, Origin, TextQuery } from '../store.ts'
import { putDecision } from './actions.ts'
import { putAudit } from './audit.ts'
import { bump } from './database.ts'
import { marking } from './marks.ts'
import type { Clause, Row } from './page.ts'
import { list, words } from './page.ts'

export function putAssets(db: DatabaseSync, assets: readonly Asset[], from: Origin): void {
  const mark = marking(db)
  const parts = new Parts(db)
  const insert = db.prepare(
    `INSERT INTO assets (id, site, sort, text, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET site = excluded.site, sort = excluded.sort,
       text = excluded.text, body = excluded.body`,
  )
  const unlink = db.prepare('DELETE FROM asset_addresses WHERE asset = ?')
  const link = db.prepare('INSERT OR IGNORE INTO asset_addresses VALUES (?, ?, ?)')
  for (const asset of assets) {
    const record = parts.put(assetRecord(asset), from.sensor)
    const { id, ip, mac } = record
    insert.run(id, from.site, addressOrder(record), assetText(record), JSON.stringify(record))
    unlink.run(id)
    for (const address of [...ip, ...mac]) link.run(address, from.site, id)
    mark('asset', id)
  }
  if (assets.length > 0) bump(db, 'assets')
}

/** What each sensor knows of an asset. */
class Parts {
  readonly #all: StatementSync
  readonly #put: StatementSync

  constructor(db: DatabaseSync) {
    this.#all = db.prepare('SELECT sensor, body FROM asset_parts WHERE asset = ?')
    this.#put = db.prepare('INSERT OR REPLACE INTO asset_parts VALUES (?, ?, ?)')
  }

  /** The asset as all of them know it together. */
  put(part: AssetRecord, sensor: string): AssetRecord {
    const rows = this.#all.all(part.id)
    const known = rows.map((row) => [row['sensor'], JSON.parse(String(row['body']))])
    const parts = new Map<string, AssetRecord>(known as [string, AssetRecord][])
    const first = parts.get(sensor)?.first ?? part.first
    // A sensor that starts again sees everything for the first time; the store remembers.
    const own = { ...part, first: first < part.first ? first : part.first }
    this.#put.run(part.id, sensor, JSON.stringify(own))
    return mergeAssets(Object.fromEntries(parts.set(sensor, own))) ?? own
  }
}

const columns = `SELECT a.*, n.name AS typed,
  (SELECT json_group_array(p.sensor) FROM asset_parts p WHERE p.asset = a.id) AS sensors,
  (SELECT count(DISTINCT l.finding)
   FROM asset_addresses d
   JOIN finding_addresses l ON l.address = d.address AND l.site = d.site
   JOIN finding_states s ON s.id = l.finding
   WHERE d.asset = a.id AND s.state <> 'closed') AS findings
  FROM assets a LEFT JOIN asset_names n ON n.asset = a.id AND n.name <> ''`

const seenBy = 'EXISTS (SELECT 1 FROM asset_parts p WHERE p.asset = r.id AND p.sensor = ?)'

export function listAssets(db: DatabaseSync, query: TextQuery): Page<AssetRow> {
  const where: Clause[] = words(query.text).map((word) => ({
    sql: `instr(r.text, ?) > 0
      OR EXISTS (SELECT 1 FROM asset_names t WHERE t.asset = r.id AND instr(t.text, ?) > 0)`,
    values: [word, word],
  }))
  const { site, sensor } = query
  if (site !== undefined) where.push({ sql: 'r.site = ?', values: [site] })
  if (sensor !== undefined) where.push({ sql: seenBy, values: [sensor] })
  const listing = {
    from: 'assets',
    where,
    sort: 'address',
    keys: ['r.sort', 'r.id'],
    descending: false,
  }
  const one = db.prepare(`${columns} WHERE a.id = ?`)
  return list(db, listing, query, (rows) =>
    rows.map((row) => assetRow(one.get(row['id'] as string) as Row)),
  )
}

export function getAsset(db: DatabaseSync, id: string): AssetRow | undefined {
  const row = db.prepare(`${columns} WHERE a.id = ?`).get(id) as Row | undefined
  return row === undefined ? undefined : assetRow(row)
}

function assetRow(row: Row): AssetRow {
  const record = JSON.parse(String(row['body'])) as AssetRecord
  const typed = row['typed'] === null ? {} : { name: String(row['typed']), name_source: 'typed' }
  const sensors = JSON.parse(String(row['sensors'])) as string[]
  const site = String(row['site'])
  return { ...record, ...typed, site, sensors, findings: Number(row['findings']) }
}

export function renameAsset(
  db: DatabaseSync,
  id: string,
  name: string,
  by: By,
): AssetRow | undefined {
  const last = db.prepare('SELECT time, id FROM asset_names WHERE asset = ?').get(id)
  const typed = { ...momentAfter(last as Moment | undefined, by.time), who: by.who, name }
  if (!nameAsset(db, id, typed)) return undefined
  const mark = marking(db)
  mark('asset', id)
  mark('audit', typed.id)
  putDecision(db, by, { kind: 'rename', asset: id, name })
  return getAsset(db, id)
}

/** Goes on record too. False: no such asset, or that act is on record already. */
export function nameAsset(db: DatabaseSync, asset: string, typed: TypedName): boolean {
  const known = db.prepare('SELECT site FROM assets WHERE id = ?').get(asset)
  const isRecorded = db.prepare('SELECT 1 FROM audit WHERE id = ?').get(typed.id) !== undefined
  if (known === undefined || isRecorded) return false
  const { id, name, who, time } = typed
  db.prepare(
    `INSERT OR REPLACE INTO asset_names (asset, name, text, who, time, id)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(asset, name, name.toLowerCase(), who, time, id)
  const from = { sensor: '', site: String(known['site']) }
  putAudit(db, { id, time, who, action: 'rename', subject: asset, note: name }, from)
  bump(db, 'assets')
  return true
}
