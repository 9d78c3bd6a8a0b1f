/**
 * One connection while it lasts: who opened it and how that is known, its state, its packets, and
 * on top of its bytes the probe, then the session of the protocol that was recognised.
 */
import type { AnomalyCode, Endpoint, Labels } from '../operation.ts'
import { labelsOf } from '../packet/labels.ts'
import type { Packet } from '../packet/packet.ts'
import type { Protocol, StreamContext } from './context.ts'
import { FlowRecord, destinationOf, isGroup, sourceOf } from './flow.ts'
import { FlowSink } from './flow-sink.ts'
import { PROBE_FAILURES_MAX, Probe } from './probe.ts'
import type { Piece, Verdict } from './probe.ts'
import { Reassembly } from './reassembly.ts'
import type { Receiver } from './reassembly.ts'
import { Session } from './session.ts'
import { TcpState } from './tcp-state.ts'

type Reason = 'syn' | 'port' | 'shape'

/** Away from registered ports, so that the rest of a plant's traffic stays cheap. */
const RETRIES_MAX = 4

export class Connection implements Receiver {
  readonly transport: 'tcp' | 'udp'
  readonly slot: number
  readonly low: Endpoint
  readonly high: Endpoint
  readonly vlans: readonly number[]
  readonly labels: Labels | undefined
  readonly start: number
  readonly firstPacket: number
  last: number
  lowPackets = 0
  lowBytes = 0
  highPackets = 0
  highBytes = 0
  readonly tcp = new TcpState()
  /** Packets told by the last interval record. */
  toldPackets = 0
  toldAt = 0
  flow: FlowRecord | undefined = undefined
  clientIsLow = true
  session: Session | undefined = undefined
  /** Its place in the list of those that a tick must look at. */
  watched = false

  readonly #context: StreamContext
  /** Index of the dissector that the server's port makes likely, or -1. */
  #hint = -1
  #reason: Reason | undefined = undefined
  /** Whether the protocol is still to be recognised; the probe is made with the first byte. */
  #isListening = false
  #probe: Probe | undefined = undefined
  #reassembly: Reassembly | undefined = undefined
  #retries = 0
  #joinedLate = false
  #sink: FlowSink | undefined = undefined
  #wrongProtocolTold = false
  #lastPacket: number

  constructor(p: Packet, slot: number, fromLow: boolean, context: StreamContext) {
    this.transport = p.transport === 6 ? 'tcp' : 'udp'
    this.slot = slot
    const source = sourceOf(p)
    const destination = destinationOf(p)
    this.low = fromLow ? source : destination
    this.high = fromLow ? destination : source
    this.vlans = p.vlans()
    this.labels = labelsOf(p)
    this.start = p.time
    this.last = p.time
    this.firstPacket = p.number
    this.#lastPacket = p.number
    this.#context = context
    context.counters.flows++
    this.#listen()
    this.#begin(p, fromLow)
  }

  #listen(): void {
    const { held, counters } = this.#context
    this.#isListening = true
    if (this.transport === 'tcp') this.#reassembly = new Reassembly(this, held, counters)
  }

  /**
   * What was not recognised is listened to again from time to time: a connection that lives for
   * months may have been joined within one long message.
   */
  retry(): void {
    if (this.session !== undefined || this.#isListening) return
    if (++this.#retries > RETRIES_MAX && this.#hint < 0) return
    this.#joinedLate = true
    this.#listen()
  }

  /** Joined after its start: its first bytes were not seen. */
  get midstream(): boolean {
    return this.transport === 'tcp' && (this.#joinedLate || !this.tcp.hasSyn)
  }

  /** Began before us and on a protocol's own port: too little came to say that it is not that. */
  get undecided(): boolean {
    if (this.transport !== 'tcp' || this.tcp.hasSyn || this.session !== undefined) return false
    return this.#hint >= 0 && this.#retries < RETRIES_MAX
  }

  get packets(): number {
    return this.lowPackets + this.highPackets
  }

  get operations(): FlowSink['operations'] {
    return this.#sink?.operations ?? {}
  }

  /** Roles of the first packet, where it or the ports tell. */
  #begin(p: Packet, fromLow: boolean): void {
    const tcp = this.tcp
    if (this.transport === 'tcp') tcp.begin(p, fromLow)
    if (tcp.hasSyn) {
      const { openerIsLow } = tcp
      this.#opened(openerIsLow ? this.low : this.high, openerIsLow ? this.high : this.low)
      return
    }
    const sender = fromLow ? this.low : this.high
    const receiver = fromLow ? this.high : this.low
    const atReceiver = this.#dissectorOf(receiver.port)
    const atSender = this.#dissectorOf(sender.port)
    if (atReceiver < 0 && atSender < 0 && !(this.transport === 'udp' && isGroup(p))) {
      // Undecided: the content may tell. Till then the lower port counts as the server's.
      if (sender.port === receiver.port) this.clientIsLow = fromLow
      else this.clientIsLow = sender.port > receiver.port === fromLow
      return
    }
    this.#hint = atReceiver >= 0 ? atReceiver : atSender
    this.clientIsLow = (atReceiver >= 0 || atSender < 0) === fromLow
    this.#resolve('port')
  }

  /**
   * Who opens is the client; but who opens from a protocol's own port towards one that is none
   * speaks as its server (modbus_test_data_part1.pcap: unasked exceptions from port 502).
   */
  #opened(opener: Endpoint, other: Endpoint): void {
    const atOther = this.#dissectorOf(other.port)
    const atOpener = atOther >= 0 ? -1 : this.#dissectorOf(opener.port)
    this.#hint = atOther >= 0 ? atOther : atOpener
    this.clientIsLow = atOpener < 0 === this.tcp.openerIsLow
    this.#resolve(atOpener < 0 ? 'syn' : 'port')
  }

  #dissectorOf(port: number): number {
    return this.#context.protocols.findIndex(
      ({ dissector }) =>
        dissector.ports.includes(port) && dissector.transports.includes(this.transport),
    )
  }

  /** Roles are known: the conversation begins for everybody else. */
  #resolve(reason: Reason): void {
    this.#reason = reason
    const client = this.clientIsLow ? this.low : this.high
    const server = this.clientIsLow ? this.high : this.low
    const number = this.#context.nextFlow()
    const { transport, vlans, labels } = this
    this.flow = new FlowRecord(number, transport, client, server, reason, vlans, labels)
    this.tell('begin')
  }

  /** The wait for a telling content is over. */
  settle(): FlowRecord {
    if (this.flow === undefined) this.#resolve('port')
    return this.flow as FlowRecord
  }

  get decided(): boolean {
    return this.flow !== undefined
  }

  /** Does this SYN belong to another connection between the same ports? */
  isOther(p: Packet, fromLow: boolean): boolean {
    const { tcp } = this
    if (this.transport !== 'tcp' || !tcp.isOther(p)) return false
    if (tcp.hasSyn && tcp.state === 'attempted' && fromLow === tcp.openerIsLow) {
      this.#anomaly('syn-resend', 'tcp', fromLow, p.time, p.number)
    }
    return true
  }

  packet(p: Packet, fromLow: boolean): void {
    this.last = p.time
    this.#lastPacket = p.number
    if (fromLow) {
      this.lowPackets++
      this.lowBytes += p.wire
    } else {
      this.highPackets++
      this.highBytes += p.wire
    }
    this.#context.counters.payloadBytes += p.payloadEnd - p.payload
    if (this.transport === 'udp') {
      this.#datagram(p, fromLow)
      return
    }
    const reassembly = this.#reassembly
    if (reassembly === undefined) {
      this.#context.counters.unknownBytes += p.payloadEnd - p.payload
    } else {
      reassembly.packet(p, fromLow)
    }
    if (this.tcp.packet(p, fromLow)) {
      this.#anomaly('reset-injected', 'tcp', fromLow, p.time, p.number)
    }
  }

  #datagram(p: Packet, fromLow: boolean): void {
    const { bytes, view, payload, payloadEnd, time, number } = p
    if (payload >= payloadEnd) return
    if (p.missing > 0) this.#context.counters.partialBytes += payloadEnd - payload
    else this.data(fromLow, bytes, view, payload, payloadEnd, time, number)
  }

  /** Of the reassembly: bytes of one direction, in order. */
  data(
    fromLow: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const session = this.session
    if (session !== undefined) {
      const fromClient = fromLow === this.clientIsLow
      if (this.transport === 'tcp') session.data(fromClient, bytes, view, start, end, time, packet)
      else session.datagram(fromClient, bytes, view, start, end, time, packet)
      return
    }
    if (!this.#isListening) {
      this.#context.counters.unknownBytes += end - start
      return
    }
    const { protocols, held } = this.#context
    const probe = (this.#probe ??= new Probe(protocols, this.transport, held))
    if (probe.isHint(this.#hint, fromLow, bytes, start, end)) {
      this.#recognised(probe, { index: this.#hint, clientIsLow: undefined })
      this.data(fromLow, bytes, view, start, end, time, packet)
      return
    }
    const verdict = probe.offer(this.#hint, { fromLow, start, end, time, packet }, bytes)
    if (verdict !== undefined) {
      this.#recognised(probe, verdict)
    } else if (probe.spent) {
      this.#unknown(probe)
    } else if (probe.failures > 0 && !this.midstream) {
      this.#wrongProtocol(fromLow, time, packet)
    }
  }

  gap(fromLow: boolean, bytes: number, time: number, packet: number): void {
    const session = this.session
    if (session !== undefined) session.gap(fromLow === this.clientIsLow, bytes, time, packet)
  }

  overlap(fromLow: boolean, time: number, packet: number): void {
    this.#anomaly('overlap', 'tcp', fromLow, time, packet)
  }

  #recognised(probe: Probe, verdict: Verdict): void {
    if (verdict.index !== this.#hint && this.#hint >= 0) {
      this.#wrongProtocol(this.clientIsLow, this.last, this.#lastPacket)
    }
    const told = verdict.clientIsLow
    if (this.flow === undefined || (this.#reason === 'port' && this.#hint < 0)) {
      const changed = told !== undefined && told !== this.clientIsLow
      if (changed && this.flow !== undefined) this.tell('end')
      if (told !== undefined) this.clientIsLow = told
      if (changed || this.flow === undefined) this.#resolve(told === undefined ? 'port' : 'shape')
    }
    const protocol = this.#context.protocols[verdict.index] as Protocol
    const sink = new FlowSink(this.#context.sink, protocol.coverage)
    this.#sink = sink
    const { midstream } = this
    const nextSequence = (): number => this.#context.nextSequence()
    const host = { sink, midstream, nextSequence }
    this.session = new Session(protocol, this.settle(), this.#context, host)
    this.#context.counters.flowsRecognised++
    // What is asked must be what the server reads; its answers move nothing.
    this.#reassembly?.compare(this.clientIsLow)
    this.#context.counters.unknownBytes += probe.refusedBytes
    this.#probe = undefined
    this.#isListening = false
    for (const piece of probe.pieces) this.#replay(probe, piece)
    probe.close()
  }

  #replay(probe: Probe, piece: Piece): void {
    const { bytes, view } = probe.bytesOf(piece)
    const { fromLow, start, end, time, packet } = piece
    this.data(fromLow, bytes, view, start, end, time, packet)
  }

  /** Left alone from now on: its bytes cost nothing more than being counted. */
  #unknown(probe: Probe): void {
    const counters = this.#context.counters
    if (!this.#joinedLate) counters.flowsUnknown++
    if (probe.failures < PROBE_FAILURES_MAX) counters.probesRefused++
    counters.unknownBytes += probe.refusedBytes + probe.low.length + probe.high.length
    probe.close()
    this.#probe = undefined
    this.#isListening = false
    this.#reassembly?.flush(this.last, this.#lastPacket)
    this.#reassembly = undefined
    // One that was joined late may be within a long message, but not time and again.
    if (this.midstream && this.#retries < RETRIES_MAX) return
    this.#wrongProtocol(this.clientIsLow, this.last, this.#lastPacket)
  }

  #wrongProtocol(fromLow: boolean, time: number, packet: number): void {
    if (this.#hint < 0 || this.#wrongProtocolTold) return
    this.#wrongProtocolTold = true
    this.#anomaly('wrong-protocol-on-port', this.transport, fromLow, time, packet)
  }

  #anomaly(code: AnomalyCode, layer: string, low: boolean, time: number, packet: number): void {
    const { protocols, sink } = this.#context
    const expected = protocols[this.#hint]?.dissector.name ?? ''
    sink.anomaly({
      flow: this.settle(),
      time,
      sequence: this.#context.nextSequence(),
      packet,
      code,
      layer,
      offset: 0,
      protocol: this.session?.protocol.dissector.name ?? expected,
      fromClient: low === this.clientIsLow,
    })
  }

  /** What a tick must look at: bytes that wait, answers that are awaited, roles undecided. */
  tick(now: number): void {
    const reassembly = this.#reassembly
    if (reassembly?.waiting === true) reassembly.tick(now)
    if (!this.decided) this.settle()
    this.session?.tick(now)
  }

  get waiting(): boolean {
    return this.#reassembly?.waiting === true
  }

  /** The end, by FIN, RST, silence, eviction or the end of the capture. */
  end(time: number): void {
    this.#reassembly?.flush(time, this.#lastPacket)
    this.#reassembly = undefined
    const probe = this.#probe
    if (probe !== undefined) {
      const { low, high, refusedBytes } = probe
      this.#context.counters.unknownBytes += low.length + high.length + refusedBytes
      probe.close()
      this.#probe = undefined
    }
    this.settle()
    this.session?.close(time)
    this.tell('end')
  }

  tell(phase: 'begin' | 'interval' | 'end'): void {
    const flow = this.flow
    if (flow === undefined) return
    const byLow = this.clientIsLow
    this.toldPackets = this.packets
    this.toldAt = this.last
    this.#context.sink.conversation({
      flow,
      sequence: this.#context.nextSequence(),
      start: this.start,
      end: this.last,
      state: this.tcp.state,
      protocol: this.session?.protocol.dissector.name ?? '',
      ...(phase !== 'begin' && this.undecided ? { undecided: true } : {}),
      clientPackets: byLow ? this.lowPackets : this.highPackets,
      clientBytes: byLow ? this.lowBytes : this.highBytes,
      serverPackets: byLow ? this.highPackets : this.lowPackets,
      serverBytes: byLow ? this.highBytes : this.lowBytes,
      operations: { ...this.operations },
      packet: this.firstPacket,
      phase,
    })
  }
}
