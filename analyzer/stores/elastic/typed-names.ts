/**
 * Names that people typed in, put in place of what a sensor knew when it told a row. An address
 * says nothing without its site, and nothing where two assets of a site have it.
 */
import type { Party } from '../../api/schema.ts'
import { partyAddress } from '../rows.ts'
import { words } from '../sqlite/page.ts'
import type { Access } from './access.ts'
import { hits, textOf, textsOf } from './access.ts'
import { memberOf } from './bulk.ts'
import { documentId } from './names.ts'
import type { Looked, Place } from './query.ts'
import { anyOf } from './query.ts'

interface Typed {
  site: string
  address: string
  name: string
}

/** More than people type in; a cluster answers with as many at once. */
const ASSETS_MAX = 10_000

export class TypedNames {
  readonly #byKey: ReadonlyMap<string, Typed>

  constructor(typed: readonly Typed[]) {
    this.#byKey = new Map(typed.map((one) => [keyOf(one.site, one.address), one]))
  }

  named(party: Party, site: string): Party {
    const name = this.#byKey.get(keyOf(site, partyAddress(party)))?.name
    return name === undefined ? party : { ...party, name }
  }

  /** The addresses to which a word may mean a name. */
  places(word: string): Place[] {
    const found = [...this.#byKey.values()].filter(({ name }) => name.toLowerCase().includes(word))
    return placesOf(found)
  }
}

function keyOf(site: string, address: string): string {
  return `${site}\n${address}`
}

function placesOf(found: readonly Omit<Typed, 'name'>[]): Place[] {
  const bySite = Map.groupBy(found, ({ site }) => site)
  return [...bySite].map(([site, some]) => ({
    site,
    addresses: some.map(({ address }) => address),
  }))
}

export async function typedNames(access: Access): Promise<TypedNames> {
  const all = await addressed(access, { exists: { field: 'ot.asset.typed' } })
  if (all.length === 0) return new TypedNames([])
  const owners = new Map<string, number>()
  const addresses = [...new Set(all.map(({ address }) => address))]
  for (const { site, address } of await addressed(access, anyOf('ot.address', addresses))) {
    owners.set(keyOf(site, address), (owners.get(keyOf(site, address)) ?? 0) + 1)
  }
  return new TypedNames(all.filter(({ site, address }) => owners.get(keyOf(site, address)) === 1))
}

/** Each address of each asset. */
async function addressed(access: Access, query: Record<string, unknown>): Promise<Typed[]> {
  const answer = await access.search(access.names.alias.assets, {
    query,
    size: ASSETS_MAX,
    _source: ['ot.site', 'ot.address', 'ot.asset.typed'],
    track_total_hits: false,
  })
  return hits(answer).flatMap((hit) => {
    const source = memberOf(hit, '_source')
    const site = textOf(memberOf(source, 'ot.site'))
    const name = textOf(memberOf(source, 'ot.asset.typed'))
    return textsOf(memberOf(source, 'ot.address')).map((address) => ({ site, address, name }))
  })
}

/** Where an asset is found, given by its id or by one of its addresses. */
async function placesOfAsset(access: Access, asset: string): Promise<Place[]> {
  const found = await addressed(access, { ids: { values: [documentId(asset)] } })
  return found.length === 0 ? [{ site: undefined, addresses: [asset] }] : placesOf(found)
}

/** What a list is asked by and shows: names are waited for where a text may mean one. */
export async function lookUp(
  access: Access,
  query: { asset?: string | undefined; text?: string | undefined },
): Promise<Looked & { names: Promise<TypedNames> }> {
  const { asset, text } = query
  const names = typedNames(access)
  // Whoever shows rows waits for it; a list that fails before does not.
  names.catch(() => undefined)
  const [places, known] = await Promise.all([
    asset === undefined ? undefined : placesOfAsset(access, asset),
    words(text).length === 0 ? undefined : names,
  ])
  return { names, asset: places, named: (word) => known?.places(word) ?? [] }
}
