/** Counting: how many over time, and how many of each. */
import { edgesOf } from '../buckets.ts'
import type { Range } from '../buckets.ts'
import type { Bucket, Counted, FindingGroup, Group, OperationGroup } from '../counts.ts'
import { GROUPS_MAX } from '../counts.ts'
import { isoTime } from '../rows.ts'
import type { FindingQuery, OperationQuery } from '../store.ts'
import type { Access, Body } from './access.ts'
import { bucketsOf, metricOf, numberOf, textOf } from './access.ts'
import { memberOf } from './bulk.ts'
import { findingFilter, operationFilter } from './query.ts'
import { lookUp } from './typed-names.ts'

/** What is counted: of which index, by which time. */
interface Counting {
  index: string
  time: string
  query: Body
}

async function findings(access: Access, query: FindingQuery): Promise<Counting> {
  const looked = await lookUp(access, query)
  const index = access.names.alias.findings
  return { index, time: 'ot.finding.last', query: findingFilter(query, looked) }
}

async function operations(access: Access, query: OperationQuery): Promise<Counting> {
  const looked = await lookUp(access, query)
  const index = access.names.observations
  return { index, time: '@timestamp', query: operationFilter(query, looked) }
}

export async function findingHistogram(
  access: Access,
  query: FindingQuery,
  buckets: number,
): Promise<Counted<Bucket>> {
  return histogram(access, await findings(access, query), query, buckets)
}

export async function operationHistogram(
  access: Access,
  query: OperationQuery,
  buckets: number,
): Promise<Counted<Bucket>> {
  return histogram(access, await operations(access, query), query, buckets)
}

async function histogram(
  access: Access,
  { index, time, query }: Counting,
  asked: { from?: string | undefined; to?: string | undefined },
  buckets: number,
): Promise<Counted<Bucket>> {
  const ends = { first: { min: { field: time } }, last: { max: { field: time } } }
  const told = memberOf(await access.search(index, { size: 0, query, aggs: ends }), 'aggregations')
  const edges = edgesOf(asked, rangeOf(metricOf(told, 'first'), metricOf(told, 'last')), buckets)
  const steps = edges.slice(0, -1)
  if (steps.length === 0) return { rows: [], isComplete: true }
  const ranges = steps.map((from, i) => {
    const begin = i === 0 ? Math.floor(msOf(from)) : Math.ceil(msOf(from))
    return { key: String(i), from: begin, to: Math.ceil(msOf(edges[i + 1] ?? from)) }
  })
  const aggs = { steps: { range: { field: time, ranges } } }
  const answer = await access.search(index, { size: 0, query, aggs })
  const counts = new Map(
    bucketsOf(answer, 'steps').map((bucket) => [
      textOf(memberOf(bucket, 'key')),
      numberOf(memberOf(bucket, 'doc_count')),
    ]),
  )
  const rows = steps.map((from, i) => ({ from, count: counts.get(String(i)) ?? 0 }))
  return { rows, isComplete: true }
}

/** A cluster keeps times to the millisecond, and tells them as a number. */
function rangeOf(first: number | undefined, last: number | undefined): Range | undefined {
  if (first === undefined || last === undefined) return undefined
  return { first: isoTime(first * 1000), last: isoTime(last * 1000) }
}

function msOf(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) + Number(time.slice(23, 26)) / 1000
}

const findingFields: Readonly<Record<FindingGroup, string>> = {
  rule: 'rule.id',
  severity: 'ot.finding.severity',
  state: 'ot.finding.state',
  source: 'ot.finding.source',
  target: 'ot.finding.target',
  sensor: 'agent.id',
  site: 'ot.site',
}

const operationFields: Readonly<Record<OperationGroup, string>> = {
  class: 'ot.operation.class',
  action: 'event.action',
  protocol: 'event.dataset',
  source: 'ot.source.address',
  target: 'ot.destination.address',
  sensor: 'agent.id',
  site: 'ot.site',
}

export async function groupFindings(
  access: Access,
  query: FindingQuery,
  by: FindingGroup,
  size: number,
): Promise<Counted<Group>> {
  return groups(access, await findings(access, query), findingFields[by], size)
}

export async function groupOperations(
  access: Access,
  query: OperationQuery,
  by: OperationGroup,
  size: number,
): Promise<Counted<Group>> {
  return groups(access, await operations(access, query), operationFields[by], size)
}

async function groups(
  access: Access,
  { index, time, query }: Counting,
  field: string,
  size: number,
): Promise<Counted<Group>> {
  const terms = {
    field,
    size: Math.min(Math.max(1, size), GROUPS_MAX),
    // Several indices each tell their own largest: enough of them to be right in sum.
    shard_size: GROUPS_MAX * 2,
    missing: '',
    order: [{ _count: 'desc' }, { _key: 'asc' }],
  }
  const aggs = { groups: { terms, aggs: { last: { max: { field: time } } } } }
  const answer = await access.search(index, { size: 0, query, aggs })
  const told = memberOf(memberOf(answer, 'aggregations'), 'groups')
  const rows = bucketsOf(answer, 'groups').map((bucket) => ({
    value: textOf(memberOf(bucket, 'key')),
    count: numberOf(memberOf(bucket, 'doc_count')),
    last: isoTime((metricOf(bucket, 'last') ?? 0) * 1000),
  }))
  const missed = numberOf(memberOf(told, 'doc_count_error_upper_bound'))
  return { rows: rows.slice(0, Math.max(0, size)), isComplete: missed === 0 }
}
