import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pcapFile, read, words } from './written.ts'

/** Interface index 2, protocol 0x0800, packet type 0: as Red Hat's libpcap wrote them. */
const extraOf = (little: boolean) =>
  Buffer.concat([words(little, 2), Buffer.from(little ? '0008' : '0800', 'hex'), Buffer.alloc(2)])
/** SuSE's has the CPU and padding behind. */
const cpu = Buffer.from('01000000', 'hex')

const frames = ['ffffffffffff0011223344550800aabbccdd', '0011223344550a0b0c0d0e0f0806', '45']

function fileOf(little: boolean, magic: number, extra: Buffer, count: number): Buffer {
  const records = frames.slice(0, count).map((frame, i) => {
    const bytes = Buffer.from(frame, 'hex')
    const head = words(little, 1_000_000_000 + i, 7 + i, bytes.length, bytes.length)
    return Buffer.concat([head, extra, bytes])
  })
  return pcapFile(little, magic, 65_535, records)
}

const kinds: [string, number, (little: boolean) => Buffer][] = [
  ['the standard', 0xa1b2c3d4, () => Buffer.alloc(0)],
  ['nanoseconds', 0xa1b23c4d, () => Buffer.alloc(0)],
  ['Red Hat 6.1', 0xa1b2c3d4, extraOf],
  ['Red Hat 6.1, converted: all zero', 0xa1b2c3d4, () => Buffer.alloc(8)],
  ['modified', 0xa1b2cd34, extraOf],
  ['SuSE 6.3', 0xa1b2cd34, (little) => Buffer.concat([extraOf(little), cpu])],
]
const rows = kinds.flatMap(([name, magic, extra]) =>
  [true, false].flatMap((little) =>
    [1, 2, 3].map((count) => ({ name, magic, extra: extra(little), little, count })),
  ),
)

describe('record headers', () => {
  test.each(rows)('$name, little-endian $little, $count packets', async (row) => {
    const file = fileOf(row.little, row.magic, row.extra, row.count)
    for (const chunk of [1, 7, 65_536]) {
      const { rows: read1, status } = await read(file, chunk)
      expect(read1.map(({ hex }) => hex)).toEqual(frames.slice(0, row.count))
      expect(status.truncated).toBeUndefined()
    }
  })

  test('a standard capture on loopback waits for the second record, and no longer', async () => {
    // All addresses zero: the packet might begin with an interface index and a packet type.
    const zero = '00'.repeat(40)
    const head = words(true, 5, 6, 40, 40)
    const one = Buffer.concat([head, Buffer.from(zero, 'hex')])
    for (const count of [1, 2, 3]) {
      const file = pcapFile(
        true,
        0xa1b2c3d4,
        65_535,
        Array.from({ length: count }, () => one),
      )
      expect((await read(file)).rows.map(({ hex }) => hex)).toEqual(Array(count).fill(zero))
    }
  })

  test('a second record that is none under either reading is told, the first one kept', async () => {
    const zero = Buffer.alloc(20)
    const good = Buffer.concat([words(true, 1_000_000_000, 6, 20, 20), zero])
    const bad = Buffer.alloc(60, 0xff)
    const { rows: read1, status } = await read(pcapFile(true, 0xa1b2c3d4, 65_535, [good, bad]))
    expect(read1.map(({ hex }) => hex)).toEqual(['00'.repeat(20)])
    expect(status.truncated).toContain('4294967295 bytes at byte 60, after packet 1')
  })

  test('no frame of a standard capture is taken for a longer header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 400_000_000, max: 2_000_000_000 }),
        async (packets, time) => {
          const records = packets.map((bytes, i) =>
            Buffer.concat([words(true, time + i, i, bytes.length, bytes.length), bytes]),
          )
          const { rows: read1 } = await read(pcapFile(true, 0xa1b2c3d4, 65_535, records))
          expect(read1.map(({ hex }) => hex)).toEqual(
            packets.map((bytes) => Buffer.from(bytes).toString('hex')),
          )
        },
      ),
      { numRuns: 300, seed: 11 },
    )
  })
})
