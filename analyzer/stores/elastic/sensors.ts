/** What each sensor says of itself, of which only the newest counts: health, zone matrix, rules. */
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { Health, RuleRow, ZoneMatrix } from '../../api/schema.ts'
import { mergeMatrix } from '../matrices.ts'
import type { SensorPart } from '../outbox.ts'
import type { HealthSnapshot, Origin, RuleRecord, Scoped, SensorRow } from '../store.ts'
import type { Access } from './access.ts'
import { bucketsOf, hits, numberOf, textOf } from './access.ts'
import { jsonOf, toldOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import { both, scopeOf, term } from './query.ts'
import { bodyOf } from './revise.ts'

interface Part {
  from: Origin
  body: unknown
  received: number
}

/** Hits of one search. */
const SENSORS_MAX = 10_000

/** Those who said them first come first. */
async function partsOf(access: Access, part: SensorPart, scope: Scoped): Promise<Part[]> {
  const answer = await access.search(access.names.alias.sensors, {
    size: SENSORS_MAX,
    query: both([term('ot.sensor.part', part), ...scopeOf(scope)]),
    sort: [{ 'ot.received': 'asc' }],
    _source: ['ot.body', 'event.ingested'],
    track_total_hits: false,
  })
  return hits(answer).flatMap((hit) => {
    const told = toldOf(bodyOf(hit))
    if (told === undefined) return []
    const received = Date.parse(textOf(memberOf(memberOf(hit, '_source'), 'event.ingested')))
    return [{ from: told.from, body: jsonOf(told.body), received: received || 0 }]
  })
}

const Told = Type.Omit(Health, ['open'])
const Rules = Type.Array(Type.Omit(RuleRow, ['findings']))

export async function listSensors(access: Access): Promise<SensorRow[]> {
  return (await partsOf(access, 'health', {})).flatMap(({ from, body, received }) =>
    Value.Check(Told, body) ? [{ ...from, received, health: body as HealthSnapshot }] : [],
  )
}

export async function getMatrix(access: Access, scope: Scoped): Promise<ZoneMatrix | undefined> {
  const parts = await partsOf(access, 'matrix', scope)
  return mergeMatrix(
    parts.flatMap(({ from, body }) =>
      Value.Check(ZoneMatrix, body) ? [{ ...from, matrix: body }] : [],
    ),
  )
}

export async function listRules(access: Access, scope: Scoped): Promise<RuleRow[]> {
  const [parts, counts] = await Promise.all([
    partsOf(access, 'rules', scope),
    counted(access, scope),
  ])
  const rules = new Map(parts.flatMap(({ body }) => rulesOf(body)).map((rule) => [rule.id, rule]))
  return [...rules.values()].map((rule) => ({ ...rule, findings: counts.get(rule.id) ?? 0 }))
}

function rulesOf(body: unknown): RuleRecord[] {
  return Value.Check(Rules, body) ? (body as RuleRecord[]) : []
}

/** Rules that have found something. */
const RULES_MAX = 10_000

async function counted(access: Access, scope: Scoped): Promise<Map<string, number>> {
  const answer = await access.search(access.names.alias.findings, {
    size: 0,
    query: both(scopeOf(scope)),
    aggs: { rules: { terms: { field: 'rule.id', size: RULES_MAX } } },
  })
  return new Map(
    bucketsOf(answer, 'rules').map((bucket) => [
      textOf(memberOf(bucket, 'key')),
      numberOf(memberOf(bucket, 'doc_count')),
    ]),
  )
}

/** As the sensor that found by it has it, else as any. */
export async function ruleOf(
  access: Access,
  id: string,
  sensor: string,
): Promise<RuleRecord | undefined> {
  const own = find(await partsOf(access, 'rules', { sensor }), id)
  return own ?? find(await partsOf(access, 'rules', {}), id)
}

function find(parts: readonly Part[], id: string): RuleRecord | undefined {
  return parts.flatMap(({ body }) => rulesOf(body)).findLast((rule) => rule.id === id)
}
