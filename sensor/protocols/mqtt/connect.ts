/** CONNECT and CONNACK: MQTT 5.0 sections 3.1 and 3.2, 3.1.1 and 3.1 likewise. */
import type { Reader } from '../../reader.ts'
import type { MqttPacket } from './packet.ts'
import type { Properties } from './properties.ts'
import { NONE, readProperties } from './properties.ts'
import type { MqttState } from './state.ts'
import { guess } from './version.ts'

/** MQTT 5.0 section 3.1.2.3: connect flags. */
const RESERVED = 0x01
const CLEAN_START = 0x02
const WILL = 0x04
const WILL_RETAIN = 0x20
const PASSWORD = 0x40
const USER_NAME = 0x80
/** Bridges of mosquitto set it in the protocol level. */
const BRIDGE = 0x80

export function decodeConnect(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
): void {
  const name = reader.utf8(reader.u16())
  if (name !== 'MQTT' && name !== 'MQIsdp') packet.note('value-invalid', 2)
  const level = reader.u8()
  const protocolLevel = level & ~BRIDGE
  const flags = reader.u8()
  if ((flags & RESERVED) !== 0) packet.note('reserved-value', reader.at - start - 1)
  const keepAlive = reader.u16()
  packet.version = protocolLevel
  const properties = protocolLevel >= 5 ? propertiesOf(packet, reader, start) : NONE
  const clientId = reader.utf8(reader.u16())
  const will = (flags & WILL) === 0 ? undefined : willOf(packet, reader, start, state, flags)
  const user = (flags & USER_NAME) === 0 ? undefined : reader.utf8(reader.u16())
  // Of a password only that it is there.
  if ((flags & PASSWORD) !== 0) reader.take(reader.u16())
  if (reader.failed) return
  if (state.connected) packet.note('protocol-order', 0)
  packet.connect = {
    protocolLevel,
    bridge: (level & BRIDGE) !== 0,
    clientId,
    user,
    passwordPresent: (flags & PASSWORD) !== 0,
    keepAlive,
    cleanStart: (flags & CLEAN_START) !== 0,
    will,
  }
  state.connected = true
  state.doubt = undefined
  state.version = protocolLevel
  state.versionKnown = true
  state.forget(true)
  state.forget(false)
  state.identify(clientId, user)
  // MQTT 5.0 section 3.1.2.11.5: absent means that the client takes no aliases.
  state.toClient.max = Math.max(0, properties.topicAliasMaximum)
  state.toBroker.max = -1
}

function willOf(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
  flags: number,
) {
  if (packet.version >= 5) propertiesOf(packet, reader, start)
  const length = reader.u16()
  const from = reader.take(length)
  const payload = reader.octets(reader.u16())
  if (from < 0 || reader.failed) return undefined
  const topic = state.server.topics.of(reader.bytes, from, from + length)
  if (!topic.wellFormed) packet.note('bad-utf8', from - start)
  return {
    topic: topic.text,
    qos: (flags >> 3) & 3,
    retain: (flags & WILL_RETAIN) !== 0,
    payloadBytes: payload.length,
  }
}

export function decodeConnack(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
): void {
  const acknowledge = reader.u8()
  if ((acknowledge & 0xfe) !== 0) packet.note('reserved-value', reader.at - start - 1)
  packet.reasonCode = reader.u8()
  // Properties follow in version 5, at least their length, and nothing in the others.
  if (!state.versionKnown) packet.version = guess(state, reader.remaining > 0 ? 5 : 4)
  if (reader.remaining === 0 || packet.version < 5) return
  const properties = propertiesOf(packet, reader, start)
  state.toBroker.max = Math.max(0, properties.topicAliasMaximum)
  if (properties.assignedClientIdentifier !== '') {
    packet.assignedClientId = properties.assignedClientIdentifier
    state.identify(properties.assignedClientIdentifier, state.user)
  }
}

export function propertiesOf(
  packet: MqttPacket,
  reader: Reader,
  start: number,
): Readonly<Properties> {
  const at = reader.at
  const properties = readProperties(reader)
  if (properties === undefined) {
    // Where the properties end is unknown, so nothing after them can be read.
    if (!reader.failed) reader.failedAt = at
    return NONE
  }
  if (properties.unknownAt >= 0) packet.note('reserved-value', properties.unknownAt - start)
  if (properties.overrunAt >= 0) packet.note('length-mismatch', properties.overrunAt - start)
  return properties
}
