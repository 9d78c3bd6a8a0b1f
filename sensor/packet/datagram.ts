/**
 * One datagram in fragments: the first bytes of each place win (protocols.md section 4.1), and
 * whether others said something else is kept.
 */

/** Pieces of one datagram; 65,535 bytes over links of 576 (RFC 791) make 119. */
const PIECES_MAX = 256

interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** What a fragment was to its datagram. */
export type Taken = 'new' | 'repeated' | 'contradicts' | 'too-many'

export class Datagram {
  /** Time of the first fragment, µs. */
  started: number
  /** Fragments that added to it, and the bytes of their frames. */
  fragments = 0
  wire = 0
  /** Payload bytes held, of `total` where the last fragment told. */
  covered = 0
  total = -1
  /** IANA protocol number: of the first fragment, which alone tells (RFC 8200 section 4.5). */
  protocol = -1
  /** Two fragments gave different bytes for one place. */
  differs = false
  /** Same bytes for one place, not of a fragment sent again. */
  overlaps = false
  /** When it was complete, -Infinity before. */
  completed = -Infinity
  /** Once complete: what it was, for the copies that a mirror sends. */
  whole: Uint8Array | undefined = undefined
  #pieces: Piece[] = []

  constructor(time: number) {
    this.started = time
  }

  get isComplete(): boolean {
    return this.covered === this.total
  }

  /** Takes `bytes[from, from + end - start)` as the bytes `start` to `end` of the datagram. */
  take(bytes: Uint8Array, from: number, start: number, end: number, isLast: boolean): Taken {
    if (isLast ? !this.#ends(end) : this.total >= 0 && end > this.total) {
      this.differs = true
      return 'contradicts'
    }
    const before = this.#pieces
    const after: Piece[] = []
    let at = start
    let added = 0
    const add = (until: number): void => {
      if (until <= at) return
      after.push({
        start: at,
        end: until,
        bytes: bytes.slice(from + at - start, from + until - start),
      })
      added += until - at
    }
    let isOverlapping = false
    for (const piece of before) {
      if (piece.start < end && piece.end > start) {
        isOverlapping = true
        add(Math.min(piece.start, end))
        this.#compare(piece, bytes, from, start, end)
        at = Math.max(at, piece.end)
      } else if (piece.start >= end) {
        add(end)
        at = end
      }
      after.push(piece)
    }
    add(end)
    if (added === 0) return 'repeated'
    if (after.length > PIECES_MAX) return 'too-many'
    this.overlaps ||= isOverlapping
    this.#pieces = after
    this.covered += added
    return 'new'
  }

  /** The last fragment says where the datagram ends; one that says otherwise is not believed. */
  #ends(end: number): boolean {
    const furthest = this.#pieces.at(-1)?.end ?? 0
    if (furthest > end || (this.total >= 0 && this.total !== end)) return false
    this.total = end
    return true
  }

  #compare(piece: Piece, bytes: Uint8Array, from: number, start: number, end: number): void {
    const until = Math.min(end, piece.end)
    for (let at = Math.max(start, piece.start); at < until; at++) {
      if (bytes[from + at - start] === piece.bytes[at - piece.start]) continue
      this.differs = true
      return
    }
  }

  /** Writes the datagram to `target`, and keeps it as what copies are compared with. */
  complete(target: Uint8Array, time: number): void {
    for (const { start, bytes } of this.#pieces) target.set(bytes, start)
    this.completed = time
    this.whole = target
    this.#begin()
  }

  /** The first four bytes, which are the ports of TCP and UDP; 0 where they did not come. */
  ports(): number {
    const { whole } = this
    const first = this.#pieces[0]
    const bytes = whole ?? (first?.start === 0 ? first.bytes : undefined)
    if (bytes === undefined || bytes.length < 4) return 0
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  }

  /** Whether a fragment of the complete datagram comes once more. */
  repeats(bytes: Uint8Array, from: number, start: number, end: number, isLast: boolean): boolean {
    const { whole } = this
    if (whole === undefined || end > whole.length || isLast !== (end === whole.length)) return false
    for (let at = start; at < end; at++) if (bytes[from + at - start] !== whole[at]) return false
    return true
  }

  /** The identification is used anew; what was repeated so far may be of the new datagram. */
  reopen(time: number): void {
    this.completed = -Infinity
    this.whole = undefined
    this.started = time
  }

  /** All of it came once more. */
  forget(): void {
    this.#begin()
  }

  #begin(): void {
    this.#pieces = []
    this.covered = 0
    this.total = -1
    this.protocol = -1
    this.fragments = 0
    this.wire = 0
    this.differs = false
    this.overlaps = false
  }
}
