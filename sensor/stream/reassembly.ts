/**
 * TCP payload of both directions of one connection, in order and in the order of cause (RFC 9293
 * section 3.4, seen from beside the path).
 *
 * In order, bytes are handed on where they lie in the packet. Segments that come early are copied
 * and wait, within bounds. Two things decide that a hole will not be filled: the peer has
 * acknowledged past it and packets keep coming (`DOUBTS_MAX`), or nothing more came of it for
 * `HOLE_WAIT`. A mirror that merges two directions may show an answer before its request: a
 * segment that acknowledges bytes not yet seen waits for them too, as long as there is hope.
 *
 * First copy wins; one that differs is told as `overlap`, also later where `compare` asks for it.
 */
import { ACK, FIN, RST, SYN } from '../packet/packet.ts'
import type { Packet } from '../packet/packet.ts'
import { Half, WINDOW_BYTES_MAX, acknowledgedTo, anchor, awaits, doubt, ease } from './half.ts'
import { finish, holdsNext, isAhead, isKeepAlive, isQueued, isStray, open } from './half.ts'
import { openBytes, settle, stand } from './half.ts'
import type { ReassemblyCounters, Receiver } from './receiver.ts'
import { Recent } from './recent.ts'
import { SegmentQueue, viewOf } from './segments.ts'
import type { HeldBytes, Segment } from './segments.ts'

/** Packets that speak for a loss before it is taken for one. */
const DOUBTS_MAX = 3
/** µs of capture time after which a hole is given up. */
const HOLE_WAIT = 1_000_000
/** Where the peer says that it is waiting too, the sender will retransmit (RFC 6298). */
const RETRANSMISSION_WAIT = 10_000_000
/** Consistent segments of numbers far off after which they are believed. */
const STRAYS_MAX = 3
/** µs: that something could not be compared is told as often as this for each direction. */
const UNKNOWN_REPEAT = 60_000_000

export class Reassembly {
  readonly low = new Half(true)
  readonly high = new Half(false)
  readonly #receiver: Receiver
  readonly #held: HeldBytes
  readonly #counters: ReassemblyCounters

  constructor(receiver: Receiver, held: HeldBytes, counters: ReassemblyCounters) {
    this.#receiver = receiver
    this.#held = held
    this.#counters = counters
  }

  /** Something waits, or is known to be missing. */
  get waiting(): boolean {
    return this.low.doubts > 0 || this.high.doubts > 0 || isQueued(this.low) || isQueued(this.high)
  }

  /** From now on what a side says again is held against what it said. */
  compare(low: boolean): void {
    const half = low ? this.low : this.high
    half.recent ??= new Recent(this.#held)
  }

  trust(low: boolean): void {
    const half = low ? this.low : this.high
    half.recent?.close()
    half.recent = undefined
  }

  spoke(low: boolean): boolean {
    return (low ? this.low : this.high).delivered > 0
  }

  /** Where a direction stood before this: after its SYN, or where it was joined. */
  begin(low: boolean, next: number, opened: boolean): void {
    const half = low ? this.low : this.high
    open(half, next)
    half.opened = opened
  }

  /** A packet of the connection, with or without payload. */
  packet(p: Packet, fromLow: boolean): void {
    const half = fromLow ? this.low : this.high
    const peer = fromLow ? this.high : this.low
    const flags = p.flags
    let sequence = p.sequence
    if ((flags & SYN) !== 0) {
      sequence = (sequence + 1) | 0
      if (!half.started) open(half, sequence)
    }
    const length = p.payloadEnd - p.payload
    if (!half.started) anchor(half, sequence, length)
    if ((flags & ACK) !== 0 && peer.started) this.#acknowledge(peer, p.acknowledgement, p.time)
    const far = (sequence - half.next) | 0
    if (
      far === 0 &&
      half.doubts === 0 &&
      peer.doubts === 0 &&
      p.missing === 0 &&
      (flags & (FIN | RST)) === 0
    ) {
      // The common case: what was expected, nothing waits.
      if (length > 0) {
        half.next = (half.next + length) | 0
        half.delivered += length
        half.strays = 0
        const next = half.next
        this.#receiver.data(fromLow, p.bytes, p.view, p.payload, p.payloadEnd, p.time, p.number)
        half.recent?.add(p.bytes, p.payload, p.payloadEnd, next, openBytes(half))
      }
      return
    }
    this.#uncommon(p, half, peer, sequence, length)
  }

  /** Nothing of the payload is still to come: it was handed on, or waits for that. */
  took(p: Packet, fromLow: boolean): boolean {
    const { next } = fromLow ? this.low : this.high
    const end = (p.sequence + p.payloadEnd - p.payload) | 0
    return p.payload >= p.payloadEnd || next === end || this.holds(p, fromLow)
  }

  /** Was all of the payload seen before, and is it the same as far as that is known? */
  holds(p: Packet, fromLow: boolean): boolean {
    const half = fromLow ? this.low : this.high
    const length = p.payloadEnd - p.payload
    const sequence = (p.flags & SYN) === 0 ? p.sequence : (p.sequence + 1) | 0
    if (!half.started || isStray(half, sequence, length)) return false
    const known = Math.min((half.next - sequence) | 0, length)
    const { recent } = half
    if (known >= length) return recent?.compare(p.bytes, p.payload, length, sequence) !== 'differs'
    return known <= 0 && half.queue?.holds(p, sequence) === true
  }

  /** Time passed without a packet of this connection. */
  tick(now: number): void {
    for (let i = 0; i < 2; i++) {
      if (this.low.doubts > 0) this.#giveUpLate(this.low, this.high, now)
      if (this.high.doubts > 0) this.#giveUpLate(this.high, this.low, now)
    }
  }

  /** The end: what waits is handed on, holes and all. */
  flush(time: number, packet: number): void {
    while (isQueued(this.low) || isQueued(this.high)) {
      this.#drain()
      const half = isQueued(this.low) ? this.low : this.high
      if (isQueued(half)) this.#skipToQueue(half, time, packet, true)
      const other = half === this.low ? this.high : this.low
      if (isQueued(half)) settle(other)
    }
    settle(this.low)
    settle(this.high)
    this.trust(true)
    this.trust(false)
  }

  /** Notes that the peer of `half` has acknowledged up to `ack`. */
  #acknowledge(half: Half, ack: number, time: number): void {
    half.acknowledged = ack
    half.isAcknowledged = true
    const past = (ack - half.next) | 0
    if (past <= 0 || past > WINDOW_BYTES_MAX) return
    doubt(half, time)
  }

  #uncommon(p: Packet, half: Half, peer: Half, sequence: number, length: number): void {
    const end = (sequence + length) | 0
    if ((p.flags & FIN) !== 0 && !half.finSeen) {
      half.finSeen = true
      half.finAt = (end + p.missing) | 0
    }
    const far = (sequence - half.next) | 0
    if (length > 0) this.#payload(p, half, peer, sequence, far)
    else if (far > 0 && (p.flags & RST) === 0) {
      half.passed = true
      doubt(half, p.time)
    }
    finish(half)
    if (p.missing > 0 && half.next === end) this.#cut(half, p.missing, p.time)
    if (half.doubts > 0 || peer.doubts > 0) this.#resolve(half, peer, p.time, p.number)
    else this.#drain()
    // What still waits is looked at again by the next packet, or the next tick.
    if (half.doubts === 0 && isQueued(half)) doubt(half, p.time)
    if (peer.doubts === 0 && isQueued(peer)) doubt(peer, p.time)
  }

  #payload(p: Packet, half: Half, peer: Half, sequence: number, far: number): void {
    const length = p.payloadEnd - p.payload
    if (isStray(half, sequence, length)) {
      this.#stray(p, half, sequence, length)
      return
    }
    if (far < 0) {
      const known = -far
      this.#repeated(p, half, sequence, far)
      if (known >= length) {
        this.#counters.duplicateBytes += length
        return
      }
      this.#counters.duplicateBytes += known
      this.#accept(p, half, peer, half.next, p.payload + known)
      return
    }
    if (far > 0) {
      half.passed = true
      doubt(half, p.time)
    }
    this.#accept(p, half, peer, sequence, p.payload)
  }

  /** Bytes that were handed on come again: the same, or something else? */
  #repeated(p: Packet, half: Half, sequence: number, far: number): void {
    const length = p.payloadEnd - p.payload
    if (isKeepAlive(half, far, length)) return
    this.#counters.retransmissions++
    const likeness = half.recent?.compare(p.bytes, p.payload, length, sequence)
    if (likeness === 'differs') {
      this.#counters.overlaps++
      this.#receiver.overlap(half.low, p.time, p.number)
    } else if (likeness === 'unknown' && p.missing === 0) {
      this.#unknown(half, p)
    }
  }

  /** Something that is not new, and cannot be held against what was read. */
  #unknown(half: Half, { time, number }: Packet): void {
    if (time - half.told < UNKNOWN_REPEAT && time >= half.told) return
    half.told = time
    this.#receiver.overlap(half.low, time, number)
  }

  /** New bytes at `sequence`: handed on where they are next and nothing before them is awaited. */
  #accept(p: Packet, half: Half, peer: Half, sequence: number, from: number): void {
    const ahead = peer.started && (p.flags & ACK) !== 0 ? (p.acknowledgement - peer.next) | 0 : 0
    const isHope = peer.doubts < DOUBTS_MAX || holdsNext(peer)
    const isAfter = ahead > 0 && ahead <= WINDOW_BYTES_MAX
    const early = isAfter && isHope
    if (sequence === half.next && !early && !isQueued(half)) {
      this.#deliver(half, p.bytes, p.view, from, p.payloadEnd, p.time, p.number)
      return
    }
    if (sequence !== half.next) this.#counters.outOfOrder++
    const queue = (half.queue ??= new SegmentQueue(this.#held))
    const before = queue.bytes
    const outcome = queue.insert(p, sequence, from, isAfter ? p.acknowledgement : undefined)
    this.#counters.duplicateBytes += p.payloadEnd - from - (queue.bytes - before)
    if (outcome === 'differs') {
      this.#counters.overlaps++
      this.#receiver.overlap(half.low, p.time, p.number)
    }
    if (queue.full) {
      this.#counters.boundReached++
      settle(peer)
      this.#drain()
      if (queue.full) this.#skipToQueue(half, p.time, p.number, true)
    }
  }

  /** Numbers of something else: believed when several follow on each other (a restart not seen). */
  #stray(p: Packet, half: Half, sequence: number, length: number): void {
    this.#counters.strayBytes += length
    // A SYN, and then nothing that follows on it: who sent the SYN is not who sends the bytes.
    const isFirst = half.opened && half.delivered === 0 && half.strayNext === undefined
    if (isFirst || half.recent !== undefined) this.#unknown(half, p)
    half.strays = half.strays > 0 && sequence === half.strayNext ? half.strays + 1 : 1
    half.strayNext = (sequence + length) | 0
    if (half.strays < STRAYS_MAX) return
    half.strays = 0
    this.#counters.strayBytes += half.queue?.bytes ?? 0
    half.queue?.clear()
    stand(half, half.strayNext)
    settle(half)
    half.isAcknowledged = false
    this.#counters.gaps++
    this.#receiver.gap(half.low, 0, p.time, p.number)
  }

  #deliver(
    half: Half,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const next = (half.next + end - start) | 0
    half.next = next
    half.delivered += end - start
    half.strays = 0
    finish(half)
    ease(half, time)
    this.#receiver.data(half.low, bytes, view, start, end, time, packet)
    half.recent?.add(bytes, start, end, next, openBytes(half))
  }

  /** Hands on what has become next, whichever direction makes way for the other. */
  #drain(): void {
    while (this.#drainHalf(this.low, this.high) || this.#drainHalf(this.high, this.low)) {
      // Each step may free the other direction.
    }
  }

  #drainHalf(half: Half, peer: Half): boolean {
    const queue = half.queue
    if (queue === undefined) return false
    let progress = false
    for (;;) {
      const segment = queue.first
      if (segment === undefined) return progress
      const far = (segment.sequence - half.next) | 0
      if (far > 0 || awaits(segment, peer)) return progress
      queue.shift()
      progress = true
      const { bytes, time, packet, missing } = segment
      const known = Math.min(-far, bytes.length)
      this.#counters.duplicateBytes += known
      if (known < bytes.length) {
        this.#deliver(half, bytes, viewOf(bytes), known, bytes.length, time, packet)
      }
      if (missing > 0 && half.next === ((segment.sequence + bytes.length) | 0)) {
        this.#cut(half, missing, time)
      }
    }
  }

  /** Is it time to give up on a hole of either direction? */
  #resolve(half: Half, peer: Half, time: number, packet: number): void {
    for (const one of [half, peer]) {
      if (one.doubts < DOUBTS_MAX || !isAhead(one)) continue
      if (one.passed) this.#skipAcknowledged(one, time, packet)
      // Nothing later was seen of it: no more waiting for its sake, and no loss yet.
      else if (!holdsNext(one)) settle(one)
    }
    this.#drain()
    this.#giveUpLate(half, peer, time)
    this.#giveUpLate(peer, half, time)
  }

  #giveUpLate(half: Half, peer: Half, now: number): void {
    if (half.doubts === 0) return
    const waited = now - half.since
    if (waited < HOLE_WAIT) return
    const acknowledged = isAhead(half)
    if (isQueued(half)) {
      const first = half.queue?.first as Segment
      const isHole = ((first.sequence - half.next) | 0) > 0
      // The peer itself still waits for these bytes: they will be sent again.
      const expected = half.isAcknowledged && !acknowledged
      if (isHole && expected && waited < RETRANSMISSION_WAIT) return
      if (isHole) this.#skipToQueue(half, now, first.packet, false)
      if (isHole || awaits(first, peer)) settle(peer)
    } else if (acknowledged && half.passed) {
      this.#skipAcknowledged(half, now, 0)
    }
    settle(half)
    this.#drain()
  }

  /** Takes for lost what the peer has acknowledged. */
  #skipAcknowledged(half: Half, time: number, packet: number): void {
    const bytes = (acknowledgedTo(half) - half.next) | 0
    if (bytes > 0) this.#gap(half, bytes, time, packet)
  }

  #skipToQueue(half: Half, time: number, packet: number, forced: boolean): void {
    const first = half.queue?.first
    if (first === undefined) return
    const bytes = (first.sequence - half.next) | 0
    if (bytes > 0) this.#gap(half, bytes, time, packet)
    if (forced) first.after = undefined
    this.#drain()
  }

  /** What the snap length cut off will not come; the segment behind it may. */
  #cut(half: Half, bytes: number, time: number): void {
    half.next = (half.next + bytes) | 0
    half.delivered += bytes
    this.#counters.cuts++
    this.#counters.cutBytes += bytes
    finish(half)
    ease(half, time)
    this.#receiver.cut(half.low, bytes)
  }

  #gap(half: Half, bytes: number, time: number, packet: number): void {
    if (half.isAcknowledged && ((half.acknowledged - half.next - bytes) | 0) >= 0) {
      this.#counters.losses++
      this.#counters.lostBytes += bytes
    }
    half.next = (half.next + bytes) | 0
    half.delivered += bytes
    half.passed = false
    this.#counters.gaps++
    this.#counters.gapBytes += bytes
    finish(half)
    ease(half, time)
    this.#receiver.gap(half.low, bytes, time, packet)
  }
}
