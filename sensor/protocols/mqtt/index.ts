/**
 * MQTT: OASIS MQTT Version 5.0 (2019), OASIS MQTT Version 3.1.1 (2014), MQTT V3.1 Protocol
 * Specification (2010). Payloads that are a protocol of their own are read by the payload
 * dissectors that the table of protocols hands in.
 */
import type { AnyPayloadDissector, Dissector, IdentityStatement } from '../dissector.ts'
import { decode } from './decode.ts'
import { frame, probe, resync, speaker } from './frame.ts'
import { answerOf, operationsOf } from './operation.ts'
import type { MqttPacket } from './packet.ts'
import { packetNames } from './packets.ts'
import type { MqttServer } from './state.ts'
import { MqttState, openServer } from './state.ts'
import type { Tally } from './tally.ts'
import { countPacket, newTally, tallyCounts } from './tally.ts'

/** Longer packets are skipped and counted: 1 MiB is beyond what telemetry sends. */
const MESSAGE_BYTES_MAX = 1_048_576
const SUMMARY_TOPIC_MAX = 100

const NOBODY: readonly IdentityStatement[] = []

function identities(packet: MqttPacket): readonly IdentityStatement[] {
  const { connect, assignedClientId, topic } = packet
  const clientId = connect?.clientId ?? assignedClientId
  if (clientId !== '') {
    return [{ of: 'client', attribute: 'client-id', value: clientId, confidence: 'B' }]
  }
  // By custom of mosquitto, EMQX and others the broker says here what it is.
  if (topic?.text === '$SYS/broker/version' && !packet.byClient && packet.kept !== undefined) {
    const value = String.fromCharCode(...packet.kept)
    return [{ of: 'server', attribute: 'software', value, confidence: 'A' }]
  }
  return packet.type === 3 ? (packet.carried?.identities ?? NOBODY) : NOBODY
}

function summary(packet: MqttPacket): string {
  const side = packet.byClient ? 'client' : 'broker'
  const head = `MQTT ${side} ${packetNames[packet.type] ?? 'RESERVED'}`
  const name = packet.topic?.text ?? packet.connect?.clientId ?? packet.filters?.[0] ?? ''
  return name === '' ? head : `${head} ${printable(name)}`
}

function printable(text: string): string {
  return text.slice(0, SUMMARY_TOPIC_MAX).replace(/[^\x20-\x7e]/g, '?')
}

export function mqttWith(
  payloads: readonly AnyPayloadDissector[],
): Dissector<MqttPacket, MqttState, MqttServer, Tally> {
  return {
    name: 'mqtt',
    specification: 'MQTT 5.0, 3.1.1 (OASIS) and 3.1',
    transports: ['tcp'],
    ports: [1883],
    messageBytesMax: MESSAGE_BYTES_MAX,
    server: (memory = { forgotten: 0 }) => openServer(payloads, memory),
    open: (server) => new MqttState(server),
    frame,
    probe,
    speaker,
    resync,
    gap: (state, fromClient) => state.gap(fromClient !== state.turned),
    decode,
    operations: operationsOf,
    answer: answerOf,
    identities,
    tally: newTally,
    count: countPacket,
    counts: tallyCounts,
    summary,
  }
}
