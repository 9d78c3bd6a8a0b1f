import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BlockReader } from './block.ts'

const BLOCK = 4096
const MAC = 86

interface Packet {
  readonly data: Uint8Array
  readonly wire?: number
  readonly tag?: { readonly control: number; readonly protocol?: number }
}

/** A ring of one block as the kernel fills it: linux/if_packet.h. */
function ring(packets: readonly Packet[]): Buffer {
  const bytes = Buffer.alloc(BLOCK)
  bytes.writeUInt32LE(1, 8)
  bytes.writeUInt32LE(packets.length, 12)
  bytes.writeUInt32LE(48, 16)
  let at = 48
  packets.forEach(({ data, wire, tag }, i) => {
    const next = (MAC + data.length + 7) & ~7
    bytes.writeUInt32LE(i === packets.length - 1 ? 0 : next, at)
    bytes.writeUInt32LE(1_767_225_600 + i, at + 4)
    bytes.writeUInt32LE(123_456_789, at + 8)
    bytes.writeUInt32LE(data.length, at + 12)
    bytes.writeUInt32LE(wire ?? data.length, at + 16)
    bytes.writeUInt32LE(statusOf(tag), at + 20)
    bytes.writeUInt16LE(MAC, at + 24)
    bytes.writeUInt16LE(tag?.control ?? 0, at + 32)
    bytes.writeUInt16LE(tag?.protocol ?? 0, at + 36)
    bytes.set(data, at + MAC)
    at += next
  })
  bytes.writeUInt32LE(at, 20)
  return bytes
}

function statusOf(tag: Packet['tag']): number {
  if (tag === undefined) return 1
  return tag.protocol === undefined ? 0x11 : 0x51
}

function read(bytes: Uint8Array, snaplen = 262_144, linkType = 1): BlockReader {
  const reader = new BlockReader(bytes, BLOCK, snaplen)
  reader.read(0, linkType)
  return reader
}

function framesOf({ batch }: BlockReader): string[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const at = batch.offset[i] ?? 0
    const end = at + (batch.captured[i] ?? 0)
    return Buffer.from(batch.bytes.subarray(at, end)).toString('hex')
  })
}

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const plain = hex('001122334455 66778899aabb 0800 450000')

test('packets are read in place, times in microseconds', () => {
  const reader = read(ring([{ data: plain }, { data: plain.subarray(0, 14), wire: 1500 }]))
  expect(framesOf(reader)).toEqual([
    Buffer.from(plain).toString('hex'),
    Buffer.from(plain.subarray(0, 14)).toString('hex'),
  ])
  const { batch } = reader
  expect([...batch.wire.subarray(0, 2)]).toEqual([17, 1500])
  expect([...batch.time.subarray(0, 2)]).toEqual([1_767_225_600_123_456, 1_767_225_601_123_456])
  expect([...batch.linkType.subarray(0, 2)]).toEqual([1, 1])
  expect(reader).toMatchObject({ broken: 0, captured: 31, last: 1_767_225_601_123_456 })
})

test.each([
  ['802.1Q', { control: 0xe005, protocol: 0x8100 }, '8100e005'],
  ['802.1ad', { control: 100, protocol: 0x88a8 }, '88a80064'],
  ['an old kernel that does not say which', { control: 7 }, '81000007'],
  ['priority only', { control: 0, protocol: 0x8100 }, '81000000'],
])('the tag that the kernel took out is put back: %s', (_name, tag, text) => {
  const reader = read(ring([{ data: plain, tag }, { data: plain }]))
  expect(framesOf(reader)).toEqual([
    `00112233445566778899aabb${text}0800450000`,
    Buffer.from(plain).toString('hex'),
  ])
  expect([...reader.batch.wire.subarray(0, 2)]).toEqual([21, 17])
})

test('a tag goes into no frame that has no addresses, and into no other link type', () => {
  const tag = { control: 5, protocol: 0x8100 }
  expect(framesOf(read(ring([{ data: plain.subarray(0, 11), tag }])))).toEqual([
    '00112233445566778899aa',
  ])
  expect(framesOf(read(ring([{ data: plain, tag }]), 262_144, 12))).toEqual([
    Buffer.from(plain).toString('hex'),
  ])
})

test('the snap length counts the tag', () => {
  const reader = read(ring([{ data: plain, tag: { control: 5, protocol: 0x8100 } }]), 17)
  expect(framesOf(reader)).toEqual(['00112233445566778899aabb81000005 08'.replaceAll(' ', '')])
  expect(reader.batch.wire[0]).toBe(21)
})

test('packets are numbered through the blocks, empty ones among them', () => {
  const bytes = ring([{ data: plain }, { data: plain }])
  const reader = new BlockReader(bytes, BLOCK, 262_144)
  expect(reader.isReady(0)).toBe(true)
  const firsts = [1, 2, 3].map(() => {
    reader.read(0, 1)
    return reader.batch.first
  })
  expect(firsts).toEqual([1, 3, 5])
  reader.release(0)
  expect(reader.isReady(0)).toBe(false)
})

test.each([
  ['a captured length beyond the block', 60, 0xffffffff],
  ['a captured length that wraps', 60, 0x7fffffff],
  ['a header beyond the block', 16, 4090],
  ['a header that is not aligned', 16, 50],
  ['a distance beyond the block', 48, 8192],
  ['a distance within the packet', 48, 8],
])('%s is not believed', (_name, at, value) => {
  const bytes = ring([{ data: plain }, { data: plain }])
  bytes.writeUInt32LE(value, at)
  const reader = read(bytes)
  expect(reader.batch.count).toBe(0)
  expect(reader.broken).toBe(1)
})

test('a frame that begins within its header is not believed', () => {
  const bytes = ring([{ data: plain }])
  bytes.writeUInt16LE(40, 48 + 24)
  expect(read(bytes)).toMatchObject({ broken: 1, batch: { count: 0 } })
})

test('whatever a block says, nothing outside of it is read', () => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.integer({ min: 0, max: 2 * BLOCK }),
    fc.constantFrom(0, 1, 48, 4096, 0xffffffff),
  )
  const change = fc.tuple(fc.integer({ min: 0, max: BLOCK / 4 - 1 }), word)
  const near = fc.tuple(fc.integer({ min: 0, max: 80 }), word)
  fc.assert(
    fc.property(fc.array(fc.oneof(change, near), { maxLength: 12 }), (changes) => {
      const packets = Array.from({ length: 20 }, () => ({ data: plain }))
      const bytes = Buffer.alloc(3 * BLOCK)
      for (let block = 0; block < 3; block++) bytes.set(ring(packets), block * BLOCK)
      for (const [at, value] of changes) bytes.writeUInt32LE(value, BLOCK + at * 4)
      const [before, after] = [bytes.subarray(0, BLOCK).toString('hex'), bytes.subarray(2 * BLOCK)]
      const rest = after.toString('hex')
      const reader = new BlockReader(bytes, BLOCK, 262_144)
      reader.read(1, 1)
      const { count, offset, captured } = reader.batch
      expect(count).toBeLessThanOrEqual(offset.length)
      for (let i = 0; i < count; i++) {
        const [at = 0, length = 0] = [offset[i], captured[i]]
        expect(at).toBeGreaterThanOrEqual(BLOCK)
        expect(at + length).toBeLessThanOrEqual(2 * BLOCK)
      }
      expect(bytes.subarray(0, BLOCK).toString('hex')).toBe(before)
      expect(after.toString('hex')).toBe(rest)
    }),
    { numRuns: 2000 },
  )
})
