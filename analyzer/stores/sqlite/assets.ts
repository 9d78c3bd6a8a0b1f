/** Assets as the sensor knows them, with the names that people typed in. */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { AssetRow, Page } from '../../api/schema.ts'
import type { Asset } from '../../inventory/asset.ts'
import type { AssetRecord } from '../rows.ts'
import { addressOrder, assetRecord } from '../rows.ts'
import type { TextQuery } from '../store.ts'
import { putDecision } from './actions.ts'
import { putAudit } from './audit.ts'
import { bump } from './database.ts'
import type { Row } from './page.ts'
import { list, searchText, words } from './page.ts'

export function putAssets(db: DatabaseSync, assets: readonly Asset[]): void {
  const insert = db.prepare(
    `INSERT INTO assets VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET sort = excluded.sort, text = excluded.text,
       body = excluded.body`,
  )
  const unlink = db.prepare('DELETE FROM asset_addresses WHERE asset = ?')
  const link = db.prepare('INSERT OR IGNORE INTO asset_addresses VALUES (?, ?)')
  const known = db.prepare("SELECT body ->> 'first' AS first FROM assets WHERE id = ?")
  for (const asset of assets) {
    const record = assetRecord(asset)
    // A sensor that starts again sees everything for the first time; the store remembers.
    const first = known.get(asset.id)?.['first']
    if (typeof first === 'string' && first < record.first) record.first = first
    insert.run(asset.id, addressOrder(asset), assetText(record), JSON.stringify(record))
    unlink.run(asset.id)
    for (const address of [...asset.ip, ...asset.mac]) link.run(address, asset.id)
  }
  if (assets.length > 0) bump(db, 'assets')
}

function assetText(record: AssetRecord): string {
  return searchText([
    record.name,
    ...record.ip,
    ...record.mac,
    record.vendor,
    ...record.roles,
    ...record.protocols,
    record.zone,
    ...record.attributes.map(({ value }) => value),
  ])
}

const columns = `SELECT a.*, n.name AS typed,
  (SELECT count(DISTINCT l.finding)
   FROM asset_addresses d
   JOIN finding_addresses l ON l.address = d.address
   JOIN finding_states s ON s.id = l.finding
   WHERE d.asset = a.id AND s.state <> 'closed') AS findings
  FROM assets a LEFT JOIN asset_names n ON n.asset = a.id`

export function listAssets(db: DatabaseSync, query: TextQuery): Page<AssetRow> {
  const where = words(query.text).map((word) => ({
    sql: `instr(r.text, ?) > 0
      OR EXISTS (SELECT 1 FROM asset_names t WHERE t.asset = r.id AND instr(t.text, ?) > 0)`,
    values: [word, word],
  }))
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
  return { ...record, ...typed, findings: Number(row['findings']) }
}

export function renameAsset(
  db: DatabaseSync,
  id: string,
  name: string,
  by: { who: string; time: string },
): AssetRow | undefined {
  if (db.prepare('SELECT 1 FROM assets WHERE id = ?').get(id) === undefined) return undefined
  if (name === '') {
    db.prepare('DELETE FROM asset_names WHERE asset = ?').run(id)
  } else {
    db.prepare('INSERT OR REPLACE INTO asset_names VALUES (?, ?, ?, ?, ?)').run(
      id,
      name,
      name.toLowerCase(),
      by.who,
      by.time,
    )
  }
  putAudit(db, { id: randomUUID(), ...by, action: 'rename', subject: id, note: name })
  putDecision(db, by, { kind: 'rename', asset: id, name })
  bump(db, 'assets')
  return getAsset(db, id)
}
