/**
 * What is old goes. Where the server has a lifecycle of its own, it is given a policy; where it has
 * none, the shipper does the same by `maintain`, once an hour. Findings that are closed and
 * conversations that are over are always deleted here: no policy knows what they are.
 */
import type { Client } from './client.ts'
import { call, statusOf, storeErrorOf } from './client.ts'
import type { AliasKind, Names } from './names.ts'
import { policyName, rollingKinds } from './names.ts'
import type { Server } from './probe.ts'

export interface Retention {
  /** Observations and conversations, by when they came. */
  days: number
  /** Closed findings, after their last match. Open ones stay. */
  findingsDays: number
}

export const RETENTION_DEFAULT: Retention = { days: 30, findingsDays: 400 }

/** An index that is larger is slow to move and to delete. */
const SIZE_MAX = '20gb'
/** Of the record nothing is deleted; a new index a quarter keeps each small. */
const AUDIT_DAYS = 90
/** Indices that one stream is kept in: the age at which a new one begins follows. */
const GENERATIONS = 10
/** In one turn: the next one is an hour away, and a cluster has other work. */
const DELETED_MAX = 10_000
const DAY_MS = 24 * 3600 * 1000

type Kind = AliasKind | 'observations'

/** Days after which a new index is begun; undefined: only when one is large. */
function rolloverDays(kind: Kind, { days }: Retention): number | undefined {
  if (kind === 'observations') return Math.max(1, Math.ceil(days / GENERATIONS))
  return kind === 'audit' ? AUDIT_DAYS : undefined
}

export interface Policy {
  name: string
  path: string
  body: Record<string, unknown>
}

/** Of the server's lifecycle; none where it has none. */
export function policies(
  server: Pick<Server, 'lifecycle'>,
  names: Names,
  kept: Retention,
): Policy[] {
  const kinds = ['observations', ...rollingKinds] as const
  if (server.lifecycle === undefined) return []
  return kinds.map((kind) => {
    const name = policyName(kind, names.namespace)
    const age = rolloverDays(kind, kept)
    const when = { max_size: SIZE_MAX, ...(age === undefined ? {} : { max_age: `${age}d` }) }
    const days = kind === 'observations' ? kept.days : undefined
    if (server.lifecycle === 'ilm') {
      return { name, path: `/_ilm/policy/${name}`, body: { policy: ilm(when, days) } }
    }
    const pattern = kind === 'observations' ? names.observations : `${names.alias[kind]}-*`
    const path = `/_plugins/_ism/policies/${name}`
    return { name, path, body: { policy: ism(when, days, pattern) } }
  })
}

/** `max_size` is known to all versions. */
interface Conditions {
  max_age?: string
  max_size: string
}

function ilm(rollover: Conditions, days: number | undefined): Record<string, unknown> {
  const gone = { delete: { min_age: `${days}d`, actions: { delete: {} } } }
  const phases = { hot: { actions: { rollover } }, ...(days === undefined ? {} : gone) }
  return { _meta: { managed_by: 'fieldtap' }, phases }
}

function ism({ max_age, max_size }: Conditions, days: number | undefined, pattern: string) {
  const age = max_age === undefined ? {} : { min_index_age: max_age }
  const hot = { name: 'hot', actions: [{ rollover: { min_size: max_size, ...age } }] }
  const gone = { name: 'delete', actions: [{ delete: {} }], transitions: [] }
  const later = [{ state_name: 'delete', conditions: { min_rollover_age: `${days}d` } }]
  return {
    description: 'fieldtap',
    default_state: 'hot',
    states:
      days === undefined ? [{ ...hot, transitions: [] }] : [{ ...hot, transitions: later }, gone],
    // Above policies that a cluster has for everything.
    ism_template: [{ index_patterns: [pattern], priority: 501 }],
  }
}

/** Puts a policy in place; ISM takes a newer one only for the version that is there. */
export async function putPolicy(client: Client, { path, body }: Policy): Promise<void> {
  try {
    await call(client, 'PUT', path, body)
  } catch (error) {
    if (statusOf(error) !== 409) throw storeErrorOf(error)
    const known = (await call(client, 'GET', path)) as { _seq_no?: number; _primary_term?: number }
    const version = `if_seq_no=${known._seq_no}&if_primary_term=${known._primary_term}`
    await call(client, 'PUT', `${path}?${version}`, body)
  }
}

export interface Maintained {
  /** Streams and aliases that have a new index. */
  rolled: string[]
  /** Indices that are gone. */
  deleted: string[]
  conversations: number
  findings: number
  /** What could not be done, in words; the rest was. */
  problems: string[]
}

/** To be called once an hour. Rejects where the cluster is away. */
export async function maintain(
  client: Client,
  server: Pick<Server, 'lifecycle'>,
  names: Names,
  kept: Retention,
  now: number,
): Promise<Maintained> {
  const work = new Maintenance(client, now)
  if (server.lifecycle === undefined) {
    const streams = await backingIndices(client, names)
    const days = rolloverDays('observations', kept)
    for (const [stream, indices] of streams) await work.roll(stream, indices, days)
    for (const kind of rollingKinds) {
      const alias = names.alias[kind]
      const indices = (await generations(client, `/${alias}`)).map(([, backing]) => backing)
      await work.roll(alias, indices, rolloverDays(kind, kept))
    }
    for (const indices of streams.values()) await work.deleteOld(indices, kept.days)
  }
  const before = (days: number): string => new Date(now - days * DAY_MS).toISOString()
  const isOld = (field: string, days: number) => ({ range: { [field]: { lt: before(days) } } })
  const came = isOld('event.ingested', kept.days)
  work.done.conversations = await work.deleteFound(names.alias.conversations, [came])
  work.done.findings = await work.deleteFound(names.alias.findings, [
    { term: { 'ot.finding.state': 'closed' } },
    isOld('ot.finding.last', kept.findingsDays),
    isOld('event.ingested', kept.findingsDays),
  ])
  return work.done
}

interface Backing {
  index: string
  created: number
}

/** Of each stream its indices, oldest first. */
export async function backingIndices(
  client: Client,
  names: Names,
): Promise<Map<string, Backing[]>> {
  const streams = new Map<string, Backing[]>()
  for (const [index, backing] of await generations(client, `/${names.observations}`)) {
    const stream = streamOfIndex(index)
    if (stream !== undefined) streams.set(stream, [...(streams.get(stream) ?? []), backing])
  }
  return streams
}

/** Named like a stream and none: made before there was a template, and never rolled over. */
export async function plainIndices(client: Client, names: Names): Promise<string[]> {
  const all = await generations(client, `/${names.observations}`)
  return all.map(([index]) => index).filter((index) => streamOfIndex(index) === undefined)
}

/** Of `.ds-logs-ot.modbus-default-2026.11.21-000001` the name between. */
function streamOfIndex(index: string): string | undefined {
  return /^\.ds-(.+?)(?:-\d{4}\.\d\d\.\d\d)?-\d{6,}$/.exec(index)?.[1]
}

/** All indices that a name stands for, in the order in which they were begun. */
async function generations(client: Client, name: string): Promise<[string, Backing][]> {
  const path = `${name}/_settings/index.creation_date?expand_wildcards=all&ignore_unavailable=true`
  const answer = ((await asked(call(client, 'GET', path))) ?? {}) as Record<string, unknown>
  const all = Object.entries(answer).flatMap(([index, about]): [string, Backing][] => {
    const settings = (about as { settings?: { index?: { creation_date?: unknown } } })?.settings
    const created = Number(settings?.index?.creation_date)
    return Number.isNaN(created) ? [] : [[index, { index, created }]]
  })
  return all.toSorted(([a], [b]) => generation(a) - generation(b))
}

function generation(index: string): number {
  return Number(/\d+$/.exec(index)?.[0] ?? 0)
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw storeErrorOf(error)
  }
}

class Maintenance {
  readonly done: Maintained = {
    rolled: [],
    deleted: [],
    conversations: 0,
    findings: 0,
    problems: [],
  }
  readonly #client: Client
  readonly #now: number

  constructor(client: Client, now: number) {
    this.#client = client
    this.#now = now
  }

  /** An index of an age that holds nothing goes on: a quiet plant needs no other. */
  async roll(target: string, indices: readonly Backing[], days: number | undefined): Promise<void> {
    const last = indices.at(-1)
    if (last === undefined) return
    const isOld = days !== undefined && last.created <= this.#now - days * DAY_MS
    const conditions = { max_size: SIZE_MAX, ...(isOld ? { max_docs: 1 } : {}) }
    const path = `/${target}/_rollover`
    const answer = await this.#try(target, call(this.#client, 'POST', path, { conditions }))
    if ((answer as { rolled_over?: unknown } | undefined)?.rolled_over === true) {
      this.done.rolled.push(target)
    }
  }

  /** The age of an index counts from when the next one was begun: then its last document came. */
  async deleteOld(indices: readonly Backing[], days: number): Promise<void> {
    const limit = this.#now - days * DAY_MS
    for (const [i, { index }] of indices.entries()) {
      const next = indices[i + 1]
      if (next === undefined || next.created >= limit) return
      const answer = await this.#try(index, call(this.#client, 'DELETE', `/${index}`))
      if (answer !== undefined) this.done.deleted.push(index)
    }
  }

  async deleteFound(alias: string, filter: readonly object[]): Promise<number> {
    const path = `/${alias}/_delete_by_query?conflicts=proceed&max_docs=${DELETED_MAX}`
    const body = { query: { bool: { filter } } }
    const answer = await this.#try(alias, call(this.#client, 'POST', path, body))
    const { deleted } = (answer ?? {}) as { deleted?: unknown }
    return typeof deleted === 'number' ? deleted : 0
  }

  /** One that fails is no reason to leave the others. */
  async #try(what: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      return (await answer) ?? {}
    } catch (error) {
      if (statusOf(error) === 0) throw storeErrorOf(error)
      this.done.problems.push(`${what}: ${storeErrorOf(error).message}`)
      return undefined
    }
  }
}
