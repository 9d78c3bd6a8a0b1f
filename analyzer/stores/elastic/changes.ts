/**
 * What was written since somebody looked. Of what is changed in place the newest operation of each
 * index tells, of what is only added to its number and the newest: a cluster keeps both ready, and
 * does not look again where an index has not changed.
 */
import { hash } from 'node:crypto'
import { encodeCursor, parseCursor } from '../sqlite/page.ts'
import type { Changes, Topic } from '../store.ts'
import { topics } from '../store.ts'
import type { Access, Body } from './access.ts'
import { bucketsOf, metricOf, numberOf, textOf, totalOf, whole } from './access.ts'
import { memberOf } from './bulk.ts'

const newest = { newest: { max: { field: '_seq_no' } } }
/** Indices of one alias: one a rollover. */
const INDICES_MAX = 1000

/** Newest operation of each index. */
const inPlace: Body = {
  size: 0,
  aggs: { indices: { terms: { field: '_index', size: INDICES_MAX }, aggs: newest } },
}
/** Of each part that sensors tell, the newest. */
const parts: Body = {
  size: 0,
  aggs: { parts: { terms: { field: 'ot.sensor.part' }, aggs: newest } },
}
const added: Body = {
  size: 0,
  track_total_hits: true,
  aggs: { newest: { max: { field: 'ot.received' } } },
}

export async function changesOf(access: Access, since: string | undefined): Promise<Changes> {
  const { alias, observations } = access.names
  const asked: [string, Body][] = [
    [alias.findings, inPlace],
    [alias.assets, inPlace],
    [alias.conversations, inPlace],
    [observations, added],
    [alias.sensors, parts],
  ]
  const [findings, assets, conversations, operations, told] = await together(access, asked)
  const revisions: Record<Topic, string> = {
    findings: revisionOf(findings),
    assets: revisionOf(assets),
    conversations: revisionOf(conversations),
    operations: JSON.stringify([
      totalOf(operations),
      metricOf(memberOf(operations, 'aggregations'), 'newest') ?? null,
    ]),
    zones: partRevision(told, 'matrix'),
    rules: partRevision(told, 'rules'),
    health: partRevision(told, 'health'),
  }
  const now = topics.map((topic) => revisions[topic])
  const before = since === undefined ? [] : parseCursor(since)
  const isOurs = before.length === topics.length
  return {
    cursor: encodeCursor(now),
    changed: topics.filter((_, i) => !isOurs || before[i] !== now[i]),
  }
}

function together(access: Access, asked: readonly [string, Body][]): Promise<unknown[]> {
  return access.ask(async () => {
    const lines = asked.flatMap(([index, body]) => [
      JSON.stringify({ index }),
      JSON.stringify(body),
    ])
    const answer = await access.client.transport.request(
      { method: 'POST', path: '/_msearch', body: `${lines.join('\n')}\n` },
      { headers: { 'content-type': 'application/x-ndjson', accept: 'application/json' } },
    )
    const answers = memberOf(answer, 'responses')
    return asked.map((_, i) => whole(Array.isArray(answers) ? answers[i] : undefined))
  })
}

function revisionOf(answer: unknown): string {
  const each = bucketsOf(answer, 'indices').map((bucket) =>
    JSON.stringify([
      textOf(memberOf(bucket, 'key')),
      metricOf(bucket, 'newest') ?? null,
      numberOf(memberOf(bucket, 'doc_count')),
    ]),
  )
  // Short, as it goes to the console and back: indices come and go.
  return hash('sha256', each.toSorted().join(), 'base64url').slice(0, 16)
}

function partRevision(answer: unknown, part: string): string {
  const found = bucketsOf(answer, 'parts').find((bucket) => memberOf(bucket, 'key') === part)
  return JSON.stringify(metricOf(found, 'newest') ?? null)
}
