/**
 * All flows of the sensor: found, begun, watched by capture time, ended. Most live in the table
 * alone; whose payload somebody wants to read has a connection beside it. Both are bounded, and
 * when they are full, what nobody answered makes way first.
 */
import type { Packet } from '../packet/packet.ts'
import { ACK, FIN, RST, SYN } from '../packet/packet.ts'
import { Closing } from './closing.ts'
import { Connection } from './connection.ts'
import type { StreamContext } from './context.ts'
import type { Duplicates } from './duplicates.ts'
import {
  ANSWERED,
  ATTEMPTED,
  ESTABLISHED,
  HAS_SYN,
  LATE,
  PHASE,
  REFUSED,
  RESET,
  STANDING,
  isClosed,
  isDecided,
  openerIsLow,
} from './flow-state.ts'
import { FlowTable, STATE } from './flow-table.ts'
import { Flows } from './flows.ts'
import { ATTEMPT, Hand, ONE_SIDED, OVER, UNREAD, VALUED, weight } from './hand.ts'
import { Resets } from './resets.ts'
import { Standing } from './standing.ts'
import { isForged, moved } from './tcp-state.ts'
import { Wheel } from './wheel.ts'

/** Default bounds: a flood of a million forged addresses beside a plant; some 100 bytes each. */
export const FLOWS_MAX = 1_048_576
/** Several times what a mirror shows of protocols that are read; 1 to 4 KB each. */
export const CONNECTIONS_MAX = 65_536
const SECOND = 1_000_000
/** Silence after which a flow is over, µs. Modbus connections may rest for long. */
const IDLE_ESTABLISHED = 3600 * SECOND
const IDLE_ATTEMPTED = 60 * SECOND
const IDLE_UDP = 300 * SECOND
/** After its last message nothing of a connection waits longer (parked OPC UA Publish). */
const WATCH = 300 * SECOND
/** Longer than any silence that ends a flow: after so many there is none left to look at. */
const SECONDS_LOOKED_AT = 4000
/** Between the stages of all those seconds, which together are one of the sensor's. */
const STAGE = 1e-6

export class Connections {
  readonly resets: Resets
  readonly #table: FlowTable
  readonly #context: StreamContext
  readonly #flows: Flows
  readonly #standing: Standing
  readonly #wheel: Wheel
  readonly #closing: Closing
  readonly #duplicates: Duplicates
  readonly #max: number
  /** Of flows whose payload is read, by the index that the table keeps. */
  readonly #connections: (Connection | undefined)[] = []
  readonly #free: number[] = []
  /** Those with something pending. */
  #watched: Connection[] = []
  readonly #flowHand = new Hand()
  readonly #connectionHand = new Hand()

  constructor(
    flows: number,
    connections: number,
    seed: number,
    duplicates: Duplicates,
    context: StreamContext,
  ) {
    this.#table = new FlowTable(flows, seed)
    this.#max = connections
    this.#duplicates = duplicates
    this.#context = context
    this.#flows = new Flows(this.#table, context)
    this.#standing = new Standing(this.#table, this.#flows, context)
    this.#wheel = new Wheel(this.#table)
    this.#closing = new Closing(this.#table)
    this.resets = new Resets(this.#table)
  }

  get size(): number {
    return this.#table.size
  }

  get connections(): number {
    return this.#connections.length - this.#free.length
  }

  /** Links between hosts that were too many to be kept. */
  get linksRefused(): number {
    return this.#flows.links.refused
  }

  /** A TCP or UDP packet. */
  packet(p: Packet): void {
    const table = this.#table
    const { counters } = this.#context
    let slot = table.find(p)
    const fromLow = table.fromLow
    const isShort = p.missing > 0 && !p.cut
    if (isShort) discard(p)
    if (this.#duplicates.has(p) && this.#isCopy(p, slot, fromLow)) {
      this.#duplicates.count(false)
      return
    }
    if (slot >= 0 && (p.flags & SYN) !== 0 && this.#isOther(p, slot, fromLow)) {
      this.#end(slot, p.time)
      slot = -1
    }
    const length = p.payloadEnd - p.payload
    if (slot < 0) {
      // Late repetitions of an end begin nothing.
      if ((p.flags & (FIN | RST)) !== 0 && length <= 0 && (p.flags & SYN) === 0) {
        counters.packetsLate++
        return
      }
      slot = this.#begin(p, fromLow)
    } else {
      table.count(slot, fromLow, p.wire, p.time)
      if ((table.get(slot, STATE) & ANSWERED) === 0) this.#flows.answer(slot, p.flags, fromLow)
    }
    counters.flowPackets++
    if (isShort) this.#tellShort(p, slot, fromLow)
    counters.payloadBytes += length
    this.#read(p, slot, fromLow)
    if (p.transport === 6) this.#move(p, slot, fromLow, length)
  }

  /** The mirror showed it before: nobody reads it, or what it says was read. */
  #isCopy(p: Packet, slot: number, fromLow: boolean): boolean {
    if (p.payload >= p.payloadEnd) return true
    if (slot < 0) return false
    const reading = this.#reading(slot)
    if (reading === undefined) return this.#standing.ignores(p, slot)
    return reading.holds(p, fromLow) || this.#duplicates.wasOdd(p)
  }

  #begin(p: Packet, fromLow: boolean): number {
    const table = this.#table
    if (table.full) this.#evict(p.time)
    const slot = table.add(p)
    this.#flows.begin(p, slot, fromLow)
    if (p.transport === 6 && (p.flags & SYN) === 0) {
      table.set(slot, STATE, table.get(slot, STATE) | this.resets.before(slot, p.time))
    }
    this.#wheel.add(slot)
    table.count(slot, fromLow, p.wire, p.time)
    return slot
  }

  /** Does this SYN belong to another connection between the same ports? */
  #isOther(p: Packet, slot: number, fromLow: boolean): boolean {
    if (p.transport !== 6 || (p.flags & ACK) !== 0) return false
    const state = this.#table.get(slot, STATE)
    if ((state & HAS_SYN) === 0) return true
    const isLow = openerIsLow(state)
    // Numbers are free to be the same again; once one speaks, its SYN is not sent again.
    const isOver = isClosed(state) && (state & PHASE) !== REFUSED
    const isSame = ((p.sequence + 1) | 0) === this.#table.next(slot, isLow)
    if (isSame) return isOver || this.#reading(slot)?.spoke(isLow) === true
    if ((state & PHASE) === ATTEMPTED && fromLow === isLow) {
      const { time, number: packet } = p
      this.#flows.anomaly(slot, { code: 'syn-resend', layer: 'tcp', fromLow, time, packet })
    }
    return true
  }

  #read(p: Packet, slot: number, fromLow: boolean): void {
    const index = this.#table.connection(slot)
    let connection = index < 0 ? undefined : this.#connections[index]
    if (connection === undefined) {
      if (this.#standing.take(p, slot, fromLow)) return
      connection = this.#connect(slot, p.time)
    }
    const { overlaps } = this.#context.counters
    connection.packet(p, fromLow)
    if (this.#context.counters.overlaps > overlaps || !connection.took(p, fromLow)) {
      this.#duplicates.keepOdd(p)
    }
    if (!connection.watched) this.#watch(connection)
    if (connection.idle) this.#release(connection, p.time)
  }

  #connect(slot: number, time: number): Connection {
    if (this.connections >= this.#max) this.#evictConnection(time)
    const connection = new Connection(slot, this.#flows, this.#table, this.#context)
    const index = this.#free.pop() ?? this.#connections.length
    this.#connections[index] = connection
    this.#table.setConnection(slot, index)
    this.#context.counters.connections++
    return connection
  }

  /** The flow goes on without anybody reading it. */
  #release(connection: Connection, time: number): void {
    const { slot } = connection
    connection.close(time)
    const index = this.#table.connection(slot)
    this.#connections[index] = undefined
    this.#free.push(index)
    this.#table.setConnection(slot, -1)
  }

  #tellShort(p: Packet, slot: number, fromLow: boolean): void {
    const { time, number: packet } = p
    const layer = p.family === 4 ? 'ipv4' : 'ipv6'
    const oddity = { code: 'length-mismatch', layer, fromLow, time, packet } as const
    this.#flows.anomaly(slot, oddity, this.#reading(slot))
  }

  #move(p: Packet, slot: number, fromLow: boolean, length: number): void {
    const table = this.#table
    const before = table.get(slot, STATE)
    const after = moved(before, p.flags, fromLow, length)
    if (after === before) return
    table.set(slot, STATE, after)
    if (isForged(before, p.flags, fromLow, length)) {
      const { time, number: packet } = p
      const oddity = { code: 'reset-injected', layer: 'tcp', fromLow, time, packet } as const
      this.#flows.anomaly(slot, oddity, this.#reading(slot))
    }
    if (isClosed(after) && !isClosed(before)) this.#closing.add(slot, p.time)
  }

  #reading(slot: number): Connection | undefined {
    const index = this.#table.connection(slot)
    return index < 0 ? undefined : this.#connections[index]
  }

  #watch(connection: Connection): void {
    if (connection.session === undefined && !connection.waiting) return
    // Those that are gone leave with the next look; a flood within a second does not wait for it.
    if (this.#watched.length > 2 * this.#max) {
      this.#watched = this.#watched.filter(({ closed }) => !closed)
    }
    connection.watched = true
    this.#watched.push(connection)
  }

  /** Seconds of capture time began: each is looked at by itself, whenever that becomes known. */
  pass(from: number, to: number): void {
    const until = Math.min(to, from + SECONDS_LOOKED_AT)
    for (let second = from; second <= until && this.#table.size > 0; second++) {
      const isQuiet = this.#watched.length === 0 && this.#closing.empty
      if (!isQuiet || !this.#wheel.isEmpty(second)) this.#tick(second, second - from)
    }
  }

  /** Each of the three in the order in which the flows began. */
  #tick(second: number, passed: number): void {
    const now = second * SECOND
    const { place } = this.#context
    const before = place.stage
    place.stage = before + 3 * passed * STAGE
    this.#look(now)
    place.stage += STAGE
    for (const slot of this.#closing.due(now)) {
      place.order = this.#table.first(slot)
      if (isClosed(this.#table.get(slot, STATE))) this.#end(slot, now)
    }
    place.stage += STAGE
    for (let slot = this.#wheel.first(second); slot >= 0;) {
      const next = this.#table.after(slot)
      place.order = this.#table.first(slot)
      this.#visit(slot, now)
      slot = next
    }
    place.stage = before
    place.order = Infinity
  }

  #look(now: number): void {
    if (this.#watched.length === 0) return
    const before = this.#watched.sort((a, b) => a.first - b.first)
    let kept = 0
    for (const connection of before) {
      if (connection.closed) continue
      this.#context.place.order = connection.first
      connection.tick(now)
      const { session } = connection
      if (connection.waiting || (session !== undefined && now - session.active < WATCH)) {
        before[kept++] = connection
      } else {
        connection.watched = false
      }
    }
    before.length = kept
  }

  /** Once a minute: interval records, and those that fell silent. */
  #visit(slot: number, now: number): void {
    const table = this.#table
    const reading = this.#reading(slot)
    const state = table.get(slot, STATE)
    if (!isDecided(state)) {
      this.#flows.settle(slot)
      if ((state & ANSWERED) !== 0) this.#flows.announce(slot, reading)
    }
    if (now - table.last(slot) >= this.#idle(slot)) {
      this.#end(slot, now)
    } else if (this.#flows.isDue(slot, now) && this.#flows.offer(slot, now, reading)) {
      this.#flows.tell(slot, 'interval', reading)
      this.#flows.retry(slot)
    }
  }

  #idle(slot: number): number {
    if (this.#table.isUdp(slot)) return IDLE_UDP
    const phase = this.#table.get(slot, STATE) & PHASE
    return phase === ESTABLISHED ? IDLE_ESTABLISHED : IDLE_ATTEMPTED
  }

  #end(slot: number, time: number): void {
    const table = this.#table
    const last = table.last(slot)
    const reading = this.#reading(slot)
    this.#flows.settle(slot)
    const isReset = (table.get(slot, STATE) & PHASE) === RESET
    if (isReset && (table.hint(slot) >= 0 || reading !== undefined)) this.resets.add(slot, last)
    const isTold = this.#flows.offer(slot, time, reading)
    const over = Math.max(last, Math.min(time, last + IDLE_ESTABLISHED))
    if (reading !== undefined) this.#release(reading, over)
    if (isTold) this.#flows.tell(slot, 'end', reading)
    else this.#context.counters.flowsUntold++
    this.#wheel.remove(slot)
    table.remove(slot)
    this.#context.counters.flowsEnded++
  }

  #evict(now: number): void {
    const table = this.#table
    const slot = this.#flowHand.choose(table.used, (place) => this.#weigh(place))
    if (slot < 0) return
    this.#end(slot, now)
    this.#context.counters.flowsEnded--
    this.#context.counters.flowsEvicted++
  }

  #weigh(slot: number): number {
    if (this.#table.first(slot) === 0) return Infinity
    const state = this.#table.get(slot, STATE)
    return weight(kindOf(state, VALUED), this.#table.last(slot))
  }

  /** What is being recognised goes back to the table; what was recognised ends. */
  #evictConnection(now: number): void {
    const all = this.#connections
    const index = this.#connectionHand.choose(all.length, (place) => {
      const connection = all[place]
      if (connection === undefined) return Infinity
      const { slot, session } = connection
      const kind = kindOf(this.#table.get(slot, STATE), session === undefined ? UNREAD : VALUED)
      return weight(kind, this.#table.last(slot))
    })
    const connection = all[index]
    if (connection === undefined) return
    const { slot } = connection
    this.#context.counters.connectionsEvicted++
    if (connection.session !== undefined) {
      this.#end(slot, now)
      return
    }
    this.#release(connection, now)
    const state = this.#table.get(slot, STATE)
    this.#table.set(slot, STATE, (state & ~STANDING) | LATE)
  }

  /** The capture ended: everything that is open, in the order in which it began. */
  end(): void {
    const open: number[] = []
    for (let slot = 0; slot < this.#table.used; slot++) {
      if (this.#table.first(slot) > 0) open.push(slot)
    }
    open.sort((a, b) => this.#table.first(a) - this.#table.first(b))
    for (const slot of open) {
      this.#context.place.order = this.#table.first(slot)
      this.#end(slot, this.#table.last(slot))
    }
    this.#context.place.order = Infinity
  }
}

/** Its IP header promises more than the frame had: hosts drop it, so nothing of it is read. */
function discard(p: Packet): void {
  p.payloadEnd = p.payload
  p.missing = 0
}

function kindOf(state: number, valued: number): number {
  if (isClosed(state)) return OVER
  if ((state & PHASE) === ATTEMPTED) return ATTEMPT
  return (state & ANSWERED) === 0 ? ONE_SIDED : valued
}
