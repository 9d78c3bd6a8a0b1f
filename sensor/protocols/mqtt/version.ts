/**
 * Which protocol level a connection has whose CONNECT was not seen (protocols.md 3.3): a sensor
 * joins nearly all of them late. A level is guessed from packets that it explains and another does
 * not, so that nothing is told as malformed which is only of another version.
 */
import type { Reader } from '../../reader.ts'
import { payloadTypeOf } from './payload.ts'
import { readProperties } from './properties.ts'
import type { MqttState } from './state.ts'
import type { Topic } from './topics.ts'

/** 3.1 and 3.1.1 differ in CONNECT only. */
type Level = 4 | 5

/** Packets in a row that version 5 fits too, after which it is taken for the level. */
const FITS_MIN = 3
/** Packets that only version 5 explains, after which what does not fit it is malformed. */
const SHOWN_MIN = 3

/** Takes a level for the connection's, until a packet says otherwise. */
export function guess(state: MqttState, level: Level): Level {
  state.version = level
  if (level === 4) state.fits = state.shown = 0
  return level
}

/** Before anything is shown the older level is read: it has no bytes that are passed over. */
function guessed(state: MqttState): number {
  return state.version === 0 ? 4 : state.version
}

/** At the properties of a PUBLISH in version 5, which is its payload in the others. */
export function guessPublish(topic: Topic | undefined, reader: Reader, state: MqttState): number {
  const { at } = reader
  const properties = readProperties(reader)
  const five = properties !== undefined && properties.unknownAt < 0 && properties.overrunAt < 0
  const payloadAt = reader.at
  back(reader, at)
  if (!five) return guess(state, 4)
  const level = topic === undefined ? 5 : tellApart(topic, reader, payloadAt, state)
  if (level === 4) return guess(state, 4)
  if (level === 5) {
    state.versionKnown = ++state.shown >= SHOWN_MIN
    return guess(state, 5)
  }
  // What was shown not to be version 5 stays so: packets that fit both say nothing new.
  if (state.version === 0 && ++state.fits >= FITS_MIN) return guess(state, 5)
  return guessed(state)
}

/** The level that makes sense of the payload, where only one does. */
function tellApart(
  topic: Topic,
  { bytes, at, end }: Reader,
  payloadAt: number,
  { server }: MqttState,
): Level | undefined {
  const payload = server.payloads[topic.reader]
  const reads = (from: number): boolean =>
    payload?.fits?.(topic.parsed, bytes.subarray(from, end)) ?? isText(bytes, from, end)
  const four = reads(at)
  const five = reads(payloadAt)
  if (four === five) return undefined
  return four ? 4 : 5
}

function isText(bytes: Uint8Array, from: number, end: number): boolean {
  const type = payloadTypeOf(bytes, from, end)
  return type === 'text' || type === 'json'
}

/** At the filters of a SUBSCRIBE or UNSUBSCRIBE: the level under which they fill the packet. */
export function guessFilters(reader: Reader, options: boolean, state: MqttState): number {
  const { at } = reader
  const four = fillsPacket(reader, options)
  back(reader, at)
  if (four) return guess(state, 4)
  const five = readProperties(reader) !== undefined && fillsPacket(reader, options)
  back(reader, at)
  return five ? guess(state, 5) : guessed(state)
}

function fillsPacket(reader: Reader, options: boolean): boolean {
  if (reader.remaining === 0) return false
  while (reader.remaining > 0) {
    const length = reader.u16()
    reader.take(length)
    if (options) reader.u8()
    if (length === 0) return false
  }
  return !reader.failed
}

/** At the codes of a SUBACK, which in version 5 follow properties. */
export function guessAcknowledged(reader: Reader, state: MqttState): number {
  const { at, bytes, end } = reader
  const four = areGrants(bytes, at, end)
  const five = readProperties(reader) !== undefined && reader.at < end
  back(reader, at)
  if (four === five) return guessed(state)
  return guess(state, four ? 4 : 5)
}

/** MQTT 3.1.1 section 3.9.3: a granted QoS, or failure. */
function areGrants(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    const code = bytes[at] as number
    if (code > 2 && code !== 0x80) return false
  }
  return from < end
}

function back(reader: Reader, at: number): void {
  reader.at = at
  reader.failedAt = -1
}
