/**
 * MessageChunks (Part 6 1.05, 6.7 and 7.1): headers, security as far as it can be seen, sequence
 * numbers, and the messages that chunks make up.
 */
import type { Reader } from '../../reader.ts'
import type { Malformed } from '../dissector.ts'
import { nodeId, string } from './builtin.ts'
import type { Connection, Direction } from './connection.ts'
import { Decoder } from './decoder.ts'
import { encodingIds, services } from './encoding-ids.generated.ts'
import { BODY_AT, typeAt, typeIdAt } from './frame.ts'
import { OpcUaMessage } from './message.ts'
import { isSignature, policyName, signatureBytes } from './policies.ts'
import type { Request } from './services/service.ts'
import { statusText } from './text.ts'
import { structures } from './types.generated.ts'
import type { OpenSecureChannelRequest } from './types.generated.ts'

/** Sequence numbers start again below 1,024 after at least 4,294,966,271 (6.7.2.4). */
const SEQUENCE_WRAP_FROM = 4_294_966_271
const SEQUENCE_WRAP_TO = 1024
/** Unreadable chunks after which a channel is taken to be encrypted. */
const UNREADABLE_MAX = 4

/** A parked Publish waits for the keep-alive of its subscription, minutes at most. */
const PUBLISH_US_MAX = 3_600_000_000
/** Bounds of what a request's timeout hint is believed; stacks default to 5 to 60 s. */
const ANSWER_US_MIN = 5_000_000
const ANSWER_US_MAX = 120_000_000

const decoder = new Decoder(structures)

export function decodeChunk(
  reader: Reader,
  fromClient: boolean,
  connection: Connection,
): OpcUaMessage | Malformed {
  const { bytes, at: start, end } = reader
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

const HELLO = 'hello'
/** OPNs whose request id cannot be read are answered first in, first out. */
const SEALED_OPN = 'opn'

/** HEL 7.1.2.3, RHE 7.1.2.6. */
function greeting(message: OpcUaMessage, fromClient: boolean, connection: Connection): void {
  message.whole = true
  if (message.type === 'RHE') {
    connection.clientOpened = !fromClient
    string(decoder)
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

function asked(message: OpcUaMessage, exchange: string | number, connection: Connection): void {
  message.role = 'request'
  message.exchange = exchange
  connection.lastRequest = exchange
}

function answered(message: OpcUaMessage, exchange: string | number, connection: Connection): void {
  message.role = 'response'
  message.exchange = exchange
  if (connection.lastRequest === exchange) connection.lastRequest = undefined
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
  const certificate = decoder.i32le()
  if (certificate > 0) message.certificate = decoder.octets(certificate).slice()
  decoder.take(Math.max(decoder.i32le(), 0))
  if (decoder.failedAt >= 0) return
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
    message.role = asks ? 'notice' : 'part'
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

function identify(
  message: OpcUaMessage,
  typeId: number,
  asks: boolean,
  connection: Connection,
): void {
  message.typeId = typeId
  const service = services.get(typeId)
  message.service = service?.name ?? ''
  if (message.type === 'CLO') {
    // Servers close without an answer, as the standard has it since 1.03 (5.6.3).
    message.role = service?.role === 'request' ? 'notice' : 'part'
  } else if (service?.role === 'request') {
    asked(message, message.requestId, connection)
  } else if (service !== undefined) {
    answered(message, message.requestId, connection)
  } else {
    message.odd('unknown-function', 0)
    message.role = asks ? 'notice' : 'part'
  }
}

/** TypeId and structure of a whole message (Part 6, 6.7.2.2; 5.2.2.15). */
function readBody(message: OpcUaMessage, asks: boolean, connection: Connection): void {
  message.first = true
  const typeId = nodeId(decoder)
  if (typeId.namespace !== 0 || typeof typeId.id !== 'number') return
  identify(message, typeId.id, asks, connection)
  if (message.service === '') return
  message.body = structures.get(typeId.id)?.read(decoder)
  patience(message)
  if (decoder.failedAt < 0) trailing(message, decoder.end - decoder.at, connection)
}

/** How long clients wait: Publish is answered when there is something to say (Part 4, 5.14.5). */
function patience(message: OpcUaMessage): void {
  if (message.role !== 'request') return
  if (message.typeId === encodingIds.PublishRequest) {
    message.silent = true
    message.patience = PUBLISH_US_MAX
    return
  }
  const hint = (message.body as Partial<Request>).requestHeader?.timeoutHint ?? 0
  message.patience = Math.min(Math.max(hint * 1000, ANSWER_US_MIN), ANSWER_US_MAX)
}

/** Joined after its OPN: what follows the body is the signature of mode Sign, or nothing. */
function trailing(message: OpcUaMessage, rest: number, connection: Connection): void {
  if (connection.signature === undefined) {
    if (rest === 0 || isSignature(rest)) {
      connection.signature = rest
      connection.mode ??= rest === 0 ? 'None' : 'Sign'
      return
    }
  }
  if (rest > 0) message.odd('length-mismatch', decoder.at - decoder.origin)
}
