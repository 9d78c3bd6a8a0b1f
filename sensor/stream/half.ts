/** One direction of a connection: where it stands, and what speaks for a loss. */
import type { Recent } from './recent.ts'
import type { Segment, SegmentQueue } from './segments.ts'

export class Half {
  readonly low: boolean
  started = false
  /** Began with SYN, so the first byte is the first. */
  opened = false
  next = 0
  /** Bytes handed on. */
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

  constructor(low: boolean) {
    this.low = low
  }
}

export function open(half: Half, next: number): void {
  half.started = true
  half.opened = true
  half.next = next
}

/** Where a connection was joined late, its first packet says where it stands. */
export function anchor(half: Half, sequence: number, length: number): void {
  half.started = true
  // A keep-alive probe repeats the byte before (RFC 9293 section 3.8.4): the next is new.
  half.next = length === 1 ? (sequence + 1) | 0 : sequence
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
