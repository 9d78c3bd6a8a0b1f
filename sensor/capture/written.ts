/** Captures written word by word and read again, for tests. */
import { openStream } from './file.ts'

export interface Row {
  readonly time: number
  readonly wire: number
  readonly linkType: number
  readonly number: number
  readonly hex: string
}

/** All at once. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield bytes
}

/** What a capture of these bytes holds, and what it says of itself. */
export async function read(bytes: Uint8Array, chunkBytes = 1 << 20) {
  const capture = openStream(once(bytes), 'test', { chunkBytes })
  const rows: Row[] = []
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i] as number
      const end = at + (batch.captured[i] as number)
      rows.push({
        time: batch.time[i] as number,
        wire: batch.wire[i] as number,
        linkType: batch.linkType[i] as number,
        number: batch.first + i,
        hex: Buffer.from(batch.bytes.subarray(at, end)).toString('hex'),
      })
    }
  }
  return { rows, status: capture.status() }
}

/** 32-bit words of one byte order. */
export function words(little: boolean, ...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) =>
    little ? bytes.writeUInt32LE(value >>> 0, i * 4) : bytes.writeUInt32BE(value >>> 0, i * 4),
  )
  return bytes
}

export function pcapFile(
  little: boolean,
  magic: number,
  snaplen: number,
  records: Buffer[],
): Buffer {
  const version = little ? 0x00040002 : 0x00020004
  return Buffer.concat([words(little, magic, version, 0, 0, snaplen, 1), ...records])
}

export function record(little: boolean, time: [number, number], data: string, extra = 0): Buffer {
  const bytes = Buffer.from(data, 'hex')
  const head = words(little, ...time, bytes.length, bytes.length + 7)
  return Buffer.concat([head, Buffer.alloc(extra), bytes])
}

export function block(little: boolean, type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)])
  const length = padded.length + 12
  return Buffer.concat([words(little, type, length), padded, words(little, length)])
}

export function section(little: boolean): Buffer {
  return block(little, 0x0a0d0d0a, words(little, 0x1a2b3c4d, little ? 1 : 0x00010000, -1, -1))
}

export function option(little: boolean, code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  if (little) head.writeUInt32LE(code | (value.length << 16))
  else head.writeUInt32BE((code << 16) | value.length)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

export function description(
  little: boolean,
  linkType: number,
  options: Buffer = Buffer.alloc(0),
): Buffer {
  const type = Buffer.alloc(4)
  if (little) type.writeUInt16LE(linkType)
  else type.writeUInt16BE(linkType)
  return block(little, 1, Buffer.concat([type, words(little, 0), options]))
}

export function enhanced(
  little: boolean,
  id: number,
  high: number,
  low: number,
  data: string,
): Buffer {
  const bytes = Buffer.from(data, 'hex')
  const head = words(little, id, high, low, bytes.length, bytes.length)
  return block(little, 6, Buffer.concat([head, bytes]))
}
