/** What the benchmarks of the stores put, and how they tell what they measured. */
import type { Doc, Finding } from '#analyzer'

export const FROM = { sensor: 'sensor-1', site: 'plant-1' }

const start = Date.UTC(2026, 10, 21, 8)
const timeOf = (n: number): string => new Date(start + n).toISOString().replace('Z', '000Z')
/** 32 hexadecimal digits in no order, as the sensor's ids are. */
const idOf = (n: number): string => {
  const part = (seed: number): string =>
    (Math.imul(n + seed, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return part(1) + part(7919) + part(104_729) + part(1_299_709)
}

/** As the sensor records a read of registers. */
export function observation(n: number): Doc {
  return {
    '@timestamp': timeOf(n),
    'event.id': idOf(n),
    'event.sequence': n,
    'event.kind': 'event',
    'event.category': ['network'],
    'agent.id': 'sensor-1',
    'source.ip': `10.20.0.${n % 40}`,
    'source.port': 49_152 + (n % 9),
    'source.mac': '00-1B-1B-00-00-09',
    'destination.ip': `10.20.1.${n % 60}`,
    'destination.port': 502,
    'destination.mac': '00-80-F4-10-20-01',
    'network.transport': 'tcp',
    'network.protocol': 'modbus',
    'network.community_id': '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    'event.dataset': 'ot.modbus',
    'event.action': 'Read Holding Registers',
    'event.outcome': 'success',
    'ot.operation.class': ['read'],
    'ot.operation.target': [`holding:${n % 500}-${(n % 500) + 9}`],
    'ot.operation.value': Array.from({ length: 10 }, (_, i) => String((n * 7 + i) % 65_536)),
    'ot.operation.latency': n % 5000,
    'ot.operation.count': 1,
    'modbus.unit_id': 1 + (n % 4),
    'modbus.function_code': 3,
    'modbus.transaction_id': n % 65_536,
    'ot.source.asset.name': 'hmi-1',
    'ot.destination.asset.name': `PLC-${n % 60}`,
    'ot.source.zone.id': 'Z-OPS',
    'ot.destination.zone.id': 'Z-CELL1',
    'ot.zone.verdict': 'allowed',
    'ot.evidence': [n * 2, n * 2 + 1],
  }
}

export function finding(n: number): Finding {
  const party = (ip: string, name: string) => ({ ip, mac: '', name, zone: 'Z-OPS' })
  const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const
  return {
    id: idOf(n),
    rule: {
      id: `rule-${n % 50}`,
      title: `Rule ${n % 50}`,
      tags: ['attack.ics.t0855'],
      version: '1',
    },
    severity: levels[n % 5] ?? 'low',
    severity_reasons: ['level of the rule'],
    summary: `hmi-1 wrote registers ${n}-${n + 3} on PLC-${n % 60} for the first time`,
    explanation: { matched: [], precedent: [], policy: '', check: [], not_assessable: [] },
    count: 1 + (n % 7),
    first: timeOf(n),
    last: timeOf(n),
    source: party(`10.20.0.${n % 40}`, 'hmi-1'),
    target: party(`10.20.1.${n % 60}`, `PLC-${n % 60}`),
    technique: ['T0855'],
    evidence: [{ packet: n }],
    operations: [],
    approves: [],
  }
}

export function tell(what: string, value: string): void {
  console.log(`${what.padEnd(52)} ${value}`)
}

export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en')}/s`
