/**
 * Cited packets as a capture of their own: pcapng as in draft-ietf-opsawg-pcapng, sections 4.1
 * (Section Header Block), 4.2 (Interface Description Block) and 4.3 (Enhanced Packet Block), with
 * the bytes, lengths and times of the original.
 */
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { Capture, PacketBatch } from '#sensor'
import { openFile } from '#sensor'

export interface Cited {
  file: string
  /** From 1, as Wireshark counts. */
  packets: readonly number[]
}

export interface PcapngOptions {
  /** Written to every packet, so that a copy still says which finding it belongs to. */
  comment: string
  /**
   * When the finding was seen, µs: of the packets cited at least one lies there, or the file is
   * not the one that the finding came from.
   */
  within?: { from: number; to: number } | undefined
  open?: (file: string) => Capture
}

export type EvidenceErrorCode = 'EVIDENCE_MISSING' | 'EVIDENCE_MISMATCH'

export class EvidenceError extends Error {
  readonly code: EvidenceErrorCode
  readonly remedy: string

  constructor(code: EvidenceErrorCode, message: string, remedy: string) {
    super(message)
    this.name = 'EvidenceError'
    this.code = code
    this.remedy = remedy
  }
}

/** Block types and options, sections 4.1 to 4.3 and 3.5. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPTION_END = 0
const OPTION_COMMENT = 1
const SHB_USERAPPL = 4
const IF_NAME = 2
const IF_TSRESOL = 9
/** Microseconds: 10^-6. */
const RESOLUTION = 6
/** Clocks of two directions may differ by this much, µs. */
const TIME_SLACK_US = 1e6

/** Their packets, to be read from. Opening fails on the first read, with a `CaptureError`. */
export function pcapng(files: readonly Cited[], options: PcapngOptions): Readable {
  return Readable.from(blocks(files, options), { objectMode: false })
}

async function* blocks(
  files: readonly Cited[],
  options: PcapngOptions,
): AsyncGenerator<Uint8Array> {
  yield sectionHeader()
  const interfaces = new Map<string, number>()
  const { within } = options
  const held: { time: number; packet: Uint8Array }[] = []
  let found = 0
  let inside = within === undefined
  for (const { file, packets } of files) {
    for await (const { batch, i, number } of cited(file, packets, options.open ?? openFile)) {
      const linkType = batch.linkType[i] ?? 0
      const key = `${linkType} ${file}`
      let id = interfaces.get(key)
      if (id === undefined) {
        id = interfaces.size
        interfaces.set(key, id)
        yield interfaceDescription(linkType, basename(file))
      }
      const time = batch.time[i] ?? 0
      if (within !== undefined) {
        inside ||= time >= within.from - TIME_SLACK_US && time <= within.to + TIME_SLACK_US
      }
      found++
      const packet = enhancedPacket(batch, i, id, `${options.comment}, packet ${number}`)
      // Of two mirror ports one has the request, the other the answer.
      if (files.length > 1) held.push({ time, packet })
      else yield packet
    }
  }
  for (const { packet } of held.sort((a, b) => a.time - b.time)) yield packet
  if (found === 0) {
    throw new EvidenceError(
      'EVIDENCE_MISSING',
      'the capture file has none of the packets cited',
      'Put the original capture back in its place.',
    )
  }
  if (!inside) {
    throw new EvidenceError(
      'EVIDENCE_MISMATCH',
      'the packets of these numbers are of another time: the file is another capture',
      'Put the original capture back in its place.',
    )
  }
}

/** Each packet cited, in the order of the file; valid until the next is asked for. */
async function* cited(
  file: string,
  packets: readonly number[],
  open: (file: string) => Capture,
): AsyncGenerator<{ batch: PacketBatch; i: number; number: number }> {
  const numbers = [...new Set(packets)].sort((a, b) => a - b)
  const capture = open(file)
  let next = 0
  try {
    for await (const batch of capture.batches()) {
      for (; next < numbers.length; next++) {
        const number = numbers[next] as number
        if (number >= batch.first + batch.count) break
        if (number >= batch.first) yield { batch, i: number - batch.first, number }
      }
      if (next === numbers.length) return
    }
  } finally {
    await capture.close()
  }
}

function sectionHeader(): Uint8Array {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  body.writeUInt16LE(1, 4)
  body.writeUInt16LE(0, 6)
  // Section length not given.
  body.writeBigInt64LE(-1n, 8)
  return block(SECTION_HEADER, body, [option(SHB_USERAPPL, Buffer.from('fieldtap'))])
}

function interfaceDescription(linkType: number, name: string): Uint8Array {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkType, 0)
  return block(INTERFACE_DESCRIPTION, body, [
    option(IF_NAME, Buffer.from(name)),
    option(IF_TSRESOL, Buffer.from([RESOLUTION])),
  ])
}

function enhancedPacket(batch: PacketBatch, i: number, id: number, comment: string): Uint8Array {
  const offset = batch.offset[i] ?? 0
  const captured = batch.captured[i] ?? 0
  const time = BigInt(Math.max(0, Math.floor(batch.time[i] ?? 0)))
  const body = Buffer.alloc(20 + padded(captured))
  body.writeUInt32LE(id, 0)
  body.writeUInt32LE(Number((time >> 32n) & 0xffffffffn), 4)
  body.writeUInt32LE(Number(time & 0xffffffffn), 8)
  body.writeUInt32LE(captured, 12)
  body.writeUInt32LE(batch.wire[i] ?? captured, 16)
  body.set(batch.bytes.subarray(offset, offset + captured), 20)
  return block(ENHANCED_PACKET, body, [option(OPTION_COMMENT, Buffer.from(comment))])
}

/** Total length at both ends, options closed by opt_endofopt, all of it in units of 32 bits. */
function block(type: number, body: Buffer, options: readonly Buffer[]): Buffer {
  const content = Buffer.concat([body, ...options, option(OPTION_END, Buffer.alloc(0))])
  const frame = Buffer.alloc(content.length + 12)
  frame.writeUInt32LE(type, 0)
  frame.writeUInt32LE(frame.length, 4)
  frame.set(content, 8)
  frame.writeUInt32LE(frame.length, frame.length - 4)
  return frame
}

/** An option's length is a u16: what is longer is cut. */
const OPTION_BYTES_MAX = 0xfffc

function option(code: number, value: Buffer): Buffer {
  const bytes = value.subarray(0, OPTION_BYTES_MAX)
  const frame = Buffer.alloc(4 + padded(bytes.length))
  frame.writeUInt16LE(code, 0)
  frame.writeUInt16LE(bytes.length, 2)
  frame.set(bytes, 4)
  return frame
}

function padded(length: number): number {
  return (length + 3) & ~3
}
