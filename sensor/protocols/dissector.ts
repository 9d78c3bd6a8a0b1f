/**
 * The contract of a dissector: pure, from bytes and state to messages; no clock, no log, no I/O,
 * no throw on any input. `exchange.ts` joins its requests and responses into operations.
 */
import type {
  AnomalyCode,
  Answer,
  Endpoint,
  Identity,
  Operation,
  OperationDraft,
} from '../operation.ts'
import type { Reader } from '../reader.ts'

/** Wire bytes that are not what the standard says: a value, never an exception. */
export interface Malformed {
  readonly malformed: AnomalyCode
  /** Offset from the start of the message. */
  readonly at: number
  readonly layer: string
}

export interface Message {
  readonly protocol: string
  /**
   * `request` opens an exchange, `response` answers the open one with the same key, `notice`
   * stands alone (a QoS 0 PUBLISH: its operations are complete at once), `part` is a chunk of
   * something that a later message completes.
   */
  readonly role: 'request' | 'response' | 'notice' | 'part'
  /**
   * Joins request and response within one connection, the direction included where both sides
   * may ask (MQTT). Requests with equal keys are answered first in, first out.
   */
  readonly exchange: string | number
  /** No answer will come (Modbus force listen only, broadcast writes): never `no-response`. */
  readonly silent?: boolean
  /** How long the answer may take, µs, where it is not the usual (a parked OPC UA Publish). */
  readonly patience?: number
  /** The server of the operation sent it although it asks (MQTT: the broker delivers). */
  readonly fromServer?: boolean
  /** What is odd although it was decoded. */
  readonly anomalies?: readonly { readonly code: AnomalyCode; readonly at: number }[]
}

/** Who is on which end, and when: the little that some drafts need of the connection. */
export interface Context {
  readonly client: Endpoint
  readonly server: Endpoint
  /** Capture time of the message's first byte, µs. */
  readonly time: number
  readonly transport?: 'tcp' | 'udp'
}

export type IdentityStatement = Pick<Identity, 'attribute' | 'value' | 'confidence' | 'unit'> & {
  readonly of: 'client' | 'server'
}

/** Shared by all servers: what their tables forgot, or did not take, for want of room. */
export interface Memory {
  forgotten: number
}

export interface Dissector<M extends Message, State, Server, Tally> {
  readonly name: string
  /** Documents and versions that the code follows. */
  readonly specification: string
  readonly transports: readonly ('tcp' | 'udp')[]
  /** Registered ports: a hint for who is the server, never a condition. */
  readonly ports: readonly number[]
  /** Longest message that is put together in memory; a longer one is skipped and counted. */
  readonly messageBytesMax: number

  /** What all connections of one server share (ip:port), bounded by construction. */
  server(memory?: Memory): Server
  /** What one connection keeps, both directions, bounded by construction. */
  open(server: Server): State

  /**
   * Length of the message that begins at `start`; 0: more bytes are needed to say; -1: this is
   * not the protocol. Also the probe by which the protocol is recognised on any port, so it must
   * be strict enough that random bytes pass rarely.
   */
  frame(bytes: Uint8Array, start: number, end: number): number
  /**
   * As `frame`, but for recognising the protocol where it is not yet known: what a connection may
   * carry once it is known (an unassigned packet type) is no reason to take it for this protocol.
   * Default: `frame`.
   */
  probe?(bytes: Uint8Array, start: number, end: number): number
  /** Which side sends a message like this one, where its shape tells. */
  speaker(bytes: Uint8Array, start: number, end: number): 'client' | 'server' | undefined
  /** Offset of the next plausible message after a gap, or -1; default: the next segment. */
  resync?(bytes: Uint8Array, start: number, end: number): number
  /** A gap of unknown length in one direction: forget what it makes unsure. */
  gap?(state: State, fromClient: boolean): void

  /** One whole message; `fromClient` is the direction in the connection. */
  decode(reader: Reader, fromClient: boolean, state: State): M | Malformed

  /** The operations that a request or notice asks for: one record each (fields.md). */
  operations(message: M, state: State, context: Context): readonly OperationDraft[]
  /** What a response says of the item-th operation of its request; undefined: it does not fit. */
  answer(request: M, response: M, item: number, state: State): Answer | undefined
  /** Who one of the two ends is said to be. `request` is the one that `message` answers. */
  identities?(message: M, request: M | undefined, state: State): readonly IdentityStatement[]

  /** Counters of a run in the keys of the corpus' oracle (`counts` of `analyze --json`). */
  tally(): Tally
  count(message: M, tally: Tally): void
  counts(tally: Tally): Record<string, unknown>

  /** One printable line of at most 160 characters. */
  summary(message: M): string
}

// The table of protocols holds dissectors of different messages and states side by side; each is
// only ever given back what it made itself.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyDissector = Dissector<any, any, any, any>

/** What a payload dissector made of one payload. */
export interface Carried {
  /** Its message type, counted under the payload dissector's name by the carrier. */
  readonly type: string
  readonly anomalies?: Message['anomalies']
  readonly identities?: readonly IdentityStatement[]
  /** `carrier` is the draft that the payload would have had as opaque bytes. */
  operations(carrier: OperationDraft): readonly OperationDraft[]
}

/** A protocol inside the payloads of another one, told by topic: Sparkplug B in MQTT. */
export interface PayloadDissector<Topic, Server> {
  readonly name: string
  readonly specification: string
  /** What all connections of one broker share, bounded by construction. */
  server(memory?: Memory): Server
  /** What the topic says, kept with it; undefined where the payload is none of this protocol. */
  topic(name: string): Topic | undefined
  /**
   * `delivered`: the broker hands it on; what its sender published may have been seen before.
   * `missed`: messages so far of this connection whose topic is not known: they may be its own.
   */
  decode(
    topic: Topic,
    payload: Uint8Array,
    delivered: boolean,
    server: Server,
    missed: number,
  ): Carried
  /** Whether the bytes are such a payload from end to end; changes nothing that is kept. */
  fits?(topic: Topic, payload: Uint8Array): boolean
  /** Bytes that a client sent are missing: forget what they make unsure. */
  gap?(server: Server): void
}

// oxlint-disable-next-line typescript/no-explicit-any
export type AnyPayloadDissector = PayloadDissector<any, any>

export function isMalformed(value: Message | Malformed): value is Malformed {
  return 'malformed' in value
}

export type { Answer, Operation, OperationDraft }
