/**
 * Packets of several captures by turns, copied into one batch: what reads batches does so in
 * large ones, also where two mirror ports speak by turns.
 */
import type { PacketBatch } from './capture.ts'

/** A larger packet is a batch of its own. */
const BYTES = 256 * 1024
const PACKETS = 2048

export class Gathering {
  readonly batch: PacketBatch
  #end = 0

  constructor() {
    const bytes = new Uint8Array(BYTES)
    this.batch = {
      bytes,
      view: new DataView(bytes.buffer),
      count: 0,
      first: 1,
      offset: new Int32Array(PACKETS),
      captured: new Int32Array(PACKETS),
      wire: new Int32Array(PACKETS),
      time: new Float64Array(PACKETS),
      linkType: new Uint16Array(PACKETS),
    }
  }

  /** Begins anew with this number. */
  reset(first: number): void {
    this.batch.first = first
    this.batch.count = 0
    this.#end = 0
  }

  /** Takes what there is room for; returns up to where. */
  take(from: PacketBatch, start: number, to: number): number {
    const { batch } = this
    for (let i = start; i < to; i++) {
      const captured = from.captured[i] as number
      if (batch.count === PACKETS) return i
      if (this.#end + captured > BYTES) {
        if (batch.count > 0) return i
        this.#grow(captured)
      }
      const offset = from.offset[i] as number
      const at = batch.count++
      batch.bytes.set(from.bytes.subarray(offset, offset + captured), this.#end)
      batch.offset[at] = this.#end
      batch.captured[at] = captured
      batch.wire[at] = from.wire[i] as number
      batch.time[at] = from.time[i] as number
      batch.linkType[at] = from.linkType[i] as number
      this.#end += captured
    }
    return to
  }

  #grow(bytes: number): void {
    if (bytes <= this.batch.bytes.length) return
    this.batch.bytes = new Uint8Array(bytes)
    this.batch.view = new DataView(this.batch.bytes.buffer)
  }
}
