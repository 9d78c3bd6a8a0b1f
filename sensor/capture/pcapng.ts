/**
 * pcapng (draft-ietf-opsawg-pcapng): any number of sections of either byte order, interfaces with
 * their own link type and time resolution, enhanced, simple and obsolete packet blocks, and drop
 * counters of interface statistics. Other blocks are skipped without being held.
 */
import { BATCH_FULL, NEED_MORE, RECORD_BYTES_MAX, SNAPLEN_BYTES_MAX } from './bounds.ts'
import type { RecordReader } from './records.ts'

/** Block types (draft-ietf-opsawg-pcapng section 4). */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const OBSOLETE_PACKET = 2
const SIMPLE_PACKET = 3
const INTERFACE_STATISTICS = 5
const ENHANCED_PACKET = 6

/** Per section; what has more is not a capture of a network. */
const INTERFACES_MAX = 4096
/** Overhead of a packet block before options, and what options may add. */
const BLOCK_EXTRA_BYTES = 64 * 1024
/** Reserved by the list of link types: of packets whose interface is not described. */
const LINK_UNKNOWN = 0xffff

interface Interface {
  readonly linkType: number
  readonly snaplen: number
  readonly resolution: number
  /** Seconds to add (if_tsoffset). */
  readonly offset: number
}

export class PcapngFormat {
  readonly kind = 'pcapng'
  little = true
  interfaces: Interface[] = []
  /** Latest drop counters by interface: they count from the start of the capture. */
  drops: number[] = []
}

export function parsePcapng(reader: RecordReader, format: PcapngFormat): number {
  for (;;) {
    if (reader.skip > 0) {
      const some = Math.min(reader.skip, reader.end - reader.start)
      reader.skip -= some
      reader.advance(some)
      if (reader.skip > 0) return NEED_MORE
    }
    const at = reader.start
    if (at + 12 > reader.end) return NEED_MORE
    if (reader.full()) return BATCH_FULL
    const view = reader.view
    const raw = view.getUint32(at, format.little)
    if (raw === SECTION_HEADER && !section(reader, format)) {
      return reader.break('a section header without a byte order')
    }
    const length = view.getUint32(at + 4, format.little)
    if (length < 12 || length % 4 !== 0) return reader.break(`a block of length ${length}`)
    if (!isHeld(raw)) {
      reader.skip = length
      continue
    }
    if (length > SNAPLEN_BYTES_MAX + BLOCK_EXTRA_BYTES) {
      return reader.break(`a block of length ${length}`)
    }
    if (at + length > reader.end) return NEED_MORE
    if (view.getUint32(at + length - 4, format.little) !== length) {
      return reader.break('a block whose two lengths differ')
    }
    const wrong = block(reader, format, raw, at, at + length - 4)
    if (wrong !== undefined) return reader.break(wrong)
    reader.advance(length)
  }
}

function isHeld(type: number): boolean {
  switch (type) {
    case INTERFACE_DESCRIPTION:
    case OBSOLETE_PACKET:
    case SIMPLE_PACKET:
    case INTERFACE_STATISTICS:
    case ENHANCED_PACKET:
      return true
    default:
      return false
  }
}

/** Section 4.1: the byte order may change with every section, and interfaces begin anew. */
function section(reader: RecordReader, format: PcapngFormat): boolean {
  const magic = reader.view.getUint32(reader.start + 8, true)
  if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) return false
  format.little = magic === 0x1a2b3c4d
  format.interfaces = []
  format.drops = []
  return true
}

/** `[at, end)` without the second length. Returns what is wrong with it. */
function block(
  reader: RecordReader,
  format: PcapngFormat,
  type: number,
  at: number,
  end: number,
): string | undefined {
  switch (type) {
    case ENHANCED_PACKET:
      return enhanced(reader, format, at, end)
    case SIMPLE_PACKET:
      return simple(reader, format, at, end)
    case OBSOLETE_PACKET:
      return obsolete(reader, format, at, end)
    case INTERFACE_DESCRIPTION:
      return describe(reader, format, at, end)
    default:
      return statistics(reader, format, at, end)
  }
}

function enhanced(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 28 > end) return 'a packet block that is too short'
  const { view } = reader
  const little = format.little
  const source = format.interfaces[view.getUint32(at + 8, little)]
  const captured = view.getUint32(at + 20, little)
  const wire = view.getUint32(at + 24, little)
  return packet(reader, format, source, at + 12, at + 28, end, captured, wire)
}

/** Section 4.3 of the first drafts: interface and drop counter share a word. */
function obsolete(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 28 > end) return 'a packet block that is too short'
  const { view } = reader
  const little = format.little
  const source = format.interfaces[view.getUint16(at + 8, little)]
  const captured = view.getUint32(at + 20, little)
  const wire = view.getUint32(at + 24, little)
  return packet(reader, format, source, at + 12, at + 28, end, captured, wire)
}

function simple(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 12 > end) return 'a packet block that is too short'
  const wire = reader.view.getUint32(at + 8, format.little)
  const source = format.interfaces[0]
  const snaplen = source === undefined || source.snaplen === 0 ? wire : source.snaplen
  const captured = Math.min(wire, snaplen, end - at - 12)
  // It has no time: the packet before it is the nearest that is known.
  const linkType = source?.linkType ?? LINK_UNKNOWN
  if (captured > limit(source)) return `a packet of ${captured} bytes`
  reader.add(at + 12, captured, Math.min(wire, 0x7fffffff), reader.lastTime, linkType)
  return undefined
}

function packet(
  reader: RecordReader,
  format: PcapngFormat,
  source: Interface | undefined,
  timeAt: number,
  from: number,
  end: number,
  captured: number,
  wire: number,
): string | undefined {
  if (captured > end - from) return 'a packet that is longer than its block'
  if (captured > limit(source)) return `a packet of ${captured} bytes`
  const high = reader.view.getUint32(timeAt, format.little)
  const low = reader.view.getUint32(timeAt + 4, format.little)
  const time = microseconds(high, low, source?.resolution ?? 6) + (source?.offset ?? 0) * 1e6
  const linkType = source?.linkType ?? LINK_UNKNOWN
  reader.add(from, captured, Math.min(wire, 0x7fffffff), time, linkType)
  return undefined
}

function limit(source: Interface | undefined): number {
  const snaplen = source?.snaplen ?? 0
  return snaplen > RECORD_BYTES_MAX ? Math.min(snaplen, SNAPLEN_BYTES_MAX) : RECORD_BYTES_MAX
}

/**
 * Time stamp units (section 4.2, if_tsresol) to whole µs. Exact: a count of nanoseconds since
 * 1970 does not fit a double, so the high word is divided apart.
 */
export function microseconds(high: number, low: number, resolution: number): number {
  if (resolution === 6) return high * 4294967296 + low
  if ((resolution & 0x80) !== 0 || resolution > 12) {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    const power = BigInt(resolution & 0x7f)
    const unit = (resolution & 0x80) !== 0 ? 1n << power : 10n ** power
    return Number((ticks * 1_000_000n) / unit)
  }
  if (resolution < 6) return (high * 4294967296 + low) * 10 ** (6 - resolution)
  const unit = 10 ** (resolution - 6)
  return (
    high * Math.floor(4294967296 / unit) + Math.floor((high * (4294967296 % unit) + low) / unit)
  )
}

function describe(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 16 > end) return 'an interface block that is too short'
  if (format.interfaces.length >= INTERFACES_MAX) return `more than ${INTERFACES_MAX} interfaces`
  const { view } = reader
  const little = format.little
  const linkType = view.getUint16(at + 8, little)
  let resolution = 6
  let offset = 0
  for (const option of options(view, little, at + 16, end)) {
    // Section 4.2: if_tsresol is 9, if_tsoffset is 14.
    if (option.code === 9 && option.length >= 1) resolution = view.getUint8(option.at)
    if (option.code === 14 && option.length >= 8) {
      offset = Number(view.getBigInt64(option.at, little))
    }
  }
  format.interfaces.push({
    linkType,
    snaplen: view.getUint32(at + 12, little),
    resolution,
    offset,
  })
  reader.sees(linkType)
  return undefined
}

function statistics(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 20 > end) return 'a statistics block that is too short'
  const { view } = reader
  const little = format.little
  const id = view.getUint32(at + 8, little)
  if (id >= format.interfaces.length) return undefined
  let drops: number | undefined
  for (const option of options(view, little, at + 20, end)) {
    // Section 4.6: isb_ifdrop is 5, isb_osdrop is 7.
    if ((option.code !== 5 && option.code !== 7) || option.length < 8) continue
    drops = (drops ?? 0) + Number(view.getBigUint64(option.at, little))
  }
  if (drops === undefined) return undefined
  reader.dropped = (reader.dropped ?? 0) + drops - (format.drops[id] ?? 0)
  format.drops[id] = drops
  return undefined
}

interface Option {
  readonly code: number
  readonly at: number
  readonly length: number
}

/** Section 3.5: code, length, value padded to 32 bits; code 0 ends the list. */
function options(view: DataView, little: boolean, from: number, end: number): Option[] {
  const found: Option[] = []
  let at = from
  while (at + 4 <= end) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === 0 || at + 4 + length > end) break
    found.push({ code, at: at + 4, length })
    at += 4 + ((length + 3) & ~3)
  }
  return found
}
