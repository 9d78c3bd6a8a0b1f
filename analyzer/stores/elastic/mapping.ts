/** What an index knows of each field: made from the one table of fields, for what a server has. */
import type { StoredType } from '../../sigma/fields.ts'
import { fields, storedFields } from '../../sigma/fields.ts'
import type { Server } from './probe.ts'

/** What mappings depend on. */
export type Types = Pick<Server, 'constantKeyword' | 'indexMode' | 'lifecycle'>

export interface Property {
  type: string
  [parameter: string]: unknown
}
export type Properties = { [name: string]: Property | { properties: Properties } }

/** Characters of a value that is indexed: four bytes each are a term of 32,766 bytes at most. */
export const VALUE_CHARS_MAX = 8191

/** Besides the date, which a server keeps to the millisecond: the text, to order and select by. */
const exact = new Set(['ot.finding.first', 'ot.finding.last', 'ot.acted'])

/** Of those names, nested as a server wants them. */
export function properties(names: Iterable<string>, types: Types): Properties {
  const all: Properties = {}
  for (const name of names) {
    const path = name.split('.')
    const leaf = path.pop() ?? ''
    let at = all
    for (const part of path) {
      const inner = (at[part] ??= { properties: {} })
      at = (inner as { properties: Properties }).properties
    }
    at[leaf] = property(name, types)
  }
  return all
}

function property(name: string, types: Types): Property {
  const type = (fields.get(name) ?? storedFields.get(name))?.type ?? 'keyword'
  const found = byType[type](types)
  if (name === '@timestamp') return { type: 'date' }
  return exact.has(name) ? { ...found, fields: { iso: keyword } } : found
}

const keyword: Property = { type: 'keyword', ignore_above: VALUE_CHARS_MAX }
/** Hostile packets may say anything: an odd value is kept and not indexed, and refuses nothing. */
const odd = { ignore_malformed: true }

const byType: Readonly<Record<StoredType, (types: Types) => Property>> = {
  keyword: () => keyword,
  boolean: () => ({ type: 'boolean' }),
  long: () => ({ type: 'long', ...odd }),
  double: () => ({ type: 'double', ...odd }),
  date: () => ({ type: 'date', ...odd }),
  ip: () => ({ type: 'ip', ...odd }),
  // Words, each once: a search for a part of one goes through the dictionary, which is small. The
  // type `wildcard` goes through the documents: 100 times slower at 100,000 findings.
  search: () => ({ ...keyword, doc_values: false }),
  body: () => ({ type: 'keyword', index: false, doc_values: false }),
  constant: ({ constantKeyword }) => (constantKeyword ? { type: 'constant_keyword' } : keyword),
}

/** Dotted names of all leaves with the type of each: what two mappings are compared by. */
export function leaves(found: unknown, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  if (typeof found !== 'object' || found === null) return all
  for (const [name, value] of Object.entries(found as Record<string, unknown>)) {
    const inner = (value ?? {}) as { type?: unknown; properties?: unknown }
    const path = `${prefix}${name}`
    if (inner.properties !== undefined) {
      for (const [leaf, type] of leaves(inner.properties, `${path}.`)) all.set(leaf, type)
    } else {
      // A server leaves the type of an object out.
      all.set(path, typeof inner.type === 'string' ? inner.type : 'object')
    }
  }
  return all
}
