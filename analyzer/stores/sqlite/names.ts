/** Names that people typed in, put in place of what the sensor knew when it wrote a row. */
import type { DatabaseSync } from 'node:sqlite'
import type { Party } from '../../api/schema.ts'
import { partyAddress } from '../rows.ts'
import type { Clause } from './page.ts'

export type Names = ReadonlyMap<string, string>

export function typedNames(db: DatabaseSync): Names {
  const rows = db.prepare('SELECT address, name FROM typed_names').all()
  return new Map(rows.map((row) => [String(row['address']), String(row['name'])]))
}

export function named(party: Party, names: Names): Party {
  const name = names.get(partyAddress(party))
  return name === undefined ? party : { ...party, name }
}

/** Addresses of an asset, given by its id or by one of them. */
export function addressesOf(db: DatabaseSync, asset: string): string[] {
  const rows = db.prepare('SELECT address FROM asset_addresses WHERE asset = ?').all(asset)
  return rows.length === 0 ? [asset] : rows.map((row) => String(row['address']))
}

/** A word of a search, in a row's own text or in a name typed in for one of its addresses. */
export function mentions(word: string, addressed: string): Clause {
  return {
    sql: `instr(r.text, ?) > 0 OR EXISTS (
      SELECT 1 FROM typed_names t WHERE instr(t.text, ?) > 0 AND ${addressed})`,
    values: [word, word],
  }
}
