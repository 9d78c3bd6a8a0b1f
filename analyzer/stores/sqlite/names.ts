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

/** The addresses to which a search may mean a name that was typed in. */
export function addressesNamed(db: DatabaseSync, word: string): string[] {
  const rows = db.prepare('SELECT address FROM typed_names WHERE instr(text, ?) > 0').all(word)
  return rows.map((row) => String(row['address']))
}

/** A word of a search, in a row's own text or in a name typed in for one of its addresses. */
export function mentions(
  db: DatabaseSync,
  word: string,
  addressed: (addresses: readonly string[]) => Clause,
): Clause {
  const own = 'instr(r.text, ?) > 0'
  const addresses = addressesNamed(db, word)
  if (addresses.length === 0) return { sql: own, values: [word] }
  const { sql, values } = addressed(addresses)
  return { sql: `${own} OR ${sql}`, values: [word, ...values] }
}
