/**
 * A flow whose payload is read: its bytes in order, and on top of them the probe, then the session
 * of the protocol that was recognised. It lasts as long as somebody wants to read; all else that
 * is known of the flow is in the table, and stays there.
 */
import type { OperationClass } from '../operation.ts'
import type { Packet } from '../packet/packet.ts'
import { URG } from '../packet/packet.ts'
import type { Protocol, StreamContext } from './context.ts'
import {
  ALONE,
  LATE,
  OPENED_HIGH,
  OPENED_LOW,
  STARTED_HIGH,
  STARTED_LOW,
  TOLD,
  clientIsLow,
  failures,
  isDecided,
  reasonOf,
  retries,
  withFailures,
} from './flow-state.ts'
import { STATE } from './flow-table.ts'
import type { FlowTable } from './flow-table.ts'
import type { FlowRecord } from './flow.ts'
import { FlowSink } from './flow-sink.ts'
import type { Flows, Oddity, Reading } from './flows.ts'
import { RETRIES_MAX } from './flows.ts'
import { PROBE_FAILURES_MAX, Probe } from './probe.ts'
import type { Piece, Verdict } from './probe.ts'
import { Reassembly } from './reassembly.ts'
import type { Receiver } from './receiver.ts'
import { Session } from './session.ts'

export class Connection implements Receiver, Reading {
  readonly slot: number
  /** Number of the flow's first packet. */
  readonly first: number
  session: Session | undefined = undefined
  /** Its place in the list of those that a tick must look at. */
  watched = false
  closed = false

  readonly #context: StreamContext
  readonly #flows: Flows
  readonly #table: FlowTable
  readonly #transport: 'tcp' | 'udp'
  #clientIsLow: boolean
  /** Whether the protocol is still to be recognised; the probe is made with the first byte. */
  #isListening = true
  #probe: Probe | undefined = undefined
  #reassembly: Reassembly | undefined = undefined
  #flow: FlowRecord | undefined = undefined
  #sink: FlowSink | undefined = undefined
  #lastPacket = 0
  /** What was odd before anybody knew whether it matters. */
  #early: Oddity | undefined = undefined

  constructor(slot: number, flows: Flows, table: FlowTable, context: StreamContext) {
    this.slot = slot
    this.first = table.first(slot)
    this.#flows = flows
    this.#table = table
    this.#context = context
    this.#transport = table.isUdp(slot) ? 'udp' : 'tcp'
    const state = table.get(slot, STATE)
    this.#clientIsLow = clientIsLow(state)
    if (this.#transport === 'tcp') this.#reassembly = this.#assemble(state)
  }

  /** Where the table says that the directions stand. */
  #assemble(state: number): Reassembly {
    const { held, counters } = this.#context
    const reassembly = new Reassembly(this, held, counters)
    const { slot } = this
    const low = this.#table.next(slot, true)
    const high = this.#table.next(slot, false)
    if ((state & STARTED_LOW) !== 0) reassembly.begin(true, low, (state & OPENED_LOW) !== 0)
    if ((state & STARTED_HIGH) !== 0) reassembly.begin(false, high, (state & OPENED_HIGH) !== 0)
    return reassembly
  }

  /** The flow as others know it, once it was told. */
  get flow(): FlowRecord | undefined {
    if (this.#flow === undefined && (this.#state & TOLD) !== 0) {
      this.#flow = this.#flows.record(this.slot)
    }
    return this.#flow
  }

  get protocol(): string {
    return this.session?.protocol.dissector.name ?? ''
  }

  get operations(): Readonly<Partial<Record<OperationClass, number>>> {
    return this.#sink?.operations ?? {}
  }

  /** Nobody wants to read on, and nothing is kept. */
  get idle(): boolean {
    if (this.session !== undefined) return false
    if (!this.#isListening) return true
    // A datagram is whole: what begins no message leaves nothing behind but a count.
    return this.#transport === 'udp' && (this.#probe?.empty ?? true)
  }

  /** Bytes wait for others. */
  get waiting(): boolean {
    return this.#reassembly?.waiting === true
  }

  get #state(): number {
    return this.#table.get(this.slot, STATE)
  }

  #mark(bits: number): void {
    this.#table.set(this.slot, STATE, this.#state | bits)
  }

  /** Were bytes of this direction handed on? */
  spoke(low: boolean): boolean {
    return this.#reassembly?.spoke(low) === true
  }

  /** Was the payload of this packet, or datagram, read before? */
  holds(p: Packet, fromLow: boolean): boolean {
    return this.#reassembly?.holds(p, fromLow) ?? true
  }

  /** Of a packet that was just given: its payload is read, or waits to be. */
  took(p: Packet, fromLow: boolean): boolean {
    return this.#reassembly?.took(p, fromLow) ?? true
  }

  packet(p: Packet, fromLow: boolean): void {
    this.#lastPacket = p.number
    if (this.#transport === 'udp') {
      this.#datagram(p, fromLow)
      return
    }
    this.#reassembly?.packet(p, fromLow)
    if ((p.flags & URG) !== 0 && p.payload < p.payloadEnd) this.#urgent(p, fromLow)
  }

  /** Most servers take the urgent byte out of the stream (RFC 6093 section 2); nobody here does. */
  #urgent({ time, number: packet }: Packet, fromLow: boolean): void {
    this.#odd({ code: 'ambiguous-length', layer: 'tcp', fromLow, time, packet })
  }

  /** Away from our ports it is told once a protocol of ours is recognised. */
  #odd(oddity: Oddity): void {
    if (this.session === undefined && this.#table.hint(this.slot) < 0) this.#early ??= oddity
    else this.#flows.anomaly(this.slot, oddity, this)
  }

  #datagram(p: Packet, fromLow: boolean): void {
    const { bytes, view, payload, payloadEnd, time, number } = p
    if (payload >= payloadEnd) return
    if (p.missing > 0) {
      this.#context.counters.cuts++
      this.#context.counters.cutBytes += p.missing
      this.#context.counters.partialBytes += payloadEnd - payload
    } else {
      this.data(fromLow, bytes, view, payload, payloadEnd, time, number)
    }
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
      const fromClient = fromLow === this.#clientIsLow
      if (this.#transport === 'tcp') session.data(fromClient, bytes, view, start, end, time, packet)
      else session.datagram(fromClient, bytes, view, start, end, time, packet)
      return
    }
    if (!this.#isListening) {
      this.#context.counters.unknownBytes += end - start
      return
    }
    const { protocols, held } = this.#context
    const hint = this.#table.hint(this.slot)
    const probe = (this.#probe ??= new Probe(
      protocols,
      this.#transport,
      held,
      failures(this.#state),
    ))
    if (probe.isHint(hint, fromLow, bytes, start, end)) {
      this.#recognised(probe, { index: hint, clientIsLow: undefined })
      this.data(fromLow, bytes, view, start, end, time, packet)
      return
    }
    // What is said of a message while the rest of it is awaited counts as well.
    this.#reassembly?.compare(fromLow)
    const verdict = probe.offer(hint, { fromLow, start, end, time, packet }, bytes)
    if (verdict !== undefined) {
      this.#recognised(probe, verdict)
    } else if (probe.spent) {
      this.#unknown(probe)
    } else if (probe.failures > 0 && !this.#flows.isMidstream(this.slot)) {
      this.#wrongProtocol(fromLow, time, packet)
    }
  }

  gap(fromLow: boolean, bytes: number, time: number, packet: number): void {
    const session = this.session
    if (session !== undefined) session.gap(fromLow === this.#clientIsLow, bytes, time, packet)
  }

  cut(fromLow: boolean, bytes: number): void {
    const probe = this.#probe
    const hint = this.#table.hint(this.slot)
    if (probe?.believes(hint, fromLow) === true) {
      this.#recognised(probe, { index: hint, clientIsLow: undefined })
    }
    if (this.session !== undefined) this.session.cut(fromLow === this.#clientIsLow, bytes)
    else this.#probe?.forget(fromLow)
  }

  overlap(fromLow: boolean, time: number, packet: number): void {
    this.#odd({ code: 'overlap', layer: 'tcp', fromLow, time, packet })
  }

  #recognised(probe: Probe, verdict: Verdict): void {
    const { slot } = this
    const flows = this.#flows
    const hint = this.#table.hint(slot)
    if (verdict.index !== hint && hint >= 0) {
      this.#wrongProtocol(this.#clientIsLow, this.#table.last(slot), this.#lastPacket)
    }
    this.#takeRoles(verdict, hint)
    flows.settle(slot)
    flows.announce(slot, this)
    const protocol = this.#context.protocols[verdict.index] as Protocol
    const sink = new FlowSink(this.#context.sink, protocol.coverage)
    this.#sink = sink
    const midstream = flows.isMidstream(slot)
    const { nextSequence, counters, waiting } = this.#context
    const host = { sink, midstream, nextSequence, fates: counters, waiting }
    this.session = new Session(protocol, this.flow as FlowRecord, this.#context, host)
    this.#context.counters.flowsRecognised++
    if (this.#early !== undefined) flows.anomaly(slot, this.#early, this)
    // What is asked must be what the server reads; its answers move nothing.
    this.#reassembly?.compare(this.#clientIsLow)
    this.#reassembly?.trust(!this.#clientIsLow)
    this.#context.counters.unknownBytes += probe.refusedBytes
    this.#probe = undefined
    this.#isListening = false
    for (const piece of probe.pieces) this.#replay(probe, piece)
    probe.close()
  }

  /** Who speaks as the client goes before a guess from the ports. */
  #takeRoles(verdict: Verdict, hint: number): void {
    const state = this.#state
    const told = verdict.clientIsLow
    const isGuess = !isDecided(state) || (reasonOf(state) === 'port' && hint < 0)
    if (told === undefined || !isGuess) return
    const isOther = told !== clientIsLow(state)
    if (isDecided(state) && !isOther) return
    if ((state & TOLD) !== 0) this.#flows.part(this.slot, this)
    this.#flow = undefined
    this.#flows.turn(this.slot, told, 'shape')
    this.#clientIsLow = told
  }

  #replay(probe: Probe, piece: Piece): void {
    const { bytes, view } = probe.bytesOf(piece)
    const { fromLow, start, end, time, packet } = piece
    this.data(fromLow, bytes, view, start, end, time, packet)
  }

  /** Left alone from now on: its bytes cost nothing more than being counted. */
  #unknown(probe: Probe): void {
    const { slot } = this
    const counters = this.#context.counters
    const state = this.#state
    if ((state & LATE) === 0) counters.flowsUnknown++
    if (probe.failures < PROBE_FAILURES_MAX) counters.probesRefused++
    this.#closeProbe()
    this.#isListening = false
    this.#mark(ALONE)
    const last = this.#table.last(slot)
    this.#reassembly?.flush(last, this.#lastPacket)
    this.#reassembly = undefined
    // One that was joined late may be within a long message, but not time and again.
    const isExpected = this.#flows.isExpected(slot)
    if (isExpected && this.#early !== undefined) this.#flows.anomaly(slot, this.#early, this)
    this.#early = undefined
    if (this.#flows.isMidstream(slot) && retries(state) < RETRIES_MAX) return
    this.#wrongProtocol(this.#clientIsLow, last, this.#lastPacket)
  }

  #closeProbe(): void {
    const probe = this.#probe
    if (probe === undefined) return
    const { low, high, refusedBytes } = probe
    this.#context.counters.unknownBytes += low.length + high.length + refusedBytes
    this.#table.set(this.slot, STATE, withFailures(this.#state, probe.failures))
    probe.close()
    this.#probe = undefined
  }

  #wrongProtocol(fromLow: boolean, time: number, packet: number): void {
    this.#flows.wrongProtocol(this.slot, fromLow, time, packet, this)
  }

  /** What a tick must look at: bytes that wait, answers that are awaited. */
  tick(now: number): void {
    const reassembly = this.#reassembly
    if (reassembly?.waiting === true) reassembly.tick(now)
    this.session?.tick(now)
  }

  /** No more is read: all that waits is handed on or let go. */
  close(time: number): void {
    this.closed = true
    this.#reassembly?.flush(time, this.#lastPacket)
    this.#reassembly = undefined
    this.#closeProbe()
    this.session?.close(time)
  }
}
