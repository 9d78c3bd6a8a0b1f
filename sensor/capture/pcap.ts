/**
 * The classic format (draft-ietf-opsawg-pcap): microseconds and nanoseconds, both byte orders,
 * and the longer record headers that old Linux patches wrote, with a magic of their own or not.
 */
import { BATCH_FULL, NEED_MORE, RECORD_BYTES_MAX, SNAPLEN_BYTES_MAX } from './bounds.ts'
import type { HeaderLengths } from './pcap-header.ts'
import { MODIFIED_HEADERS, STANDARD_HEADERS, headerLength } from './pcap-header.ts'
import type { RecordReader } from './records.ts'

export interface PcapFormat {
  readonly kind: 'pcap'
  readonly little: boolean
  /** Fractions of a second to µs. */
  readonly nanoseconds: boolean
  /** Lengths that a record header may have. */
  readonly lengths: HeaderLengths
  /** The length that it has; 0 until the first records have told. */
  recordHeader: number
  /** The 24 bytes of the file header were read. */
  complete: boolean
  linkType: number
  capturedMax: number
}

const FILE_HEADER_BYTES = 24

/** Magic numbers (draft-ietf-opsawg-pcap section 4; the last is of Alexey Kuznetsov's patch). */
const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
const MODIFIED = 0xa1b2cd34

export function pcapHeader(reader: RecordReader): PcapFormat | undefined {
  for (const little of [true, false]) {
    const magic = reader.view.getUint32(reader.start, little)
    if (magic !== MICROSECONDS && magic !== NANOSECONDS && magic !== MODIFIED) continue
    return {
      kind: 'pcap',
      little,
      nanoseconds: magic === NANOSECONDS,
      lengths: magic === MODIFIED ? MODIFIED_HEADERS : STANDARD_HEADERS,
      recordHeader: magic === NANOSECONDS ? 16 : 0,
      complete: false,
      linkType: 0,
      capturedMax: RECORD_BYTES_MAX,
    }
  }
  return undefined
}

export function parsePcap(reader: RecordReader, format: PcapFormat): number {
  const { view, end } = reader
  const { little } = format
  if (!format.complete && !fileHeader(reader, format)) return NEED_MORE
  if (format.recordHeader === 0) format.recordHeader = headerLength(reader, format)
  const { recordHeader } = format
  if (recordHeader === 0) return NEED_MORE
  const linkType = format.linkType
  while (reader.start + recordHeader <= end) {
    if (reader.full()) return BATCH_FULL
    const at = reader.start
    const captured = view.getUint32(at + 8, little)
    if (captured > format.capturedMax) {
      return reader.break(`a record says that it holds ${captured} bytes`)
    }
    if (at + recordHeader + captured > end) {
      reader.wants = recordHeader + captured
      return NEED_MORE
    }
    const seconds = view.getUint32(at, little)
    const fraction = view.getUint32(at + 4, little)
    const time = seconds * 1e6 + (format.nanoseconds ? Math.floor(fraction / 1000) : fraction)
    const wire = Math.min(view.getUint32(at + 12, little), 0x7fffffff)
    reader.add(at + recordHeader, captured, wire, time, linkType)
    reader.advance(recordHeader + captured)
  }
  return NEED_MORE
}

function fileHeader(reader: RecordReader, format: PcapFormat): boolean {
  const at = reader.start
  if (at + FILE_HEADER_BYTES > reader.end) return false
  const snaplen = reader.view.getUint32(at + 16, format.little)
  if (snaplen > RECORD_BYTES_MAX) format.capturedMax = Math.min(snaplen, SNAPLEN_BYTES_MAX)
  // The upper bits tell of a frame check sequence (draft-ietf-opsawg-pcap section 4).
  format.linkType = reader.view.getUint32(at + 20, format.little) & 0xffff
  format.complete = true
  reader.sees(format.linkType)
  reader.advance(FILE_HEADER_BYTES)
  return true
}
