/**
 * What a server can do, by trying: versions say little, as distributions leave modules out. A
 * template is simulated and not installed, so that nothing is left behind.
 */
import type { Client } from './client.ts'
import { call, statusOf, storeErrorOf } from './client.ts'
import { withoutSecrets } from './secrets.ts'

export interface Identity {
  distribution: 'elasticsearch' | 'opensearch'
  version: string
}

export interface Server extends Identity {
  /** Without a value in the mapping: the first document gives it. */
  constantKeyword: boolean
  /** Whether an index has a mode: the one of logs makes `_source` anew, in another order. */
  indexMode: boolean
  /** Which API deletes what is old; undefined: fieldtap does (lifecycle.ts). */
  lifecycle: 'ilm' | 'ism' | undefined
  dataStreamApi: boolean
}

/** Who answers, of `GET /` alone. */
export async function identify(client: Client): Promise<Identity> {
  const info = (await call(client, 'GET', '/')) as {
    version?: { number?: unknown; distribution?: unknown }
  } | null
  const { number, distribution } = info?.version ?? {}
  return {
    distribution: distribution === 'opensearch' ? 'opensearch' : 'elasticsearch',
    version: typeof number === 'string' ? withoutSecrets(number).slice(0, 32) : 'unknown',
  }
}

export async function probe(client: Client): Promise<Server> {
  const identity = await identify(client)
  return {
    ...identity,
    constantKeyword: await takesType(client, 'constant_keyword'),
    indexMode: await takesTemplate(client, { settings: { index: { mode: 'standard' } } }),
    lifecycle: await lifecycleOf(client),
    dataStreamApi: await answers(client, '/_data_stream'),
  }
}

function takesType(client: Client, type: string): Promise<boolean> {
  return takesTemplate(client, { mappings: { properties: { probe: { type } } } })
}

async function takesTemplate(client: Client, template: Record<string, unknown>): Promise<boolean> {
  const body = { index_patterns: ['ot-probe-*'], priority: 501, template }
  // Whoever may not ask is told so: to take it for a no would make other mappings.
  return await isTaken(call(client, 'POST', '/_index_template/_simulate', body), [400])
}

export async function lifecycleOf(client: Client): Promise<Server['lifecycle']> {
  if (await answers(client, '/_ilm/status')) return 'ilm'
  return (await answers(client, '/_plugins/_ism/policies')) ? 'ism' : undefined
}

function answers(client: Client, path: string): Promise<boolean> {
  return isTaken(call(client, 'GET', path), ABSENT)
}

/** Statuses of an API that is not there. 403 is none: what is not for this key is there. */
const ABSENT = [400, 404, 405, 410, 501]

async function isTaken(answer: Promise<unknown>, no: readonly number[]): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (no.includes(statusOf(error))) return false
    if (no === ABSENT && statusOf(error) === 403) return true
    throw storeErrorOf(error)
  }
}
