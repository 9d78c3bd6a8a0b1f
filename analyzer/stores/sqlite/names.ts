/**
 * Names that people typed in, put in place of what the sensor knew when it wrote a row. An address
 * says nothing without its site: two plants may use the same.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Party } from '../../api/schema.ts'
import { partyAddress } from '../rows.ts'
import type { Scoped } from '../store.ts'
import type { Clause } from './page.ts'
import { allOf, anyOf } from './page.ts'

/** By site and address. */
export type Names = ReadonlyMap<string, string>

/** Addresses of one site, of any where it is undefined. */
export interface Place {
  site: string | undefined
  addresses: readonly string[]
}

function keyOf(site: string, address: string): string {
  return `${site}\n${address}`
}

export function typedNames(db: DatabaseSync): Names {
  const rows = db.prepare('SELECT site, address, name FROM typed_names').all()
  const key = (row: (typeof rows)[number]): string =>
    keyOf(String(row['site']), String(row['address']))
  return new Map(rows.map((row) => [key(row), String(row['name'])]))
}

export function named(party: Party, site: string, names: Names): Party {
  const name = names.get(keyOf(site, partyAddress(party)))
  return name === undefined ? party : { ...party, name }
}

/** Where an asset is found, given by its id or by one of its addresses. */
export function addressesOf(db: DatabaseSync, asset: string): Place[] {
  const rows = db.prepare('SELECT site, address FROM asset_addresses WHERE asset = ?').all(asset)
  return rows.length === 0 ? [{ site: undefined, addresses: [asset] }] : placesOf(rows)
}

/** The addresses to which a search may mean a name that was typed in. */
export function addressesNamed(db: DatabaseSync, word: string): Place[] {
  const sql = 'SELECT site, address FROM typed_names WHERE instr(text, ?) > 0'
  return placesOf(db.prepare(sql).all(word))
}

function placesOf(rows: readonly Record<string, unknown>[]): Place[] {
  const bySite = Map.groupBy(rows, (row) => String(row['site']))
  return [...bySite].map(([site, found]) => ({
    site,
    addresses: found.map((row) => String(row['address'])),
  }))
}

export function anyPlace(places: readonly Place[], at: (place: Place) => Clause): Clause {
  const clauses = places.map(at)
  return {
    sql: clauses.map(({ sql }) => `(${sql})`).join(' OR ') || 'FALSE',
    values: clauses.flatMap(({ values }) => values),
  }
}

/** Rows of which one end has one of the addresses; `scope` says how they name their site. */
export function eitherEnd(places: readonly Place[], scope: (scoped: Scoped) => Clause[]): Clause {
  return anyPlace(places, ({ site, addresses }) => {
    const source = anyOf('r.source', addresses)
    const target = anyOf('r.target', addresses)
    const ends = {
      sql: `${source.sql} OR ${target.sql}`,
      values: [...source.values, ...target.values],
    }
    return allOf([ends, ...scope({ site })])
  })
}

/** A word of a search, in a row's own text or in a name typed in for one of its addresses. */
export function mentions(
  db: DatabaseSync,
  word: string,
  addressed: (places: readonly Place[]) => Clause,
): Clause {
  const own = 'instr(r.text, ?) > 0'
  const places = addressesNamed(db, word)
  if (places.length === 0) return { sql: own, values: [word] }
  const { sql, values } = addressed(places)
  return { sql: `${own} OR ${sql}`, values: [word, ...values] }
}
