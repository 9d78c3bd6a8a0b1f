/**
 * The sensor: batches of packets in, observations out. Driven by capture time alone, so the same
 * capture says the same on any machine and in any chunking.
 */
import type { PacketBatch } from './capture/capture.ts'
import type { Fields, SensorEventName, Sink } from './operation.ts'
import { Limits } from './limits.ts'
import type { Reached } from './limits.ts'
import { Fragments, PENDING } from './packet/fragments.ts'
import { ARP, FRAGMENT, MALFORMED_VLAN, TCP, TUNNEL_DEPTH, UDP } from './packet/outcome.ts'
import { CUT_LINK, CUT_NETWORK, CUT_TRANSPORT, CUT_TUNNEL } from './packet/outcome.ts'
import { outcomes } from './packet/outcome.ts'
import { Packet } from './packet/packet.ts'
import { Unread } from './packet/unread.ts'
import type { UnreadCounts } from './packet/unread.ts'
import type { AnyDissector } from './protocols/dissector.ts'
import { OPERATIONS_MAX } from './protocols/pending.ts'
import { ArpTable } from './stream/arp.ts'
import { CONNECTIONS_MAX, Connections, FLOWS_MAX } from './stream/connections.ts'
import type { Place, Protocol, StreamContext } from './stream/context.ts'
import { streamCounters } from './stream/context.ts'
import { Duplicates } from './stream/duplicates.ts'
import { tellFragmentOverlap } from './stream/fragment-overlap.ts'
import { ServerTable } from './stream/servers.ts'
import { Share } from './stream/shard.ts'
import type { Shard } from './stream/shard.ts'
import { talliedCounts } from './tallies.ts'

export type { Place }

export interface SensorLimits {
  /** Flows at a time. */
  readonly flows: number
  /** Those of them whose payload is read. */
  readonly connections: number
  /** Bytes that wait: segments out of order, split messages, undecided beginnings. */
  readonly heldBytes: number
  /** Operations that wait for an answer. */
  readonly operations: number
}

export interface SensorOptions {
  readonly dissectors: readonly AnyDissector[]
  readonly sink: Sink
  readonly limits?: Partial<SensorLimits>
  /** Secret of the flow table's hash; never changes what the sensor says. */
  readonly seed?: number
  /** One of several sensors that share the packets by connection. */
  readonly shard?: Shard
  /** Numbers observations, where another one knows the order of all of them. */
  readonly nextSequence?: () => number
  /** Kept up to date for whoever asks where the sensor is. */
  readonly place?: Place
}

export interface CoverageLine {
  readonly protocol: string
  /** All of them, malformed and encrypted ones too. */
  readonly messages: number
  /** Not what the standard says: not decoded at all, or decoded as far as they go. */
  readonly malformed: number
  readonly gaps: number
  readonly encrypted: number
  /** Decoded whole. */
  readonly decoded: number
}

const HELD_BYTES_MAX = 64 * 1024 * 1024
/** The snap length ended within a header. */
const CUT_HEADERS = [CUT_LINK, CUT_NETWORK, CUT_TRANSPORT, CUT_TUNNEL]
const SECOND = 1_000_000
/** Packets of several cards or queues come a little out of order; more is a clock set back. */
const REGRESSION = 10 * SECOND

/** Stages of a tick: what time alone tells, connection by connection, tables that were full. */
const ADVANCE = -3
const TICK = -2
const LIMITS = -1

export class Sensor {
  readonly place: Place
  readonly #packet = new Packet()
  readonly #share: Share | undefined
  readonly #context: StreamContext
  readonly #duplicates: Duplicates
  readonly #connections: Connections
  readonly #arp: ArpTable
  readonly #outcomes = new Float64Array(outcomes.length)
  readonly #fragments = new Fragments()
  /** Outcomes of datagrams that fragments made; each fragment has its own. */
  readonly #datagrams = new Float64Array(outcomes.length)
  readonly #unread = new Unread()
  readonly #limits: Limits
  #wireBytes = 0
  #packets = 0
  #sequence = 0
  #flows = 0
  #now = -Infinity
  #nextTick = -Infinity

  constructor(options: SensorOptions) {
    const { dissectors, sink, limits, seed } = options
    this.#share = options.shard === undefined ? undefined : new Share(options.shard, dissectors)
    this.place = options.place ?? { packet: 0, stage: 0, order: Infinity }
    this.#context = {
      place: this.place,
      sink,
      protocols: dissectors.map((dissector) => ({
        dissector,
        tally: dissector.tally() as unknown,
        coverage: { messages: 0, malformed: 0, odd: 0, gaps: 0, encrypted: 0 },
      })),
      counters: streamCounters(),
      held: { bytes: 0, waiting: 0, max: limits?.heldBytes ?? HELD_BYTES_MAX },
      waiting: { operations: 0, dropped: 0, max: limits?.operations ?? OPERATIONS_MAX },
      servers: new ServerTable(),
      nextSequence: options.nextSequence ?? (() => ++this.#sequence),
      nextFlow: () => ++this.#flows,
    }
    const { flows = FLOWS_MAX, connections = CONNECTIONS_MAX } = limits ?? {}
    this.#duplicates = new Duplicates(seed ?? 0)
    this.#connections = new Connections(
      flows,
      connections,
      seed ?? 0,
      this.#duplicates,
      this.#context,
    )
    this.#arp = new ArpTable(this.#context)
    this.#limits = new Limits((event) => {
      sink.health({ ...event, sequence: this.#context.nextSequence() })
    })
  }

  batch(batch: PacketBatch): void {
    const p = this.#packet
    const { bytes, view, count, first, offset, captured, wire, time, linkType } = batch
    p.interface = batch.interface ?? ''
    for (let i = 0; i < count; i++) {
      const at = time[i] as number
      this.place.packet = this.#packets + i + 1
      if (at >= this.#nextTick || at < this.#now - REGRESSION) this.#advance(at)
      p.time = at
      p.number = first + i
      const length = wire[i] as number
      const outcome = p.decode(
        bytes,
        view,
        offset[i] as number,
        captured[i] as number,
        length,
        linkType[i] as number,
      )
      if (this.#share !== undefined && !this.#share.has(p, outcome)) {
        // To whom the datagram belongs is known when it is complete.
        if (outcome === FRAGMENT) this.#fragment(p)
        continue
      }
      this.#wireBytes += length
      this.#outcomes[outcome]!++
      if (outcome === TCP || outcome === UDP) this.#connections.packet(p)
      else this.#other(p, outcome)
    }
    this.#packets += count
  }

  #other(p: Packet, outcome: number): void {
    if (outcome === ARP) this.#statement(p)
    else if (outcome === FRAGMENT) this.#fragment(p)
    else this.#unread.add(outcome, p.unread)
  }

  #statement(p: Packet): void {
    if (this.#duplicates.hasArp(p)) this.#duplicates.count(true)
    else this.#arp.packet(p)
  }

  /** A fragment; the packet becomes the datagram that it completes, if it does. */
  #fragment(p: Packet): void {
    const fragments = this.#fragments
    const outcome = fragments.packet(p)
    if (this.#share !== undefined && !this.#share.has(p, outcome)) return
    if (fragments.differs) tellFragmentOverlap(p, this.#context)
    if (outcome === PENDING) return
    this.#datagrams[outcome]!++
    if (outcome !== TCP && outcome !== UDP) {
      this.#other(p, outcome)
      return
    }
    // Hosts discard it: that somebody spoke is seen, what was said is not read.
    if (fragments.refused) p.payloadEnd = p.payload
    this.#connections.packet(p)
  }

  /** Time went on without a packet: for live captures of an interface that is silent. */
  advance(time: number): void {
    if (this.#now !== -Infinity && time >= this.#nextTick) this.#advance(time)
  }

  /**
   * Seconds of capture time passed: before the packet that shows it, and as if each was looked at
   * when it began. So what is told does not depend on which packet came first in a second.
   */
  #advance(time: number): void {
    const { place } = this
    const second = Math.floor(time / SECOND)
    const goesOn = this.#now !== -Infinity && time >= this.#now - REGRESSION
    place.stage = ADVANCE
    this.#context.sink.advance?.(time)
    place.stage = TICK
    if (goesOn) this.#connections.pass(this.#nextTick / SECOND, second)
    else if (this.#now !== -Infinity && this.#isFirst) this.#tellClock(time)
    this.#fragments.advance(time)
    place.stage = LIMITS
    this.#lookAtLimits(goesOn ? second * SECOND : time, false)
    place.stage = 0
    place.order = Infinity
    this.#now = goesOn ? second * SECOND : time
    this.#nextTick = (second + 1) * SECOND
  }

  /** Alone, or the one that counts what belongs to none. */
  get #isFirst(): boolean {
    return this.#share?.isFirst ?? true
  }

  #tellClock(time: number): void {
    this.#context.counters.clockRegressions++
    this.#context.sink.health({
      time,
      sequence: this.#context.nextSequence(),
      event: 'clock',
      fields: { back: (this.#now - time) / SECOND },
    })
  }

  /** What the way of capture says of itself, at capture time, in the order of observations. */
  notice(time: number, event: SensorEventName, fields: Fields): void {
    const sequence = this.#context.nextSequence()
    this.#context.sink.health({ time, sequence, event, fields })
  }

  /** No more packets: what is open is completed. */
  end(): void {
    this.place.packet = this.#packets + 1
    this.place.stage = TICK
    this.#fragments.end()
    this.#connections.end()
    this.place.stage = LIMITS
    if (this.#now !== -Infinity) this.#lookAtLimits(this.#now, true)
  }

  /** Whoever shares the packets with others leaves it to the one who adds them up. */
  #lookAtLimits(now: number, end: boolean): void {
    const reached = this.#reached()
    if (this.#share === undefined) this.#limits.look(reached, now, end)
    else this.#context.sink.reached?.(reached, now, end)
  }

  /** What was seen and not read for want of room, or of an idea how. */
  #reached(): Reached {
    const { counters, servers, waiting } = this.#context
    const fragments = this.#fragments
    const outcome = (of: number): number =>
      (this.#outcomes[of] as number) + (this.#datagrams[of] as number)
    return {
      'held-bytes': counters.carryRefused + counters.probesRefused,
      'waiting-segments': counters.boundReached,
      'pending-requests': waiting.dropped,
      'ip-fragments': this.#isFirst ? fragments.unread : 0,
      'vlan-tags': outcome(MALFORMED_VLAN),
      'tunnel-depth': outcome(TUNNEL_DEPTH),
      'snap-length': CUT_HEADERS.reduce((sum, of) => sum + outcome(of), counters.cuts),
      arp: this.#arp.dropped,
      servers: servers.dropped,
      'server-memory': servers.memory.forgotten,
      flows: counters.flowsEvicted,
      connections: counters.connectionsEvicted,
      attempts: counters.flowsDenied,
      links: this.#connections.linksRefused,
      resets: this.#connections.resets.forgotten,
    }
  }

  /** In the keys of the corpus' oracle: absent means zero. */
  counts(): Record<string, unknown> {
    const { protocols } = this.#context
    const own = protocols.map(({ dissector }) => dissector)
    return { packets: this.#packets, ...talliedCounts(own, this.tallies()) }
  }

  /** What each protocol counted, to be added up with others (`mergeTallies`). */
  tallies(): unknown[] {
    return this.#context.protocols.map(({ tally }) => tally)
  }

  /** What became of every packet and every byte of payload. */
  counters(): Record<string, number> {
    const counters: Record<string, number> = { packets: this.#packets, wireBytes: this.#wireBytes }
    outcomes.forEach((name, i) => {
      counters[`packets.${name}`] = this.#outcomes[i] as number
    })
    outcomes.forEach((name, i) => {
      counters[`datagrams.${name}`] = this.#datagrams[i] as number
    })
    // Every one of several sensors puts all fragments together: one of them counts them.
    for (const [name, value] of Object.entries(this.#fragments.counters())) {
      counters[`fragments.${name}`] = this.#isFirst ? (value as number) : 0
    }
    for (const [name, value] of Object.entries(this.#context.counters)) {
      counters[name] = value as number
    }
    Object.assign(counters, this.#duplicates.counters())
    counters['flowsOpen'] = this.#connections.size
    counters['connectionsOpen'] = this.#connections.connections
    counters['heldBytes'] = this.#context.held.bytes
    counters['waitingBytes'] = this.#context.held.waiting
    counters['requestsDropped'] = this.#context.waiting.dropped
    counters['arpTold'] = this.#arp.told
    counters['arpRepeated'] = this.#arp.repeated
    counters['arpDropped'] = this.#arp.dropped
    counters['serversDropped'] = this.#context.servers.dropped
    counters['serverMemoryForgotten'] = this.#context.servers.memory.forgotten
    counters['linksRefused'] = this.#connections.linksRefused
    counters['resetsForgotten'] = this.#connections.resets.forgotten
    this.#countKinds(counters)
    return counters
  }

  /** What was not read, by EtherType, IP protocol and link type. */
  unread(): UnreadCounts {
    return this.#unread.counts()
  }

  /** Messages by protocol, and what is not read by what it says it is. */
  #countKinds(counters: Record<string, number>): void {
    let messages = 0
    for (const { protocol, messages: count } of this.coverage()) {
      counters[`messages.${protocol}`] = count
      messages += count
    }
    counters['messages'] = messages
    for (const [table, kinds] of Object.entries(this.#unread.counts())) {
      for (const [kind, count] of Object.entries(kinds as Record<string, number>)) {
        counters[`unread.${table}.${kind}`] = count
      }
    }
  }

  coverage(): CoverageLine[] {
    return this.#context.protocols.map(coverageLine)
  }
}

function coverageLine({ dissector, coverage }: Protocol): CoverageLine {
  const { gaps, encrypted } = coverage
  const messages = coverage.messages + coverage.malformed
  const malformed = coverage.malformed + coverage.odd
  const decoded = Math.max(0, messages - malformed - encrypted)
  return { protocol: dissector.name, messages, malformed, gaps, encrypted, decoded }
}
