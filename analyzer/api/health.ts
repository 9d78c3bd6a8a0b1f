/** What the sensors say of themselves, and what their silence says. */
import { Type } from 'typebox'
import { SILENT, currentOf, mergeHealth, ofSensors, silenceMax } from '../stores/fleet.ts'
import { noHealth } from '../stores/snapshot.ts'
import type { Scoped, SensorRow } from '../stores/store.ts'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { counterRank, counterText, stages } from './counters.ts'
import { metricsText } from './metrics.ts'
import { ScopeQuery, scopeOf } from './query.ts'
import type { Counter as CounterRow, Health as HealthAnswer } from './schema.ts'
import { Counter, Health } from './schema.ts'

/** Those asked for, by site and name, each with how it is now. */
export async function sensorRows(context: Context, query: Scoped): Promise<SensorRow[]> {
  const { store, now } = context
  const rows = ofSensors(await store.sensors(), scopeOf(query))
  return rows.map((row) => ({ ...row, health: currentOf(row, now(), silenceMax(store.kind)) }))
}

async function currentHealth(context: Context, query: Scoped): Promise<HealthAnswer> {
  const { folder, version } = context
  const rows = await sensorRows(context, query)
  const open = await context.store.open(scopeOf(query))
  const merged = mergeHealth(rows)
  if (merged === undefined) return shownFrom(context, { ...noHealth, version, folder, open })
  const counters = { ...merged.counters, ...(await storeCounters(context)) }
  return shownFrom(context, withCause(context, rows, { ...merged, counters, folder, open }))
}

/** What keeps this machine's sensor from writing, where that can be seen from here. */
function withCause(
  context: Context,
  rows: readonly SensorRow[],
  health: HealthAnswer,
): HealthAnswer {
  const isSilent = rows.some(({ health: { reasons } }) => reasons[0]?.startsWith(SILENT) === true)
  const cause = isSilent && context.store.kind === 'sqlite' ? context.diskTrouble() : undefined
  return cause === undefined ? health : { ...health, reasons: [cause, ...health.reasons] }
}

/** Whoever looks must know that it is not the whole fleet. */
function shownFrom({ away }: Context, health: HealthAnswer): HealthAnswer {
  const absence = away()
  if (absence === undefined) return health
  const reason = `The cluster is away, this machine's own store is shown: ${absence.reason}`
  const level = health.level === 'grey' ? 'amber' : health.level
  return { ...health, level, fallback: absence.reason, reasons: [reason, ...health.reasons] }
}

/** Counting a cluster takes five searches, and health is asked each second by every page. */
const STATS_MS = 10_000
const counted = new WeakMap<Context, { at: number; counters: Record<string, number> }>()

async function storeCounters(context: Context): Promise<Record<string, number>> {
  const { store, now } = context
  if (store.kind === 'sqlite') return countersNow(context)
  const last = counted.get(context)
  if (last !== undefined && now() - last.at < STATS_MS) return last.counters
  const counters = await countersNow(context)
  counted.set(context, { at: now(), counters })
  return counters
}

async function countersNow({ store }: Context): Promise<Record<string, number>> {
  const stats = await store.stats()
  const counts = Object.entries(stats).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(counts.map(([name, n]) => [`store.${name}`, Number(n)]))
}

/** By stage, in the order of the table; what has no words keeps its name. */
export function countersOf({ counters }: Pick<HealthAnswer, 'counters'>): CounterRow[] {
  const named = Object.entries(counters).sort(([a], [b]) => counterRank(a) - counterRank(b))
  const rows = named.map(([name, value]): CounterRow => {
    const { stage, label, says } = counterText(name) ?? { stage: 'store', label: name, says: '' }
    return { name, stage, label, says, value }
  })
  return stages.flatMap((stage) => rows.filter((row) => row.stage === stage))
}

export function healthRoutes(app: App, context: Context): void {
  app.get(
    '/api/health',
    { schema: { querystring: ScopeQuery, response: { 200: Health, ...errors } } },
    async ({ query }) => currentHealth(context, query),
  )

  app.get(
    '/api/counters',
    {
      schema: {
        description: 'What the sensors count, in words and by stage.',
        querystring: ScopeQuery,
        response: { 200: Type.Array(Counter), ...errors },
      },
    },
    async ({ query }) => countersOf(await currentHealth(context, query)),
  )

  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metricsText(await sensorHealths(context), await storeCounters(context))),
  )
}

/** Of each sensor; what there is to tell without any. */
async function sensorHealths(context: Context): Promise<HealthAnswer[]> {
  const rows = await sensorRows(context, {})
  if (rows.length < 2) return [await currentHealth(context, {})]
  return Promise.all(
    rows.map(async ({ sensor, site, health }) => {
      return { ...health, sensor, site, open: await context.store.open({ site, sensor }) }
    }),
  )
}
