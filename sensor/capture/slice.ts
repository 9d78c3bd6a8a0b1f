/** A part of a batch, in place: valid as long as the batch is. */
import type { PacketBatch } from './capture.ts'

/** Packets `from` to `to`; the first of them is counted as `first`. */
export function sliceBatch(
  batch: PacketBatch,
  from: number,
  to: number,
  first: number = batch.first + from,
): PacketBatch {
  const { bytes, view, offset, captured, wire, time, linkType } = batch
  return {
    bytes,
    view,
    count: to - from,
    first,
    offset: offset.subarray(from, to),
    captured: captured.subarray(from, to),
    wire: wire.subarray(from, to),
    time: time.subarray(from, to),
    linkType: linkType.subarray(from, to),
    interface: batch.interface,
  }
}
