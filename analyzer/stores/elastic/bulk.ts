/**
 * Many documents in one request, and what became of each. Nothing here is tried again, and whatever
 * a server answers becomes a fate: of a document whose fate nobody has told, it is not known.
 */
import { errors } from '@elastic/elasticsearch'
import type { Fate } from '../delivery/cluster.ts'
import type { Client } from './client.ts'
import { reasonOf, statusOf, storeErrorOf } from './client.ts'
import { withoutSecrets } from './secrets.ts'

export interface BulkItem {
  /** `create` never writes over a document, `index` does. */
  op: 'create' | 'index'
  index: string
  id: string
  /** JSON in one line. */
  body: string
  /** `index` is an alias: the cluster is not to make an index of that name. */
  isAlias?: boolean
  /** Only if it is still the version that was read. */
  guard?: Guard | undefined
}

export interface Guard {
  seqNo: number
  term: number
}

/** `conflict`: it is no longer the version that was read. */
export type BulkFate = Fate | { kind: 'conflict'; place: string }

const SETUP = 'run fieldtap elastic setup'

/** One fate each, in order. `refresh`: it is found by a search when this resolves. */
export async function bulk(
  client: Client,
  items: readonly BulkItem[],
  refresh = false,
): Promise<BulkFate[]> {
  if (items.length === 0) return []
  try {
    const answer = await client.transport.request(
      {
        method: 'POST',
        path: '/_bulk',
        body: items.map(linesOf).join(''),
        ...(refresh ? { querystring: { refresh: 'true' } } : {}),
      },
      { headers: { 'content-type': 'application/x-ndjson', accept: 'application/json' } },
    )
    return fatesOf(answer, items)
  } catch (error) {
    const fate = fateOfRequest(error, items.length)
    return items.map(() => fate)
  }
}

function linesOf({ op, index, id, body, isAlias, guard }: BulkItem): string {
  const action = {
    _index: index,
    _id: id,
    ...(isAlias === true ? { require_alias: true } : {}),
    ...(guard === undefined ? {} : { if_seq_no: guard.seqNo, if_primary_term: guard.term }),
  }
  return `${JSON.stringify({ [op]: action })}\n${body}\n`
}

/** Of what was answered with 200: fewer items than were sent leave the rest unknown. */
export function fatesOf(
  answer: unknown,
  items: readonly Pick<BulkItem, 'op' | 'id'>[],
): BulkFate[] {
  const told = memberOf(answer, 'items')
  const list = Array.isArray(told) ? (told as unknown[]) : []
  return items.map(({ op, id }, i) => {
    const item = memberOf(list[i], op)
    if (memberOf(item, '_id') !== id) return unknown('the cluster did not say what came of it')
    return fateOf(item, op)
  })
}

/** Of one item of the answer. */
export function fateOf(item: unknown, op: BulkItem['op']): BulkFate {
  const status = memberOf(item, 'status')
  const place = textOf(memberOf(item, '_index'))
  const error = memberOf(item, 'error')
  const type = textOf(memberOf(error, 'type'))
  const reason = withoutSecrets(textOf(memberOf(error, 'reason')))
  if (typeof status !== 'number') return unknown('the cluster did not say what came of it')
  if (status === 200 || status === 201) return { kind: 'done', place, repeated: false }
  if (status === 409) {
    return op === 'create' ? { kind: 'done', place, repeated: true } : { kind: 'conflict', place }
  }
  return fateOfStatus(status, type, reason)
}

function fateOfStatus(status: number, type: string, reason: string): BulkFate {
  const said = [type, reason].filter((part) => part !== '').join(': ')
  if (status === 413) return { kind: 'too-large' }
  if (isPassing(status, type, reason)) return { kind: 'later', status, reason: said }
  if (status === 401 || status === 403) return { kind: 'refused', status, reason: said }
  if (status === 404 || isWithoutPlace(reason)) {
    return { kind: 'refused', status, reason: `${said}: ${SETUP}` }
  }
  if (status < 400) return unknown(`the cluster answered ${status}`)
  return { kind: 'rejected', status, type, reason }
}

/** Nothing is wrong with the document: the cluster is busy, blocked, or has no room. */
function isPassing(status: number, type: string, reason: string): boolean {
  if (status === 429 || status === 408 || status >= 500) return true
  if (status === 403 && type === 'cluster_block_exception') return true
  return status === 400 && /maximum (normal|frozen)? ?shards open/i.test(reason)
}

function isWithoutPlace(reason: string): boolean {
  return /no write index is defined for alias|is not an alias/i.test(reason)
}

/** Of a whole request that failed. `count`: how many documents it had. */
export function fateOfRequest(error: unknown, count: number): Fate {
  if (!(error instanceof errors.ResponseError)) return fateWithoutAnswer(error)
  const status = statusOf(error)
  const { type, reason } = reasonOf(error)
  // Something between it and us gave up waiting: it may have been done.
  if (status === 500 || status === 502 || status === 504) return unknown(`answered ${status}`)
  const fate = fateOfStatus(status, type, reason)
  if (fate.kind === 'conflict') return unknown(`answered ${status}`)
  // One of them spoils the request: fewer at a time until it is alone.
  return fate.kind === 'rejected' && count > 1 ? { kind: 'too-large' } : fate
}

/** What says that no byte of the request can have arrived. */
const NOT_SENT =
  /^$|^connect (E[A-Z]+|timeout)|^getaddrinfo |ECONNREFUSED|certificate|\bCERT_|_CERT\b|SSL|TLS/i

function fateWithoutAnswer(error: unknown): Fate {
  const message = error instanceof Error ? error.message : String(error)
  const { message: reason } = storeErrorOf(error)
  const isConnection = error instanceof errors.ConnectionError
  const isPool = error instanceof errors.NoLivingConnectionsError
  return isPool || (isConnection && NOT_SENT.test(message))
    ? { kind: 'away', reason }
    : unknown(reason)
}

function unknown(reason: string): Fate & { kind: 'unknown' } {
  return { kind: 'unknown', reason }
}

/** Of whatever was answered; undefined where it has none of its own. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
