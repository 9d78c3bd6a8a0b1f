/** A message of one direction that segments split, put together in a buffer that grows with it. */
import type { HeldBytes } from './segments.ts'
import { NO_BYTES, NO_VIEW } from './segments.ts'

const FIRST_BYTES = 512
/** Looked at per step while the length of the message is not known yet. */
const HEADER_STEP_BYTES = 16

export class Carry {
  bytes: Uint8Array<ArrayBuffer> = NO_BYTES
  view: DataView = NO_VIEW
  length = 0
  /** Whole length of the message, 0 while unknown. */
  wanted = 0
  /** Bytes to pass over. */
  skip = 0
  /** Where the next message begins is not known. */
  lost = false
  /** Time and number of the packet with the message's first byte. */
  time = 0
  packet = 0
  readonly #held: HeldBytes

  constructor(held: HeldBytes) {
    this.#held = held
  }

  /** All connections together hold less than the bound. */
  get fits(): boolean {
    return this.#held.bytes <= this.#held.max
  }

  /** Takes the start of a message; false where there is no room for it. */
  begin(
    wanted: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    time: number,
    packet: number,
  ): boolean {
    if (!this.fits) return false
    this.wanted = wanted
    this.time = time
    this.packet = packet
    this.#append(bytes, at, end)
    return true
  }

  /** Takes as many bytes as the message may need; returns how many. */
  add(bytes: Uint8Array, at: number, end: number): number {
    const missing = this.wanted > 0 ? this.wanted - this.length : HEADER_STEP_BYTES
    const count = Math.min(end - at, missing)
    this.#append(bytes, at, at + count)
    return count
  }

  expect(wanted: number): void {
    this.wanted = wanted
  }

  clear(): void {
    // A large buffer goes with its message, so that idle connections hold next to nothing.
    if (this.bytes.length > FIRST_BYTES) this.#resize(0)
    this.#held.waiting -= this.length
    this.length = 0
    this.wanted = 0
  }

  /** The connection is over. */
  close(): void {
    this.#resize(0)
    this.#held.waiting -= this.length
    this.length = 0
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    const length = this.length + end - at
    if (length > this.bytes.length) {
      this.#resize(Math.max(FIRST_BYTES, this.bytes.length * 2, length))
    }
    if (end - at < 32) {
      for (let i = at; i < end; i++) this.bytes[this.length + i - at] = bytes[i] as number
    } else {
      this.bytes.set(bytes.subarray(at, end), this.length)
    }
    this.#held.waiting += length - this.length
    this.length = length
  }

  #resize(size: number): void {
    this.#held.bytes += size - this.bytes.length
    const larger = size === 0 ? NO_BYTES : new Uint8Array(size)
    if (size > 0) larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
    this.view = size === 0 ? NO_VIEW : new DataView(larger.buffer)
  }
}
