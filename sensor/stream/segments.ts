/**
 * Segments of one direction that wait, sorted by sequence number and without overlaps: copies,
 * bounded per direction and over all connections.
 */
import type { Packet } from '../packet/packet.ts'

/** Per direction (protocols.md section 4.2). */
const SEGMENT_BYTES_MAX = 256 * 1024
export const SEGMENTS_MAX = 64
/** What a segment costs beside its bytes, measured: with a byte each, all of it would be this. */
const SEGMENT_OVERHEAD_BYTES = 384

/** Of all buffers that hold nothing yet: most connections never need one of their own. */
export const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0)
export const NO_VIEW: DataView = new DataView(NO_BYTES.buffer)

/** What all connections together hold. */
export interface HeldBytes {
  /** What the buffers take, and what is kept of each of them. */
  bytes: number
  /** Bytes of payload in them, which have no fate yet. */
  waiting: number
  readonly max: number
}

export interface Segment {
  sequence: number
  bytes: Uint8Array<ArrayBuffer>
  readonly time: number
  readonly packet: number
  /** Acknowledged byte of the peer that must come first. */
  after: number | undefined
  /** Bytes behind it that the snap length cut off. */
  readonly missing: number
}

export class SegmentQueue {
  bytes = 0
  readonly #segments: Segment[] = []
  readonly #held: HeldBytes

  constructor(held: HeldBytes) {
    this.#held = held
  }

  get count(): number {
    return this.#segments.length
  }

  get first(): Segment | undefined {
    return this.#segments[0]
  }

  get full(): boolean {
    return (
      this.#segments.length >= SEGMENTS_MAX ||
      this.bytes > SEGMENT_BYTES_MAX ||
      this.#held.bytes > this.#held.max
    )
  }

  shift(): void {
    const segment = this.#segments.shift()
    if (segment !== undefined) this.#count(-1, -segment.bytes.length)
  }

  clear(): void {
    this.#count(-this.#segments.length, -this.bytes)
    this.#segments.length = 0
  }

  /** Is the payload of `p` part of one that waits? */
  holds(p: Packet, sequence: number): boolean {
    const end = (sequence + p.payloadEnd - p.payload) | 0
    for (const segment of this.#segments) {
      const from = (sequence - segment.sequence) | 0
      const rest = (segment.sequence + segment.bytes.length - end) | 0
      if (from >= 0 && rest >= 0) return same(segment, p, sequence, end, p.payload)
    }
    return false
  }

  /** Copies the bytes of `p` from `from` on that no segment holds yet; the first copy wins. */
  insert(p: Packet, sequence: number, from: number, after: number | undefined): 'kept' | 'differs' {
    const segments = this.#segments
    const end = (sequence + p.payloadEnd - from) | 0
    let at = sequence
    let differs = false
    let i = 0
    while (i < segments.length && ((at - end) | 0) < 0) {
      const segment = segments[i] as Segment
      const segmentEnd = (segment.sequence + segment.bytes.length) | 0
      if (((segmentEnd - at) | 0) <= 0) {
        i++
        continue
      }
      if (((segment.sequence - end) | 0) >= 0) break
      if (((segment.sequence - at) | 0) > 0) {
        this.#keep(i, p, at, segment.sequence, from + ((at - sequence) | 0), after)
        i++
        at = segment.sequence
      }
      const stop = ((segmentEnd - end) | 0) < 0 ? segmentEnd : end
      differs ||= !same(segment, p, at, stop, from + ((at - sequence) | 0))
      at = stop
      i++
    }
    if (((at - end) | 0) < 0) this.#keep(i, p, at, end, from + ((at - sequence) | 0), after)
    return differs ? 'differs' : 'kept'
  }

  #keep(
    index: number,
    p: Packet,
    sequence: number,
    end: number,
    from: number,
    after: number | undefined,
  ): void {
    const length = (end - sequence) | 0
    // Not slice(): a Buffer's is a view of bytes that the next batch overwrites.
    const bytes = new Uint8Array(length)
    bytes.set(p.bytes.subarray(from, from + length))
    const { time, number: packet } = p
    const missing = from + length === p.payloadEnd ? p.missing : 0
    this.#segments.splice(index, 0, { sequence, bytes, time, packet, after, missing })
    this.#count(1, length)
  }

  #count(segments: number, bytes: number): void {
    this.bytes += bytes
    this.#held.bytes += bytes + segments * SEGMENT_OVERHEAD_BYTES
    this.#held.waiting += bytes
  }
}

function same(segment: Segment, p: Packet, sequence: number, end: number, from: number): boolean {
  const offset = (sequence - segment.sequence) | 0
  const length = (end - sequence) | 0
  for (let i = 0; i < length; i++) {
    if (segment.bytes[offset + i] !== p.bytes[from + i]) return false
  }
  return true
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
