/**
 * Sparkplug B in MQTT: Eclipse Sparkplug Specification 3.0.0 (2022), also as ISO/IEC 20237, and
 * its sparkplug_b.proto. Own reader, because the encoding is small and hostile input is usual.
 */
import type { AnomalyCode } from '../../operation.ts'
import type { Carried, IdentityStatement, PayloadDissector } from '../dissector.ts'
import { Births } from './births.ts'
import type { Edge } from './births.ts'
import type { MetricValue } from './datatypes.ts'
import { valueOf } from './datatypes.ts'
import { commandDrafts, messageDraft } from './operation.ts'
import type { Metric, Payload } from './payload.ts'
import { readPayload } from './payload.ts'
import type { SparkplugTopic } from './topic.ts'
import { parseTopic } from './topic.ts'

const NOTHING_ODD: NonNullable<Carried['anomalies']> = []
const NO_VALUES: readonly MetricValue[] = []

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
  const { metrics } = payload
  const edge = births.edge(topic.edge)
  const anomalies: { code: AnomalyCode; at: number }[] = []
  if (payload.failedAt >= 0) anomalies.push({ code: 'length-mismatch', at: payload.failedAt })
  if (payload.beyond) anomalies.push({ code: 'work-limit', at: 0 })
  if (topic.isBirth) births.learn(edge, topic.device, payload)
  const unnamed = edge.name(metrics)
  const bdSeq = bdSeqOf(payload)
  const session = death(topic, bdSeq, edge)
  // Copies that the broker hands on repeat what was published.
  const counted = !delivered && !topic.isCommand && topic.type !== 'NDEATH'
  const order = counted
    ? births.sequence(edge, payload.seq, topic.type === 'NBIRTH', missed)
    : undefined
  const odd = session ?? order
  if (odd !== undefined) anomalies.push({ code: odd, at: 0 })
  // Of telemetry the record has the names alone.
  const isSaid = topic.isCommand || topic.type === 'NBIRTH'
  const values = isSaid ? metrics.map((one) => valueOf(one.value, one.datatype)) : NO_VALUES
  // Arrays and bytes are views of the packet: what is said of them was said now.
  for (const metric of metrics) metric.value = undefined
  // Before its birth was seen, an alias without a name is the usual state of a capture, not odd.
  if (edge.born && unnamed) anomalies.push({ code: 'topic-unresolved', at: 0 })
  const told = { seq: payload.seq, bdSeq }
  return {
    type: topic.type,
    anomalies: anomalies.length === 0 ? NOTHING_ODD : anomalies,
    ...(topic.type === 'NBIRTH' && !delivered
      ? { identities: identify(topic, metrics, values) }
      : {}),
    operations: (carrier) =>
      topic.isCommand
        ? commandDrafts(carrier, topic, told, metrics, values, { delivered, born: edge.born })
        : [messageDraft(carrier, topic, told, metrics)],
  }
}

function fits({ type }: SparkplugTopic, bytes: Uint8Array): boolean {
  // Section 6.4.24: JSON, or a word in Sparkplug B 2.2: text either way.
  if (type === 'STATE') return bytes.length > 0 && (bytes[0] as number) >= 32
  return readPayload(bytes).failedAt < 0
}

/** Section 6.4.20 and 6.4.22: births and deaths of a node carry the session's number. */
function bdSeqOf(payload: Payload): string {
  for (const { name, value } of payload.metrics) {
    if (name === 'bdSeq' && value !== undefined) return String(value)
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
  metrics: readonly Metric[],
  values: readonly MetricValue[],
): readonly IdentityStatement[] {
  const statements: IdentityStatement[] = [
    {
      of: 'client',
      attribute: 'edge-node',
      value: `${topic.group}/${topic.node}`,
      confidence: 'C',
    },
  ]
  for (const [index, { name }] of metrics.entries()) {
    const attribute = properties[name]
    const text = values[index]?.texts[0]
    if (attribute === undefined || text === undefined || text === '') continue
    statements.push({ of: 'client', attribute, value: text, confidence: 'B' })
  }
  return statements
}

export const sparkplug: PayloadDissector<SparkplugTopic, Births> = {
  name: 'sparkplug',
  specification: 'Eclipse Sparkplug 3.0.0 (Sparkplug B)',
  server: (memory) => new Births(memory),
  topic: parseTopic,
  decode,
  fits,
  gap: (births) => births.gap(),
}
