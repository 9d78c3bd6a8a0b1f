/** A plant for the tests of the console: every list that the API answers, typed by its schema. */
import type {
  AssetRow,
  ConversationRow,
  Counter,
  DeadLetterRow,
  FindingDetail,
  Health,
  OperationRow,
  RuleRow,
  SensorEntry,
  ZoneMatrix,
} from '../../analyzer/api/schema.ts'
import { ago, counters, emptyHealth } from './health.ts'
import { byName, hosts, stories } from './stories.ts'
import type { Host, Story } from './stories.ts'

export interface Plant {
  health: Health
  counters: readonly Counter[]
  findings: FindingDetail[]
  assets: AssetRow[]
  conversations: ConversationRow[]
  operations: OperationRow[]
  rules: RuleRow[]
  zones: ZoneMatrix
  /** Of several sensors; undefined: the one of `health`. */
  fleet?: SensorEntry[]
  /** What a cluster has refused; undefined: there is no cluster. */
  letters?: DeadLetterRow[]
}

const origin = { sensor: 'tap-1', site: 'Bottling 2' }

function operation(story: Story, id: string, at: number, count = 1): OperationRow {
  return {
    id,
    ...origin,
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
    ...origin,
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
    site: origin.site,
    sensors: [origin.sensor],
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
    ...origin,
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

/** What the sensor of an idle plant answers. */
export function emptyPlant(): Plant {
  return {
    health: emptyHealth(),
    counters: [],
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
    counters,
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
