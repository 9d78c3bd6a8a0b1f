/** What the sensor says of itself, and what its silence says. */
import { Type } from 'typebox'
import { newestOf } from '../stores/rows.ts'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { counterRank, counterText, stages } from './counters.ts'
import { metricsText } from './metrics.ts'
import type { Counter as CounterRow, Health as HealthAnswer } from './schema.ts'
import { Counter, Health } from './schema.ts'

/** A sensor writes twice a second: silent for longer, it hangs or is gone, or its disk fails. */
const SILENT_MS_MAX = 3000

async function currentHealth(context: Context): Promise<HealthAnswer> {
  const { folder, version } = context
  const sensor = newestOf(await context.store.sensors())
  const open = await context.store.open()
  if (sensor === undefined) return { ...noHealth, version, folder, open }
  const { health, received } = sensor
  const counters = { ...health.counters, ...(await storeCounters(context)) }
  // A sensor of an earlier version said less.
  const said = { ...noHealth, ...health, counters, folder, open }
  const silent = context.now() - received
  const expected = health.state === 'running' || health.state === 'starting'
  if (!expected || silent <= SILENT_MS_MAX) return said
  const reason = `The sensor has not reported for ${Math.round(silent / 1000)} s`
  const cause = context.diskTrouble()
  const found = cause === undefined ? [reason] : [cause, reason]
  return { ...said, level: 'red', reasons: [...found, ...health.reasons] }
}

async function storeCounters(context: Context): Promise<Record<string, number>> {
  const stats = await context.store.stats()
  const counts = Object.entries(stats).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(counts.map(([name, n]) => [`store.${name}`, Number(n)]))
}

const noHealth: Omit<HealthAnswer, 'open'> = {
  sensor: '',
  site: '',
  timezone: 'UTC',
  version: '',
  mode: 'none',
  source: '',
  state: 'stopped',
  state_reason: 'No sensor has written to this store yet',
  level: 'amber',
  reasons: ['No sensor has written to this store yet'],
  phase: '',
  capture_first: '',
  capture_last: '',
  packets: 0,
  bytes: 0,
  packets_per_second: 0,
  lost: null,
  loss: { kernel: null, interface: null, upstream_bytes: 0, upstream_share: 0 },
  transmitted: null,
  coverage: [],
  counters: {},
  accounting: [],
  events: [],
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
  app.get('/api/health', { schema: { response: { 200: Health, ...errors } } }, async () =>
    currentHealth(context),
  )

  app.get(
    '/api/counters',
    {
      schema: {
        description: 'What the sensor counts, in words and by stage.',
        response: { 200: Type.Array(Counter), ...errors },
      },
    },
    async () => countersOf(await currentHealth(context)),
  )

  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metricsText(await currentHealth(context))),
  )
}
