/**
 * The incremental reader of pcap and pcapng. Bytes go in as they come, whole records come out and
 * are read in place; only a record that a chunk splits is moved to the front of the buffer. What
 * comes out does not depend on how the bytes were cut.
 *
 * Lengths in the file are hostile: nothing is allocated because a header says so. The buffer
 * grows only while bytes of a record within `RECORD_BYTES_MAX` keep arriving.
 */
import type { PacketBatch } from './capture.ts'
import {
  BLOCK_EXTRA_BYTES,
  BROKEN,
  LINK_TYPES_MAX,
  NEED_MORE,
  SNAPLEN_BYTES_MAX,
} from './bounds.ts'
import { CaptureError } from './capture.ts'
import type { Compression } from './compression.ts'
import { contentError, damaged } from './content.ts'
import { parsePcap, pcapHeader } from './pcap.ts'
import type { PcapFormat } from './pcap.ts'
import { parsePcapng, PcapngFormat } from './pcapng.ts'

/** Measured best: 1–8 MiB stays in the cache (capture.md section 3b). */
export const CHUNK_BYTES = 4 * 1024 * 1024
/** Keeps the batch's own arrays in the cache. */
const BATCH_PACKETS_MAX = 16_384
/** Small buffers have small arrays: packets are seldom shorter. */
const BATCH_PACKET_BYTES = 64
const BUFFER_BYTES_MIN = 64 * 1024
/** No record that is held is longer. */
export const BUFFER_BYTES_MAX = SNAPLEN_BYTES_MAX + BLOCK_EXTRA_BYTES

export class RecordReader {
  bytes: Uint8Array<ArrayBuffer>
  view: DataView
  /** Unread bytes are `[start, end)`. */
  start = 0
  end = 0
  /** Position of `start` in the capture. */
  position = 0
  /** Bytes of a block without packets that are still to be dropped. */
  skip = 0
  /** Length of the record at `start` that is not whole yet: one larger buffer is enough for it. */
  wants = 0

  packets = 0
  /** Earliest and latest: several interfaces in one file are not always in order. */
  firstTime: number | undefined = undefined
  latestTime = 0
  /** Of the newest record. */
  lastTime = 0
  dropped: number | undefined = undefined
  /** No more bytes will come: what was left open for them must be decided. */
  ended = false
  /** What the bytes were unpacked from. */
  compression: Compression | undefined = undefined
  readonly linkTypes: number[] = []
  readonly batch: PacketBatch

  #format: PcapFormat | PcapngFormat | undefined = undefined
  #name: string
  #state = NEED_MORE
  /** What is wrong with the end. */
  #cut: string | undefined = undefined
  #told: string | undefined = undefined
  #problem: string | undefined = undefined

  constructor(name: string, chunkBytes: number) {
    this.#name = name
    this.bytes = new Uint8Array(Math.max(chunkBytes, BUFFER_BYTES_MIN))
    this.view = new DataView(this.bytes.buffer)
    const packets = Math.min(BATCH_PACKETS_MAX, this.bytes.length / BATCH_PACKET_BYTES)
    this.batch = {
      bytes: this.bytes,
      view: this.view,
      count: 0,
      first: 1,
      offset: new Int32Array(packets),
      captured: new Int32Array(packets),
      wire: new Int32Array(packets),
      time: new Float64Array(packets),
      linkType: new Uint16Array(packets),
    }
  }

  /** What was not read of it, and why. */
  get truncated(): string | undefined {
    const reasons = [this.#problem, this.#told, this.#cut].filter((text) => text !== undefined)
    return reasons.length === 0 ? undefined : reasons.join('; ')
  }

  /** Positions of what is in a compressed file are not those of the file. */
  get #unpacked(): string {
    return this.compression === undefined ? '' : ' of what was unpacked'
  }

  get broken(): boolean {
    return this.#state === BROKEN
  }

  /** Makes room and returns how many bytes may be written at `end`. */
  room(): number {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end)
      this.end -= this.start
      this.start = 0
    }
    if (this.end === this.bytes.length) this.#grow()
    return this.bytes.length - this.end
  }

  #grow(): void {
    const larger = new Uint8Array(
      Math.min(BUFFER_BYTES_MAX, Math.max(this.wants, this.bytes.length * 2)),
    )
    larger.set(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  /** Fills the batch with what is whole; true while there is a batch to hand on. */
  parse(): boolean {
    const batch = this.batch
    batch.bytes = this.bytes
    batch.view = this.view
    batch.count = 0
    batch.first = this.packets + 1
    if (this.#format === undefined && !this.#recognise()) return false
    const format = this.#format
    if (format === undefined || this.#state === BROKEN) return false
    this.#state =
      format.kind === 'pcap' ? parsePcap(this, format) : parsePcapng(this, format as PcapngFormat)
    return batch.count > 0
  }

  #recognise(): boolean {
    // A section header says its byte order in bytes 8 to 11, pcap its header in 24.
    if (this.end - this.start < 12) return false
    const format = pcapHeader(this)
    if (format !== undefined) this.#format = format
    else if (this.view.getUint32(this.start) === 0x0a0d0d0a) this.#format = new PcapngFormat()
    else throw this.#unknown()
    return true
  }

  #unknown(problem?: string): CaptureError {
    if (problem !== undefined) return damaged(this.#name, problem)
    return contentError(this.#name, this.bytes.subarray(this.start, this.end), this.compression)
  }

  /** No more bytes will come; `problem` says why not, where that is known. */
  finish(problem?: string): void {
    const format = this.#format
    if (format === undefined) throw this.#unknown(problem)
    this.#problem = problem
    if (this.#cut !== undefined) return
    const left = this.end - this.start
    if (this.skip > 0) {
      this.#cut = `ends at byte ${this.position + left}${this.#unpacked}, inside a block without packets`
    } else if (left > 0) {
      this.#cut =
        `ends at byte ${this.position + left}${this.#unpacked}, inside the record after packet ` +
        `${this.packets} that begins at byte ${this.position}`
    } else if (format.kind === 'pcap' && !format.complete) {
      this.#cut = `ends at byte ${this.position}${this.#unpacked}, inside the file header`
    }
  }

  /** The record at `start` cannot be: everything before it counts, nothing after it is trusted. */
  break(why: string): number {
    this.#cut = `${why} at byte ${this.position}, after packet ${this.packets}: read up to there`
    return BROKEN
  }

  /** What was not read though it can be passed over: told once. */
  tell(what: string): void {
    this.#told ??= `${what}, at byte ${this.position}`
  }

  advance(count: number): void {
    this.start += count
    this.position += count
  }

  full(): boolean {
    return this.batch.count === this.batch.time.length
  }

  add(at: number, captured: number, wire: number, time: number, linkType: number): void {
    const batch = this.batch
    const i = batch.count++
    batch.offset[i] = at
    batch.captured[i] = captured
    batch.wire[i] = wire < captured ? captured : wire
    batch.time[i] = time
    batch.linkType[i] = linkType
    this.packets++
    this.lastTime = time
    if (this.firstTime === undefined) this.firstTime = this.latestTime = time
    else if (time < this.firstTime) this.firstTime = time
    else if (time > this.latestTime) this.latestTime = time
  }

  sees(linkType: number): void {
    if (this.linkTypes.length === LINK_TYPES_MAX || this.linkTypes.includes(linkType)) return
    this.linkTypes.push(linkType)
  }
}
