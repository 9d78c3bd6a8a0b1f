/** What the mock answers of several sensors and of delivery. */
import type { DeadLetterRow, Health, SensorEntry } from '../../analyzer/api/schema.ts'
import { ago } from './health.ts'
import type { Mock } from './mock.ts'
import type { Plant } from './plant.ts'

interface Whose {
  site: string
  sensor: string
}

const asked = (url: URL): Partial<Whose> => {
  const of = (name: string): string | undefined => url.searchParams.get(name) || undefined
  const [site, sensor] = [of('site'), of('sensor')]
  return { ...(site === undefined ? {} : { site }), ...(sensor === undefined ? {} : { sensor }) }
}

const within = ({ site, sensor }: Partial<Whose>, row: Whose): boolean =>
  (site ?? row.site) === row.site && (sensor ?? row.sensor) === row.sensor

/** The plant as one site or one sensor has it. */
export function ofScope(plant: Plant, url: URL): Plant {
  const scope = asked(url)
  if (Object.keys(scope).length === 0) return plant
  const own = <T extends Whose>(rows: T[]): T[] => rows.filter((row) => within(scope, row))
  return {
    ...plant,
    findings: own(plant.findings),
    conversations: own(plant.conversations),
    operations: own(plant.operations),
    assets: plant.assets.filter((row) =>
      row.sensors.some((sensor) => within(scope, { site: row.site, sensor })),
    ),
  }
}

export function scoped(plant: Plant, url: URL): Health {
  const found = (plant.fleet ?? []).filter((row) => within(asked(url), row))
  const [only] = found
  if (plant.fleet === undefined || only === undefined) return plant.health
  if (found.length > 1) return { ...plant.health, sensor: '', site: '', mode: 'several' }
  const { sensor, site, level, reasons, packets, lost } = only
  return { ...plant.health, sensor, site, level, reasons, packets, lost }
}

export function sensorEntries(plant: Plant): SensorEntry[] {
  if (plant.fleet !== undefined) return plant.fleet
  const { sensor, site, version, mode, source, state, level, reasons, phase } = plant.health
  const { capture_last, packets, packets_per_second, lost } = plant.health
  return [
    {
      ...{ sensor, site, version, mode, source, state, level, reasons, phase },
      ...{ received: ago(0), capture_last, packets, packets_per_second, lost, backlog: '' },
    },
  ]
}

export function delivery(
  { plant }: Mock,
  method: string,
  what: string | undefined,
  sent: Record<string, unknown>,
): unknown {
  const none = { documents: 0, observations: 0, oldest_ms: 0, dead_letters: 0, lost: 0 }
  if (plant.letters === undefined) {
    return { isConfigured: false, isRunning: false, state: null, backlog: none }
  }
  if (what === 'letters') return { rows: plant.letters, total: plant.letters.length, next: null }
  if (method === 'POST') return taken(plant, sent['ids'] as string[] | undefined)
  const waits = { documents: 1204, observations: 88_000, oldest_ms: 252_000, lost: 0 }
  return {
    isConfigured: true,
    isRunning: true,
    state: {
      state: 'away',
      reason: 'connect ECONNREFUSED 10.9.0.5:9200',
      since: ago(240),
      at: ago(0),
      server: 'elasticsearch 9.4.3 at https://es1:9200',
      ...{ sent: 720_114, repeated: 3, retried: 40, rejected: plant.letters.length, held: 1 },
    },
    backlog: { ...waits, dead_letters: plant.letters.length },
  }
}

function taken(plant: Plant, ids: readonly string[] | undefined): { count: number } {
  const before = plant.letters ?? []
  plant.letters = ids === undefined ? [] : before.filter(({ id }) => !ids.includes(id))
  return { count: before.length - plant.letters.length }
}

const letter = (id: string, reason: string): DeadLetterRow => ({
  id,
  kind: 'observation',
  place: 'logs-ot.modbus-default',
  status: 400,
  type: 'document_parsing_exception',
  reason,
  time: ago(600),
  tries: 1,
  doc: JSON.stringify({ '@timestamp': ago(600), 'source.ip': '10.20.0.300' }),
})

/** Two sites with three sensors, one of which is silent, and a cluster that is away. */
export function fleetPlant(plant: Plant): Plant {
  const own = sensorEntries(plant)[0] as SensorEntry
  const sensors = [
    { sensor: 'tap-1', site: 'Bottling 2' },
    { sensor: 'tap-2', site: 'Bottling 2' },
    { sensor: 'press-hall', site: 'Werk Süd' },
  ]
  const dealt = <T extends Whose>(rows: T[]): T[] =>
    rows.map((row, at) => ({ ...row, ...sensors[at % sensors.length] }))
  const silent = 'The sensor has not reported for 48 s'
  return {
    ...plant,
    health: { ...plant.health, level: 'red', reasons: [`press-hall: ${silent}`] },
    fleet: sensors.map((whose, at) => ({
      ...own,
      ...whose,
      level: at === 2 ? 'red' : 'grey',
      reasons: at === 2 ? [silent] : [],
      received: ago(at === 2 ? 48 : 0),
      backlog: at === 0 ? '1204 documents waiting, the oldest for 4 minutes' : '',
    })),
    findings: dealt(plant.findings),
    conversations: dealt(plant.conversations),
    operations: dealt(plant.operations),
    assets: plant.assets.map((row, at) => ({
      ...row,
      site: at % 3 === 2 ? 'Werk Süd' : 'Bottling 2',
      sensors: [['tap-1', 'tap-2'], ['tap-2'], ['press-hall']][at % 3] as string[],
    })),
    letters: [
      letter('5b1c9a0e77aa41f0', "failed to parse field [source.ip] of type [ip]: '10.20.0.300'"),
      letter('a99c2d1e04bb7c13', 'Limit of total fields [1000] has been exceeded'),
    ],
  }
}
