/** One direction of a connection: where it stands, and what speaks for a loss. */
import type { Recent } from './recent.ts'
import type { Segment, SegmentQueue } from './segments.ts'

/** Further back is no retransmission, further ahead no hole: numbers of something else. */
export const WINDOW_BYTES_MAX = 1 << 24
/** One-sided captures show no acknowledgement: so much may be sent again. */
const OPEN_BYTES = 16 * 1024

export class Half {
  readonly low: boolean
  started = false
  /** Began with SYN, so the first byte is the first. */
  opened = false
  next = 0
  /** Where it stood first, and how far it has come since: bytes handed on, holes, what was cut. */
  base = 0
  delivered = 0
  finished = false
  finAt = 0
  finSeen = false
  /** Packets that speak for a loss at `next`; 0 while there is no doubt. */
  doubts = 0
  /** This direction itself has moved on past `next`. */
  passed = false
  /** Time of the first doubt. */
  since = 0
  /** Highest acknowledgement by the peer, and whether it is past `next`. */
  acknowledged = 0
  isAcknowledged = false
  strays = 0
  strayNext: number | undefined = undefined
  queue: SegmentQueue | undefined = undefined
  /** What repetitions are held against; only where somebody asks for it. */
  recent: Recent | undefined = undefined
  /** When it was told last that something could not be compared. */
  told = -Infinity

  constructor(low: boolean) {
    this.low = low
  }
}

export function open(half: Half, next: number): void {
  half.started = true
  half.opened = true
  stand(half, next)
}

/** What came before is not of this stream, as far as is known. */
export function stand(half: Half, next: number): void {
  half.next = next
  half.base = next
  half.delivered = 0
}

/** Where a connection was joined late, its first packet says where it stands. */
export function anchor(half: Half, sequence: number, length: number): void {
  half.started = true
  // A keep-alive probe repeats the byte before (RFC 9293 section 3.8.4): the next is new.
  stand(half, length === 1 ? (sequence + 1) | 0 : sequence)
}

/** Nothing of it can be a repetition: it lies before all that was seen, or far off. */
export function isStray(half: Half, sequence: number, length: number): boolean {
  const far = (sequence - half.next) | 0
  if (far > WINDOW_BYTES_MAX || far < -WINDOW_BYTES_MAX) return true
  if (far >= 0 || half.delivered >= WINDOW_BYTES_MAX) return false
  // A keep-alive probe repeats the byte before.
  if (far === -1 && length === 1) return false
  return ((sequence + length - half.base) | 0) <= 0
}

/** Bytes before `next` that may be sent again. */
export function openBytes(half: Half): number {
  if (!half.isAcknowledged) return Math.min(half.delivered, OPEN_BYTES)
  return (half.next - half.acknowledged) | 0
}

/** A packet speaks for a loss. */
export function doubt(half: Half, time: number): void {
  if (half.doubts === 0) half.since = time
  half.doubts++
}

/** `next` moved: is there still a reason to doubt? Then it is a new one. */
export function ease(half: Half, time: number): void {
  if (half.doubts === 0) return
  half.doubts = isQueued(half) || isAhead(half) ? 1 : 0
  half.since = time
  half.passed = isQueued(half)
}

/** FIN counts one, once all before it was seen. */
export function finish(half: Half): void {
  if (!half.finSeen || half.finished || half.next !== half.finAt) return
  half.finished = true
  half.next = (half.next + 1) | 0
  if (half.doubts > 0) ease(half, half.since)
}

export function settle(half: Half): void {
  half.doubts = 0
  half.passed = false
}

/** Segments wait. */
export function isQueued(half: Half): boolean {
  return half.queue !== undefined && half.queue.count > 0
}

/** The peer has acknowledged bytes of this direction that were not seen. */
export function isAhead(half: Half): boolean {
  return half.isAcknowledged && ((half.acknowledged - half.next) | 0) > 0
}

/** Up to which the peer has acknowledged bytes that were not seen: the first that waits, or FIN. */
export function acknowledgedTo(half: Half): number {
  const first = half.queue?.first
  let to = half.acknowledged
  if (first !== undefined && ((first.sequence - to) | 0) < 0) to = first.sequence
  // The acknowledgement of FIN counts one.
  if (half.finSeen && ((to - half.finAt) | 0) > 0) to = half.finAt
  return to
}

/** What comes next was seen, and only waits for the other direction. */
export function holdsNext(half: Half): boolean {
  return half.queue?.first?.sequence === half.next
}

/** The segment acknowledges bytes of the peer that were not seen and are still hoped for. */
export function awaits(segment: Segment, peer: Half): boolean {
  if (segment.after === undefined || peer.doubts === 0) return false
  return ((segment.after - peer.next) | 0) > 0
}

/** Once all is acknowledged, one byte of garbage keeps a connection alive (RFC 9293, 3.8.4). */
export function isKeepAlive(half: Half, far: number, length: number): boolean {
  return far === -1 && length === 1 && half.isAcknowledged && !isBehind(half)
}

function isBehind(half: Half): boolean {
  return ((half.acknowledged - half.next) | 0) < 0
}
