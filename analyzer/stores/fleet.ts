/** What several sensors say of themselves, as one: the worst of them speaks first. Pure. */
import { readable } from './snapshot.ts'
import type { HealthSnapshot, Scoped, SensorRow, Store } from './store.ts'

/** A sensor writes twice a second: silent for longer, it hangs or is gone, or its disk fails. */
const SILENT_MS_MAX = 3000
/**
 * A copy in a cluster comes later: it waits for its turn behind other documents, is refreshed each
 * second at most, and the clocks of two hosts are seconds apart.
 */
const SHIPPED_SILENT_MS_MAX = 20_000
const EVENTS_MAX = 100
const MINUTE_MS = 60_000
/** A sensor tells an hour. */
const RATE_MINUTES = 60

export function silenceMax(kind: Store['kind']): number {
  return kind === 'sqlite' ? SILENT_MS_MAX : SHIPPED_SILENT_MS_MAX
}

/** How the reason of one that is silent begins. */
export const SILENT = 'The sensor has not reported'

const levels = ['grey', 'amber', 'red'] as const

/** How it is now: one that should report and does not is red, whatever it said last. */
export function currentOf(row: SensorRow, now: number, silentMs: number): HealthSnapshot {
  const { health, received } = row
  const silent = now - received
  const expected = health.state === 'running' || health.state === 'starting'
  if (!expected || silent <= silentMs) return health
  const reason = `${SILENT} for ${Math.round(silent / 1000)} s`
  return { ...health, level: 'red', reasons: [reason, ...health.reasons] }
}

/**
 * Those asked for, by site and name. Before its first packet a sensor may not know its name: once
 * it does, that row is of the past.
 */
export function ofSensors(rows: readonly SensorRow[], scope: Scoped = {}): SensorRow[] {
  const sites = new Set(rows.filter(({ sensor }) => sensor !== '').map(({ site }) => site))
  return rows
    .filter(({ sensor, site }) => sensor !== '' || !sites.has(site))
    .filter((row) => (scope.site ?? row.site) === row.site)
    .filter((row) => (scope.sensor ?? row.sensor) === row.sensor)
    .map(readable)
    .toSorted((a, b) => compare(a.site, b.site) || compare(a.sensor, b.sensor))
}

/** Undefined: there is no sensor. One alone is as it said; of several the worst stands first. */
export function mergeHealth(rows: readonly SensorRow[]): HealthSnapshot | undefined {
  const [first, ...others] = rows.toSorted(worseFirst)
  if (first === undefined || others.length === 0) return first?.health
  return mergeAll([first, ...others])
}

function worseFirst(a: SensorRow, b: SensorRow): number {
  const worse = levels.indexOf(b.health.level) - levels.indexOf(a.health.level)
  return worse || compare(a.site, b.site) || compare(a.sensor, b.sensor)
}

function mergeAll(rows: readonly [SensorRow, ...SensorRow[]]): HealthSnapshot {
  const all = rows.map(({ health }) => health)
  const sum = (of: (health: HealthSnapshot) => number): number =>
    all.reduce((total, health) => total + of(health), 0)
  const one = (of: (health: HealthSnapshot) => string, several = ''): string => {
    const values = new Set(all.map(of))
    return values.size === 1 ? [...values].join('') : several
  }
  const rate = mergeRates(all)
  const upstream = sum(({ loss }) => loss.upstream_bytes)
  return {
    sensor: one(({ sensor }) => sensor),
    site: one(({ site }) => site),
    timezone: one(({ timezone }) => timezone, 'UTC'),
    version: distinct(all, ({ version }) => version),
    mode: one(({ mode }) => mode, 'several'),
    source: distinct(all, ({ source }) => source),
    ...(one(({ mode }) => mode) === 'file' ? { files: filesOf(all) } : {}),
    state: worstState(all),
    state_reason: told(rows, ({ state_reason }) => [state_reason]).join('; '),
    level: rows[0].health.level,
    reasons: told(rows, ({ reasons }) => reasons),
    phase: distinct(all, ({ phase }) => phase),
    capture_first: ends(all, ({ capture_first }) => capture_first).at(0) ?? '',
    capture_last: ends(all, ({ capture_last }) => capture_last).at(-1) ?? '',
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    packets_per_second: sum((health) => health.packets_per_second),
    ...(rate === undefined ? {} : { rate }),
    lost: assessable(all.map(({ lost }) => lost)),
    loss: {
      kernel: assessable(all.map(({ loss }) => loss.kernel)),
      interface: assessable(all.map(({ loss }) => loss.interface)),
      upstream_bytes: upstream,
      upstream_share: upstream === 0 ? 0 : upstream / (upstream + sum(({ bytes }) => bytes)),
    },
    transmitted: assessable(all.map(({ transmitted }) => transmitted)),
    interfaces: rows.flatMap((row) =>
      (row.health.interfaces ?? []).map((face) => ({ ...face, name: prefixed(row, face.name) })),
    ),
    coverage: mergeCoverage(all),
    counters: mergeCounters(all),
    accounting: rows.flatMap((row) =>
      row.health.accounting.map((account) => ({ ...account, part: prefixed(row, account.part) })),
    ),
    events: rows
      .flatMap((row) => row.health.events.map((one) => ({ ...one, text: prefixed(row, one.text) })))
      .toSorted((a, b) => compare(a.time, b.time))
      .slice(-EVENTS_MAX),
  }
}

const prefixed = ({ sensor, site }: SensorRow, text: string): string =>
  `${sensor === '' ? site : sensor}: ${text}`

function told(
  rows: readonly SensorRow[],
  of: (health: HealthSnapshot) => readonly string[],
): string[] {
  return rows.flatMap((row) =>
    of(row.health)
      .filter((text) => text !== '')
      .map((text) => prefixed(row, text)),
  )
}

function distinct(all: readonly HealthSnapshot[], of: (health: HealthSnapshot) => string): string {
  return [...new Set(all.map(of))].filter((text) => text !== '').join(', ')
}

/** Each once: two sensors may read the same. */
function filesOf(all: readonly HealthSnapshot[]): string[] {
  return [...new Set(all.flatMap(({ files, source }) => files ?? [source]))]
}

const order = ['failed', 'running', 'starting', 'stopped', 'finished']

function worstState(all: readonly HealthSnapshot[]): string {
  const states = all.map(({ state }) => state)
  return order.find((state) => states.includes(state)) ?? states[0] ?? ''
}

function ends(all: readonly HealthSnapshot[], of: (health: HealthSnapshot) => string): string[] {
  return all
    .map(of)
    .filter((time) => time !== '')
    .toSorted(compare)
}

/** What is known is told, as a part; that nothing is known to be lost is no zero. */
function assessable(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null)
  const total = numbers.reduce((sum, value) => sum + value, 0)
  return total > 0 || numbers.length === values.length ? total : null
}

/** By minute, to the newest of them. */
function mergeRates(all: readonly HealthSnapshot[]): HealthSnapshot['rate'] {
  const rates = all.flatMap(({ rate }) => (rate === undefined ? [] : [rate]))
  const last = rates
    .map((rate) => rate.last)
    .toSorted(compare)
    .at(-1)
  if (last === undefined) return undefined
  const minuteOf = (time: string): number => Math.floor(Date.parse(time) / MINUTE_MS)
  const newest = minuteOf(last)
  const longest = Math.max(...rates.map(({ packets }) => packets.length))
  const length = Math.min(longest, RATE_MINUTES)
  const packets = Array.from({ length }, () => 0)
  for (const rate of rates) {
    const shift = length - 1 - (newest - minuteOf(rate.last)) - (rate.packets.length - 1)
    for (const [at, value] of rate.packets.entries()) {
      const minute = at + shift
      if (minute >= 0 && minute < length) packets[minute] = (packets[minute] as number) + value
    }
  }
  return { last, packets }
}

type Coverage = HealthSnapshot['coverage'][number]

function mergeCoverage(all: readonly HealthSnapshot[]): Coverage[] {
  const byProtocol = Map.groupBy(
    all.flatMap(({ coverage }) => coverage),
    ({ protocol }) => protocol,
  )
  return [...byProtocol].map(([protocol, lines]) => {
    const sum = (of: (line: Coverage) => number): number =>
      lines.reduce((total, line) => total + of(line), 0)
    const messages = sum((line) => line.messages)
    return {
      protocol,
      messages,
      malformed: sum((line) => line.malformed),
      gaps: sum((line) => line.gaps),
      encrypted: sum((line) => line.encrypted),
      decoded: messages === 0 ? 1 : sum((line) => line.decoded * line.messages) / messages,
    }
  })
}

function mergeCounters(all: readonly HealthSnapshot[]): Record<string, number> {
  const totals = new Map<string, number>()
  for (const [name, value] of all.flatMap(({ counters }) => Object.entries(counters))) {
    totals.set(name, (totals.get(name) ?? 0) + value)
  }
  return Object.fromEntries(totals)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
