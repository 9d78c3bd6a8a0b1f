import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CaptureStatus } from './capture.ts'
import { CaptureError } from './capture.ts'
import { microseconds } from './pcapng.ts'
import { RECORD_BYTES_MAX } from './bounds.ts'
import {
  block,
  description,
  enhanced,
  option,
  pcapFile,
  read,
  record,
  section,
  words,
} from './written.ts'

async function refused(bytes: Uint8Array): Promise<CaptureError> {
  const error: unknown = await read(bytes).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(CaptureError)
  return error as CaptureError
}

describe('pcap', () => {
  const rows: [string, boolean, number, number][] = [
    ['microseconds', true, 0xa1b2c3d4, 5_000_007],
    ['microseconds, big-endian', false, 0xa1b2c3d4, 5_000_007],
    ['nanoseconds', true, 0xa1b23c4d, 5_000_000],
    ['nanoseconds, big-endian', false, 0xa1b23c4d, 5_000_000],
  ]
  test.each(rows)('%s', async (_, little, magic, time) => {
    const file = pcapFile(little, magic, 65_535, [record(little, [5, 7], 'a1b2c3')])
    const { rows: read1, status } = await read(file)
    expect(read1).toEqual([{ time, wire: 10, linkType: 1, number: 1, hex: 'a1b2c3' }])
    expect(status).toMatchObject({ packets: 1, first: time, last: time, truncated: undefined })
  })

  test('first and last are the earliest and the latest time, whatever the order', async () => {
    const at = (seconds: number) => record(true, [seconds, 0], 'ff')
    const { status } = await read(pcapFile(true, 0xa1b2c3d4, 65_535, [5, 9, 3, 7].map(at)))
    expect(status).toMatchObject({ packets: 4, first: 3e6, last: 9e6 })
  })

  test('the modified format has longer record headers', async () => {
    const file = pcapFile(true, 0xa1b2cd34, 65_535, [record(true, [1, 2], 'ff', 8)])
    expect((await read(file)).rows).toMatchObject([{ time: 1_000_002, hex: 'ff' }])
  })

  test('a record longer than any can be ends the reading, without memory for it', async () => {
    const good = record(true, [1, 0], '00')
    const bad = words(true, 1, 0, 0x7fffffff, 0x7fffffff)
    const { rows: some, status } = await read(pcapFile(true, 0xa1b2c3d4, 65_535, [good, bad, good]))
    expect(some).toHaveLength(1)
    expect(status.truncated).toContain('2147483647 bytes at byte 41, after packet 1')
  })

  test('a larger snap length allows larger records, up to a bound', async () => {
    const large = '00'.repeat(RECORD_BYTES_MAX + 10)
    const file = (snaplen: number) =>
      pcapFile(true, 0xa1b2c3d4, snaplen, [record(true, [1, 0], large)])
    expect((await read(file(RECORD_BYTES_MAX * 2))).rows).toHaveLength(1)
    expect((await read(file(65_535))).status.truncated).toContain('after packet 0')
  })
})

describe('pcapng', () => {
  test('sections of both byte orders, interfaces anew in each, unknown blocks between', async () => {
    const nanoseconds = option(true, 9, Buffer.from([9]))
    const offset = option(false, 14, Buffer.from('0000000000000064', 'hex'))
    const file = Buffer.concat([
      section(true),
      description(true, 1, nanoseconds),
      block(true, 0xbad, Buffer.alloc(100)),
      enhanced(true, 0, 0x17000000, 1_999, 'aa'),
      section(false),
      description(false, 113),
      description(false, 228, offset),
      enhanced(false, 1, 0, 5, 'bb'),
      enhanced(false, 0, 0, 6, 'cc'),
      block(false, 3, Buffer.concat([words(false, 2), Buffer.from('dddd', 'hex')])),
      block(
        false,
        2,
        Buffer.concat([words(false, 0x00010000, 0, 8, 1, 1), Buffer.from('ee', 'hex')]),
      ),
      enhanced(false, 7, 0, 9, 'ff'),
    ])
    const { rows, status } = await read(file)
    expect(rows.map(({ hex, linkType }) => [hex, linkType])).toEqual([
      ['aa', 1],
      ['bb', 228],
      ['cc', 113],
      ['dddd', 113],
      ['ee', 228],
      ['ff', 0xffff],
    ])
    expect(rows.map(({ time }) => time).slice(1)).toEqual([100_000_005, 6, 6, 100_000_008, 9])
    expect(status.linkTypes).toEqual([1, 113, 228])
  })

  test('drop counters of interface statistics are added up', async () => {
    const drops = (count: number) =>
      block(
        true,
        5,
        Buffer.concat([
          words(true, 0, 0, 0),
          option(true, 5, Buffer.concat([words(true, count), words(true, 0)])),
        ]),
      )
    const file = Buffer.concat([section(true), description(true, 1), drops(3), drops(5)])
    expect((await read(file)).status.dropped).toBe(5)
  })

  const broken: [string, Buffer, string][] = [
    ['length 0', words(true, 6, 0, 0, 0), 'a block of length 0'],
    ['odd length', words(true, 6, 33, 0, 0), 'a block of length 33'],
    ['length of 3 GB', words(true, 6, 0xc0000000, 0, 0), 'a block of length 3221225472'],
    [
      'a packet longer than its block',
      block(true, 6, words(true, 0, 0, 0, 400, 400)),
      'longer than its block',
    ],
    ['lengths that differ', Buffer.concat([words(true, 1, 20, 1, 0, 24)]), 'two lengths differ'],
    ['no byte order', block(true, 0x0a0d0d0a, words(true, 1, 2, 3, 4)), 'without a byte order'],
  ]
  test.each(broken)('%s ends the reading', async (_, bytes, why) => {
    const file = Buffer.concat([
      section(true),
      description(true, 1),
      enhanced(true, 0, 0, 1, 'aa'),
      bytes,
    ])
    const { rows, status } = await read(file)
    expect(rows).toHaveLength(1)
    expect(status.truncated).toContain(why)
  })

  test('a skipped block may be of any length', async () => {
    const file = Buffer.concat([section(true), words(true, 0xbad, 0xfffffffc, 0, 0)])
    expect((await read(file)).status.truncated).toContain('inside a block without packets')
  })

  test.each([
    [0x16b1f0a5, 0x8d3e7c21, 6],
    [0x17f0a5b1, 0x8d3e7c21, 9],
    [0x17f0a5b1, 0x00000001, 7],
    [0xffffffff, 0xffffffff, 12],
    [0x00000001, 0x80000000, 0x80 | 20],
    [0, 1234, 3],
    [0x7fffffff, 0xffffffff, 15],
  ])('time %i %i at resolution %i is exact', (high, low, resolution) => {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    const power = BigInt(resolution & 0x7f)
    const unit = resolution >= 0x80 ? 2n ** power : 10n ** power
    expect(microseconds(high, low, resolution)).toBe(Number((ticks * 1_000_000n) / unit))
  })
})

describe('the end of the file', () => {
  const files = [
    pcapFile(true, 0xa1b2c3d4, 65_535, [record(true, [1, 2], 'aabb'), record(true, [3, 4], 'cc')]),
    Buffer.concat([section(false), description(false, 1), enhanced(false, 0, 0, 1, 'aabbcc')]),
  ]
  test.each(files)(
    'wherever it is cut, what is whole is read and the cut is told',
    async (file) => {
      const whole = await read(file)
      const ends = new Set<number>()
      for (let length = 12; length < file.length; length++) {
        const { rows, status } = await read(file.subarray(0, length))
        expect(whole.rows.slice(0, rows.length)).toEqual(rows)
        if (status.truncated === undefined) ends.add(length)
        else expect(status.truncated).toContain(`ends at byte ${length}`)
      }
      // Only at the end of a record is a cut not to be seen.
      expect(ends.size).toBe(2)
    },
  )
})

describe('what is no capture', () => {
  const gzip = Buffer.from('1f8b0800000000000003', 'hex')
  const rows: [string, Buffer, string, string][] = [
    ['nothing', Buffer.alloc(0), 'is empty', 'check'],
    ['gzip', gzip, 'gzip', 'gunzip'],
    ['ELF', Buffer.from('7f454c46020101000000000000', 'hex'), 'ELF', 'pcap'],
    ['PNG', Buffer.from('89504e470d0a1a0a0000000d49', 'hex'), 'PNG', 'pcap'],
    ['zip', Buffer.from('504b030414000000080000000000', 'hex'), 'zip', 'unzip'],
    ['JSON', Buffer.from('{"packets": [1, 2, 3]}'), 'JSON', 'pcap'],
    ['text', Buffer.from('12:00:01 IP 10.0.0.1 > 10.0.0.2\n'), 'text', 'pcap'],
    ['HTML', Buffer.from('<!doctype html><html></html>'), 'HTML', 'pcap'],
    ['zeros', Buffer.alloc(4096), 'zero bytes', 'pcap'],
    ['binary', Buffer.from('0102030405060708090a0b0c0d0e', 'hex'), '01 02 03 04', 'pcap'],
    ['a short piece', Buffer.from('d4c3b2a1', 'hex'), 'too short', 'pcap'],
  ]
  test.each(rows)('%s', async (_, bytes, is, remedy) => {
    const error = await refused(bytes)
    expect(error.code).toBe('NOT_A_CAPTURE')
    expect(error.message).toContain(is)
    expect(error.remedy).toContain(remedy)
  })
})

const corpus = new URL('../../../shared/corpus/files/', import.meta.url)

/** Status without the place where reading ahead stopped. */
function told(status: CaptureStatus) {
  return { ...status, linkTypes: [...status.linkTypes] }
}

describe.runIf(existsSync(corpus))('chunks', () => {
  test.each([
    'zeek+zeek/testing/btest/Traces/mqtt.pcap',
    'google+gopacket/pcapgo/tests/be/test202.pcapng',
    'google+gopacket/pcapgo/tests/le/test102.pcapng',
    'seladb+PcapPlusPlus/Tests/Pcap++Test/PcapExamples/nanosecs_big_endian.pcap',
  ])('%s is the same in any', async (name) => {
    const bytes = readFileSync(new URL(name.replace(/\+\+/g, '%2B%2B'), corpus))
    const whole = await read(bytes, 4 << 20)
    expect(whole.rows.length).toBeGreaterThan(2)
    for (const chunk of [1, 7, 1024]) {
      const { rows, status } = await read(bytes, chunk)
      expect(rows).toEqual(whole.rows)
      expect(told(status)).toEqual(told(whole.status))
    }
  })

  test('records larger than the chunk are put together', async () => {
    const big = record(true, [1, 0], 'ab'.repeat(200_000))
    const bytes = pcapFile(true, 0xa1b2c3d4, 262_144, [big, big])
    expect((await read(bytes, 1000)).rows).toEqual((await read(bytes)).rows)
  })
})

test('no bytes make it throw anything but the refusal', async () => {
  const heads = [
    pcapFile(true, 0xa1b2c3d4, 65_535, []),
    pcapFile(false, 0xa1b23c4d, 0xffffffff, []),
    Buffer.concat([section(true), description(true, 1)]),
    Buffer.concat([section(false), description(false, 1), enhanced(false, 0, 0, 1, 'aa')]),
    Buffer.alloc(0),
  ]
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...heads),
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 1, max: 64 }),
      async (head, tail, chunk) => {
        const bytes = Buffer.concat([head, tail])
        try {
          const { rows, status } = await read(bytes, chunk)
          expect(rows.length).toBe(status.packets)
        } catch (error) {
          expect(error).toBeInstanceOf(CaptureError)
          refusals++
        }
      },
    ),
    { numRuns: 400, seed: 7 },
  )
  expect(refusals).toBeGreaterThan(10)
})
