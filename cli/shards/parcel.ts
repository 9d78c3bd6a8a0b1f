/** A batch on its way to a shard and back: buffers of its own, so that no thread waits for one. */
import type { PacketBatch } from '#sensor'

export interface Parcel {
  bytes: Uint8Array<ArrayBuffer>
  offset: Int32Array<ArrayBuffer>
  captured: Int32Array<ArrayBuffer>
  wire: Int32Array<ArrayBuffer>
  time: Float64Array<ArrayBuffer>
  linkType: Uint16Array<ArrayBuffer>
  count: number
  /** Number of the first packet in its capture. */
  first: number
  interface: string | undefined
}

export function emptyParcel(): Parcel {
  return {
    bytes: new Uint8Array(0),
    offset: new Int32Array(0),
    captured: new Int32Array(0),
    wire: new Int32Array(0),
    time: new Float64Array(0),
    linkType: new Uint16Array(0),
    count: 0,
    first: 1,
    interface: undefined,
  }
}

/** Copies a batch, which is only valid until the next one is asked for. */
export function fill(parcel: Parcel, batch: PacketBatch): void {
  const { count } = batch
  parcel.count = count
  parcel.first = batch.first
  parcel.interface = batch.interface
  let low = Infinity
  let high = 0
  for (let i = 0; i < count; i++) {
    const offset = batch.offset[i] as number
    const end = offset + (batch.captured[i] as number)
    if (offset < low) low = offset
    if (end > high) high = end
  }
  const length = Math.max(0, high - low)
  if (parcel.bytes.length < length) parcel.bytes = new Uint8Array(roomFor(length))
  if (length > 0) parcel.bytes.set(batch.bytes.subarray(low, high))
  if (parcel.offset.length < count) {
    const room = roomFor(count)
    parcel.offset = new Int32Array(room)
    parcel.captured = new Int32Array(room)
    parcel.wire = new Int32Array(room)
    parcel.time = new Float64Array(room)
    parcel.linkType = new Uint16Array(room)
  }
  for (let i = 0; i < count; i++) parcel.offset[i] = (batch.offset[i] as number) - low
  parcel.captured.set(batch.captured.subarray(0, count))
  parcel.wire.set(batch.wire.subarray(0, count))
  parcel.time.set(batch.time.subarray(0, count))
  parcel.linkType.set(batch.linkType.subarray(0, count))
}

function roomFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1024, length)))
}

export function batchOf(parcel: Parcel): PacketBatch {
  const { bytes } = parcel
  return { ...parcel, view: new DataView(bytes.buffer) }
}

export function buffersOf(parcel: Parcel): ArrayBuffer[] {
  const { bytes, offset, captured, wire, time, linkType } = parcel
  return [bytes, offset, captured, wire, time, linkType].map(({ buffer }) => buffer)
}
