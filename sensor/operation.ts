/**
 * What the sensor says, in the form it has on the hot path: an operation, an identity statement,
 * a conversation, an anomaly, sensor health. `observation.ts` turns each into the record of
 * `fields.md`, in one place. Times are microseconds since 1970, as a double (exact until 2255).
 */

export type FieldValue = string | number | boolean | readonly (string | number | boolean)[]
export type Fields = Readonly<Record<string, FieldValue>>

/** Strongest first: an operation names all of its classes in this order. */
export const operationClasses = [
  'program',
  'control',
  'command',
  'write',
  'publish',
  'read',
  'subscribe',
  'deliver',
  'identify',
  'discover',
  'session',
  'other',
] as const
export type OperationClass = (typeof operationClasses)[number]

export type NotAssessable =
  | 'encrypted'
  | 'gap'
  | 'midstream'
  | 'limit'
  | 'nat-ambiguous'
  | 'not-visible'

export type Outcome = 'success' | 'failure' | 'unknown'

export interface Endpoint {
  /** Canonical text: dotted IPv4, RFC 5952 IPv6; '' where there is none (ARP probes). */
  readonly ip: string
  /** 0 where the transport has none. */
  readonly port: number
  /** As ECS writes it, `00-80-F4-10-20-01`; '' where the link has none. */
  readonly mac: string
}

/** What the way to the mirror wrote on the packets of a flow, as its first packet had it. */
export interface Labels {
  /** All tags, the outermost first: those around tunnels too, which `Flow.vlans` leaves out. */
  readonly vlans: readonly number[]
  /** The mirror that sent the copy: `erspan-2`; its session, -1 where it has none; its address. */
  readonly mirror:
    | { readonly type: string; readonly session: number; readonly source: string }
    | undefined
  /** `vxlan`, `mpls`, …, the outermost first, each once. */
  readonly encapsulations: readonly string[]
  /** `vxlan:5000`, `mpls:16`, …; not all have one. */
  readonly encapsulationIds: readonly string[]
  /** The mirror port, of a live capture. */
  readonly interface?: string
}

/** One transport conversation, with who opened it and how that is known. */
export interface Flow {
  /** Ordinal in this run, from 1. */
  readonly number: number
  readonly transport: 'tcp' | 'udp' | 'arp'
  readonly client: Endpoint
  readonly server: Endpoint
  readonly initiatorReason: 'syn' | 'port' | 'shape'
  /** Both directions seen with a matching request and response of a recognised protocol. */
  proven: boolean
  /** Tags of the frame that the endpoints are in, the outermost first. */
  readonly vlans: readonly number[]
  /** Left out where nothing encapsulates the flow. */
  readonly labels?: Labels | undefined
  /** Community ID v1 (https://github.com/corelight/community-id-spec), made when asked for. */
  readonly id: string
  /** Owned by the stage to the right: what it has already judged of this flow. */
  slot: unknown
}

/** What a dissector says of one request: everything but who, when and what came of it. */
export interface OperationDraft {
  /** Where it is not the dissector's name: what a carried protocol asks (Sparkplug in MQTT). */
  readonly protocol?: string
  /** The standard's name of what was asked: `Write Multiple Registers`, `Call`, `PUBLISH`. */
  readonly action: string
  readonly classes: readonly OperationClass[]
  /** Canonical text, `holding:40-43`, `node:nsu=urn:acme;s=Line1.SP`, … (fields.md). */
  readonly targets: readonly string[]
  /** Written or sent, as source text; left out where `numbers` says the same. */
  readonly values?: readonly string[] | undefined
  readonly numbers?: readonly number[] | undefined
  /**
   * All of the operation that a judgement may depend on, save value, time and who: two drafts of
   * one flow with equal `kind` are judged alike. Cheap to make: it is made for every request.
   */
  readonly kind: string
  readonly user?: string
  /** `modbus.*`, `opcua.*`, `mqtt.*`, `sparkplug.*`. */
  readonly fields: Fields
  readonly notAssessable?: readonly NotAssessable[]
}

/** What came of it, once the answer is seen. */
export interface Answer {
  readonly outcome: Outcome
  /** The protocol's own word: `Illegal Data Address`, `BadUserAccessDenied`, `Not authorized`. */
  readonly status?: string
  /** Values read. */
  readonly values?: readonly string[] | undefined
  readonly numbers?: readonly number[] | undefined
  readonly fields?: Fields
}

export interface Operation {
  readonly protocol: string
  readonly flow: Flow
  /** Who asked, whoever opened the connection. */
  readonly client: Endpoint
  readonly server: Endpoint
  /** First byte of the request, µs. */
  readonly time: number
  /** Order of observations of this sensor: the request gives it. */
  readonly sequence: number
  readonly draft: OperationDraft
  /** Item of the request this is, from 0 (OPC UA writes and calls, Sparkplug metrics). */
  readonly item: number
  /** Packet numbers, of the request, then of the answer. */
  readonly packets: readonly number[]
  answer: Answer | undefined
  /** Time of the answer, µs. */
  answered: number
  /** Set where a gap or loss came before the request in its flow. */
  readonly notAssessable: readonly NotAssessable[]
  /** Owned by the stage to the right: how it judged the request. */
  slot: unknown
}

export interface Identity {
  readonly time: number
  readonly sequence: number
  readonly packet: number
  /** Whom it is about. */
  readonly endpoint: Endpoint
  /** Modbus unit behind the endpoint, where there is one. */
  readonly unit?: number
  /** `vendor`, `model`, `firmware`, `serial`, `name`, `application-uri`, `client-id`, … */
  readonly attribute: string
  readonly value: string
  readonly protocol: string
  /** A: the device states it; B: vendor or type; C: role only (protocols.md section 5). */
  readonly confidence: 'A' | 'B' | 'C'
}

export type FlowState = 'attempted' | 'refused' | 'established' | 'closed' | 'reset'

export interface Conversation {
  readonly flow: Flow
  readonly sequence: number
  /** First and last packet, µs. */
  readonly start: number
  readonly end: number
  readonly state: FlowState
  readonly protocol: string
  /** Joined within what may be a long message of the port's protocol: not yet known to be none. */
  readonly undecided?: boolean
  readonly clientPackets: number
  readonly clientBytes: number
  readonly serverPackets: number
  readonly serverBytes: number
  /** Packets and bytes of both directions that an earlier record of the conversation told. */
  readonly toldPackets: number
  readonly toldBytes: number
  /** Bytes above the transport, both directions; left out where they were not counted. */
  readonly payloadBytes?: number
  /** Operations by class. */
  readonly operations: Readonly<Partial<Record<OperationClass, number>>>
  /** First packet number. */
  readonly packet: number
  readonly phase: 'begin' | 'interval' | 'end'
}

export const anomalyCodes = [
  'cut-short',
  'length-mismatch',
  'ambiguous-length',
  'bad-protocol-id',
  'reserved-value',
  'unknown-function',
  'wrong-protocol-on-port',
  'bad-utf8',
  'overlong-length',
  'protocol-order',
  'topic-unresolved',
  'alias-out-of-range',
  'value-invalid',
  'chunk-limit',
  'work-limit',
  'duplicate-response',
  'unsolicited-response',
  'response-mismatch',
  'no-response',
  'tid-reuse',
  'sequence-gap',
  'bdseq-mismatch',
  'client-id-taken-over',
  'overlap',
  'fragment-overlap',
  'syn-resend',
  'reset-injected',
  'gap',
] as const
export type AnomalyCode = (typeof anomalyCodes)[number]

export interface Anomaly {
  readonly flow: Flow
  readonly time: number
  readonly sequence: number
  readonly packet: number
  readonly code: AnomalyCode
  readonly layer: string
  /** Bytes from the start of the layer's data. */
  readonly offset: number
  readonly protocol: string
  /** True where the client of the flow sent it. */
  readonly fromClient: boolean
  /** `gap`: bytes are missing before it in its flow, so it may be none of the sender's doing. */
  readonly notAssessable?: readonly NotAssessable[]
}

export type SensorEventName =
  | 'gap'
  | 'loss'
  | 'silence'
  | 'limit'
  | 'clock'
  | 'unaccounted'
  | 'transmitted'
  | 'interface'
  | 'backlog'
  | 'dead-letter'
  | 'policy-expired'
  | 'store'

export interface SensorEvent {
  readonly time: number
  readonly sequence: number
  readonly event: SensorEventName
  /** What, with its numbers: `{ table: 'flows', evicted: 12 }`. */
  readonly fields: Fields
}

/**
 * Who listens to the sensor. An operation is told twice: when its request is seen (judge it then)
 * and when its answer, its timeout or the end of the capture is known (write it then).
 */
export interface Sink {
  /** Once a second of capture time, before what the packet that began it tells. */
  advance?(time: number): void
  /** From one of several sensors: what of its tables reached a bound so far (`Limits`). */
  reached?(reached: Readonly<Record<string, number>>, now: number, end: boolean): void
  requested(operation: Operation): void
  completed(operation: Operation): void
  identity(identity: Identity): void
  conversation(conversation: Conversation): void
  anomaly(anomaly: Anomaly): void
  health(event: SensorEvent): void
}
