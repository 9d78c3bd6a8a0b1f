/**
 * What is known of each flow and what is told of it: who is the client and why, its begin, what
 * is new each minute, its end. What nobody has answered is told when it ends or is a minute old;
 * of a flood nothing is told but its number, till one of its flows is answered after all.
 */
import type { AnomalyCode, Conversation, Endpoint, OperationClass } from '../operation.ts'
import { ip4Text, ip6Text } from '../packet/address.ts'
import type { Packet } from '../packet/packet.ts'
import { SYN } from '../packet/packet.ts'
import { Attempts } from './attempts.ts'
import type { StreamContext } from './context.ts'
import {
  ALONE,
  ANSWERED,
  DENIED,
  HAS_SYN,
  LATE,
  PHASE,
  REASON,
  STANDING,
  TOLD,
  WRONG_TOLD,
  clientIsLow,
  decide,
  failures,
  isDecided,
  openerIsLow,
  phases,
  reasonOf,
  retries,
  withFailures,
  withRetries,
} from './flow-state.ts'
import type { Reason } from './flow-state.ts'
import { LINK, NUMBER, STATE } from './flow-table.ts'
import type { FlowTable } from './flow-table.ts'
import { FlowRecord, isGroup } from './flow.ts'
import { Links } from './links.ts'
import { PROBE_FAILURES_MAX } from './probe.ts'
import { begun } from './tcp-state.ts'

/** µs between interval records: a round of the wheel, and ticks come up to a second late. */
const INTERVAL = 58_000_000
/** Away from registered ports, so that the rest of a plant's traffic stays cheap. */
export const RETRIES_MAX = 4

/** Of a flow whose payload is read: what the table does not hold. */
export interface Reading {
  readonly flow: FlowRecord | undefined
  /** Of the protocol that was recognised, or ''. */
  readonly protocol: string
  readonly operations: Readonly<Partial<Record<OperationClass, number>>>
}

const nothing: Reading = { flow: undefined, protocol: '', operations: {} }

export interface Oddity {
  readonly code: AnomalyCode
  readonly layer: string
  readonly fromLow: boolean
  readonly time: number
  readonly packet: number
}

export class Flows {
  readonly links = new Links()
  readonly #table: FlowTable
  readonly #context: StreamContext
  readonly #attempts = new Attempts()
  /** Dissector by registered port. */
  readonly #tcp = new Map<number, number>()
  readonly #udp = new Map<number, number>()

  constructor(table: FlowTable, context: StreamContext) {
    this.#table = table
    this.#context = context
    context.protocols.forEach(({ dissector }, index) => {
      for (const port of dissector.ports) {
        if (dissector.transports.includes('tcp')) put(this.#tcp, port, index)
        if (dissector.transports.includes('udp')) put(this.#udp, port, index)
      }
    })
  }

  state(slot: number): number {
    return this.#table.get(slot, STATE)
  }

  #set(slot: number, state: number): void {
    this.#table.set(slot, STATE, state)
  }

  /** Roles of the first packet, where it or the ports tell. */
  begin(p: Packet, slot: number, fromLow: boolean): void {
    const table = this.#table
    this.#context.counters.flows++
    this.#attempts.begin(p.time)
    table.set(slot, LINK, this.links.of(p, fromLow))
    const state = p.transport === 6 ? begun(p.flags, fromLow) : 0
    if ((state & HAS_SYN) !== 0) {
      this.#opened(slot, state, p.transport)
      return
    }
    const atReceiver = this.#dissectorOf(p.destinationPort, p.transport)
    const atSender = this.#dissectorOf(p.sourcePort, p.transport)
    if (atReceiver < 0 && atSender < 0 && !(p.transport === 17 && isGroup(p))) {
      // Undecided: the content may tell. Till then the lower port counts as the server's.
      const equal = p.sourcePort === p.destinationPort
      const isLow = equal ? fromLow : p.sourcePort > p.destinationPort === fromLow
      this.#set(slot, decide(state, isLow, 'port') & ~REASON)
      return
    }
    table.setHint(slot, atReceiver >= 0 ? atReceiver : atSender)
    const isLow = (atReceiver >= 0 || atSender < 0) === fromLow
    this.#set(slot, decide(state, isLow, 'port'))
  }

  /**
   * Who opens is the client; but who opens from a protocol's own port towards one that is none
   * speaks as its server (modbus_test_data_part1.pcap: unasked exceptions from port 502).
   */
  #opened(slot: number, state: number, transport: number): void {
    const table = this.#table
    const isLow = openerIsLow(state)
    const atOther = this.#dissectorOf(table.port(slot, !isLow), transport)
    const atOpener = atOther >= 0 ? -1 : this.#dissectorOf(table.port(slot, isLow), transport)
    table.setHint(slot, atOther >= 0 ? atOther : atOpener)
    this.#set(slot, decide(state, atOpener < 0 === isLow, atOpener < 0 ? 'syn' : 'port'))
  }

  #dissectorOf(port: number, transport: number): number {
    return (transport === 6 ? this.#tcp : this.#udp).get(port) ?? -1
  }

  /** The content told who is the client, or that the roles stay as they are. */
  turn(slot: number, isLow: boolean, reason: Reason): void {
    this.#set(slot, decide(this.state(slot), isLow, reason))
  }

  /** The wait for a telling content is over. */
  settle(slot: number): void {
    const state = this.state(slot)
    if (!isDecided(state)) this.#set(slot, decide(state, clientIsLow(state), 'port'))
  }

  /** Joined after its start: its first bytes were not seen. */
  isMidstream(slot: number): boolean {
    return !this.#table.isUdp(slot) && (this.state(slot) & (LATE | HAS_SYN)) !== HAS_SYN
  }

  /** Began before us and on a protocol's own port: too little came to say that it is not that. */
  #isUndecided(slot: number): boolean {
    const state = this.state(slot)
    if (this.#table.isUdp(slot) || (state & HAS_SYN) !== 0) return false
    return this.#table.hint(slot) >= 0 && retries(state) < RETRIES_MAX
  }

  /**
   * Notes an answer: a packet of one end after one of the other. Of a connection whose SYN was
   * seen, one of the opener after that: the answer alone comes to forged addresses too.
   */
  answer(slot: number, flags: number, fromLow: boolean): void {
    const table = this.#table
    const state = this.state(slot)
    if (table.packetsOf(slot, !fromLow) === 0) return
    if ((state & HAS_SYN) !== 0 && ((flags & SYN) !== 0 || openerIsLow(state) !== fromLow)) return
    this.#attempts.answer(table.start(slot), this.#sourceOf(slot))
    this.#set(slot, state | ANSWERED)
    if ((state & DENIED) !== 0) this.#context.counters.flowsToldLate++
    if (isDecided(state)) this.announce(slot)
  }

  /** Tells the begin, where an answer or the lack of a flood allows it; true once it was told. */
  offer(slot: number, now: number, reading: Reading = nothing): boolean {
    const state = this.state(slot)
    if ((state & TOLD) !== 0) return true
    if ((state & ANSWERED) === 0) {
      if ((state & DENIED) !== 0) return false
      if (!this.#attempts.allows(this.#table.start(slot), now, this.#sourceOf(slot))) {
        this.#context.counters.flowsDenied++
        this.#set(slot, state | DENIED)
        return false
      }
    }
    this.announce(slot, reading)
    return true
  }

  /** Who began it, as far as is known, as one word. */
  #sourceOf(slot: number): number {
    const table = this.#table
    const isLow = clientIsLow(this.state(slot))
    const low = table.packetsOf(slot, isLow) > 0 ? isLow : !isLow
    let word = 0
    for (let i = 0; i < (table.isIpv6(slot) ? 4 : 1); i++) {
      word = Math.imul(word, 31) ^ table.address(slot, low, i)
    }
    return word
  }

  /** Tells the begin in any case: something else is told of the flow. */
  announce(slot: number, reading: Reading = nothing): void {
    const state = this.state(slot)
    if ((state & TOLD) !== 0) return
    this.#set(slot, state | TOLD)
    this.#context.counters.flowsTold++
    this.tell(slot, 'begin', reading)
  }

  /** What the rest of the product knows the flow as. */
  record(slot: number): FlowRecord {
    const table = this.#table
    const state = this.state(slot)
    const link = this.links.at(table.get(slot, LINK))
    const low = this.#endpoint(slot, true, link.low)
    const high = this.#endpoint(slot, false, link.high)
    const isLow = clientIsLow(state)
    let number = table.get(slot, NUMBER) >>> 0
    if (number === 0) {
      number = this.#context.nextFlow()
      table.set(slot, NUMBER, number | 0)
    }
    const transport = table.isUdp(slot) ? 'udp' : 'tcp'
    const [client, server] = isLow ? [low, high] : [high, low]
    const { vlans, labels } = link
    return new FlowRecord(number, transport, client, server, reasonOf(state), vlans, labels)
  }

  #endpoint(slot: number, low: boolean, mac: string): Endpoint {
    const table = this.#table
    const word = (i: number): number => table.address(slot, low, i)
    const ip = table.isIpv6(slot)
      ? ip6Text(word(0) >>> 0, word(1) >>> 0, word(2) >>> 0, word(3) >>> 0)
      : ip4Text(word(0))
    return { ip, port: table.port(slot, low), mac }
  }

  /** Something new since the last record, which is a round old. */
  isDue(slot: number, now: number): boolean {
    const table = this.#table
    if (now - table.start(slot) < INTERVAL) return false
    return table.packetsOf(slot, true) + table.packetsOf(slot, false) > table.toldPackets(slot)
  }

  tell(slot: number, phase: Conversation['phase'], reading: Reading = nothing): void {
    const table = this.#table
    const state = this.state(slot)
    const isLow = clientIsLow(state)
    const clientPackets = table.packetsOf(slot, isLow)
    const clientBytes = table.bytesOf(slot, isLow)
    const serverPackets = table.packetsOf(slot, !isLow)
    const serverBytes = table.bytesOf(slot, !isLow)
    const { flow = this.record(slot), protocol, operations } = reading
    this.#context.sink.conversation({
      flow,
      sequence: this.#context.nextSequence(),
      start: table.start(slot),
      end: table.last(slot),
      state: phases[state & PHASE] ?? 'established',
      protocol,
      ...(phase !== 'begin' && protocol === '' && this.#isUndecided(slot)
        ? { undecided: true }
        : {}),
      clientPackets,
      clientBytes,
      serverPackets,
      serverBytes,
      toldPackets: table.toldPackets(slot),
      toldBytes: table.toldBytes(slot),
      operations: { ...operations },
      packet: table.first(slot),
      phase,
    })
    if (phase !== 'interval') return
    table.tell(slot, clientPackets + serverPackets, clientBytes + serverBytes)
  }

  /** The client is another than was told: what was said so far stands, and it is told anew. */
  part(slot: number, reading: Reading): void {
    const table = this.#table
    this.tell(slot, 'end', reading)
    const packets = table.packetsOf(slot, true) + table.packetsOf(slot, false)
    table.tell(slot, packets, table.bytesOf(slot, true) + table.bytesOf(slot, false))
    table.set(slot, NUMBER, 0)
    this.#set(slot, this.state(slot) & ~TOLD)
  }

  /** What is odd about a flow; nothing, but a count, where the flow itself may not be told. */
  anomaly(slot: number, oddity: Oddity, reading: Reading = nothing): void {
    const table = this.#table
    const { sink, protocols } = this.#context
    this.settle(slot)
    if (!this.offer(slot, oddity.time, reading)) {
      this.#context.counters.anomaliesUntold++
      return
    }
    const { code, layer, fromLow, time, packet } = oddity
    const expected = protocols[table.hint(slot)]?.dissector.name ?? ''
    sink.anomaly({
      flow: reading.flow ?? this.record(slot),
      time,
      sequence: this.#context.nextSequence(),
      packet,
      code,
      layer,
      offset: 0,
      protocol: reading.protocol === '' ? expected : reading.protocol,
      fromClient: fromLow === clientIsLow(this.state(slot)),
    })
  }

  /** A piece of payload that begins no message of any protocol; the last of several is enough. */
  refuse(slot: number, fromLow: boolean, time: number, packet: number): void {
    const before = this.state(slot)
    const count = failures(before) + 1
    const state = withFailures(before, count)
    const isEnough = count >= PROBE_FAILURES_MAX
    this.#set(slot, isEnough ? state | ALONE : state)
    if (isEnough && (state & LATE) === 0) this.#context.counters.flowsUnknown++
    // One that was joined late may be within a long message, but not time and again.
    const mayBe = this.isMidstream(slot) && (!isEnough || retries(state) < RETRIES_MAX)
    if (mayBe && isEnough) this.isExpected(slot)
    if (!mayBe) this.wrongProtocol(slot, fromLow, time, packet)
  }

  /** Told once of a flow: its port is that of another protocol. */
  wrongProtocol(
    slot: number,
    fromLow: boolean,
    time: number,
    packet: number,
    reading: Reading = nothing,
  ): void {
    const state = this.state(slot)
    if ((state & WRONG_TOLD) !== 0 || !this.isExpected(slot)) return
    this.#set(slot, state | WRONG_TOLD)
    const layer = this.#table.isUdp(slot) ? 'udp' : 'tcp'
    this.anomaly(slot, { code: 'wrong-protocol-on-port', layer, fromLow, time, packet }, reading)
  }

  /** Is one of its ends known as a server of a protocol, by its port or by what it spoke before? */
  isExpected(slot: number): boolean {
    const table = this.#table
    const { protocols, servers } = this.#context
    if (table.hint(slot) >= 0) return true
    if (servers.empty) return false
    const transport = table.isUdp(slot) ? 'udp' : 'tcp'
    for (const low of [!clientIsLow(this.state(slot)), clientIsLow(this.state(slot))]) {
      const { ip, port } = this.#endpoint(slot, low, '')
      const index = protocols.findIndex(({ dissector }) => {
        return dissector.transports.includes(transport) && servers.has(dissector, ip, port)
      })
      if (index < 0) continue
      table.setHint(slot, index)
      return true
    }
    return false
  }

  /**
   * What was not recognised is listened to again from time to time: a connection that lives for
   * months may have been joined within one long message.
   */
  retry(slot: number): void {
    const before = this.state(slot)
    if ((before & ALONE) === 0) return
    const count = retries(before) + 1
    const state = withRetries(before, count)
    if (count > RETRIES_MAX && this.#table.hint(slot) < 0) this.#set(slot, state)
    else this.#set(slot, withFailures((state & ~(ALONE | STANDING)) | LATE, 0))
  }
}

/** The first dissector of a port is the likely one. */
function put(ports: Map<number, number>, port: number, index: number): void {
  if (!ports.has(port)) ports.set(port, index)
}
