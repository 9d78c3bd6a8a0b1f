/**
 * Recognises the protocol of a connection by its content, on any port.
 *
 * The server's registered port makes one dissector likely: a single complete message proves it.
 * On other ports two messages must follow on each other, in one direction or one in each, and
 * decode without fault. What is undecided is kept, within bounds, and told to the session later,
 * so that no message is lost by being first.
 */
import type { AnyDissector, Malformed, Message } from '../protocols/dissector.ts'
import { isMalformed } from '../protocols/dissector.ts'
import { Reader } from '../reader.ts'
import type { Protocol } from './context.ts'
import type { HeldBytes } from './segments.ts'
import { NO_BYTES, NO_VIEW } from './segments.ts'

/** Per direction: the longest first messages that are common (OPC UA OPN with certificates). */
const PROBE_BYTES_MAX = 16 * 1024
/** What is kept of a piece beside its bytes, measured. */
const PIECE_OVERHEAD_BYTES = 96
/** Pieces that begin no message of any protocol, after which the connection is left alone. */
export const PROBE_FAILURES_MAX = 12
/** Messages that prove a protocol away from its port. */
const MESSAGES_ENOUGH = 2

const reader = new Reader()

/** A piece of one direction that waits for the decision. */
export interface Piece {
  readonly fromLow: boolean
  readonly start: number
  readonly end: number
  readonly time: number
  readonly packet: number
}

class Side {
  bytes: Uint8Array<ArrayBuffer> = NO_BYTES
  view: DataView = NO_VIEW
  length = 0
}

export interface Verdict {
  /** Index in the table of dissectors. */
  readonly index: number
  /** The sender of low's bytes is the client, where the shape tells. */
  readonly clientIsLow: boolean | undefined
}

export class Probe {
  readonly low = new Side()
  readonly high = new Side()
  pieces: Piece[] = []
  failures = 0
  refusedBytes = 0
  readonly #protocols: readonly Protocol[]
  readonly #transport: 'tcp' | 'udp'
  readonly #held: HeldBytes

  constructor(
    protocols: readonly Protocol[],
    transport: 'tcp' | 'udp',
    held: HeldBytes,
    failures: number,
  ) {
    this.#protocols = protocols
    this.#transport = transport
    this.#held = held
    this.failures = failures
  }

  #dissector(index: number): AnyDissector {
    return (this.#protocols[index] as Protocol).dissector
  }

  get spent(): boolean {
    return this.failures >= PROBE_FAILURES_MAX || this.#held.bytes > this.#held.max
  }

  /** The common case: the first bytes on a registered port are a whole message of its protocol. */
  isHint(hint: number, fromLow: boolean, bytes: Uint8Array, start: number, end: number): boolean {
    if (hint < 0 || (fromLow ? this.low : this.high).length > 0) return false
    const length = framed(this.#dissector(hint), bytes, start, end)
    return length > 0 && start + length <= end
  }

  /** Keeps a piece and judges what is there; undefined while undecided. */
  offer(hint: number, piece: Piece, bytes: Uint8Array): Verdict | undefined {
    const side = piece.fromLow ? this.low : this.high
    const length = piece.end - piece.start
    if (side.length + length > PROBE_BYTES_MAX) {
      const verdict = this.#overlong(hint)
      if (verdict !== undefined) return verdict
      this.#drop(side, piece.fromLow)
    }
    this.#keep(side, piece, bytes)
    if (hint >= 0 && this.#complete(hint, side)) return { index: hint, clientIsLow: undefined }
    const verdict = this.#elsewhere(piece.fromLow)
    if (verdict !== undefined) return verdict
    if (!this.#isPossible(side)) this.#drop(side, piece.fromLow)
    return undefined
  }

  /** Of a kept piece. */
  bytesOf(piece: Piece): { readonly bytes: Uint8Array; readonly view: DataView } {
    return piece.fromLow ? this.low : this.high
  }

  close(): void {
    this.#held.bytes -= this.low.bytes.length + this.high.bytes.length
    this.#held.bytes -= this.pieces.length * PIECE_OVERHEAD_BYTES
    this.#held.waiting -= this.low.length + this.high.length + this.refusedBytes
  }

  #keep(side: Side, piece: Piece, bytes: Uint8Array): void {
    const length = side.length + piece.end - piece.start
    if (length > side.bytes.length) {
      const larger = new Uint8Array(Math.max(64, side.bytes.length * 2, length))
      larger.set(side.bytes.subarray(0, side.length))
      this.#held.bytes += larger.length - side.bytes.length
      side.bytes = larger
      side.view = new DataView(larger.buffer)
    }
    side.bytes.set(bytes.subarray(piece.start, piece.end), side.length)
    this.pieces.push({ ...piece, start: side.length, end: length })
    this.#held.bytes += PIECE_OVERHEAD_BYTES
    this.#held.waiting += length - side.length
    side.length = length
  }

  /** On its own port a first message is believed of which the snap length left the start. */
  believes(hint: number, low: boolean): boolean {
    const side = low ? this.low : this.high
    if (hint < 0 || side.length === 0) return false
    return framed(this.#dissector(hint), side.bytes, 0, side.length) > side.length
  }

  /** What follows in this direction does not belong to what is kept of it. */
  forget(low: boolean): void {
    const side = low ? this.low : this.high
    if (side.length > 0) this.#clear(side, low)
  }

  /** What is kept of this direction begins no message. */
  #drop(side: Side, low: boolean): void {
    this.failures++
    this.#clear(side, low)
  }

  #clear(side: Side, low: boolean): void {
    this.refusedBytes += side.length
    side.length = 0
    const rest = this.pieces.filter((piece) => piece.fromLow !== low)
    this.#held.bytes -= (this.pieces.length - rest.length) * PIECE_OVERHEAD_BYTES
    this.pieces = rest
  }

  #complete(index: number, side: Side): boolean {
    const length = framed(this.#dissector(index), side.bytes, 0, side.length)
    return length > 0 && length <= side.length
  }

  /** On its own port a first message longer than what is kept is believed. */
  #overlong(hint: number): Verdict | undefined {
    if (hint < 0) return undefined
    const dissector = this.#dissector(hint)
    for (const side of [this.low, this.high]) {
      const length = framed(dissector, side.bytes, 0, side.length)
      if (length > side.length) return { index: hint, clientIsLow: undefined }
    }
    return undefined
  }

  #isPossible(side: Side): boolean {
    return isPossible(this.#protocols, this.#transport, side.bytes, 0, side.length)
  }

  /** Nothing is kept of either direction. */
  get empty(): boolean {
    return this.low.length === 0 && this.high.length === 0
  }

  #elsewhere(fromLow: boolean): Verdict | undefined {
    for (let index = 0; index < this.#protocols.length; index++) {
      const dissector = this.#dissector(index)
      if (!dissector.transports.includes(this.#transport)) continue
      const here = this.#chain(dissector, fromLow ? this.low : this.high)
      if (here <= 0) continue
      const there = this.#chain(dissector, fromLow ? this.high : this.low)
      if (there < 0 || here + there < MESSAGES_ENOUGH) continue
      const clientIsLow = this.#speaker(dissector)
      if (this.#decodes(dissector, clientIsLow ?? true)) return { index, clientIsLow }
    }
    return undefined
  }

  /** Whole messages at the start of a side; -1 where it is none of the protocol. */
  #chain(dissector: AnyDissector, side: Side): number {
    let count = 0
    let at = 0
    while (at < side.length && count < MESSAGES_ENOUGH) {
      const length = framed(dissector, side.bytes, at, side.length)
      if (length < 0) return -1
      if (length === 0 || at + length > side.length) return count
      at += length
      count++
    }
    return count
  }

  #speaker(dissector: AnyDissector): boolean | undefined {
    const low = this.low.length > 0 && dissector.speaker(this.low.bytes, 0, this.low.length)
    if (low === 'client' || low === 'server') return low === 'client'
    const high = this.high.length > 0 && dissector.speaker(this.high.bytes, 0, this.high.length)
    return high === 'client' || high === 'server' ? high === 'server' : undefined
  }

  /** The first messages, with a state of their own that is thrown away. */
  #decodes(dissector: AnyDissector, clientIsLow: boolean): boolean {
    const state: unknown = dissector.open(dissector.server())
    for (const side of [this.low, this.high]) {
      const fromClient = (side === this.low) === clientIsLow
      let at = 0
      for (let count = 0; count < MESSAGES_ENOUGH && at < side.length; count++) {
        const length = framed(dissector, side.bytes, at, side.length)
        if (length <= 0 || at + length > side.length) break
        reader.reset(side.bytes, side.view, at, at + length)
        const message = dissector.decode(reader, fromClient, state) as Message | Malformed
        if (isMalformed(message)) return false
        at += length
      }
    }
    return true
  }
}

/** May these bytes begin a message of any protocol? */
export function isPossible(
  protocols: readonly Protocol[],
  transport: 'tcp' | 'udp',
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const { dissector } of protocols) {
    if (!dissector.transports.includes(transport)) continue
    const length = framed(dissector, bytes, start, end)
    if (length === 0) return true
    if (length > 0 && length <= dissector.messageBytesMax) {
      if (transport === 'tcp' || length <= end - start) return true
    }
  }
  return false
}

function framed(dissector: AnyDissector, bytes: Uint8Array, start: number, end: number): number {
  return dissector.probe?.(bytes, start, end) ?? dissector.frame(bytes, start, end)
}
