/**
 * Fragments of IPv4 (RFC 791 section 3.2, RFC 815) and IPv6 (RFC 8200 section 4.5) put together.
 * A datagram that is complete is decoded from a buffer of its own, as part of the packet that
 * completed it.
 *
 * Bytes that came first win. Where fragments say different things, an IPv4 datagram is read with
 * an anomaly; an IPv6 one is not read, as every host must discard it (RFC 5722), and the anomaly
 * remains. VLANs are not part of the key: a mirror may show each fragment in another one.
 */
import { Datagram } from './datagram.ts'
import { FRAGMENT, TUNNEL_DEPTH } from './outcome.ts'
import type { Packet } from './packet.ts'

/** Datagrams that wait; a plant has next to none, a flood any number. */
const DATAGRAMS_MAX = 1024
/** Bytes that wait. */
const BYTES_MAX = 8 * 1024 * 1024
/** What a datagram costs beside its bytes, and a piece of it, roughly. */
const OVERHEAD_BYTES = 512
const PIECE_OVERHEAD_BYTES = 128
/** Linux waits 30 s for the rest, RFC 8200 says 60 s from the first. */
const WAIT = 30_000_000
/** A mirror sends its copies within milliseconds; later the identification is used anew. */
const REPEAT = 50_000
/** Total length is 16 bits: with a header of 20 bytes IPv4 has less payload than IPv6. */
const TOTAL_MAX = 65_535
const IPV4_HEADER = 20
/** Fragments within fragments, by tunnels or by headers in a row. */
const NESTED_MAX = 4
/** Addresses in front of a datagram's bytes, where `Packet` looks for them. */
const MACS = 12
const TINY_TCP = 20
const TINY_UDP = 8

/** Each fragment has one fate; `waiting` is what has none yet. */
export interface FragmentCounters {
  seen: number
  /** Of a datagram that was complete. */
  joined: number
  /** Brought nothing new: sent or mirrored again. */
  repeated: number
  /** Empty, not of 8 bytes, beyond 65,535, or of another end than told before. */
  malformed: number
  /** Cut by the snap length. */
  cut: number
  /** The rest did not come in time, or at all. */
  incomplete: number
  /** For want of room. */
  evicted: number
  waiting: number
  /** Beside their fate: the first of a datagram without a whole transport header (RFC 1858). */
  tiny: number
  datagrams: number
  datagramsIncomplete: number
  datagramsEvicted: number
  /** Complete ones whose fragments overlap with the same bytes, and with different ones. */
  overlapsEqual: number
  overlapsDifferent: number
}

/** No datagram is complete. */
export const PENDING = -1

export class Fragments {
  /** The last fragment was the first of its datagram to contradict another; ports are set. */
  differs = false
  /** The datagram that is complete is one that no host may read. */
  refused = false
  readonly #counters = counters()
  readonly #table = new Map<string, Datagram>()
  #bytes = 0

  /** Takes a fragment; returns the outcome of the datagram that it completes, or `PENDING`. */
  packet(p: Packet): number {
    this.differs = this.refused = false
    let outcome = this.#take(p)
    for (let i = 1; outcome === FRAGMENT && i < NESTED_MAX; i++) outcome = this.#take(p)
    return outcome === FRAGMENT ? TUNNEL_DEPTH : outcome
  }

  counters(): FragmentCounters {
    return { ...this.#counters, waiting: this.#waiting() }
  }

  #waiting(): number {
    let waiting = 0
    for (const { fragments } of this.#table.values()) waiting += fragments
    return waiting
  }

  /** Seen, and not to be read any more. */
  get unread(): number {
    const { malformed, cut, incomplete, evicted } = this.#counters
    return malformed + cut + incomplete + evicted
  }

  #take(p: Packet): number {
    const { fragment, payload, payloadEnd, time, family } = p
    const counters = this.#counters
    counters.seen++
    if (p.missing > 0) {
      if (p.cut) return this.#cut(p)
      // The frame ends before its header says: hosts discard it.
      counters.malformed++
      return PENDING
    }
    const start = fragment.offset
    let end = start + payloadEnd - payload
    // All but the last are of 8 bytes: hosts trim an IPv4 one and discard an IPv6 one.
    if (fragment.more && family === 4) end = start + ((end - start) & ~7)
    const isOdd = fragment.more && ((end - start) & 7) !== 0
    if (end <= start || isOdd || end > TOTAL_MAX - (family === 4 ? IPV4_HEADER : 0)) {
      counters.malformed++
      return PENDING
    }
    if (start === 0 && isTiny(p, end)) counters.tiny++
    const key = keyOf(p)
    const datagram = this.#find(key, time)
    if (datagram.whole !== undefined) {
      if (datagram.repeats(p.bytes, payload, start, end, !fragment.more)) {
        this.#repeat(datagram, p, start, end)
        return PENDING
      }
      this.#bytes -= datagram.whole.length
      // Hosts may have taken the other end for the true one.
      if (fragment.more ? end > datagram.whole.length : end !== datagram.whole.length) {
        this.#differ(datagram, p)
      }
      datagram.reopen(time)
    }
    return this.#add(key, datagram, p, start, end)
  }

  /** Of a first fragment the headers are there. */
  #cut(p: Packet): number {
    this.#counters.cut++
    if (p.fragment.offset !== 0) return PENDING
    // UDP tells its length itself; of TCP nobody knows what follows.
    const missing = p.transport === 17 ? TOTAL_MAX : p.missing
    return p.resume(p.bytes, p.view, p.payload, p.payloadEnd, missing)
  }

  #find(key: string, time: number): Datagram {
    while (this.#bytes > BYTES_MAX && this.#table.size > 0) this.#evict()
    const known = this.#table.get(key)
    if (known !== undefined) {
      if (!isOver(known, time)) return known
      this.#drop(key, known)
    }
    if (this.#table.size >= DATAGRAMS_MAX) this.#evict()
    const begun = new Datagram(time)
    this.#table.set(key, begun)
    this.#bytes += OVERHEAD_BYTES
    return begun
  }

  /** A copy, or the beginning of another datagram with the same identification. */
  #repeat(datagram: Datagram, p: Packet, start: number, end: number): void {
    this.#counters.repeated++
    const held = datagram.covered
    if (start === 0) datagram.protocol = p.transport
    const taken = datagram.take(p.bytes, p.payload, start, end, !p.fragment.more)
    if (datagram.isComplete || taken === 'too-many') datagram.forget()
    this.#bytes += datagram.covered - held
  }

  #add(key: string, datagram: Datagram, p: Packet, start: number, end: number): number {
    const counters = this.#counters
    const { covered: held, differs: differed } = datagram
    const taken = datagram.take(p.bytes, p.payload, start, end, !p.fragment.more)
    this.#bytes += datagram.covered - held
    if (datagram.differs && !differed) this.#differ(datagram, p)
    if (start === 0 && datagram.protocol < 0) datagram.protocol = p.transport
    if (taken === 'repeated') {
      counters.repeated++
      return PENDING
    }
    if (taken === 'contradicts') {
      counters.malformed++
      return PENDING
    }
    datagram.fragments++
    datagram.wire += p.wire
    this.#bytes += PIECE_OVERHEAD_BYTES
    if (taken === 'too-many') {
      this.#drop(key, datagram, true)
      return PENDING
    }
    return datagram.isComplete ? this.#complete(datagram, p) : PENDING
  }

  #complete(datagram: Datagram, p: Packet): number {
    const counters = this.#counters
    const { total, fragments, wire, protocol, differs, overlaps } = datagram
    counters.datagrams++
    counters.joined += fragments
    if (differs) counters.overlapsDifferent++
    else if (overlaps) counters.overlapsEqual++
    this.refused ||= differs && p.family === 6
    const bytes = new Uint8Array(MACS + total)
    datagram.complete(bytes.subarray(MACS), p.time)
    this.#bytes -= fragments * PIECE_OVERHEAD_BYTES
    moveMacs(p, bytes)
    p.wire = wire
    p.transport = protocol
    return p.resume(bytes, new DataView(bytes.buffer), MACS, MACS + total, 0)
  }

  #differ(datagram: Datagram, p: Packet): void {
    const ports = datagram.ports()
    p.sourcePort = ports >>> 16
    p.destinationPort = ports & 0xffff
    this.differs = true
  }

  /** Capture time passed: what waited too long goes. */
  advance(now: number): void {
    for (const [key, datagram] of this.#table) if (isOver(datagram, now)) this.#drop(key, datagram)
  }

  /** No more packets. */
  end(): void {
    for (const [key, datagram] of this.#table) this.#drop(key, datagram)
  }

  #evict(): void {
    for (const [key, datagram] of this.#table) {
      this.#drop(key, datagram, true)
      return
    }
  }

  #drop(key: string, datagram: Datagram, isEvicted = false): void {
    const { fragments, covered, whole } = datagram
    this.#table.delete(key)
    this.#bytes -= OVERHEAD_BYTES + covered + fragments * PIECE_OVERHEAD_BYTES
    this.#bytes -= whole?.length ?? 0
    if (fragments === 0) return
    const counters = this.#counters
    counters[isEvicted ? 'evicted' : 'incomplete'] += fragments
    counters[isEvicted ? 'datagramsEvicted' : 'datagramsIncomplete']++
  }
}

function counters(): FragmentCounters {
  return {
    seen: 0,
    joined: 0,
    repeated: 0,
    malformed: 0,
    cut: 0,
    incomplete: 0,
    evicted: 0,
    waiting: 0,
    tiny: 0,
    datagrams: 0,
    datagramsIncomplete: 0,
    datagramsEvicted: 0,
    overlapsEqual: 0,
    overlapsDifferent: 0,
  }
}

/** RFC 791: addresses, protocol, identification. RFC 8200: without the protocol. */
function keyOf(p: Packet): string {
  const { id } = p.fragment
  if (p.family === 4) return `${p.source0} ${p.destination0} ${p.transport} ${id}`
  const source = `${p.source0} ${p.source1} ${p.source2} ${p.source3}`
  return `${source} ${p.destination0} ${p.destination1} ${p.destination2} ${p.destination3} ${id}`
}

/** A clock that was set back ends the wait too. */
function isOver({ whole, started, completed }: Datagram, now: number): boolean {
  return whole === undefined ? Math.abs(now - started) > WAIT : Math.abs(now - completed) > REPEAT
}

function isTiny({ transport, fragment }: Packet, length: number): boolean {
  if (!fragment.more) return false
  return transport === 6 ? length < TINY_TCP : transport === 17 && length < TINY_UDP
}

/** The addresses of the frame go with the datagram, for offsets are those of its bytes. */
function moveMacs(p: Packet, target: Uint8Array): void {
  if (p.sourceMac >= 0) {
    target.set(p.bytes.subarray(p.sourceMac, p.sourceMac + 6), 0)
    p.sourceMac = 0
  }
  if (p.destinationMac >= 0) {
    target.set(p.bytes.subarray(p.destinationMac, p.destinationMac + 6), 6)
    p.destinationMac = 6
  }
}
