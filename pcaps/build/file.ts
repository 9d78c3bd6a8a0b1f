/**
 * Capture files: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), in both byte
 * orders, with times in microseconds or nanoseconds.
 */
import { join } from './bytes.ts'

/** One captured frame. */
export interface Frame {
  /** µs since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
  /** Length on the wire, where the snap length cut it. */
  readonly wire: number
}

export interface Format {
  readonly kind: 'pcap' | 'pcapng'
  readonly order: 'little' | 'big'
  readonly unit: 'µs' | 'ns'
}

export const PCAP: Format = { kind: 'pcap', order: 'little', unit: 'µs' }

export function fileOf(frames: readonly Frame[], linkType: number, format: Format): Uint8Array {
  return format.kind === 'pcap'
    ? pcap(frames, linkType, format)
    : pcapng(frames, linkType, format)
}

type Fields = (...fields: readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]) => Uint8Array

function writer(order: Format['order']): Fields {
  return (...fields) => {
    const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
    const view = new DataView(bytes.buffer)
    const little = order === 'little'
    let at = 0
    for (const [size, value] of fields) {
      if (size === 1) view.setUint8(at, value)
      else if (size === 2) view.setUint16(at, value, little)
      else if (size === 4) view.setUint32(at, value, little)
      else view.setBigUint64(at, BigInt(value), little)
      at += size
    }
    return bytes
  }
}

const SNAPLEN = 262_144

/** Section 4: magic number, version 2.4, reserved, snap length, link type. */
function pcap(frames: readonly Frame[], linkType: number, { order, unit }: Format): Uint8Array {
  const fields = writer(order)
  const magic = unit === 'ns' ? 0xa1b23c4d : 0xa1b2c3d4
  const head = fields([4, magic], [2, 2], [2, 4], [4, 0], [4, 0], [4, SNAPLEN], [4, linkType])
  const records = frames.map(({ time, bytes, wire }) => {
    const seconds = Math.floor(time / 1e6)
    const rest = (time - seconds * 1e6) * (unit === 'ns' ? 1000 : 1)
    return join(fields([4, seconds], [4, rest], [4, bytes.length], [4, wire]), bytes)
  })
  return join(head, ...records)
}

/** Section 4.1 section header, 4.2 interface description, 4.3 enhanced packets. */
function pcapng(frames: readonly Frame[], linkType: number, { order, unit }: Format): Uint8Array {
  const fields = writer(order)
  const block = (type: number, body: Uint8Array): Uint8Array => {
    const padded = new Uint8Array((body.length + 3) & ~3)
    padded.set(body)
    const length = padded.length + 12
    return join(fields([4, type], [4, length]), padded, fields([4, length]))
  }
  const header = fields([4, 0x1a2b3c4d], [2, 1], [2, 0], [4, 0xffffffff], [4, 0xffffffff])
  // if_tsresol (option 9): a power of ten.
  const resolution = unit === 'ns' ? 9 : 6
  const options = fields([2, 9], [2, 1], [1, resolution], [1, 0], [2, 0], [2, 0], [2, 0])
  const card = join(fields([2, linkType], [2, 0], [4, SNAPLEN]), options)
  const packets = frames.map(({ time, bytes, wire }) => {
    const ticks = BigInt(time) * (unit === 'ns' ? 1000n : 1n)
    const stamp = fields([4, Number(ticks >> 32n)], [4, Number(ticks & 0xffffffffn)])
    return block(6, join(fields([4, 0]), stamp, fields([4, bytes.length], [4, wire]), bytes))
  })
  return join(block(0x0a0d0d0a, header), block(1, card), ...packets)
}
