/** The sensor's word on itself: what the pill and the Sensor page show. */
import type { Account, Capture, CoverageLine } from '#sensor'
import { identityTitles, isoTime } from '#sensor'
import type { HealthSnapshot, StoreSpace } from '#analyzer'
import { accountReasons, lossOf } from './accounting.ts'
import type { Pipeline } from './pipeline.ts'
import type { Reasons } from './interface-health.ts'
import { interfaceHealth, interfaceReasons, transmittedBy } from './interface-health.ts'
import { spaceReasons } from './space-watch.ts'
import { version } from './version.ts'
import { interfacesOf } from './watch.ts'

const EVENTS_MAX = 100

export interface HealthInput {
  readonly site: string
  readonly timezone: string
  readonly mode: 'demo' | 'file' | 'live'
  readonly source: string
  readonly files: readonly string[]
  readonly state: 'starting' | 'running' | 'finished' | 'stopped' | 'failed'
  readonly reason: string
  readonly phase: string
  readonly packetsPerSecond: number
  readonly rate: HealthSnapshot['rate']
  /** Wall time since the last packet, ms. */
  readonly silentMs: number
  /** Of the store and the queue before it. */
  readonly counters: Readonly<Record<string, number>>
  readonly events: HealthSnapshot['events']
  /** Room of the store. */
  readonly space?: StoreSpace | undefined
  /** Of what waits for a cluster. */
  readonly delivery?: Reasons | undefined
}

export function healthOf(
  pipeline: Pipeline | undefined,
  capture: Capture | undefined,
  input: HealthInput,
): HealthSnapshot {
  const status = capture?.status()
  const counters = pipeline?.counters() ?? {}
  const accounts = pipeline?.accounts(status) ?? []
  const interfaces = status?.interfaces ?? []
  const watched = status === undefined ? [] : interfacesOf(status, input.silentMs)
  // Before the first packet too: a mirror port that nobody feeds never shows one.
  const isRunning = input.mode === 'live' && ['starting', 'running'].includes(input.state)
  const found = interfaceReasons(watched, isRunning)
  const room = spaceReasons(input.space)
  found.red.push(...room.red)
  found.amber.push(...room.amber)
  found.red.push(...(input.delivery?.red ?? []))
  found.amber.push(...(input.delivery?.amber ?? []))
  found.amber.push(...accountReasons(accounts, counters, input.mode === 'live', status?.dropped))
  const { level, reasons } = levelOf(input, status?.dropped, found)
  return {
    sensor: pipeline?.sensorId ?? '',
    site: input.site,
    timezone: input.timezone,
    version,
    mode: input.mode,
    source: input.source,
    ...(input.files.length > 1 ? { files: [...input.files] } : {}),
    state: input.state,
    state_reason: status?.truncated ?? input.reason,
    level,
    reasons,
    phase: input.phase,
    capture_first: status?.first === undefined ? '' : isoTime(status.first),
    capture_last: lastOf(pipeline, status?.last),
    packets: counters['packets'] ?? 0,
    // Of packets that were looked at: a file is read ahead of them, and is longer than they are.
    bytes: counters['wireBytes'] ?? 0,
    packets_per_second: input.packetsPerSecond,
    ...(input.rate === undefined ? {} : { rate: input.rate }),
    lost: status?.dropped ?? null,
    loss: lossOf(status, counters),
    transmitted: transmittedBy(interfaces),
    interfaces: interfaces.map(interfaceHealth),
    coverage: (pipeline?.sensor.coverage() ?? []).map(shareOf),
    counters: { ...counters, ...input.counters },
    accounting: accounts.map(accountRow),
    events: input.events.slice(-EVENTS_MAX),
  }
}

type AccountRow = HealthSnapshot['accounting'][number]

export function accountRow(account: Account): AccountRow {
  const { identity, residue, left, right } = account
  const title = identityTitles[identity]
  const rows = (terms: Account['left']): AccountRow['left'] => {
    return terms.map(({ of, ...term }) => (of === undefined ? term : { ...term, of: [...of] }))
  }
  return { ...account, title, left: rows(left), right: rows(right), residue: residue ?? null }
}

/** The share of messages that were decoded; where there was none, nothing was missed. */
function shareOf(line: CoverageLine): HealthSnapshot['coverage'][number] {
  return { ...line, decoded: line.messages === 0 ? 1 : line.decoded / line.messages }
}

/** A replay's newest time is what has been played, not what has been read ahead. */
function lastOf(pipeline: Pipeline | undefined, read: number | undefined): string {
  const played = pipeline?.analyzer.now ?? 0
  if (played > 0) return isoTime(played)
  return read === undefined ? '' : isoTime(read)
}

function levelOf(
  input: HealthInput,
  lost: number | undefined,
  found: Reasons,
): { level: HealthSnapshot['level']; reasons: string[] } {
  const { red, amber } = found
  if (input.state === 'failed') red.unshift(input.reason)
  if ((lost ?? 0) > 0) red.push(`${lost} packets lost by the kernel`)
  const unsaved = input.counters['records_dropped'] ?? 0
  if (unsaved > 0) amber.push(`${unsaved} records were not stored: the store was too slow`)
  if (input.mode === 'live' && input.state === 'stopped') amber.push('the sensor is stopped')
  if (red.length > 0) return { level: 'red', reasons: [...red, ...amber] }
  return amber.length > 0 ? { level: 'amber', reasons: amber } : { level: 'grey', reasons: [] }
}
