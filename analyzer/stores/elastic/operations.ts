/** Observations as they come back: operations by page, those of a finding by id. */
import type { OperationRow, Page } from '../../api/schema.ts'
import type { Doc, FieldValue } from '../../facts.ts'
import type { Observed } from '../delivery/cluster.ts'
import { operationRow, texts } from '../rows.ts'
import type { OperationQuery } from '../store.ts'
import type { Access } from './access.ts'
import { textOf } from './access.ts'
import { jsonOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import { addedNames } from './documents.ts'
import { documentId } from './names.ts'
import type { Key } from './pages.ts'
import { list } from './pages.ts'
import { operationFilter } from './query.ts'
import { hitsById } from './revise.ts'
import type { TypedNames } from './typed-names.ts'
import { lookUp } from './typed-names.ts'

/** A cluster keeps times to the millisecond: within one, the order of the sensor. */
const keys: readonly Key[] = [
  { field: '@timestamp', type: 'date' },
  { field: 'event.sequence', type: 'long' },
  { field: 'event.id', type: 'keyword' },
]

export async function listOperations(
  access: Access,
  query: OperationQuery,
): Promise<Page<OperationRow>> {
  const looked = await lookUp(access, query)
  const listing = {
    index: access.names.observations,
    query: operationFilter(query, looked),
    sort: 'time',
    keys,
    descending: true,
    source: true as const,
  }
  return list(access, listing, query, async (found) => {
    const names = await looked.names
    return found.map((hit) => namedOperation(observationOf(hit), names))
  })
}

function namedOperation({ doc, from }: Observed, names: TypedNames): OperationRow {
  const row = operationRow(doc, from)
  return {
    ...row,
    source: names.named(row.source, from.site),
    destination: names.named(row.destination, from.site),
  }
}

/** Those still there, in the order asked for. */
export async function operationsById(
  access: Access,
  ids: readonly string[],
  names: TypedNames,
): Promise<OperationRow[]> {
  if (ids.length === 0) return []
  const found = await access.ask(() =>
    hitsById(access.client, access.names.observations, ids.map(documentId), true),
  )
  const byId = new Map(found.map((hit) => [textOf(memberOf(hit, '_id')), hit]))
  return ids.flatMap((id) => {
    const hit = byId.get(documentId(id))
    return hit === undefined ? [] : [namedOperation(observationOf(hit), names)]
  })
}

/** As it was put. */
export function observationOf(hit: unknown): Observed {
  const source = memberOf(hit, '_source')
  const sensor = texts(valueOf(memberOf(source, 'agent.id')))[0] ?? ''
  const site = textOf(memberOf(source, 'ot.site'))
  const body = jsonOf(memberOf(source, 'ot.body'))
  const doc = docOf(body ?? source)
  if (body === undefined) for (const name of [...addedNames, 'ot.body']) delete doc[name]
  return { doc, from: { sensor, site } }
}

function docOf(source: unknown): Record<string, FieldValue> {
  const entries = Object.entries((source ?? {}) as object).flatMap(([name, value]) => {
    const fits = valueOf(value)
    return fits === undefined ? [] : [[name, fits] as const]
  })
  return Object.fromEntries(entries)
}

function valueOf(value: unknown): Doc[string] | undefined {
  if (isScalar(value)) return value
  return Array.isArray(value) && value.every(isScalar) ? value : undefined
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
