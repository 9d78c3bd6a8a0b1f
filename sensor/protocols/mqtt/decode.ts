/** Reads a control packet: MQTT 5.0 section 3, and 3.1.1 and 3.1 where they differ. */
import type { Reader } from '../../reader.ts'
import type { Malformed } from '../dissector.ts'
import { decodeConnack, decodeConnect } from './connect.ts'
import { MqttPacket } from './packet.ts'
import * as type from './packets.ts'
import { decodePublish } from './publish.ts'
import { readProperties } from './properties.ts'
import type { MqttState } from './state.ts'
import { decodeAcknowledged, decodeFilters } from './subscribe.ts'
import { readVarint, varintBytes } from './varint.ts'
import { guess } from './version.ts'

export function decode(
  reader: Reader,
  fromClient: boolean,
  state: MqttState,
): MqttPacket | Malformed {
  const start = reader.at
  const first = reader.u8()
  const lengthAt = reader.at
  const remaining = readVarint(reader)
  if (remaining < 0) {
    const code = reader.at - lengthAt >= 4 ? 'overlong-length' : 'cut-short'
    return { malformed: code, at: 1, layer: 'mqtt' }
  }
  if (remaining > reader.remaining) {
    return { malformed: 'cut-short', at: reader.end - start, layer: 'mqtt' }
  }
  const kind = first >> 4
  const flags = first & 15
  turn(kind, fromClient, state)
  const packet = new MqttPacket(kind, flags, fromClient !== state.turned)
  if (reader.at - lengthAt !== varintBytes(remaining)) packet.note('overlong-length', 1)
  const wanted = type.packetFlags[kind] as number
  if (wanted >= 0 && flags !== wanted) packet.note('reserved-value', 0)
  const whole = reader.end
  reader.end = reader.at + remaining
  body(packet, reader, start, state)
  const { failed, failedAt } = reader
  const rest = reader.remaining
  const stopped = reader.at
  reader.end = whole
  if (failed) return { malformed: 'length-mismatch', at: failedAt - start, layer: 'mqtt' }
  if (rest > 0) packet.note('length-mismatch', stopped - start)
  packet.unsure = state.version === 0
  packet.join()
  return packet
}

/** Only clients send these (MQTT 5.0 table 2-1): who opened the connection does not matter. */
function turn(kind: number, fromClient: boolean, state: MqttState): void {
  if (
    kind === type.CONNECT ||
    kind === type.SUBSCRIBE ||
    kind === type.UNSUBSCRIBE ||
    kind === type.PINGREQ
  ) {
    state.turned = !fromClient
  }
}

function body(packet: MqttPacket, reader: Reader, start: number, state: MqttState): void {
  packet.version = state.version === 0 ? 4 : state.version
  switch (packet.type) {
    case type.PUBLISH:
      return decodePublish(packet, reader, start, state)
    case type.CONNECT:
      return decodeConnect(packet, reader, start, state)
    case type.CONNACK:
      return decodeConnack(packet, reader, start, state)
    case type.PUBACK:
    case type.PUBREC:
    case type.PUBREL:
    case type.PUBCOMP:
      packet.packetIdentifier = reader.u16()
      if (reader.remaining > 0) decodeReason(packet, reader, start, state)
      return
    case type.SUBSCRIBE:
    case type.UNSUBSCRIBE:
      return decodeFilters(packet, reader, start, state)
    case type.SUBACK:
    case type.UNSUBACK:
      return decodeAcknowledged(packet, reader, start, state)
    case type.DISCONNECT:
    case type.AUTH:
      // MQTT 5.0 sections 3.14.2.1 and 3.15.2.1: no reason code means 0.
      if (reader.remaining > 0) decodeReason(packet, reader, start, state)
      else if (packet.version === 5) packet.reasonCode = 0
      if (packet.reasonCode === 0x8e) packet.note('client-id-taken-over', 2)
      return
    case type.PINGREQ:
    case type.PINGRESP:
      return
    default:
      packet.note('reserved-value', 0)
      reader.take(reader.remaining)
  }
}

/** Reason code, then properties, which may both be left out (MQTT 5.0 section 3.4.2.1). */
function decodeReason(packet: MqttPacket, reader: Reader, start: number, state: MqttState): void {
  // Only version 5 has anything here.
  if (!state.versionKnown) packet.version = guess(state, 5)
  if (packet.version < 5) return
  packet.reasonCode = reader.u8()
  if (reader.remaining === 0) return
  const properties = readProperties(reader)
  if (properties === undefined) packet.note('length-mismatch', reader.at - start)
  else if (properties.unknownAt >= 0) packet.note('reserved-value', properties.unknownAt - start)
}
