/**
 * One suite over all ways of live capture: the same frames are sent, the same are read. The ways
 * that need packages of npm are there where FIELDTAP_PACKAGES names a folder that has them.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Capture, CaptureError, LiveOptions } from './capture.ts'
import {
  frame,
  heardByPeer,
  ip,
  listening,
  makeLab,
  removeLab,
  replay,
  writeFrames,
} from './lab.ts'
import type { Lab } from './lab.ts'
import { openLive } from './live.ts'
import type { Way } from './live.ts'

const packagesFrom = process.env['FIELDTAP_PACKAGES']
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-ways-'))
const file = join(folder, 'frames.pcap')
const PATIENCE_MS = 20_000

/** Untagged, tagged by customers and by providers, twice tagged, with priorities. */
const tagKinds = [
  [],
  [[0x8100, 5]],
  [[0x8100, 0xe007]],
  [
    [0x88a8, 100],
    [0x8100, 5],
  ],
] as const
const frames = Array.from({ length: 2000 }, (_, i) => {
  return frame(60 + ((i * 37) % 1440), 4000 + (i % 3), tagKinds[i % 4])
})

let lab: Lab
beforeAll(() => {
  lab = makeLab('ftw')
  writeFrames(file, frames)
})
afterAll(() => {
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  expect(heardByPeer(lab), 'a mirror port sends nothing').toBe(0)
})

type AnyWay = Way | 'command'
const ways: AnyWay[] = ['ring', 'tcpdump', 'dumpcap', 'command']
if (packagesFrom !== undefined) ways.push('cap', 'pcap')
/** Those that know what they lost while they run, or when they end. */
const counting = new Set<AnyWay>(['ring', 'tcpdump', 'dumpcap', 'pcap'])

function open(way: AnyWay, options: LiveOptions = {}, name = lab.near): Capture {
  const source = { ...options, interfaces: [name], packagesFrom }
  if (way !== 'command') return openLive({ ...source, way })
  const { filter, snaplen = 0 } = options
  const command = ['tcpdump', '-i', name, '-U', '-w', '-', '-s', String(snaplen)]
  if (filter !== undefined) command.push(filter)
  return openLive({ ...source, way: undefined, command })
}

interface Seen {
  readonly hashes: string[]
  readonly captured: number[]
  readonly wire: number[]
  readonly times: number[]
  readonly firsts: number[]
  readonly interfaces: Set<string | undefined>
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

/** Sends once somebody listens, and reads until there are so many or nothing more comes. */
async function capture(source: Capture, count: number): Promise<Seen> {
  const seen: Seen = {
    hashes: [],
    captured: [],
    wire: [],
    times: [],
    firsts: [],
    interfaces: new Set(),
  }
  const sending = listening(lab.near).then(() => replay(lab, file, ['--pps', '20000']))
  const limit = setTimeout(() => void source.close(), PATIENCE_MS)
  for await (const batch of source.batches()) {
    seen.firsts.push(batch.first)
    seen.interfaces.add(batch.interface)
    for (let i = 0; i < batch.count; i++) {
      const [at = 0, captured = 0] = [batch.offset[i], batch.captured[i]]
      expect(batch.linkType[i]).toBe(1)
      seen.hashes.push(digest(batch.bytes.subarray(at, at + captured)))
      seen.captured.push(captured)
      seen.wire.push(batch.wire[i] ?? 0)
      seen.times.push(batch.time[i] ?? 0)
    }
    if (seen.hashes.length >= count) void source.close()
  }
  clearTimeout(limit)
  await sending
  return seen
}

async function errorOf(source: Capture): Promise<CaptureError> {
  try {
    for await (const batch of source.batches()) void batch
  } catch (error) {
    return error as CaptureError
  }
  throw new Error('nothing was refused')
}

describe.each(ways)('%s', (way) => {
  test('gives every frame as it was sent, tags and all, in order, with its time', async () => {
    const began = Date.now() * 1000
    const source = open(way)
    const seen = await capture(source, frames.length)
    expect(seen.hashes).toEqual(frames.map((bytes) => digest(bytes)))
    expect(seen.captured).toEqual(frames.map(({ length }) => length))
    expect(seen.wire).toEqual(seen.captured)
    expect(seen.times.every((time, i) => time >= (seen.times[i - 1] ?? began))).toBe(true)
    expect(seen.times.at(-1)).toBeLessThan(Date.now() * 1000 + 1000)
    expect(seen.firsts[0]).toBe(1)
    if (way !== 'command') expect([...seen.interfaces]).toEqual([lab.near])

    const status = source.status()
    expect(status).toMatchObject({ packets: frames.length, linkTypes: [1], truncated: undefined })
    expect(status.first).toBe(seen.times[0])
    expect(status.last).toBe(seen.times.at(-1))
    const [only] = status.interfaces ?? []
    expect(only).toMatchObject({ way, packets: frames.length, gaps: [], away: undefined })
    if (counting.has(way)) {
      expect(only).toMatchObject({ received: frames.length, dropped: 0 })
      expect(status.dropped).toBe(0)
    } else {
      expect(status.dropped).toBeUndefined()
      expect(only?.limits.join()).toContain('not-assessable')
    }
    if (way !== 'command') {
      expect(only?.transmitted).toBe(0)
      expect(only?.counters?.['rx_packets']).toBeGreaterThanOrEqual(frames.length)
    }
  })

  test('lets in what the filter says, behind tags as well', async () => {
    const wanted = frames.filter((_, i) => i % 4 === 1 && i % 3 === 2)
    const seen = await capture(open(way, { filter: 'vlan 5 and udp dst port 4002' }), wanted.length)
    expect(seen.hashes).toEqual(wanted.map((bytes) => digest(bytes)))
  })

  test('cuts at the snap length and keeps the length on the wire', async () => {
    const seen = await capture(open(way, { snaplen: 96 }), frames.length)
    const cut = frames.map((bytes) => bytes.subarray(0, 96))
    expect(seen.hashes).toEqual(cut.map((bytes) => digest(bytes)))
    expect(seen.wire).toEqual(frames.map(({ length }) => length))
  })

  test('ends when it is closed, before and while it runs', async () => {
    const never = open(way)
    await never.close()
    for await (const batch of never.batches()) void batch
    const source = open(way)
    const pending = source.batches()[Symbol.asyncIterator]().next()
    await listening(lab.near)
    await source.close()
    expect((await pending).done).toBe(true)
    expect(source.status().packets).toBe(0)
  })

  test('says what is wrong with the filter, and with the interface', async () => {
    if (way !== 'command') {
      const error = await errorOf(open(way, { filter: 'prot tcp' }))
      expect(error).toMatchObject({ code: 'FILTER_INVALID' })
      expect(error.message).toMatch(/syntax|parse|filter/)
      const missing = await errorOf(open(way, {}, 'nosuch0'))
      expect(missing).toMatchObject({ code: 'INTERFACE_NOT_FOUND' })
      expect(missing.remedy).toContain(lab.near)
    }
    ip('link', 'set', lab.near, 'down')
    const down = await errorOf(open(way))
    ip('link', 'set', lab.near, 'up')
    expect(down.code).toBe(way === 'command' ? 'CAPTURE_STOPPED' : 'INTERFACE_DOWN')
  })
})
