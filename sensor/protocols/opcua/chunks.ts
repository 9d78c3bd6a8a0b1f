/**
 * MessageChunks (Part 6 1.05, 6.7 and 7.1): headers, security as far as it can be seen, sequence
 * numbers, and the messages that chunks make up.
 */
import type { Reader } from '../../reader.ts'
import type { Malformed } from '../dissector.ts'
import { answered, asked, decoder, identify, readBody } from './body.ts'
import { byteString, string } from './builtin.ts'
import type { Connection, Direction } from './connection.ts'
import { encodingIds, services } from './encoding-ids.generated.ts'
import { BODY_AT, frame, typeAt, typeIdAt } from './frame.ts'
import { OpcUaMessage } from './message.ts'
import { policyName, signatureBytes } from './policies.ts'
import { statusText } from './text.ts'
import type { OpenSecureChannelRequest } from './types.generated.ts'

/** Sequence numbers start again below 1,024 after at least 4,294,966,271 (6.7.2.4). */
const SEQUENCE_WRAP_FROM = 4_294_966_271
const SEQUENCE_WRAP_TO = 1024
/** Unreadable chunks after which a channel is taken to be encrypted. */
const UNREADABLE_MAX = 4

export function decodeChunk(
  reader: Reader,
  fromClient: boolean,
  connection: Connection,
): OpcUaMessage | Malformed {
  const { bytes, at: start, end } = reader
  const length = frame(bytes, start, end)
  if (length <= 0 || length !== end - start) return unframed(length, end - start)
  const type = typeAt(bytes, start)
  const flag = String.fromCharCode(bytes[start + 3] as number)
  const message = new OpcUaMessage(type, flag, end - start)
  decoder.begin(bytes, reader.view, start, end).take(8)
  switch (type) {
    case 'MSG':
    case 'CLO':
      symmetric(message, start, fromClient, connection)
      break
    case 'OPN':
      asymmetric(message, start, fromClient, connection)
      break
    case 'HEL':
    case 'RHE':
      greeting(message, fromClient, connection)
      break
    case 'ACK':
      answered(message, HELLO, connection)
      message.whole = true
      decoder.take(20)
      break
    case 'ERR':
      refusal(message, connection)
      break
  }
  reader.at = end
  if (decoder.failedAt < 0) return message
  const code = decoder.fault ?? 'cut-short'
  const at = decoder.failedAt - decoder.origin
  if (message.typeId === 0 && type !== 'MSG' && type !== 'CLO') {
    return { malformed: code, at, layer: 'opcua' }
  }
  message.odd(code, at)
  message.limited = code === 'work-limit'
  return message
}

/** Not a chunk, or not all of one: nothing of it may change what is known of the connection. */
function unframed(length: number, bytes: number): Malformed {
  if (length < 0) return { malformed: 'reserved-value', at: 0, layer: 'opcua' }
  if (length > 0 && length < bytes) return { malformed: 'length-mismatch', at: 4, layer: 'opcua' }
  return { malformed: 'cut-short', at: bytes, layer: 'opcua' }
}

const HELLO = 'hello'
/** OPNs whose request id cannot be read are answered first in, first out. */
const SEALED_OPN = 'opn'

/** HEL 7.1.2.3, RHE 7.1.2.6. */
function greeting(message: OpcUaMessage, fromClient: boolean, connection: Connection): void {
  message.whole = true
  if (message.type === 'RHE') {
    connection.clientOpened = !fromClient
    message.role = 'notice'
    message.serverUri = string(decoder)
  } else {
    connection.clientOpened = fromClient
    decoder.take(20)
    asked(message, HELLO, connection)
    message.silent = true
  }
  message.endpointUrl = string(decoder)
  connection.endpointUrl = message.endpointUrl
}

/** ERR 7.1.2.5: it answers what waits, if anything does. */
function refusal(message: OpcUaMessage, connection: Connection): void {
  message.whole = true
  message.status = decoder.u32le()
  message.reason = string(decoder)
  message.reason ||= statusText(message.status)
  if (connection.lastRequest === undefined) return
  answered(message, connection.lastRequest, connection)
}

/** OPN: asymmetric security header (6.7.2.3); the body can be read under the policy None only. */
function asymmetric(
  message: OpcUaMessage,
  start: number,
  fromClient: boolean,
  connection: Connection,
): void {
  message.channelId = decoder.u32le()
  message.policy = policyName(string(decoder))
  const chain = byteString(decoder)
  decoder.take(Math.max(decoder.i32le(), 0))
  if (decoder.failedAt >= 0) return
  message.certificate = connection.server.certificates.read(chain)
  const direction = connection.direction(fromClient)
  const asks = fromClient === connection.clientOpened
  if (connection.policy !== message.policy) {
    connection.policy = message.policy
    connection.mode = message.policy === 'None' ? 'None' : undefined
    connection.unreadable = 0
  }
  connection.signature = signatureBytes(message.policy)
  if (message.channelId !== 0) connection.channelId = message.channelId
  message.whole = true
  if (message.policy !== 'None') {
    direction.sequence = -1
    message.opaque = true
    if (asks) asked(message, SEALED_OPN, connection)
    else answered(message, SEALED_OPN, connection)
    return
  }
  sequenceHeader(message, direction, start)
  readBody(message, asks, connection)
  if (message.typeId === encodingIds.OpenSecureChannelRequest && message.body !== undefined) {
    const { securityMode } = message.body as OpenSecureChannelRequest
    connection.mode = ([undefined, 'None', 'Sign', 'SignAndEncrypt'] as const)[securityMode]
  }
}

function sequenceHeader(message: OpcUaMessage, direction: Direction, start: number): void {
  const sequence = decoder.u32le()
  message.requestId = decoder.u32le()
  message.exchange = message.requestId
  if (decoder.failedAt >= 0) return
  const last = direction.sequence
  const wrapped = last >= SEQUENCE_WRAP_FROM && sequence < SEQUENCE_WRAP_TO
  if (last >= 0 && sequence !== last + 1 && !wrapped) {
    message.odd('sequence-gap', decoder.at - 8 - start)
  }
  direction.sequence = sequence
}

/** MSG and CLO (6.7.2). */
function symmetric(
  message: OpcUaMessage,
  start: number,
  fromClient: boolean,
  connection: Connection,
): void {
  message.channelId = decoder.u32le()
  if (connection.channelId === 0) connection.channelId = message.channelId
  decoder.take(4)
  message.whole = message.flag === 'F'
  const direction = connection.direction(fromClient)
  const asks = fromClient === connection.clientOpened
  if (!isReadable(message, start, direction, connection)) {
    message.opaque = true
    message.role = asks && message.whole ? 'notice' : 'part'
    return
  }
  sequenceHeader(message, direction, start)
  decoder.end -= connection.signature ?? 0
  if (decoder.end < decoder.at) {
    decoder.end = decoder.at
    decoder.fail('cut-short')
    return
  }
  if (message.flag === 'A') abort(message, direction, asks)
  else if (message.flag === 'C') keep(message, direction)
  else finish(message, direction, asks, connection)
}

/**
 * Whether what follows the token is plain text. Under a policy that allows for encryption the mode
 * is not said anywhere that we can read, but a known TypeId, or the next sequence number, is.
 */
function isReadable(
  message: OpcUaMessage,
  start: number,
  direction: Direction,
  connection: Connection,
): boolean {
  if (connection.mode !== undefined) return connection.mode !== 'SignAndEncrypt'
  if (connection.policy === 'None') return true
  const { bytes, view, end } = decoder
  if (services.has(typeIdAt(bytes, start + BODY_AT, end))) {
    if (connection.policy !== '') connection.mode = 'Sign'
    return true
  }
  const sequence = view.getUint32(start + 16, true)
  const requestId = view.getUint32(start + 20, true)
  if (direction.sequence >= 0 && sequence === direction.sequence + 1) return true
  if (direction.assembly.has(requestId)) return true
  if (++connection.unreadable >= UNREADABLE_MAX && message.flag === 'F') {
    connection.mode = 'SignAndEncrypt'
  }
  return false
}

/** An abort says why and ends its message (6.7.3). */
function abort(message: OpcUaMessage, direction: Direction, asks: boolean): void {
  direction.assembly.drop(message.requestId)
  message.status = decoder.u32le()
  message.reason = string(decoder)
  message.role = asks ? 'part' : 'response'
}

function keep(message: OpcUaMessage, direction: Direction): void {
  const { bytes, at, end } = decoder
  const { requestId } = message
  if (!direction.assembly.has(requestId)) {
    message.first = true
    message.typeId = typeIdAt(bytes, at, end)
  }
  if (!direction.assembly.add(requestId, bytes.subarray(at, end), message.typeId)) {
    message.odd('chunk-limit', 0)
  }
}

function finish(
  message: OpcUaMessage,
  direction: Direction,
  asks: boolean,
  connection: Connection,
): void {
  const { assembly } = direction
  const { requestId } = message
  if (!assembly.has(requestId)) {
    readBody(message, asks, connection)
    return
  }
  const typeId = assembly.typeId(requestId)
  if (connection.signature === undefined) {
    // Whether chunks end in a signature is not known yet, so neither is where the body goes on.
    assembly.drop(requestId)
    identify(message, typeId, asks, connection)
    return
  }
  const { bytes, at, end } = decoder
  const whole = assembly.finish(requestId, bytes.subarray(at, end))
  if (whole === undefined) {
    message.limited = true
    message.odd('chunk-limit', 0)
    identify(message, typeId, asks, connection)
    return
  }
  decoder.begin(whole, new DataView(whole.buffer), 0, whole.length)
  readBody(message, asks, connection)
  message.first = false
}
