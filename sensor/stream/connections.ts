/**
 * All connections of the sensor: found, begun, watched by capture time, ended. The table is
 * bounded; when it is full, the one of a few neighbours that was silent longest makes way.
 */
import type { Packet } from '../packet/packet.ts'
import { FIN, RST, SYN } from '../packet/packet.ts'
import { Connection } from './connection.ts'
import type { StreamContext } from './context.ts'
import { FlowTable } from './flow-table.ts'

/** Default bound: several times a plant's mirror; some 2 to 4 KB each where all is used. */
export const FLOWS_MAX = 65_536
/** Neighbours that are compared when one must make way. */
const EVICTION_SAMPLE = 16
const SECOND = 1_000_000
/** Every connection is looked at once in this many ticks of a second. */
const ROUND = 60
/** Between interval records. */
const INTERVAL = (ROUND - 2) * SECOND
/** What still belongs to a connection after its end: last acknowledgements, repeated FINs. */
const LINGER = 2 * SECOND
/** Silence after which a connection is over, µs. Modbus connections may rest for long. */
const IDLE_ESTABLISHED = 3600 * SECOND
const IDLE_ATTEMPTED = 60 * SECOND
const IDLE_UDP = 300 * SECOND
/** After its last message nothing of a connection waits longer (parked OPC UA Publish). */
const WATCH = 300 * SECOND

export class Connections {
  readonly #table: FlowTable
  readonly #context: StreamContext
  readonly #slots: (Connection | undefined)[] = []
  /** Those with something pending, in the order in which it began. */
  #watched: Connection[] = []
  /** Ended by FIN or RST, in that order. */
  #closing: Connection[] = []
  #hand = 0
  #evictedTold = 0
  #evictedToldAt = -Infinity
  #second = 0

  constructor(capacity: number, seed: number, context: StreamContext) {
    this.#table = new FlowTable(capacity, seed)
    this.#context = context
  }

  get size(): number {
    return this.#table.size
  }

  /** A TCP or UDP packet. */
  packet(p: Packet): void {
    const table = this.#table
    let slot = table.find(p)
    const fromLow = table.fromLow
    let connection = slot < 0 ? undefined : this.#slots[slot]
    if (connection !== undefined && (p.flags & SYN) !== 0 && connection.isOther(p, fromLow)) {
      this.#end(connection, p.time)
      connection = undefined
    }
    if (connection === undefined) {
      // Late repetitions of an end begin nothing.
      if ((p.flags & (FIN | RST)) !== 0 && p.payload >= p.payloadEnd && (p.flags & SYN) === 0) {
        return
      }
      if (table.full) {
        this.#evict(p.time)
        table.find(p)
      }
      slot = table.add()
      connection = new Connection(p, slot, fromLow, this.#context)
      this.#slots[slot] = connection
    }
    const open = connection.tcp.closed === 0
    connection.packet(p, fromLow)
    if (open && connection.tcp.closed !== 0) this.#closing.push(connection)
    if (!connection.watched) this.#watch(connection)
  }

  #watch(connection: Connection): void {
    const session = connection.session
    if (session === undefined && connection.decided && !connection.waiting) return
    connection.watched = true
    this.#watched.push(connection)
  }

  /** Capture time passed from one second to a later one. */
  tick(now: number): void {
    this.#look(now)
    this.#reap(now)
    const second = Math.floor(now / SECOND)
    const passed = Math.min(second - this.#second, ROUND)
    for (let i = 0; i < passed; i++) this.#round((second - i) % ROUND, now)
    this.#second = second
    this.#tellEvictions(now)
  }

  /** The clock went back. */
  restart(now: number): void {
    this.#second = Math.floor(now / SECOND)
  }

  #look(now: number): void {
    const before = this.#watched
    let kept = 0
    for (const connection of before) {
      if (this.#slots[connection.slot] !== connection) continue
      connection.tick(now)
      const session = connection.session
      if (connection.waiting || (session !== undefined && now - session.active < WATCH)) {
        before[kept++] = connection
      } else {
        connection.watched = false
      }
    }
    before.length = kept
  }

  #reap(now: number): void {
    let kept = 0
    const closing = this.#closing
    for (const connection of closing) {
      if (this.#slots[connection.slot] !== connection || connection.tcp.closed === 0) continue
      if (now - connection.tcp.closed >= LINGER || now < connection.tcp.closed)
        this.#end(connection, now)
      else closing[kept++] = connection
    }
    closing.length = kept
  }

  /** One sixtieth of all connections: interval records, and those that fell silent. */
  #round(part: number, now: number): void {
    for (let slot = part; slot < this.#table.used; slot += ROUND) {
      const connection = this.#slots[slot]
      if (connection === undefined) continue
      if (now - connection.last >= idleOf(connection)) {
        this.#end(connection, now)
      } else if (isDue(connection, now)) {
        connection.tell('interval')
        connection.retry()
      }
    }
  }

  #end(connection: Connection, time: number): void {
    connection.end(Math.max(connection.last, Math.min(time, connection.last + IDLE_ESTABLISHED)))
    this.#table.remove(connection.slot)
    this.#slots[connection.slot] = undefined
  }

  #evict(now: number): void {
    const used = this.#table.used
    let victim: Connection | undefined
    for (let i = 0; i < EVICTION_SAMPLE; i++) {
      const candidate = this.#slots[this.#hand]
      this.#hand = this.#hand + 1 >= used ? 0 : this.#hand + 1
      if (candidate === undefined) continue
      if (victim === undefined || weight(candidate) < weight(victim)) victim = candidate
    }
    if (victim === undefined) return
    this.#context.counters.flowsEvicted++
    this.#end(victim, now)
    if (this.#evictedToldAt === -Infinity) this.#tellEvictions(now)
  }

  /** Reaching the bound is an observation, once a minute at most. */
  #tellEvictions(now: number): void {
    const evicted = this.#context.counters.flowsEvicted
    if (evicted === this.#evictedTold || now - this.#evictedToldAt < ROUND * SECOND) return
    this.#context.sink.health({
      time: now,
      sequence: this.#context.nextSequence(),
      event: 'limit',
      fields: {
        table: 'flows',
        limit: this.#table.capacity,
        evicted: evicted - this.#evictedTold,
      },
    })
    this.#evictedTold = evicted
    this.#evictedToldAt = now
  }

  /** The capture ended: everything that is open, in the order in which it began. */
  end(): void {
    const open = this.#slots.filter((connection) => connection !== undefined)
    open.sort((a, b) => a.firstPacket - b.firstPacket)
    for (const connection of open) this.#end(connection, connection.last)
  }
}

function idleOf(connection: Connection): number {
  if (connection.transport === 'udp') return IDLE_UDP
  return connection.tcp.state === 'established' ? IDLE_ESTABLISHED : IDLE_ATTEMPTED
}

/** Something is new, and the last record is a round old (ticks come up to a second late). */
function isDue(connection: Connection, now: number): boolean {
  return connection.packets > connection.toldPackets && now - connection.toldAt >= INTERVAL
}

/** Less is worth less: over, then only attempted, then silent longest. */
function weight(connection: Connection): number {
  if (connection.tcp.closed !== 0) return connection.last - 2 * IDLE_ESTABLISHED
  return connection.tcp.state === 'attempted' ? connection.last - IDLE_ESTABLISHED : connection.last
}
