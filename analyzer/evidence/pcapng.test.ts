/** Evidence: the bytes, lengths and times of the original, in a file that others read. */
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFile } from '#sensor'
import type { FindingDetail, Health } from '../api/schema.ts'
import * as plant from '../stores/fixture.ts'
import { capturedPackets } from './captured.ts'
import { pcapng } from './pcapng.ts'

interface Packet {
  time: number
  bytes: Buffer
  wire: number
}

const AT = Date.UTC(2026, 10, 21, 8) / 1000

const packets: Packet[] = Array.from({ length: 50 }, (_, i) => ({
  time: AT + i,
  bytes: Buffer.alloc(60 + (i % 5), i),
  wire: i === 7 ? 1500 : 60 + (i % 5),
}))

/** Classic pcap, draft-ietf-opsawg-pcap section 4, with microseconds. */
function classic(linkType: number, list: readonly Packet[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(linkType, 20)
  const records = list.map(({ time, bytes, wire }, i) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(time, 0)
    record.writeUInt32LE(123456 + i, 4)
    record.writeUInt32LE(bytes.length, 8)
    record.writeUInt32LE(wire, 12)
    return Buffer.concat([record, bytes])
  })
  return Buffer.concat([header, ...records])
}

async function read(file: string) {
  const capture = openFile(file)
  const seen: object[] = []
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.offset[i] as number
      const captured = batch.captured[i] as number
      seen.push({
        time: batch.time[i],
        bytes: Buffer.from(batch.bytes.subarray(offset, offset + captured)),
        wire: batch.wire[i],
        linkType: batch.linkType[i],
      })
    }
  }
  expect(capture.status().truncated).toBeUndefined()
  return seen
}

const expected = (i: number, linkType: number): object => ({
  time: (AT + i) * 1e6 + 123456 + i,
  bytes: packets[i]?.bytes,
  wire: packets[i]?.wire,
  linkType,
})

let place: { dir: string; remove: () => void }
let ethernet: string
let raw: string
beforeAll(() => {
  place = plant.temporary()
  mkdirSync(join(place.dir, 'in'))
  ethernet = join(place.dir, 'in', 'day.pcap')
  raw = join(place.dir, 'in', 'raw.pcap')
  writeFileSync(ethernet, classic(1, packets))
  writeFileSync(raw, classic(101, packets))
})
afterAll(() => place.remove())

const write = async (...cited: Parameters<typeof pcapng>[0]): Promise<string> => {
  const out = join(place.dir, 'out.pcapng')
  await pipeline(pcapng(cited, { comment: 'finding f1' }), createWriteStream(out))
  return out
}

describe('cited packets', () => {
  test('are written as they were captured, each once, in order', async () => {
    const out = await write({ file: ethernet, packets: [50, 8, 1, 8, 999, 0] })
    expect(await read(out)).toEqual([expected(0, 1), expected(7, 1), expected(49, 1)])
  })

  test('of two files keep their link types', async () => {
    const out = await write({ file: ethernet, packets: [2] }, { file: raw, packets: [3, 4] })
    expect(await read(out)).toEqual([expected(1, 1), expected(2, 101), expected(3, 101)])
  })

  test('of two files stand in the order of their times', async () => {
    const out = await write({ file: raw, packets: [3, 9] }, { file: ethernet, packets: [5] })
    expect(await read(out)).toEqual([expected(2, 101), expected(4, 1), expected(8, 101)])
  })

  test('carry the finding and their number, and blocks that close as they open', async () => {
    const bytes = readFileSync(await write({ file: ethernet, packets: [8] }))
    const types: number[] = []
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt32LE(at + 4)
      expect(length % 4).toBe(0)
      expect(bytes.readUInt32LE(at + length - 4)).toBe(length)
      types.push(bytes.readUInt32LE(at))
      at += length
    }
    expect(types).toEqual([0x0a0d0d0a, 1, 6])
    expect(bytes.includes('finding f1, packet 8')).toBe(true)
    expect(bytes.includes('day.pcap')).toBe(true)
    expect(bytes.includes(place.dir)).toBe(false)
  })

  test('that are not there are an error', async () => {
    await expect(write({ file: ethernet, packets: [999] })).rejects.toMatchObject({
      code: 'EVIDENCE_MISSING',
    })
  })

  test('of another time are an error: the numbers are of another file', async () => {
    const within = { from: (AT + 100) * 1e6, to: (AT + 200) * 1e6 }
    const stream = pcapng([{ file: ethernet, packets: [8] }], { comment: '', within })
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'EVIDENCE_MISMATCH' })
  })
})

describe('the packets of a finding', () => {
  const source = (health: Partial<Health>) =>
    capturedPackets({
      sensors: async () => [{ ...plant.FROM, received: 0, health: plant.health(health) }],
    })
  const detail = (change: Partial<FindingDetail>): FindingDetail =>
    ({
      ...plant.finding(),
      ...plant.FROM,
      last: plant.time(8),
      ...change,
    }) as unknown as FindingDetail

  test('are read from the file that the sensor reads', async () => {
    const read = await source({ source: ethernet })(detail({ evidence: [{ packet: 8 }] }))
    const bytes = Buffer.concat(await (read?.() ?? pcapng([], { comment: '' })).toArray())
    expect(bytes.includes('fieldtap finding f1, packet 8')).toBe(true)
  })

  test('of several captures are read from those that evidence names', async () => {
    const files = [raw, ethernet]
    const cited = [
      { packet: 8, file: ethernet },
      { packet: 2, file: raw },
      { packet: 9, file: ethernet },
    ]
    const read = await source({ files })(detail({ evidence: cited }))
    const bytes = Buffer.concat(await (read?.() ?? pcapng([], { comment: '' })).toArray())
    for (const number of [2, 8, 9]) expect(bytes.includes(`packet ${number}`)).toBe(true)
    const nameless = await source({ files })(detail({ evidence: [{ packet: 8 }] }))
    expect(nameless).toBeUndefined()
  })

  test.each<[string, Partial<Health>, Partial<FindingDetail>]>([
    ['live', { mode: 'live' }, {}],
    ['of a file that is gone', { source: '/nowhere/day.pcap' }, {}],
    [
      'of a file that the sensor does not read',
      {},
      { evidence: [{ packet: 1, file: '/etc/passwd' }] },
    ],
    ['none', {}, { evidence: [] }],
    ['of another sensor', {}, { sensor: 'sensor-2', evidence: [{ packet: 8 }] }],
  ])('%s are not available', async (_, health, change) => {
    expect(await source({ source: ethernet, ...health })(detail(change))).toBeUndefined()
  })

  test('of a file that went away meanwhile are an error', async () => {
    const moved = join(place.dir, 'in', 'moved.pcap')
    writeFileSync(moved, classic(1, packets))
    const read = await source({ source: moved })(detail({}))
    rmSync(moved)
    await expect(read?.().toArray()).rejects.toMatchObject({ code: expect.any(String) })
  })
})
