/** One MessageChunk with, in the last chunk of a message, what the whole message says. */
import type { Certificate } from '../../decode/certificate.ts'
import type { AnomalyCode, OperationDraft } from '../../operation.ts'
import type { IdentityStatement, Message } from '../dissector.ts'
import type { Unseen } from './repeats.ts'

/** MessageTypes of OPC UA TCP and the secure conversation (Part 6, 6.7.2.2 and 7.1.2.2). */
export const messageTypes = ['HEL', 'ACK', 'ERR', 'RHE', 'OPN', 'MSG', 'CLO'] as const
export type MessageType = (typeof messageTypes)[number]

/** What a request leaves for its answer; its body is let go. */
export type Memory = Readonly<Record<string, unknown>>

export class OpcUaMessage implements Message {
  readonly protocol = 'opcua'
  role: Message['role'] = 'part'
  exchange: string | number = -1
  silent = false
  /** Where the request says nothing; stacks give up after some seconds. */
  patience = 5_000_000
  anomalies?: { code: AnomalyCode; at: number }[]

  readonly type: MessageType
  /** F final, C intermediate, A abort (Part 6, 6.7.2.2). */
  readonly flag: string
  readonly bytes: number
  channelId = 0
  requestId = 0
  /** Last part of the policy URI of an OPN, '' where there is none. */
  policy = ''
  /** Nothing below the security header can be read. */
  opaque = false
  /** Carries the TypeId: the first chunk of its message. */
  first = false
  /** Ends its message. */
  whole = false
  /** Encoding id of the service message (namespace 0), 0 where there is none. */
  typeId = 0
  service = ''
  body: unknown = undefined
  /** Status of an ERR or of an abort, with its reason. */
  /** Of the sender of an OPN. */
  certificate: Certificate | undefined = undefined
  status = 0
  reason = ''
  endpointUrl = ''
  /** Of an RHE. */
  serverUri = ''
  /** A limit kept the body from being put together or read whole. */
  limited = false

  memory: Memory | undefined = undefined
  /** What a request asks, where the same was asked before. */
  drafts: readonly OperationDraft[] | undefined = undefined
  /** The request's body, where it was not. */
  unseen: Unseen | undefined = undefined
  statements: readonly IdentityStatement[] | undefined = undefined

  constructor(type: MessageType, flag: string, bytes: number) {
    this.type = type
    this.flag = flag
    this.bytes = bytes
  }

  odd(code: AnomalyCode, at: number): void {
    this.anomalies ??= []
    this.anomalies.push({ code, at })
  }
}
