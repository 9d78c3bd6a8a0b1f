/**
 * Sparkplug B in MQTT: Eclipse Sparkplug Specification 3.0.0 (2022), also as ISO/IEC 20237, and
 * its sparkplug_b.proto. Own reader, because the encoding is small and hostile input is usual.
 */
import type { AnomalyCode } from '../../operation.ts'
import type { Carried, IdentityStatement, PayloadDissector } from '../dissector.ts'
import { Births } from './births.ts'
import type { Edge } from './births.ts'
import { datatypes, valueOf } from './datatypes.ts'
import { commandDrafts, messageDraft } from './operation.ts'
import type { NamedMetric } from './operation.ts'
import type { Metric, Payload } from './payload.ts'
import { readPayload } from './payload.ts'
import type { SparkplugTopic } from './topic.ts'
import { parseTopic } from './topic.ts'

const NOTHING_ODD: NonNullable<Carried['anomalies']> = []

/** What edge nodes say of themselves at birth, by custom of the specification's examples. */
const properties: Readonly<Partial<Record<string, string>>> = {
  'Properties/Hardware Make': 'vendor',
  'Properties/Hardware Model': 'model',
  'Properties/Serial Number': 'serial',
  'Properties/FW': 'firmware',
  'Properties/FW Version': 'firmware',
  'Properties/OS': 'os',
  'Properties/OS Version': 'os-version',
}

function decode(
  topic: SparkplugTopic,
  bytes: Uint8Array,
  delivered: boolean,
  births: Births,
  missed: number,
): Carried {
  // Section 6.4.24: the state of a host application is JSON and no payload.
  if (topic.type === 'STATE') {
    return { type: 'STATE', operations: (carrier) => [messageDraft(carrier, topic, undefined, [])] }
  }
  const payload = readPayload(bytes)
  const edge = births.edge(topic.group, topic.node)
  const anomalies: { code: AnomalyCode; at: number }[] = []
  if (payload.failedAt >= 0) anomalies.push({ code: 'length-mismatch', at: payload.failedAt })
  if (payload.beyond) anomalies.push({ code: 'work-limit', at: 0 })
  if (topic.isBirth) births.learn(edge, topic.device, payload)
  const bdSeq = bdSeqOf(payload, edge)
  const session = death(topic, bdSeq, edge)
  // Copies that the broker hands on repeat what was published.
  const counted = !delivered && !topic.isCommand && topic.type !== 'NDEATH'
  const order = counted
    ? births.sequence(edge, payload.seq, topic.type === 'NBIRTH', missed)
    : undefined
  const odd = session ?? order
  if (odd !== undefined) anomalies.push({ code: odd, at: 0 })
  const metrics = payload.metrics.map((metric) => named(metric, edge))
  // Before its birth was seen, an alias without a name is the usual state of a capture, not odd.
  const unnamed = metrics.some(({ name }) => name === '')
  if (edge.born && unnamed) anomalies.push({ code: 'topic-unresolved', at: 0 })
  const told = { seq: payload.seq, bdSeq }
  return {
    type: topic.type,
    anomalies: anomalies.length === 0 ? NOTHING_ODD : anomalies,
    ...(topic.type === 'NBIRTH' && !delivered ? { identities: identify(topic, metrics) } : {}),
    operations: (carrier) =>
      topic.isCommand
        ? commandDrafts(carrier, topic, told, metrics, { delivered, born: edge.born })
        : [messageDraft(carrier, topic, told, metrics)],
  }
}

function fits({ type }: SparkplugTopic, bytes: Uint8Array): boolean {
  // Section 6.4.24: JSON, or a word in Sparkplug B 2.2: text either way.
  if (type === 'STATE') return bytes.length > 0 && (bytes[0] as number) >= 32
  return readPayload(bytes).failedAt < 0
}

function named(metric: Metric, edge: Edge): NamedMetric {
  const born = edge.resolve(metric)
  const datatype = metric.datatype !== 0 ? metric.datatype : (born?.datatype ?? 0)
  return {
    name: born?.name ?? '',
    alias: metric.alias,
    datatype: datatypes[datatype] ?? String(datatype),
    // Arrays and bytes are views of the packet: what is said of them is said now.
    value: valueOf(metric.value, datatype),
  }
}

/** Section 6.4.20 and 6.4.22: births and deaths of a node carry the session's number. */
function bdSeqOf(payload: Payload, edge: Edge): string {
  for (const metric of payload.metrics) {
    const name = metric.name === '' ? edge.resolve(metric)?.name : metric.name
    if (name === 'bdSeq' && metric.value !== undefined) return String(metric.value)
  }
  return ''
}

/** A death belongs to the birth before it, where both were seen. */
function death({ type }: SparkplugTopic, bdSeq: string, edge: Edge): AnomalyCode | undefined {
  if (type === 'NBIRTH') edge.bdSeq = bdSeq
  if (type !== 'NDEATH') return undefined
  const fits = edge.bdSeq === '' || bdSeq === '' || edge.bdSeq === bdSeq
  return fits ? undefined : 'bdseq-mismatch'
}

function identify(
  topic: SparkplugTopic,
  metrics: readonly NamedMetric[],
): readonly IdentityStatement[] {
  const statements: IdentityStatement[] = [
    {
      of: 'client',
      attribute: 'edge-node',
      value: `${topic.group}/${topic.node}`,
      confidence: 'C',
    },
  ]
  for (const { name, value } of metrics) {
    const attribute = properties[name]
    const text = value.texts[0]
    if (attribute === undefined || text === undefined || text === '') continue
    statements.push({ of: 'client', attribute, value: text, confidence: 'B' })
  }
  return statements
}

export const sparkplug: PayloadDissector<SparkplugTopic, Births> = {
  name: 'sparkplug',
  specification: 'Eclipse Sparkplug 3.0.0 (Sparkplug B)',
  server: () => new Births(),
  topic: parseTopic,
  decode,
  fits,
  gap: (births) => births.gap(),
}
