/** The sensor of the plant for tests: what it counted, and when. */
import type { Counter, Health } from '../../analyzer/api/schema.ts'

/** The newest packet; every other time counts back from it. */
const LAST = Date.parse('2026-11-21T03:14:02Z')

export function ago(seconds: number): string {
  return new Date(LAST - seconds * 1000).toISOString().replace('Z', '456Z')
}

const row = (stage: string, name: string, label: string, says: string, value: number): Counter => {
  return { stage, name, label, says, value }
}

/** As `/api/counters` tells them, by stage. */
export const counters: readonly Counter[] = [
  row('capture', 'packets', 'Packets looked at', 'What the capture handed over.', 1_105_000),
  row('capture', 'duplicates', 'Copies of TCP and UDP', 'The mirror sent a packet twice.', 0),
  row('packet', 'packets.tcp', 'TCP', 'Read.', 1_100_000),
  row('packet', 'packets.arp', 'ARP', 'Read.', 5000),
  row('packet', 'packets.malformed-tcp', 'Malformed TCP', 'The header contradicts itself.', 0),
  row('stream', 'flowsOpen', 'Conversations open', 'Begun, and not over.', 42),
  row('stream', 'packetsLate', 'Packets after the end', 'Repeat the end of a conversation.', 0),
  row('stream', 'payloadBytes', 'Bytes of payload', 'What TCP and UDP carried.', 123_456_789),
  row('protocol', 'carryRefused', 'Messages given up', 'No room to keep their beginning.', 0),
]

const accounts: Health['accounting'] = [
  {
    identity: 'I1',
    title: 'From the wire',
    part: 'wire',
    says: 'What an interface received was handed over, or there is a reason why not.',
    unit: 'packets',
    left: [],
    right: [],
    residue: null,
    reason: 'A file has no counters of an interface.',
  },
  {
    identity: 'I1',
    title: 'From the wire',
    part: 'handed over',
    says: 'What the way of capture handed over was looked at.',
    unit: 'packets',
    left: [{ name: 'in the capture', value: 1_204_118 }],
    right: [{ name: 'looked at', value: 1_204_118 }],
    residue: 0,
    reason: '',
  },
  {
    identity: 'I2',
    title: 'Packets',
    part: 'packets',
    says: 'Every packet that was read has one outcome.',
    unit: 'packets',
    left: [{ name: 'read', value: 1_204_118 }],
    right: [
      { name: 'TCP', value: 1_100_000 },
      { name: 'UDP', value: 99_000 },
      { name: 'ARP', value: 5000 },
      {
        name: 'no IP, by EtherType',
        value: 118,
        of: [
          { name: '0x88cc', value: 100 },
          { name: '0x8892', value: 18 },
        ],
      },
      { name: 'malformed IPv4', value: 0 },
    ],
    residue: 0,
    reason: '',
  },
  {
    identity: 'I3',
    title: 'Bytes',
    part: 'payload',
    says: 'Every byte that TCP and UDP carried was read, or there is a reason why not.',
    unit: 'bytes',
    left: [{ name: 'payload', value: 98_000_000 }],
    right: [
      { name: 'decoded', value: 97_000_000 },
      { name: 'of protocols that are not known', value: 1_000_000 },
    ],
    residue: 0,
    reason: '',
  },
]

export function emptyHealth(): Health {
  return {
    sensor: 'tap-1',
    site: 'Bottling 2',
    timezone: 'Europe/Berlin',
    version: '0.1.0',
    mode: 'file',
    source: 'plant.pcapng',
    state: 'running',
    state_reason: '',
    level: 'grey',
    reasons: [],
    phase: 'watching',
    capture_first: ago(7200),
    capture_last: ago(0),
    packets: 1_204_118,
    bytes: 98_000_000,
    packets_per_second: 1204.4,
    rate: { last: ago(2), packets: Array.from({ length: 60 }, () => 1200) },
    lost: 0,
    loss: { kernel: 0, interface: 0, upstream_bytes: 1200, upstream_share: 0.0002 },
    transmitted: 0,
    coverage: [
      {
        protocol: 'modbus',
        messages: 400_000,
        malformed: 12,
        gaps: 1,
        encrypted: 0,
        decoded: 0.998,
      },
      {
        protocol: 'opcua',
        messages: 60_000,
        malformed: 0,
        gaps: 0,
        encrypted: 4000,
        decoded: 0.93,
      },
    ],
    counters: Object.fromEntries(counters.map(({ name, value }) => [name, value])),
    accounting: accounts,
    events: [{ time: ago(3600), event: 'gap', text: '1 200 bytes of one flow were not captured' }],
    open: { informational: 0, low: 0, medium: 0, high: 0, critical: 0 },
  }
}
