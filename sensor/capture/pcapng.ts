/**
 * pcapng (draft-ietf-opsawg-pcapng): any number of sections of either byte order, interfaces with
 * their own link type and time resolution, enhanced, simple and obsolete packet blocks, and drop
 * counters of interface statistics. Other blocks are skipped without being held.
 */
import {
  BATCH_FULL,
  BLOCK_EXTRA_BYTES,
  NEED_MORE,
  RECORD_BYTES_MAX,
  SNAPLEN_BYTES_MAX,
} from './bounds.ts'
import type { RecordReader } from './records.ts'

/** Block types (draft-ietf-opsawg-pcapng section 4). */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const OBSOLETE_PACKET = 2
const SIMPLE_PACKET = 3
const INTERFACE_STATISTICS = 5
const ENHANCED_PACKET = 6

/** The only one there is; its minor versions are read alike (section 4.1). */
const VERSION = 1
/** Per section; what has more is not a capture of a network. */
const INTERFACES_MAX = 4096
/** Blocks that describe: an option has 64 KiB at most, and few are needed. */
const DESCRIPTION_BYTES_MAX = 1024 * 1024
/** µs: as far from 1970 as a date can be (ECMA-262 section 21.4.1.1); beyond it is no time. */
const TIME_MAX = 8.64e18
/** Reserved by the list of link types: of packets whose interface is not described. */
const LINK_UNKNOWN = 0xffff

/** Options: sections 4.2 (if_tsresol, if_tsoffset), 4.3 (epb_dropcount), 4.6 (drops). */
const IF_TSRESOL = 9
const IF_TSOFFSET = 14
const EPB_DROPCOUNT = 4
const ISB_IFDROP = 5
const ISB_OSDROP = 7
/** Of the obsolete packet block: not known. */
const DROPS_UNKNOWN = 0xffff

interface Interface {
  readonly linkType: number
  readonly snaplen: number
  readonly resolution: number
  /** Seconds to add (if_tsoffset). */
  readonly offset: number
  /** Packets lost, as their successors say, and as the statistics say: both from the start. */
  lostBetween: number
  lostInAll: number
}

export class PcapngFormat {
  readonly kind = 'pcapng'
  little = true
  interfaces: Interface[] = []
  /** The section is of a later version of the format (section 4.1): its blocks are passed over. */
  isLater = false
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
    if (raw === SECTION_HEADER) {
      if (at + 16 > reader.end) return NEED_MORE
      if (!section(reader, format)) return reader.break('a section header without a byte order')
    }
    const length = view.getUint32(at + 4, format.little)
    if (length < 12 || length % 4 !== 0) return reader.break(`a block of length ${length}`)
    const longest = format.isLater ? 0 : longestHeld(raw)
    if (longest === 0) {
      reader.skip = length
      continue
    }
    if (length > longest) return reader.break(`a block of length ${length}`)
    if (at + length > reader.end) {
      reader.wants = length
      return NEED_MORE
    }
    if (view.getUint32(at + length - 4, format.little) !== length) {
      return reader.break('a block whose two lengths differ')
    }
    const wrong = block(reader, format, raw, at, at + length - 4)
    if (wrong !== undefined) return reader.break(wrong)
    reader.advance(length)
  }
}

/** 0 for what is passed over without being held. */
function longestHeld(type: number): number {
  switch (type) {
    case OBSOLETE_PACKET:
    case SIMPLE_PACKET:
    case ENHANCED_PACKET:
      return SNAPLEN_BYTES_MAX + BLOCK_EXTRA_BYTES
    case INTERFACE_DESCRIPTION:
    case INTERFACE_STATISTICS:
      return DESCRIPTION_BYTES_MAX
    default:
      return 0
  }
}

/** Section 4.1: the byte order may change with every section, and interfaces begin anew. */
function section(reader: RecordReader, format: PcapngFormat): boolean {
  const magic = reader.view.getUint32(reader.start + 8, true)
  if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) return false
  format.little = magic === 0x1a2b3c4d
  format.interfaces = []
  const version = reader.view.getUint16(reader.start + 12, format.little)
  format.isLater = version !== VERSION
  if (format.isLater) reader.tell(`a section of version ${version} was not read`)
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
  const optionsAt = at + 28 + ((captured + 3) & ~3)
  if (optionsAt < end && captured <= end - at) {
    const lost = option(view, little, optionsAt, end, EPB_DROPCOUNT, 8)
    if (lost >= 0) lose(reader, source, Number(view.getBigUint64(lost, little)))
  }
  return packet(reader, format, source, at + 12, at + 28, end, captured, wire)
}

/** Section 4.3 of the first drafts: interface and drop counter share a word. */
function obsolete(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 28 > end) return 'a packet block that is too short'
  const { view } = reader
  const little = format.little
  const source = format.interfaces[view.getUint16(at + 8, little)]
  const lost = view.getUint16(at + 10, little)
  if (lost !== 0 && lost !== DROPS_UNKNOWN) lose(reader, source, lost)
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
  const stamped = microseconds(high, low, source?.resolution ?? 6) + (source?.offset ?? 0) * 1e6
  const time = Math.max(-TIME_MAX, Math.min(TIME_MAX, stamped))
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
  const resolution = option(view, little, at + 16, end, IF_TSRESOL, 1)
  const offset = option(view, little, at + 16, end, IF_TSOFFSET, 8)
  format.interfaces.push({
    linkType,
    snaplen: view.getUint32(at + 12, little),
    resolution: resolution < 0 ? 6 : view.getUint8(resolution),
    offset: offset < 0 ? 0 : Number(view.getBigInt64(offset, little)),
    lostBetween: 0,
    lostInAll: 0,
  })
  reader.sees(linkType)
  return undefined
}

function statistics(reader: RecordReader, format: PcapngFormat, at: number, end: number) {
  if (at + 20 > end) return 'a statistics block that is too short'
  const { view } = reader
  const little = format.little
  const source = format.interfaces[view.getUint32(at + 8, little)]
  const card = option(view, little, at + 20, end, ISB_IFDROP, 8)
  const system = option(view, little, at + 20, end, ISB_OSDROP, 8)
  if (source === undefined || (card < 0 && system < 0)) return undefined
  const before = lostBy(source)
  source.lostInAll =
    (card < 0 ? 0 : Number(view.getBigUint64(card, little))) +
    (system < 0 ? 0 : Number(view.getBigUint64(system, little)))
  reader.dropped = (reader.dropped ?? 0) + lostBy(source) - before
  return undefined
}

/** Packets lost before this one. */
function lose(reader: RecordReader, source: Interface | undefined, count: number): void {
  if (source === undefined) return
  const before = lostBy(source)
  source.lostBetween += count
  reader.dropped = (reader.dropped ?? 0) + lostBy(source) - before
}

/** The same losses are told in two ways: the larger number is right. */
function lostBy(source: Interface): number {
  return Math.max(source.lostBetween, source.lostInAll)
}

/**
 * Section 3.5: code, length, value padded to 32 bits; code 0 ends the list. Returns where the value
 * begins, or -1.
 */
function option(
  view: DataView,
  little: boolean,
  from: number,
  end: number,
  wanted: number,
  bytes: number,
): number {
  let at = from
  while (at + 4 <= end) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === 0 || at + 4 + length > end) break
    if (code === wanted && length >= bytes) return at + 4
    at += 4 + ((length + 3) & ~3)
  }
  return -1
}
