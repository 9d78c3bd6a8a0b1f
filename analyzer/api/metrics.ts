/** Health as metrics. A counter without words (`counters.ts`) is told under its own name. */
import { counterText } from './counters.ts'
import type { Labels } from './exposition.ts'
import { Exposition, metricName } from './exposition.ts'
import type { Health } from './schema.ts'

const PREFIX = 'fieldtap'

interface Split {
  readonly pattern: RegExp
  readonly name: string
  readonly help: string
  /** Of its groups, in their order. */
  readonly labels: readonly string[]
}

/** Counters that are one with labels, each sample of which is a part of the same whole. */
const splits: readonly Split[] = [
  split(/^packets\.(.+)$/, 'packet_outcomes', 'Packets by what they turned out to be', 'outcome'),
  split(/^datagrams\.(.+)$/, 'datagram_outcomes', 'Datagrams made of fragments', 'outcome'),
  split(
    /^fragments\.(joined|repeated|malformed|cut|incomplete|evicted)$/,
    'fragment_fates',
    'IP fragments by fate',
    'fate',
  ),
  split(/^unread\.(\w+)\.(.+)$/, 'unread_packets', 'Packets not read', 'table', 'kind'),
  split(/^duplicates\.vlans\.(.+)$/, 'vlan_duplicates', 'Copies seen in two VLANs', 'vlans'),
  split(
    /^(parsed|malformed|skipped|unknown|partial|duplicate|stray)Bytes$/,
    'payload_fate_bytes',
    'Bytes of payload by fate',
    'fate',
  ),
  split(
    /^messages(Asking|Answering|Alone|Part|Malformed|Mismatched|Repeated|Unasked|Unplaced)$/,
    'message_fates',
    'Messages by fate',
    'fate',
  ),
  split(
    /^operations(Answered|Alone|Silent|NotVisible|AfterGap|OverLimit|Ended)$/,
    'operation_fates',
    'Operations by fate',
    'fate',
  ),
]

/** Told elsewhere: by protocol, or of the whole sensor. */
const elsewhere = /^(packets|wireBytes|messages(\.\w+)?)$/

function split(pattern: RegExp, name: string, help: string, ...labels: string[]): Split {
  return { pattern, name, help, labels }
}

/** Of several sensors each sample says whose it is; the store is counted once. */
export function metricsText(
  sensors: readonly Health[],
  store: Readonly<Record<string, number>> = {},
): string {
  const metrics = new Exposition(PREFIX)
  for (const health of sensors) {
    const { sensor, site } = health
    metrics.of(sensors.length > 1 ? { sensor, site } : {})
    addSensor(metrics, health)
    addLoss(metrics, health)
    addAccounting(metrics, health)
    addCoverage(metrics, health)
    for (const [name, value] of Object.entries(health.counters)) addCounter(metrics, name, value)
  }
  metrics.of({})
  for (const [name, value] of Object.entries(store)) addCounter(metrics, name, value)
  return metrics.text()
}

function addSensor(metrics: Exposition, health: Health): void {
  const { sensor, site, version, mode, level, open } = health
  const labels = { sensor, site, version, mode }
  metrics.add('gauge', 'info', 'The sensor that reports', 1, labels)
  const levels = ['grey', 'amber', 'red']
  metrics.add('gauge', 'health_level', '0 grey, 1 amber, 2 red', levels.indexOf(level))
  metrics.add('counter', 'packets', 'Packets looked at', health.packets)
  metrics.add('counter', 'bytes', 'Bytes of these packets, as on the wire', health.bytes)
  const rate = health.packets_per_second
  metrics.add('gauge', 'packets_per_second', 'Packets in the last second', rate)
  for (const [severity, count] of Object.entries(open)) {
    metrics.add('gauge', 'findings_open', 'Open findings, posture left out', count, { severity })
  }
}

/** What nobody can say is absent. */
function addLoss(metrics: Exposition, { loss, transmitted }: Health): void {
  const lost = 'Packets lost, by cause; absent: not assessable'
  const { kernel, interface: card } = loss
  if (kernel !== null) metrics.add('counter', 'lost_packets', lost, kernel, { cause: 'kernel' })
  if (card !== null) metrics.add('counter', 'lost_packets', lost, card, { cause: 'interface' })
  const before = 'Bytes lost before the sensor, by an estimate'
  metrics.add('counter', 'upstream_lost_bytes', before, loss.upstream_bytes)
  metrics.add('gauge', 'upstream_lost_ratio', 'Share of them', loss.upstream_share)
  if (transmitted === null) return
  const sent = 'Packets that left the mirror port; absent: not assessable'
  metrics.add('counter', 'transmitted_packets', sent, transmitted)
}

function addAccounting(metrics: Exposition, { accounting }: Health): void {
  for (const { identity, part, unit, residue } of accounting) {
    const labels = { identity, part, unit }
    const help = 'What does not balance, by identity; absent: not assessable'
    if (residue !== null) metrics.add('gauge', 'unaccounted', help, residue, labels)
    const known = 'Whether the identity can be assessed'
    metrics.add('gauge', 'assessable', known, residue === null ? 0 : 1, labels)
  }
}

function addCoverage(metrics: Exposition, { coverage }: Health): void {
  for (const { protocol, messages, malformed, gaps, encrypted, decoded } of coverage) {
    const labels = { protocol }
    metrics.add('counter', 'messages', 'Messages seen', messages, labels)
    metrics.add('counter', 'malformed_messages', 'Messages malformed', malformed, labels)
    metrics.add('counter', 'encrypted_messages', 'Messages encrypted', encrypted, labels)
    const holes = 'Holes in streams of the protocol, of all holes (gaps)'
    metrics.add('counter', 'protocol_gaps', holes, gaps, labels)
    if (messages === 0) continue
    metrics.add('gauge', 'decoded_ratio', 'Share of messages decoded', decoded, labels)
  }
}

function addCounter(metrics: Exposition, name: string, value: number): void {
  if (elsewhere.test(name)) return
  for (const { pattern, name: family, help, labels } of splits) {
    const found = pattern.exec(name)
    if (found === null) continue
    metrics.add('counter', family, help, value, labelsOf(labels, found.slice(1)))
    return
  }
  const { label, says, isGauge } = counterText(name) ?? unknownCounter
  const help = says === '' ? `Counter ${name}` : `${label}. ${says}`
  metrics.add(isGauge ? 'gauge' : 'counter', name, help, value)
}

const unknownCounter = { label: '', says: '', isGauge: false }

function labelsOf(names: readonly string[], values: readonly string[]): Labels {
  // Of a name in camel case it is a word.
  const text = (value: string): string => (/^[A-Z]/.test(value) ? metricName(value) : value)
  return Object.fromEntries(names.map((name, i) => [name, text(values[i] ?? '')]))
}
