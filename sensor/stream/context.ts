/** What all connections of one sensor share. */
import type { AnomalyCode, Sink } from '../operation.ts'
import type { AnyDissector } from '../protocols/dissector.ts'
import type { Fates } from '../protocols/fates.ts'
import { noFates } from '../protocols/fates.ts'
import type { Waiting } from '../protocols/pending.ts'
import type { ReassemblyCounters } from './receiver.ts'
import type { HeldBytes } from './segments.ts'
import type { ServerTable } from './servers.ts'

/** Of one protocol: how much of it there was and how much could be read. */
export interface Coverage {
  /** Decoded, odd ones included. */
  messages: number
  /** Not decoded at all. */
  malformed: number
  /** Decoded as far as they go, and not what the standard says. */
  odd: number
  gaps: number
  encrypted: number
}

/** What is wrong with a message itself; the other codes are about its place among others. */
const malformations: ReadonlySet<AnomalyCode> = new Set([
  'cut-short',
  'length-mismatch',
  'ambiguous-length',
  'bad-protocol-id',
  'reserved-value',
  'bad-utf8',
  'overlong-length',
  'alias-out-of-range',
  'value-invalid',
  'chunk-limit',
  'work-limit',
] as const)

export function isOdd(anomalies: readonly { readonly code: AnomalyCode }[]): boolean {
  for (const { code } of anomalies) if (malformations.has(code)) return true
  return false
}

export interface Protocol {
  readonly dissector: AnyDissector
  readonly tally: unknown
  readonly coverage: Coverage
}

export interface StreamCounters extends ReassemblyCounters, Fates {
  /** Payload bytes by fate: these, duplicates, gaps and strays make all of them. */
  payloadBytes: number
  parsedBytes: number
  /** Of malformed messages, and passed over in search of the next. */
  malformedBytes: number
  /** Of messages too long to put together. */
  skippedBytes: number
  /** Of connections whose protocol is not known. */
  unknownBytes: number
  /** Of messages whose rest did not come. */
  partialBytes: number
  /** Flows that began: open, ended or evicted. */
  flows: number
  flowsEnded: number
  flowsEvicted: number
  /** Told one by one, and those that ended without being told. */
  flowsTold: number
  flowsUntold: number
  /** Unanswered in a flood; and answered later. */
  flowsDenied: number
  flowsToldLate: number
  anomaliesUntold: number
  /** Packets that belong to a flow, and late repetitions of an end. */
  flowPackets: number
  packetsLate: number
  /** Flows whose payload was read. */
  connections: number
  connectionsEvicted: number
  flowsUnknown: number
  flowsRecognised: number
  messagesSkipped: number
  carryRefused: number
  /** Connections that were not listened to further, for want of room. */
  probesRefused: number
  clockRegressions: number
}

/** Where the sensor is: what it tells now, it tells because of this packet. */
export interface Place {
  /** Ordinal of the packet in the run, from 1; at the end of it one more. */
  packet: number
  /** 0 for the packet itself; what time tells before it, and the end, in stages from below. */
  stage: number
  /** Of a stage, in this order: the number of the flow's first packet. */
  order: number
}

export interface StreamContext {
  readonly place: Place
  readonly sink: Sink
  readonly protocols: readonly Protocol[]
  readonly counters: StreamCounters
  readonly held: HeldBytes
  readonly waiting: Waiting
  readonly servers: ServerTable
  readonly nextSequence: () => number
  nextFlow(): number
}

export function streamCounters(): StreamCounters {
  return {
    ...noFates(),
    payloadBytes: 0,
    parsedBytes: 0,
    malformedBytes: 0,
    skippedBytes: 0,
    unknownBytes: 0,
    partialBytes: 0,
    duplicateBytes: 0,
    gapBytes: 0,
    gaps: 0,
    lostBytes: 0,
    losses: 0,
    retransmissions: 0,
    cutBytes: 0,
    cuts: 0,
    outOfOrder: 0,
    overlaps: 0,
    strayBytes: 0,
    boundReached: 0,
    flows: 0,
    flowsEnded: 0,
    flowsEvicted: 0,
    flowsTold: 0,
    flowsUntold: 0,
    flowsDenied: 0,
    flowsToldLate: 0,
    anomaliesUntold: 0,
    flowPackets: 0,
    packetsLate: 0,
    connections: 0,
    connectionsEvicted: 0,
    flowsUnknown: 0,
    flowsRecognised: 0,
    messagesSkipped: 0,
    carryRefused: 0,
    probesRefused: 0,
    clockRegressions: 0,
  }
}
