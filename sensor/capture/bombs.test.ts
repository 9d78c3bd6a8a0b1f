/**
 * Captures made to exhaust who reads them. What is counted is what would be used up: bytes that
 * are read and unpacked, and buffers that grow. None of it is measured by a clock.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BUFFER_BYTES_MAX, CHUNK_BYTES } from './records.ts'
import { CaptureError } from './capture.ts'
import { openStream } from './file.ts'
import { EXPANSION_MAX, STRETCH_BYTES } from './unpacked.ts'
import {
  block,
  description,
  enhanced,
  once,
  option,
  pcapFile,
  record,
  section,
  words,
} from './written.ts'

interface Cost {
  packets: number
  /** Taken from the source. */
  taken: number
  /** The largest buffer that a batch lay in. */
  buffer: number
  truncated: string | undefined
  error: CaptureError | undefined
}

const PIECE = 65_536

/** `head`, then `tail` again and again, as long as somebody reads. */
async function cost(head: Uint8Array, tail: Uint8Array, times: number): Promise<Cost> {
  const result: Cost = { packets: 0, taken: 0, buffer: 0, truncated: undefined, error: undefined }
  async function* source() {
    await Promise.resolve()
    result.taken += head.length
    yield head
    for (let i = 0; i < times; i++) {
      result.taken += tail.length
      yield tail
    }
  }
  const capture = openStream(source(), 'bomb')
  try {
    for await (const batch of capture.batches()) {
      result.packets += batch.count
      result.buffer = Math.max(result.buffer, batch.bytes.length)
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    result.error = error
  }
  result.truncated = capture.status().truncated
  return result
}

const good = record(true, [1, 0], 'aabb')
const ng = Buffer.concat([section(true), description(true, 1), enhanced(true, 0, 0, 1, 'aa')])
/** 4 GiB of it would come, if somebody asked. */
const rest = Buffer.alloc(PIECE)
const LONG = 65_536

describe('lengths that are not meant', () => {
  const rows: [string, Buffer, string, number][] = [
    [
      'pcap record of 4 GiB',
      pcapFile(true, 0xa1b2c3d4, 65_535, [good, words(true, 2, 0, 0xffffffff, 0xffffffff)]),
      'holds 4294967295 bytes',
      1,
    ],
    [
      'pcap record of 4 GiB, snap length too',
      pcapFile(true, 0xa1b2c3d4, 0xffffffff, [good, words(true, 2, 0, 0xfffffff0, 0xfffffff0)]),
      'holds 4294967280 bytes',
      1,
    ],
    [
      'pcap record of 17 MiB, snap length 0',
      pcapFile(true, 0xa1b2c3d4, 0, [good, words(true, 2, 0, 17 << 20, 17 << 20)]),
      'holds 17825792 bytes',
      1,
    ],
    [
      'pcapng packet of 4 GiB',
      Buffer.concat([ng, words(true, 6, 0xfffffffc, 0, 0)]),
      'block of length 4294967292',
      1,
    ],
    [
      'pcapng simple packet of 4 GiB',
      Buffer.concat([ng, words(true, 3, 0xfffffffc, 0, 0)]),
      'block of length 4294967292',
      1,
    ],
    [
      'pcapng interface of 4 GiB',
      Buffer.concat([ng, words(true, 1, 0xfffffffc, 0, 0)]),
      'block of length 4294967292',
      1,
    ],
    [
      'pcapng statistics of 2 MiB',
      Buffer.concat([ng, words(true, 5, 2 << 20, 0, 0)]),
      'block of length 2097152',
      1,
    ],
    [
      'pcapng big-endian, 4 GiB',
      Buffer.concat([section(false), words(false, 6, 0xfffffffc, 0, 0)]),
      'block of length 4294967292',
      0,
    ],
  ]
  test.each(rows)('%s: nothing is read for it', async (_, head, why, packets) => {
    const result = await cost(head, rest, LONG)
    expect(result.truncated).toContain(why)
    expect(result.packets).toBe(packets)
    expect(result.taken).toBeLessThanOrEqual(head.length + PIECE)
    expect(result.buffer).toBeLessThanOrEqual(CHUNK_BYTES)
  })

  test('a block without packets of 4 GiB is passed over without being held', async () => {
    const head = Buffer.concat([ng, words(true, 0xbad, 0xfffffffc, 0, 0)])
    const result = await cost(head, rest, 1000)
    expect(result.truncated).toContain('inside a block without packets')
    expect(result.buffer).toBeLessThanOrEqual(CHUNK_BYTES)
  })

  test('the longest packet that is read lies in a buffer hardly larger than it', async () => {
    const length = 16 << 20
    const head = pcapFile(true, 0xa1b2c3d4, 0xffffffff, [words(true, 1, 0, length, length)])
    const result = await cost(head, rest, length / PIECE)
    expect(result.packets).toBe(1)
    expect(result.buffer).toBeLessThanOrEqual(BUFFER_BYTES_MAX)
  })

  test('a snap length of zero takes no packet away', async () => {
    const zero = pcapFile(true, 0xa1b2c3d4, 0, [good, good])
    expect((await cost(zero, rest, 0)).packets).toBe(2)
  })
})

describe('many of what is kept', () => {
  test('a million interfaces: read up to the bound', async () => {
    const one = description(true, 1)
    const many = Buffer.alloc(one.length * 1000, one)
    const result = await cost(section(true), many, 1000)
    expect(result.truncated).toContain('more than 4096 interfaces')
    expect(result.taken).toBeLessThanOrEqual(section(true).length + 6 * many.length)
  })

  test('a million link types in as many sections: a bounded list', async () => {
    const sections = Array.from({ length: 3000 }, (_, i) =>
      Buffer.concat([section(true), description(true, i)]),
    )
    const capture = openStream(once(Buffer.concat(sections)), 'types')
    for await (const batch of capture.batches()) void batch
    expect(capture.status().linkTypes.length).toBe(64)
    expect(capture.status().truncated).toBeUndefined()
  })

  test('a million options: looked through in place, or refused by the length', async () => {
    const few = Buffer.alloc(800_000, option(true, 77, Buffer.alloc(0)))
    const resolution = option(true, 9, Buffer.from([9]))
    const late = description(true, 1, Buffer.concat([few, resolution]))
    const packet = enhanced(true, 0, 0, 5000, 'aa')
    const capture = openStream(once(Buffer.concat([section(true), late, packet])), 'late')
    const times: number[] = []
    for await (const batch of capture.batches()) times.push(batch.time[0] as number)
    expect(times).toEqual([5])
    const many = Buffer.alloc(4_000_000, option(true, 77, Buffer.alloc(0)))
    const result = await cost(Buffer.concat([ng, block(true, 1, many)]), rest, LONG)
    expect(result.truncated).toContain('block of length')
    expect(result.packets).toBe(1)
  })
})

describe('compression bombs', () => {
  const header = pcapFile(true, 0xa1b2c3d4, 65_535, [])
  // Records of no bytes: as a capture it would be in order.
  const zeros = Buffer.concat([header, Buffer.alloc(64 << 20)])
  const rows: [string, Buffer][] = [
    ['gzip', gzipSync(zeros, { level: 9 })],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip after much that is none', gzipSync(Buffer.concat([noise(5 << 20), zeros]))],
    ['zstd after much that is none', zstdCompressSync(Buffer.concat([noise(5 << 20), zeros]))],
  ]

  /** A capture of bytes that cannot be compressed. */
  function noise(length: number): Buffer {
    let state = 1
    const data = Buffer.alloc(length)
    for (let at = 0; at + 4 <= length; at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      data.writeUInt32LE(state, at)
    }
    const records: Buffer[] = []
    for (let at = 0; at + 65_535 <= length; at += 65_535) {
      records.push(words(true, 1, 1, 65_535, 65_535), data.subarray(at, at + 65_535))
    }
    return pcapFile(true, 0xa1b2c3d4, 65_535, records)
  }

  test.each(rows)('%s is refused within a stretch', async (name, bytes) => {
    const result = await cost(bytes, rest, 0)
    expect(result.error?.code).toBe('COMPRESSION_BOMB')
    expect(result.error?.remedy).toContain('unpack it first')
    // What was parsed came from a stretch that was none as a whole; these records have 16 bytes.
    const none = name.includes('after') ? 80 + STRETCH_BYTES / 16 : 8192
    expect(result.packets).toBeLessThanOrEqual(none)
  })

  test('a bomb without end is not read to its end', async () => {
    const one = gzipSync(Buffer.alloc(8 << 20), { level: 9 })
    const result = await cost(Buffer.concat([gzipSync(header), one]), one, LONG)
    expect(result.error?.code).toBe('COMPRESSION_BOMB')
    // The stretch that was judged, and what was read ahead.
    expect(result.taken).toBeLessThanOrEqual(STRETCH_BYTES / EXPANSION_MAX + 8 * PIECE)
  })

  test('blocks of zstd that are one byte long and stand for 128 KiB', async () => {
    // Frame header without content size, then RLE blocks (RFC 8878, 3.1.1.2.2).
    const size = (128 << 10) << 3
    const rle = Buffer.from([(size & 0xff) | 2, (size >> 8) & 0xff, (size >> 16) & 0xff, 0])
    const frame = Buffer.from('28b52ffd0048', 'hex')
    const raw = Buffer.from([(24 << 3) & 0xff, 0, 0])
    const head = Buffer.concat([frame, raw, header])
    const result = await cost(head, Buffer.alloc(PIECE, rle), LONG)
    expect(result.error?.code).toBe('COMPRESSION_BOMB')
    expect(result.packets).toBe(0)
    expect(result.taken).toBeLessThanOrEqual(head.length + 8 * PIECE)
  })

  /** A frame of its own for each: magic, one segment with its size, one last raw block. */
  const framed = (data: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, data.length]),
      Buffer.from([((data.length << 3) & 0xff) | 1, data.length >> 5, 0]),
      data,
    ])

  test.each([
    ['of nothing', new Uint8Array(0)],
    ['of one byte', new Uint8Array(1)],
  ])('frames of zstd %s, without end: not all are unpacked', async (_, data) => {
    const frame = framed(data)
    const many = Buffer.alloc(6000 * frame.length, frame)
    const result = await cost(zstdCompressSync(header), many, LONG)
    expect(result.error?.code).toBe('COMPRESSION_FRAMES')
    expect(result.error?.remedy).toContain('unpack it first')
    expect(result.taken).toBeLessThanOrEqual(5 * many.length)
  })

  test('a frame for each packet is no bomb, and gives the same packets', async () => {
    const packets = Array.from({ length: 12_000 }, (_, i) => {
      return record(true, [i, 0], Buffer.alloc(60, i).toString('hex'))
    })
    const result = await cost(Buffer.concat([header, ...packets].map(framed)), rest, 0)
    expect([result.packets, result.truncated, result.error]).toEqual([12_000, undefined, undefined])
  })

  test('what real captures reach is no bomb: zeros in segments of 1460 bytes', async () => {
    const segments = Array.from({ length: 6000 }, (_, i) => {
      const data = Buffer.alloc(1514)
      data.writeUInt32BE(i * 1460, 38)
      data.writeUInt16BE(i & 0xffff, 18)
      data.writeUInt16BE(Math.imul(i, 40_503) & 0xffff, 50)
      return Buffer.concat([words(true, i, i, 1514, 1514), data])
    })
    const file = pcapFile(true, 0xa1b2c3d4, 65_535, segments)
    expect(file.length).toBeGreaterThan(2 * STRETCH_BYTES)
    for (const bytes of [gzipSync(file, { level: 9 }), zstdCompressSync(file)]) {
      const result = await cost(bytes, rest, 0)
      expect([result.packets, result.error]).toEqual([6000, undefined])
    }
  })
})
