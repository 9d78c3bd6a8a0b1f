/**
 * Compare and set: a document is read where it lies, put together with what is new, and written
 * only if nobody has written it since; else the same again. So neither another sensor's part nor an
 * act of a person is lost, and what lies in an older index behind its alias stays there.
 */
import type { Fate } from '../delivery/cluster.ts'
import { hits, whole } from './access.ts'
import type { BulkFate, BulkItem, Guard } from './bulk.ts'
import { bulk, fateOfRequest, memberOf } from './bulk.ts'
import type { Client } from './client.ts'
import { call } from './client.ts'

export interface Revision {
  alias: string
  id: string
  /** Index in which it lies; empty: it has to be looked for. */
  place: string
  /** It was sent before, and may be there where no search finds it yet. */
  isRepeat?: boolean
  /** What is to be written, given `ot.body` as it is; undefined: nothing. */
  merge: (stored: unknown) => string | undefined
}

/** Two writers of one document agree after one; more than two are people in a hurry. */
const ROUNDS_MAX = 5

interface Found extends Guard {
  place: string
  body: unknown
}

interface Job {
  readonly revision: Revision
  place: string
  isRepeat: boolean
  found: Found | undefined
  fate: Fate | undefined
}

/** One fate each, in order; `done` in no place: there was nothing, and nothing to write. */
export async function revise(
  client: Client,
  revisions: readonly Revision[],
  options: { refresh?: boolean; rounds?: number } = {},
): Promise<Fate[]> {
  const jobs = revisions.map((revision): Job => {
    const { place, isRepeat = false } = revision
    return { revision, place, isRepeat, found: undefined, fate: undefined }
  })
  for (let round = 0; round < (options.rounds ?? ROUNDS_MAX); round++) {
    const open = unsettled(jobs)
    if (open.length === 0) break
    await lookUp(client, open)
    await write(client, unsettled(open), options.refresh ?? false)
  }
  const busy: Fate = { kind: 'later', status: 409, reason: 'others write it at the same time' }
  return jobs.map(({ fate }) => fate ?? busy)
}

function unsettled(jobs: readonly Job[]): Job[] {
  return jobs.filter(({ fate }) => fate === undefined)
}

async function lookUp(client: Client, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) job.found = undefined
  try {
    await get(
      client,
      jobs.filter(({ place }) => place !== ''),
    )
    // Also those that are no longer where they were.
    const elsewhere = jobs.filter(({ place, found }) => place === '' || found === undefined)
    const byAlias = Map.groupBy(elsewhere, ({ revision }) => revision.alias)
    for (const [alias, some] of byAlias) await search(client, alias, some)
  } catch (error) {
    for (const job of jobs) job.fate = fateOfReading(error)
  }
}

/** As it is now, searchable or not. */
async function get(client: Client, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  const docs = jobs.map(({ place, revision }) => {
    return { _index: place, _id: revision.id, _source: ['ot.body'] }
  })
  const answer = memberOf(await call(client, 'POST', '/_mget', { docs }), 'docs')
  const list: unknown[] = Array.isArray(answer) ? answer : []
  for (const [i, job] of jobs.entries()) {
    if (memberOf(list[i], 'found') === true) job.found = foundOf(list[i])
  }
}

async function search(client: Client, alias: string, jobs: readonly Job[]): Promise<void> {
  // What nobody can have put there yet need not be waited for.
  if (jobs.some(({ isRepeat }) => isRepeat)) await call(client, 'POST', `/${alias}/_refresh`)
  const values = [...new Set(jobs.map(({ revision }) => revision.id))]
  const found = new Map<string, Found>()
  for (const hit of await hitsById(client, alias, values, ['ot.body'])) {
    const id = String(memberOf(hit, '_id'))
    const one = foundOf(hit)
    const known = found.get(id)
    // Of two by mishap, the one that was there first.
    if (one !== undefined && (known === undefined || one.place < known.place)) found.set(id, one)
  }
  for (const job of jobs) job.found = found.get(job.revision.id)
}

/** More than one of each can only be by mishap. */
const PLACES_MAX = 4
/** Hits of one search, unless an index is told otherwise. */
const HITS_MAX = 10_000

export async function hitsById(
  client: Client,
  index: string,
  ids: readonly string[],
  source: readonly string[] | boolean,
): Promise<unknown[]> {
  const chunk = HITS_MAX / PLACES_MAX
  const all: unknown[] = []
  for (let at = 0; at < ids.length; at += chunk) {
    const values = ids.slice(at, at + chunk)
    const answer = await call(client, 'POST', `/${index}/_search`, {
      size: values.length * PLACES_MAX,
      query: { ids: { values } },
      seq_no_primary_term: true,
      _source: source,
      track_total_hits: false,
    })
    all.push(...hitsOf(answer))
  }
  return all
}

/** Of an answer to a search. */
export function hitsOf(answer: unknown): unknown[] {
  return hits(whole(answer))
}

export function bodyOf(hit: unknown): unknown {
  return memberOf(memberOf(hit, '_source'), 'ot.body')
}

function foundOf(hit: unknown): Found | undefined {
  const [place, seqNo] = [memberOf(hit, '_index'), memberOf(hit, '_seq_no')]
  const term = memberOf(hit, '_primary_term')
  if (typeof place !== 'string') return undefined
  if (typeof seqNo !== 'number' || typeof term !== 'number') return undefined
  return { place, seqNo, term, body: bodyOf(hit) }
}

async function write(client: Client, jobs: readonly Job[], refresh: boolean): Promise<void> {
  const writing: Job[] = []
  const items: BulkItem[] = []
  for (const job of jobs) {
    const { revision, found } = job
    const body = revision.merge(found?.body)
    if (body === undefined) {
      job.fate = { kind: 'done', place: found?.place ?? '', repeated: found !== undefined }
      continue
    }
    const { alias, id } = revision
    writing.push(job)
    items.push(
      found === undefined
        ? { op: 'create', index: alias, id, body, isAlias: true }
        : { op: 'index', index: found.place, id, body, guard: found },
    )
  }
  const fates = await bulk(client, items, refresh)
  for (const [i, job] of writing.entries()) take(job, items[i], fates[i])
}

function take(job: Job, item: BulkItem | undefined, fate: BulkFate | undefined): void {
  if (item === undefined || fate === undefined) return
  const isTaken = item.op === 'create' && fate.kind === 'done' && fate.repeated
  if (fate.kind !== 'conflict' && !isTaken) {
    job.fate = fate
    return
  }
  // Somebody else was first: it lies there, and perhaps no search finds it yet.
  job.place = fate.place
  job.isRepeat = true
}

/** Nothing has been written: it is only put off. */
function fateOfReading(error: unknown): Fate {
  const fate = fateOfRequest(error, 1)
  if (fate.kind === 'unknown') return { kind: 'later', status: 0, reason: fate.reason }
  if (fate.kind !== 'rejected') return fate
  return { kind: 'later', status: fate.status, reason: `${fate.type}: ${fate.reason}` }
}
