/** Where packets begin and end, and whether bytes are MQTT at all: MQTT 5.0 section 2.1. */
import * as type from './packets.ts'

/** Names that a CONNECT may begin with (5.0 section 3.1.2.1; 3.1). */
const PROTOCOL_NAMES = ['MQTT', 'MQIsdp']
/** After a gap this many packets must follow each other exactly (protocols.md 3.3). */
const CHAIN_MIN = 3

export function frame(bytes: Uint8Array, start: number, end: number): number {
  let length = 0
  for (let i = 0; i < 4; i++) {
    const at = start + 1 + i
    if (at >= end) return 0
    const byte = bytes[at] as number
    length += (byte & 0x7f) * 128 ** i
    if (byte < 128) return 2 + i + length
  }
  return -1
}

/** As `frame`, for bytes that nothing has shown to be MQTT yet. */
export function probe(bytes: Uint8Array, start: number, end: number): number {
  const length = frame(bytes, start, end)
  if (length <= 0) return length
  const first = bytes[start] as number
  const kind = first >> 4
  const wanted = type.packetFlags[kind] as number
  if (kind === 0 || (wanted >= 0 && (first & 15) !== wanted)) return -1
  let body = start + 2
  while ((bytes[body - 1] as number) >= 128) body++
  const size = start + length - body
  return plausible(kind, first & 15, bytes, body, size, end) ? length : -1
}

/** A body that is not all there yet is plausible as far as it goes. */
function plausible(
  kind: number,
  flags: number,
  bytes: Uint8Array,
  at: number,
  size: number,
  end: number,
): boolean {
  const byte = (offset: number) => (at + offset < end ? (bytes[at + offset] as number) : 0)
  const u16 = (offset: number) => byte(offset) * 256 + byte(offset + 1)
  switch (kind) {
    case type.CONNECT:
      return PROTOCOL_NAMES.some((name) => startsWithName(name, bytes, at, end))
    case type.CONNACK:
      // 3.2.2: flags 0 or 1; return codes to 5, or 0 and those from 0x80 on with properties.
      if (size < 2 || byte(0) > 1) return false
      return size === 2 ? byte(1) <= 5 : isConnackReason(byte(1)) && byte(2) <= size - 3
    case type.PUBLISH: {
      const qos = (flags >> 1) & 3
      const room = size - 2 - (qos > 0 ? 2 : 0)
      if (qos === 3 || (qos === 0 && (flags & 8) !== 0)) return false
      if (u16(0) === 0) return isAliased(byte, size - room, size)
      return u16(0) <= room && isTopicName(bytes, at + 2, at + 2 + u16(0), end)
    }
    case type.PUBACK:
    case type.PUBREC:
    case type.PUBREL:
    case type.PUBCOMP:
      return size >= 2 && u16(0) > 0 && (size === 2 || type.reasonCodes[byte(2)] !== undefined)
    case type.SUBSCRIBE:
    case type.UNSUBSCRIBE:
      return size >= 5 && u16(0) > 0 && (u16(2) <= size - 4 || byte(2) <= size - 3)
    case type.SUBACK:
      return size >= 3 && u16(0) > 0
    case type.UNSUBACK:
      return size >= 2 && u16(0) > 0
    case type.PINGREQ:
    case type.PINGRESP:
      return size === 0
    default:
      return size === 0 || type.reasonCodes[byte(0)] !== undefined
  }
}

/** MQTT 5.0 table 2-4: properties of PUBLISH. */
const publishProperties: ReadonlySet<number> = new Set([1, 2, 3, 8, 9, 11, 35, 38])

/** Section 3.3.2.1: instead of a topic there is an alias, a property of three bytes. */
function isAliased(byte: (offset: number) => number, at: number, size: number): boolean {
  const length = byte(at)
  return length >= 3 && length < 128 && length < size - at && publishProperties.has(byte(at + 1))
}

function isConnackReason(code: number): boolean {
  return code === 0 || (code >= 0x80 && type.reasonCodes[code] !== undefined)
}

function startsWithName(name: string, bytes: Uint8Array, at: number, end: number): boolean {
  if (at < end && bytes[at] !== 0) return false
  if (at + 1 < end && bytes[at + 1] !== name.length) return false
  for (let i = 0; i < name.length && at + 2 + i < end; i++) {
    if (bytes[at + 2 + i] !== name.charCodeAt(i)) return false
  }
  return true
}

/** Section 4.7.1: neither wildcards nor, in the field, control characters. */
function isTopicName(bytes: Uint8Array, from: number, to: number, end: number): boolean {
  for (let at = from; at < to && at < end; at++) {
    const byte = bytes[at] as number
    if (byte < 32 || byte === 127 || byte === 0x23 || byte === 0x2b || byte >= 0xf8) return false
  }
  return true
}

export function speaker(
  bytes: Uint8Array,
  start: number,
  end: number,
): 'client' | 'server' | undefined {
  const length = frame(bytes, start, end)
  if (length <= 0) return undefined
  switch ((bytes[start] as number) >> 4) {
    case type.CONNECT:
    case type.SUBSCRIBE:
    case type.UNSUBSCRIBE:
    case type.PINGREQ:
      return 'client'
    case type.CONNACK:
    case type.SUBACK:
    case type.UNSUBACK:
    case type.PINGRESP:
      return 'server'
    case type.DISCONNECT:
      // Before version 5 only clients say goodbye, and without a reason they do in 5 too.
      return length === 2 ? 'client' : undefined
    default:
      return undefined
  }
}

/** The first offset at which several packets follow each other, or that ends where the bytes do. */
export function resync(bytes: Uint8Array, start: number, end: number): number {
  for (let from = start; from < end; from++) {
    let at = from
    let packets = 0
    while (at < end && packets < CHAIN_MIN) {
      const length = probe(bytes, at, end)
      if (length <= 0) break
      at += length
      packets++
    }
    // Fewer are enough where the last ends exactly with the bytes, as at the start of a segment.
    if (packets >= CHAIN_MIN && at <= end) return from
    if (at === end && (packets >= 2 || (packets === 1 && from === start))) return from
  }
  return -1
}
