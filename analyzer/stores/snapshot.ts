/** What a sensor says of itself, whatever it is that a store holds of it. */
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { Health } from '../api/health-schema.ts'
import type { HealthSnapshot, SensorRow } from './store.ts'

const Snapshot = Type.Omit(Health, ['open'])

/** Before any sensor has said anything. */
export const noHealth: HealthSnapshot = {
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

/** A sensor of an earlier version said less; what a cluster holds may be anything. */
export function readable(row: SensorRow): SensorRow {
  const health: HealthSnapshot = { ...noHealth, ...row.health }
  if (Check(Snapshot, health)) return { ...row, health }
  const { sensor, site } = row
  const reason = 'What the sensor says of itself cannot be read: it may be of another version'
  return { ...row, health: { ...noHealth, sensor, site, level: 'red', reasons: [reason] } }
}
