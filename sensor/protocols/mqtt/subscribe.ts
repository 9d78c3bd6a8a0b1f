/** SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK: MQTT 5.0 sections 3.8 to 3.11. */
import type { Reader } from '../../reader.ts'
import { propertiesOf } from './connect.ts'
import type { MqttPacket } from './packet.ts'
import { SUBSCRIBE, UNSUBACK } from './packets.ts'
import type { MqttState } from './state.ts'
import { guess, guessAcknowledged, guessFilters } from './version.ts'

export function decodeFilters(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
): void {
  packet.packetIdentifier = reader.u16()
  if (reader.failed) return
  if (packet.packetIdentifier === 0) packet.note('value-invalid', reader.at - start - 2)
  const options = packet.type === SUBSCRIBE
  if (!state.versionKnown) packet.version = guessFilters(reader, options, state)
  if (packet.version >= 5) propertiesOf(packet, reader, start)
  const filters: string[] = []
  const codes: number[] = []
  while (reader.remaining > 0) {
    const at = reader.at
    const filter = reader.utf8(reader.u16())
    const option = options ? reader.u8() : 0
    if (reader.failed) return
    if (filter.includes('\ufffd')) packet.note('bad-utf8', at - start)
    if (options && (option & 3) === 3) packet.note('reserved-value', reader.at - start - 1)
    filters.push(filter)
    if (options) codes.push(option & 3)
  }
  // MQTT 5.0 section 3.8.3: at least one filter.
  if (filters.length === 0) packet.note('value-invalid', reader.at - start)
  packet.filters = filters
  packet.codes = codes
}

export function decodeAcknowledged(
  packet: MqttPacket,
  reader: Reader,
  start: number,
  state: MqttState,
): void {
  packet.packetIdentifier = reader.u16()
  if (!state.versionKnown) {
    packet.version =
      packet.type === UNSUBACK
        ? guess(state, reader.remaining > 0 ? 5 : 4)
        : guessAcknowledged(reader, state)
  }
  if (packet.version >= 5) propertiesOf(packet, reader, start)
  packet.codes = Array.from(reader.octets(reader.remaining))
}
