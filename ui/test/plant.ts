/** A plant for the tests of the console: every list that the API answers, typed by its schema. */
import type {
  AssetRow,
  ConversationRow,
  FindingDetail,
  Health,
  OperationRow,
  Party,
  RuleRow,
  Severity,
  ZoneMatrix,
} from '../../analyzer/api/schema.ts'

export interface Plant {
  health: Health
  findings: FindingDetail[]
  assets: AssetRow[]
  conversations: ConversationRow[]
  operations: OperationRow[]
  rules: RuleRow[]
  zones: ZoneMatrix
}

/** The newest packet; every other time counts back from it. */
const LAST = Date.parse('2026-11-21T03:14:02Z')

export function ago(seconds: number): string {
  return new Date(LAST - seconds * 1000).toISOString().replace('Z', '456Z')
}

interface Host extends Party {
  roles: string[]
  protocols: string[]
  vendor: string
}

const host = (
  name: string,
  ip: string,
  zone: string,
  roles: string[],
  protocols: string[],
  vendor: string,
): Host => {
  const last = ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return { name, ip, zone, roles, protocols, vendor, mac: `00:80:${last.join(':')}` }
}

const hosts: Host[] = [
  host('PLC-1', '10.20.0.11', 'cell-1', ['server', 'controller'], ['modbus'], 'Schneider Electric'),
  host('PLC-2', '10.20.0.12', 'cell-1', ['server', 'controller'], ['modbus'], 'Schneider Electric'),
  host('HMI-1', '10.20.0.20', 'cell-1', ['client'], ['modbus'], 'Beckhoff Automation'),
  host('UA-1', '10.21.0.11', 'cell-2', ['server'], ['opcua'], 'Siemens AG'),
  host('broker', '10.30.0.5', 'supervision', ['broker'], ['mqtt', 'sparkplug'], 'Dell Inc.'),
  host('scada-1', '10.30.0.4', 'supervision', ['client'], ['modbus', 'opcua', 'mqtt'], 'Dell Inc.'),
  host('eng-ws-2', '10.40.0.9', 'engineering', ['client'], ['modbus', 'opcua'], 'Hewlett Packard'),
  host('', '10.40.0.77', 'engineering', ['client'], ['modbus'], ''),
  host('', '10.20.0.99', '', ['client'], ['mqtt'], 'Raspberry Pi Trading'),
]

const nobody: Party = { ip: '', mac: '', name: '', zone: '' }
const byName = (name: string): Party => {
  const found = name === '' ? undefined : hosts.find((item) => [item.name, item.ip].includes(name))
  if (found === undefined) return nobody
  const { ip, mac, zone } = found
  return { ip, mac, name: found.name, zone }
}

interface Story {
  rule: string
  title: string
  severity: Severity
  summary: string
  source: string
  target: string
  action: string
  operationTarget: string
  value: string
  protocol: string
  posture?: boolean
  verdict?: string
}

const stories: Story[] = [
  {
    rule: 'mb-06',
    title: 'First write by a client',
    severity: 'high',
    summary: 'eng-ws-2 wrote registers 40–43 on PLC-1 (unit 1) for the first time',
    source: 'eng-ws-2',
    target: 'PLC-1',
    action: 'Write Multiple Registers',
    operationTarget: 'holding:40-43',
    value: '1200',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'mb-11',
    title: 'Force Listen Only Mode',
    severity: 'critical',
    summary: '10.40.0.77 set PLC-2 (unit 1) to listen only: it no longer answers',
    source: '10.40.0.77',
    target: 'PLC-2',
    action: 'Diagnostics',
    operationTarget: 'subfunction:4',
    value: '',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'ua-03',
    title: 'Method called in an anonymous session',
    severity: 'high',
    summary: 'eng-ws-2 called method Reset on UA-1 in an anonymous session',
    source: 'eng-ws-2',
    target: 'UA-1',
    action: 'Call',
    operationTarget: 'method:nsu=urn:plant;s=Line1.Reset',
    value: 'true',
    protocol: 'opcua',
  },
  {
    rule: 'mq-04',
    title: 'Subscription to everything',
    severity: 'medium',
    summary: '10.20.0.99 subscribed to every topic (#) of broker',
    source: '10.20.0.99',
    target: 'broker',
    action: 'SUBSCRIBE',
    operationTarget: 'topic:#',
    value: '',
    protocol: 'mqtt',
  },
  {
    rule: 'zn-01',
    title: 'Connection that no conduit allows',
    severity: 'medium',
    summary: 'scada-1 opened Modbus to zone cell-2: no conduit allows it',
    source: 'scada-1',
    target: 'UA-1',
    action: 'Read Holding Registers',
    operationTarget: 'holding:0-9',
    value: '0',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'mb-02',
    title: 'Exceptions above the usual rate',
    severity: 'low',
    summary: 'PLC-1 refused 40 requests of HMI-1 in a minute: Illegal Data Address',
    source: 'HMI-1',
    target: 'PLC-1',
    action: 'Read Holding Registers',
    operationTarget: 'holding:400-420',
    value: '',
    protocol: 'modbus',
  },
  {
    rule: 'as-01',
    title: 'New asset',
    severity: 'informational',
    summary: '10.40.0.77 was seen for the first time',
    source: '10.40.0.77',
    target: '',
    action: 'ARP',
    operationTarget: 'address:10.40.0.77',
    value: '',
    protocol: 'arp',
  },
  {
    rule: 'ps-02',
    title: 'OPC UA without signing',
    severity: 'medium',
    summary: 'UA-1 offers security mode None, and scada-1 uses it',
    source: 'scada-1',
    target: 'UA-1',
    action: 'OpenSecureChannel',
    operationTarget: 'endpoint:opc.tcp://10.21.0.11:4840',
    value: 'None',
    protocol: 'opcua',
    posture: true,
  },
]

function operation(story: Story, id: string, at: number, count = 1): OperationRow {
  return {
    id,
    time: ago(at),
    protocol: story.protocol,
    action: story.action,
    class: [story.protocol === 'mqtt' ? 'subscribe' : 'write'],
    source: byName(story.source),
    destination: byName(story.target),
    target: [story.operationTarget],
    value: story.value === '' ? [] : [story.value, '0', '0', '1'],
    outcome: at % 3 === 0 ? 'unknown' : at % 5 === 0 ? 'failure' : 'success',
    status: at % 3 !== 0 && at % 5 === 0 ? 'Illegal Data Address' : '',
    user: story.protocol === 'opcua' ? 'anonymous' : '',
    verdict: story.verdict ?? 'allowed',
    count,
  }
}

function finding(index: number, seconds: number): FindingDetail {
  const story = stories[index % stories.length] as Story
  const round = Math.floor(index / stories.length)
  const repeats = round === 0 ? (index % 3) * 7 + 1 : (index * 7919) % 12_000 || 1
  return {
    id: `f${index}`,
    rule: {
      id: `fieldtap.${story.rule}`,
      title: story.title,
      tags: ['attack.t0836', `fieldtap.${story.rule}`],
      version: '1',
    },
    severity: story.severity,
    severity_reasons: story.verdict === undefined ? [] : ['one up: the zone verdict is violation'],
    summary: round === 0 ? story.summary : `${story.summary} (${round})`,
    count: repeats,
    first: ago(seconds + repeats * 20),
    last: ago(seconds),
    source: byName(story.source),
    target: byName(story.target),
    ...(story.verdict === undefined
      ? {}
      : {
          zone: {
            verdict: story.verdict,
            code: 'no-conduit',
            conduit: '',
            line: 'policy.yaml:41',
          },
        }),
    technique: ['T0836'],
    state: 'open',
    posture: story.posture === true,
    explanation: {
      matched: [
        { field: 'ot.operation.class', value: 'write' },
        { field: 'ot.baseline.first_seen', value: 'client-of-class' },
        { field: 'ot.operation.target', value: story.operationTarget },
      ],
      precedent: ['only HMI-1 and scada-1 have written on PLC-1, in 14 days and 20 118 writes'],
      policy: story.verdict === undefined ? '' : 'policy.yaml:41',
      check: [
        'Ask who works at the engineering station now, and whether a change is planned.',
        'Compare the values written with the recipe; read the registers back.',
      ],
      not_assessable: index % 4 === 2 ? ['value not visible: encrypted'] : [],
    },
    sources: [byName(story.source)],
    targets: story.target === '' ? [] : [byName(story.target)],
    evidence: [{ packet: 1204 + index }, { packet: 1206 + index }, { packet: 15_310 + index }],
    packets_available: index % 2 === 0,
    approves: story.severity === 'high' ? [`${story.source} writes ${story.operationTarget}`] : [],
    operations: [
      operation(story, `o${index}a`, seconds),
      operation(story, `o${index}b`, seconds + 9, 3),
    ],
    history: [],
    rule_description: 'A client that has never written to this server writes to it.',
    false_positives: ['a planned change from a new engineering station'],
  }
}

function asset(item: Host, index: number): AssetRow {
  const attribute = (attribute: string, value: string, protocol: string, packets: number) => ({
    attribute,
    value,
    protocol,
    confidence: 'A',
    first: ago(7200),
    last: ago(60 * index),
    packets,
  })
  return {
    id: `asset-${index}`,
    ip: [item.ip],
    mac: [item.mac],
    name: item.name,
    name_source: item.name === '' ? '' : 'policy',
    vendor: item.vendor,
    roles: item.roles,
    protocols: item.protocols,
    identity: { vendor: item.vendor, model: 'TM221CE24R', firmware: '1.6.2.0' },
    attributes: [
      attribute('vendor', item.vendor, 'MAC address', 0),
      attribute('model', 'TM221CE24R', 'modbus 43/14', 12),
      attribute('firmware', '1.6.2.0', 'modbus 43/14', 12),
      attribute('firmware', '1.5.0.1', 'modbus 17', 2),
    ],
    zone: item.zone,
    first: ago(7200),
    last: ago(60 * index),
    findings: index % 4,
  }
}

function conversation(index: number): ConversationRow {
  const story = stories[index % stories.length] as Story
  return {
    id: `c${index}`,
    source: byName(story.source),
    target: byName(story.target || 'PLC-1'),
    protocol: story.protocol,
    port: story.protocol === 'modbus' ? 502 : 4840,
    operations: { read: 12_000 + index, write: index * 3, control: index % 2 },
    packets: 40_000 + index,
    bytes: 3_200_000 + index,
    first: ago(7200),
    last: ago(index),
    verdict: story.verdict ?? (index % 3 === 0 ? '' : 'allowed'),
    state: 'established',
    spark: Array.from({ length: 60 }, (_, at) => 40 + ((at * 37 + index * 11) % 23)),
  }
}

const zoneIds = ['cell-1', 'cell-2', 'supervision', 'engineering']

function matrix(): ZoneMatrix {
  const states = ['allowed', 'idle', 'violation', 'not-visible', 'not-declared'] as const
  return {
    policy: { file: 'policy.yaml', version: 3, site: 'Bottling 2', approved_at: ago(864_000) },
    zones: zoneIds.map((id, index) => ({
      id,
      name: ['Cell 1', 'Cell 2', 'Supervision', 'Engineering'][index] ?? id,
      kind: 'zone',
      parent: '',
      assets: hosts.filter((item) => item.zone === id).length,
      declared: true,
    })),
    cells: zoneIds.flatMap((from, row) =>
      zoneIds.map((to, column) => {
        const state =
          row === column ? 'allowed' : (states[(row * 3 + column) % states.length] ?? 'idle')
        const used = state === 'allowed' || state === 'violation' || state === 'not-declared'
        return {
          from,
          to,
          state,
          conduits: state === 'allowed' ? [`${from}-${to}`] : [],
          violations: state === 'violation' ? 3 : 0,
          operations: used ? 12_000 * (row + 1) + column : 0,
        }
      }),
    ),
  }
}

function rule(story: Story, index: number): RuleRow {
  return {
    id: `fieldtap.${story.rule}`,
    title: story.title,
    level: story.severity,
    description: 'A client that has never written to this server writes to it.',
    tags: ['attack.t0836'],
    logsource: { product: 'fieldtap', category: story.protocol },
    file: `rules/${story.protocol}/${story.rule}.yml`,
    false_positives: ['a planned change'],
    check: ['Ask who works at the engineering station now.'],
    findings: index,
    enabled: index !== 5,
  }
}

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
    counters: {
      'packets.tcp': 1_100_000,
      'packets.arp': 5000,
      'flows.open': 42,
      'flows.evicted': 0,
    },
    accounting: accounts,
    events: [{ time: ago(3600), event: 'gap', text: '1 200 bytes of one flow were not captured' }],
    open: { informational: 0, low: 0, medium: 0, high: 0, critical: 0 },
  }
}

/** What the sensor of an idle plant answers. */
export function emptyPlant(): Plant {
  return {
    health: emptyHealth(),
    findings: [],
    assets: [],
    conversations: [],
    operations: [],
    rules: [],
    zones: { policy: null, zones: [], cells: [] },
  }
}

/** `size` findings and operations; the first few are one of each kind. */
export function plant(size = stories.length): Plant {
  return {
    health: { ...emptyHealth(), mode: 'demo' },
    findings: Array.from({ length: size }, (_, at) => finding(at, at * 7 + 3)),
    assets: hosts.map(asset),
    conversations: Array.from({ length: Math.min(size, 2000) }, (_, at) => conversation(at)),
    operations: Array.from({ length: size }, (_, at) =>
      operation(stories[at % stories.length] as Story, `o${at}`, at),
    ),
    rules: stories.map(rule),
    zones: matrix(),
  }
}
