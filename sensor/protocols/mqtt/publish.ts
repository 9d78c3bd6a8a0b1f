/** PUBLISH: MQTT 5.0 section 3.3. */
import type { Reader } from '../../reader.ts'
import { propertiesOf } from './connect.ts'
import type { MqttPacket } from './packet.ts'
import { KEPT_BYTES_MAX, payloadTypeOf, plainNumber } from './payload.ts'
import { NONE } from './properties.ts'
import type { MqttState } from './state.ts'
import { guessPublish } from './version.ts'

export function decodePublish(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
): void {
  const length = reader.u16()
  const from = reader.take(length)
  if (from < 0) return
  const topic = length === 0 ? undefined : state.server.topics.of(reader.bytes, from, from + length)
  const { qos } = packet
  if (qos === 3) packet.note('reserved-value', 0)
  if (qos > 0) {
    packet.packetIdentifier = reader.u16()
    if (packet.packetIdentifier === 0) packet.note('value-invalid', reader.at - start - 2)
  } else if (packet.dup) {
    packet.note('value-invalid', 0)
  }
  if (reader.failed) return
  if (!state.versionKnown) packet.version = guessPublish(topic, reader, state)
  const properties = packet.version >= 5 ? propertiesOf(packet, reader, start) : NONE
  if (reader.failed) return
  packet.topic = topic
  if (topic !== undefined) {
    if (!topic.wellFormed) packet.note('bad-utf8', from - start)
    if (topic.hasWildcard) packet.note('value-invalid', from - start)
  }
  resolve(packet, properties.topicAlias, from - start, state)
  payload(packet, reader, start, state)
}

/** MQTT 5.0 section 3.3.2.3.4: an alias stands for the topic that last came with it. */
function resolve(packet: MqttPacket, alias: number, at: number, state: MqttState): void {
  packet.topicAlias = alias
  if (alias < 0) {
    if (packet.topic === undefined) packet.note('value-invalid', at)
    return
  }
  const aliases = packet.byClient ? state.toBroker : state.toClient
  const isAllowed = aliases.allowed(alias)
  if (!isAllowed) packet.note('alias-out-of-range', at)
  if (packet.topic !== undefined) {
    if (!aliases.set(alias, packet.topic) && isAllowed) state.passOver()
  } else packet.topic = aliases.get(alias)
  // Where its topic may have been named before we listened, or in a gap, nobody erred.
  if (packet.topic !== undefined) return
  if (packet.byClient) state.missed++
  if (state.doubt === undefined) packet.note('topic-unresolved', at)
}

function payload(packet: MqttPacket, reader: Reader, start: number, state: MqttState): void {
  const from = reader.at
  const to = reader.end
  reader.take(reader.remaining)
  packet.payloadBytes = to - from
  const { topic } = packet
  if (topic !== undefined && topic.reader >= 0) {
    packet.carried = state.server.payloads[topic.reader]?.decode(
      topic.parsed,
      reader.bytes.subarray(from, to),
      !packet.byClient,
      state.server.carried[topic.reader],
      state.missed,
    )
    for (const { code, at } of packet.carried?.anomalies ?? []) packet.note(code, from - start + at)
  }
  packet.payloadType = payloadTypeOf(reader.bytes, from, to)
  if (packet.payloadType === 'binary') {
    if (packet.carried !== undefined) packet.payloadType = 'protobuf'
  } else if (packet.payloadType !== 'empty') {
    packet.kept = reader.bytes.slice(from, Math.min(to, from + KEPT_BYTES_MAX))
    if (packet.payloadType === 'text') packet.number = plainNumber(reader.bytes, from, to)
  }
}
