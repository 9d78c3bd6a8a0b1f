/** A small plant for tests: findings, assets, operations and the rest, each with any change. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ZoneMatrix } from '../api/schema.ts'
import type { Doc } from '../facts.ts'
import type { Finding } from '../findings/finding.ts'
import type { Asset } from '../inventory/asset.ts'
import { openSqliteStore } from './sqlite.ts'
import type { LocalStore } from './local.ts'
import type { ActRequest, Conversed, HealthSnapshot, Origin, RuleRecord, Store } from './store.ts'

/** Of what belongs together: opened twice in one folder, it is the same store. */
export type OpenStore = (dir: string) => Promise<Store>
export type OpenLocalStore = (dir: string) => Promise<LocalStore>

/** Every store without a server; those with one are in `stores.elastic.test.ts`. */
export const stores: Readonly<Record<string, OpenLocalStore>> = {
  sqlite: (dir) => openSqliteStore(dir),
}

/** Who tells it all, where nothing else is said. */
export const FROM: Origin = { sensor: 'sensor-1', site: 'plant-1' }

export const WRITER = { ip: '10.20.0.9', mac: '', name: 'eng-ws-2', zone: 'Z-OPS' }
export const PLC = { ip: '10.20.1.5', mac: '', name: 'PLC-1', zone: 'Z-CELL1' }

export function time(second: number): string {
  const at = new Date(Date.UTC(2026, 10, 21, 8) + second * 1000)
  return at.toISOString().replace('Z', '000Z')
}

export function finding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'f1',
    rule: {
      id: '6f1c7a52-first-write',
      title: 'First write by a client',
      tags: ['attack.ics.t0855', 'fieldtap.mb-01'],
      version: '1',
    },
    severity: 'high',
    severity_reasons: ['level of the rule'],
    summary: 'eng-ws-2 wrote registers 40-43 on PLC-1 (unit 1) for the first time',
    explanation: {
      matched: [{ field: 'ot.baseline.first_seen', value: 'client-of-class' }],
      precedent: ['PLC-1 is written by hmi-1 only'],
      policy: 'policy.yaml:42',
      check: ['Ask who worked at eng-ws-2 at that time'],
      not_assessable: [],
    },
    count: 1,
    first: time(0),
    last: time(0),
    source: WRITER,
    target: PLC,
    technique: ['T0855'],
    evidence: [{ packet: 17 }, { packet: 18 }],
    operations: ['op-1'],
    approves: ['client-of-class|10.20.0.9|10.20.1.5|write'],
    ...change,
  }
}

/** `count` findings whose severity, time and parties differ, oldest first. */
export function findings(count: number, prefix = 'f'): Finding[] {
  const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const
  return Array.from({ length: count }, (_, i) =>
    finding({
      id: `${prefix}${String(i).padStart(5, '0')}`,
      severity: levels[i % levels.length] ?? 'low',
      first: time(i),
      last: time(i),
      count: 1 + (i % 7),
      source: { ...WRITER, ip: `10.20.0.${1 + (i % 250)}` },
    }),
  )
}

export function asset(change: Partial<Asset> = {}): Asset {
  const at = Date.UTC(2026, 10, 21, 8) * 1000
  const seen = { protocol: 'modbus', confidence: 'A' as const, first: at, last: at + 250 }
  return {
    id: 'a1',
    ip: [PLC.ip],
    mac: ['00:80:f4:10:20:01'],
    name: 'PLC-1',
    vendor: 'Telemecanique',
    roles: ['controller'],
    protocols: ['modbus'],
    identity: {
      name: [{ ...seen, value: 'PLC-1', packets: [3] }],
      model: [
        { ...seen, value: 'BMX P34 2020', packets: [3, 9] },
        { ...seen, value: 'BMX P34 2000', packets: [4] },
      ],
    },
    zone: 'Z-CELL1',
    zoneKind: 'control',
    scope: 'private',
    units: [1],
    first: at,
    last: at + 60e6,
    evidence: [1, 2],
    ...change,
  }
}

export function operation(change: Record<string, Doc[string]> = {}): Doc {
  return {
    '@timestamp': time(0),
    'event.id': 'op-1',
    'event.sequence': 1,
    'event.dataset': 'ot.modbus',
    'event.action': 'Write Multiple Registers',
    'event.outcome': 'success',
    'network.protocol': 'modbus',
    'source.ip': WRITER.ip,
    'source.mac': '00-1B-1B-00-00-09',
    'destination.ip': PLC.ip,
    'destination.port': 502,
    'ot.operation.class': ['write'],
    'ot.operation.target': ['holding:40-43'],
    'ot.operation.value': ['1', '2', '3', '4'],
    'ot.source.asset.name': 'eng-ws-2',
    'ot.destination.asset.name': 'PLC-1',
    'ot.zone.verdict': 'violation',
    ...change,
  }
}

export function conversation(change: Partial<Conversed> = {}): Conversed {
  return {
    id: 'c1',
    source: WRITER,
    target: PLC,
    protocol: 'modbus',
    port: 502,
    operations: { read: 120, write: 1 },
    packets: 242,
    bytes: 18_400,
    first: time(0),
    last: time(60),
    verdict: 'allowed',
    state: 'established',
    spark: Array.from({ length: 60 }, () => 4),
    ...change,
  }
}

export const rule: RuleRecord = {
  id: '6f1c7a52-first-write',
  title: 'First write by a client',
  level: 'high',
  description: 'A client that never wrote to this server has written to it.',
  tags: ['attack.ics.t0855', 'fieldtap.mb-01'],
  logsource: { product: 'ot', service: 'modbus' },
  file: 'modbus/first-write.yml',
  false_positives: ['A new operator station'],
  check: ['Ask who worked there at that time'],
  enabled: true,
}

export const matrix: ZoneMatrix = {
  policy: { file: 'policy.yaml', version: 3, site: 'plant-1', approved_at: '2026-11-01' },
  zones: [
    { id: 'Z-OPS', name: 'Operations', kind: 'ops', parent: '', assets: 2, declared: true },
    { id: 'Z-CELL1', name: 'Cell 1', kind: 'control', parent: '', assets: 1, declared: true },
  ],
  cells: [
    {
      from: 'Z-OPS',
      to: 'Z-CELL1',
      state: 'violation',
      conduits: ['C-1'],
      violations: 1,
      operations: 121,
    },
  ],
}

export function health(change: Partial<HealthSnapshot> = {}): HealthSnapshot {
  return {
    sensor: 'sensor-1',
    site: 'plant-1',
    timezone: 'UTC',
    version: '0.1.0',
    mode: 'file',
    source: 'day.pcapng',
    state: 'running',
    state_reason: '',
    level: 'grey',
    reasons: [],
    phase: 'watching',
    capture_first: time(0),
    capture_last: time(60),
    packets: 1200,
    bytes: 90_000,
    packets_per_second: 20,
    lost: null,
    loss: { kernel: null, interface: null, upstream_bytes: 1200, upstream_share: 0.002 },
    transmitted: null,
    coverage: [
      { protocol: 'modbus', messages: 242, malformed: 1, gaps: 0, encrypted: 0, decoded: 0.998 },
    ],
    counters: { 'packets.tcp': 1190, 'packets.other-ethertype': 3, flowsEvicted: 0, flowsOpen: 4 },
    accounting: [
      {
        identity: 'I2',
        title: 'Packets',
        part: 'packets',
        says: 'Every packet that was read has one outcome.',
        unit: 'packets',
        left: [{ name: 'read', value: 1200 }],
        right: [{ name: 'TCP', value: 1190 }],
        residue: 10,
        reason: '',
      },
    ],
    events: [{ time: time(3), event: 'gap', text: '3 packets missing' }],
    ...change,
  }
}

export function request(change: Partial<ActRequest> = {}): ActRequest {
  return { action: 'acknowledge', who: 'ana', time: time(100), ...change }
}

/** What a page of the console needs at least. */
export async function fill(store: Store): Promise<void> {
  await store.putRules([rule], FROM)
  await store.putAssets(
    [asset(), asset({ id: 'a2', ip: [WRITER.ip], mac: [], name: 'eng-ws-2', identity: {} })],
    FROM,
  )
  await store.putObservations([operation()], FROM)
  await store.putConversations([conversation()], FROM)
  await store.putMatrix(matrix, FROM)
  await store.putHealth(health(), FROM)
  await store.putFindings(
    [
      finding(),
      finding({ id: 'f2', severity: 'low', last: time(5), operations: [] }),
      finding({
        id: 'f3',
        severity: 'medium',
        last: time(9),
        rule: { id: 'r-3', title: 'Cleartext', tags: ['fieldtap.posture'], version: '1' },
        approves: [],
      }),
    ],
    FROM,
  )
}

/** A directory of its own, and how to be rid of it. */
export function temporary(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'fieldtap-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
