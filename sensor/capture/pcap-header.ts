/**
 * Which record headers a classic capture has. Patched libpcaps of 1999 wrote more behind the four
 * words of the standard: interface index, protocol, packet type, and one of them the CPU. The first
 * did so without a magic of its own (Red Hat 6.1), so that only the records themselves tell.
 */
import type { PcapFormat } from './pcap.ts'
import type { RecordReader } from './records.ts'

/** The likely length and the other. */
export type HeaderLengths = readonly [number, number]

/** Magic 0xa1b2c3d4: the standard, and Red Hat 6.1. */
export const STANDARD_HEADERS: HeaderLengths = [16, 24]
/** Magic 0xa1b2cd34: the patch of October 1999, and SuSE 6.3. */
export const MODIFIED_HEADERS: HeaderLengths = [24, 28]

/** Of time, captured and wire length: the same in all. */
const WORDS_BYTES = 16
/** Types of packet sockets (`if_packet.h`) end far below. */
const PACKET_TYPE_MAX = 7
const INTERFACE_INDEX_MAX = 0xffff
const FRACTION_MAX = 1e6
/** Two records of one capture are not further apart than a year. */
const APART_SECONDS_MAX = 31_536_000

/**
 * The length that makes the second record one; 0 while that is not known yet. Where neither does,
 * the likely one stays: the record is wrong, and is told as such.
 */
export function headerLength(reader: RecordReader, format: PcapFormat): number {
  const { view, start, end, ended } = reader
  const [likely, other] = format.lengths
  if (end - start < other) return ended ? likely : 0
  const captured = view.getUint32(start + 8, format.little)
  if (captured > format.capturedMax) return likely
  if (likely === WORDS_BYTES && !isExtra(view, start + WORDS_BYTES, format.little)) return likely
  reader.wants = other + captured + WORDS_BYTES
  const next = start + likely + captured
  if (next + WORDS_BYTES > end) {
    return ended ? lastLength(reader, format, next) : 0
  }
  if (isRecord(reader, format, next)) return likely
  const otherNext = start + other + captured
  if (otherNext + WORDS_BYTES <= end) return isRecord(reader, format, otherNext) ? other : likely
  if (!ended) return 0
  return otherNext <= end ? other : likely
}

/** One record and no more: what is left over tells, unless it is the time of a second, cut off. */
function lastLength(reader: RecordReader, format: PcapFormat, next: number): number {
  const [likely, other] = format.lengths
  const left = reader.end - next
  return left < other - likely || isTime(reader, format, next, left) ? likely : other
}

/** Interface index and packet type: bytes of a packet are seldom so small. */
function isExtra(view: DataView, at: number, little: boolean): boolean {
  return (
    view.getUint32(at, little) <= INTERFACE_INDEX_MAX && view.getUint8(at + 6) <= PACKET_TYPE_MAX
  )
}

function isRecord(reader: RecordReader, format: PcapFormat, at: number): boolean {
  const captured = reader.view.getUint32(at + 8, format.little)
  const wire = reader.view.getUint32(at + 12, format.little)
  return captured <= format.capturedMax && captured <= wire && isTime(reader, format, at, 8)
}

/** Whether the first bytes of a header, four at least, may be the time of the next record. */
function isTime(reader: RecordReader, format: PcapFormat, at: number, there: number): boolean {
  const { view, start } = reader
  const apart = view.getUint32(at, format.little) - view.getUint32(start, format.little)
  if (Math.abs(apart) > APART_SECONDS_MAX) return false
  return there < 8 || view.getUint32(at + 4, format.little) < FRACTION_MAX
}
