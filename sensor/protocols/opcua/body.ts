/** What a whole message says: TypeId and structure (Part 6, 6.7.2.2; Part 4, 5). */
import { nodeId } from './builtin.ts'
import type { Connection } from './connection.ts'
import { Decoder } from './decoder.ts'
import { encodingIds, services } from './encoding-ids.generated.ts'
import type { OpcUaMessage } from './message.ts'
import { isSignature } from './policies.ts'
import type { Request } from './services/service.ts'
import { sessionKey } from './services/sessions.ts'
import { NOBODY, standingOf } from './standing.ts'
import type { Who } from './standing.ts'
import { structures } from './types.generated.ts'

/** A parked Publish waits for the keep-alive of its subscription, minutes at most. */
const PUBLISH_US_MAX = 3_600_000_000
/** Bounds of what a request's timeout hint is believed; stacks default to 5 to 60 s. */
const ANSWER_US_MIN = 5_000_000
const ANSWER_US_MAX = 120_000_000

/** The same for all messages: each is read to its end before the next begins. */
export const decoder = new Decoder(structures)

/** Who asks and who answers, under which key (exchange.ts). */
export function asked(
  message: OpcUaMessage,
  exchange: string | number,
  connection: Connection,
): void {
  message.role = 'request'
  message.exchange = exchange
  connection.lastRequest = exchange
}

export function answered(
  message: OpcUaMessage,
  exchange: string | number,
  connection: Connection,
): void {
  message.role = 'response'
  message.exchange = exchange
  if (connection.lastRequest === exchange) connection.lastRequest = undefined
}

export function identify(
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
export function readBody(message: OpcUaMessage, asks: boolean, connection: Connection): void {
  message.first = true
  const typeId = nodeId(decoder)
  if (typeId.namespace !== 0 || typeof typeId.id !== 'number') return
  identify(message, typeId.id, asks, connection)
  if (message.service === '') return
  if (typeId.id === encodingIds.ReadRequest && isRepeated(message, connection)) return
  message.body = structures.get(typeId.id)?.read(decoder)
  patience(message)
  if (decoder.failedAt < 0) trailing(message, decoder.end - decoder.at, connection)
  if (decoder.failedAt >= 0 || decoder.at < decoder.end) message.unseen = undefined
}

/** After the token: time 8, handle 4, diagnostics 4, audit entry 4, timeout 4, no more header 3. */
const HEADER_REST_BYTES = 27

/** Whether the body behind the RequestHeader (Part 4, 7.32) is one that is known by its bytes. */
function isRepeated(message: OpcUaMessage, connection: Connection): boolean {
  if (connection.signature === undefined) return false
  const { bytes, view, at, end } = decoder
  const who = whoSends(connection)
  const from = decoder.at
  const body = from + HEADER_REST_BYTES
  decoder.at = at
  if (decoder.failedAt >= 0 || body > end) return false
  const plain = view.getInt32(from + 16, true) <= 0
  if (!plain || bytes[from + 24] !== 0 || bytes[from + 25] !== 0 || bytes[from + 26] !== 0) {
    return false
  }
  const standing = standingOf(message.service, message.typeId, who, false, connection)
  const found = connection.server.repeats.find(standing, view, body, end)
  if (found === undefined || !('drafts' in found)) {
    message.unseen = found
    return false
  }
  message.drafts = found.drafts
  message.memory = found.memory
  message.patience = waiting(view.getUint32(from + 20, true))
  decoder.at = end
  return true
}

/** Longest token compared by its bytes; stacks use 16 to 32. */
const TOKEN_BYTES_MAX = 256

/** Whose token comes next: nearly always that of the request before. */
function whoSends(connection: Connection): Who {
  const { server, token, who } = connection
  const { bytes, at } = decoder
  if (who !== undefined && connection.whoVersion === server.version && isNext(token)) {
    decoder.at += token.length
    return who
  }
  const key = sessionKey(nodeId(decoder))
  const session = key === '' ? undefined : server.session(key)
  const found = key === '' ? NOBODY : { session, midstream: session === undefined }
  if (decoder.failedAt < 0 && decoder.at - at <= TOKEN_BYTES_MAX) {
    connection.token = bytes.slice(at, decoder.at)
    connection.who = found
    connection.whoVersion = server.version
  }
  return found
}

function isNext(token: Uint8Array): boolean {
  const { bytes, at, end } = decoder
  if (at + token.length > end) return false
  for (let i = 0; i < token.length; i++) if (token[i] !== bytes[at + i]) return false
  return true
}

/** How long clients wait: Publish is answered when there is something to say (Part 4, 5.14.5). */
function patience(message: OpcUaMessage): void {
  if (message.role !== 'request') return
  if (message.typeId === encodingIds.PublishRequest) {
    message.silent = true
    message.patience = PUBLISH_US_MAX
    return
  }
  message.patience = waiting((message.body as Partial<Request>).requestHeader?.timeoutHint ?? 0)
}

function waiting(hint: number): number {
  return Math.min(Math.max(hint * 1000, ANSWER_US_MIN), ANSWER_US_MAX)
}

/** Joined after its OPN: what follows the body is the signature of mode Sign, or nothing. */
function trailing(message: OpcUaMessage, rest: number, connection: Connection): void {
  if (connection.signature === undefined) {
    if (rest === 0 || isSignature(rest)) {
      connection.signature = rest
      connection.mode ??= rest === 0 ? 'None' : 'Sign'
      // Without a signature the policy is None too; of mode Sign the policy is not known.
      if (rest === 0 && connection.policy === '') connection.policy = 'None'
      return
    }
  }
  if (rest > 0) message.odd('length-mismatch', decoder.at - decoder.origin)
}
