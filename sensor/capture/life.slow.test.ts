/**
 * The life of a mirror port under every way that captures on one: taken down and up, renamed,
 * removed and made again. Capture goes on within five seconds, and the gap is kept.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Capture, InterfaceStatus } from './capture.ts'
import {
  frame,
  heardByPeer,
  ip,
  listening,
  makeLab,
  makePair,
  removeLab,
  replay,
  until,
  writeFrames,
} from './lab.ts'
import type { Lab } from './lab.ts'
import { openLive } from './live.ts'
import type { Way } from './live.ts'

const packagesFrom = process.env['FIELDTAP_PACKAGES']
const ways: Way[] = ['ring', 'tcpdump', 'dumpcap']
if (packagesFrom !== undefined) ways.push('cap', 'pcap')

const FRAMES = 100
const RESUMED_MS = 5000
const downs = (way: Way): number => (way === 'ring' ? 10 : 3)

let lab: Lab
let folder: string
let file: string
let capture: Capture | undefined
let reading: Promise<void> = Promise.resolve()
let packets = 0

beforeEach(() => {
  lab = makeLab('ftl')
  folder = mkdtempSync(join(tmpdir(), 'fieldtap-life-'))
  file = join(folder, 'frames.pcap')
  packets = 0
  writeFrames(
    file,
    Array.from({ length: FRAMES }, (_, i) => frame(100, i)),
  )
})

afterEach(async () => {
  await capture?.close()
  await reading
  expect(heardByPeer(lab), 'a mirror port sends nothing').toBe(0)
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})

async function begin(way: Way): Promise<Capture> {
  const source = openLive({ interfaces: [lab.near], way, packagesFrom })
  capture = source
  reading = (async () => {
    for await (const batch of source.batches()) packets += batch.count
  })()
  await listening(lab.near)
  await replay(lab, file)
  await until(() => (packets === FRAMES ? true : undefined))
  return source
}

const only = (source: Capture): InterfaceStatus =>
  source.status().interfaces?.[0] as InterfaceStatus

/** Frames are sent until one is captured; returns after how many milliseconds. */
async function resumed(): Promise<number> {
  const before = packets
  const began = Date.now()
  await until(async () => {
    await replay(lab, file)
    await sleep(100)
    return packets > before ? true : undefined
  })
  return Date.now() - began
}

describe.each(ways)('%s', (way) => {
  test(`goes on after its port was down, ${downs(way)} times`, async () => {
    const source = await begin(way)
    for (let i = 1; i <= downs(way); i++) {
      ip('link', 'set', lab.near, 'down')
      const away = await until(() => only(source).away)
      expect(away.reason).toBe('down')
      ip('link', 'set', lab.near, 'up')
      expect(await resumed()).toBeLessThan(RESUMED_MS)
      await until(() => (only(source).away === undefined ? true : undefined))
      const gap = only(source).gaps.at(-1)
      expect(gap?.number).toBeGreaterThanOrEqual(i)
      expect(gap?.end).toBeGreaterThan(gap?.begin ?? 0)
    }
    expect(only(source).gaps.some(({ reason }) => reason === 'down')).toBe(true)
  }, 120_000)

  test('goes on after its port was removed and made again', async () => {
    const source = await begin(way)
    ip('link', 'del', lab.near)
    const away = await until(() => only(source).away)
    expect(away.reason).toBe('removed')
    makePair(lab)
    expect(await resumed()).toBeLessThan(RESUMED_MS)
    await until(() => (only(source).away === undefined ? true : undefined))
    expect(only(source).gaps.length).toBeGreaterThan(0)
    expect(only(source).name).toBe(lab.near)
    // The new one counts from zero: what both have counted is kept.
    expect(only(source).counters?.['rx_packets']).toBeGreaterThan(FRAMES)
  })

  test('follows its port to another name', async () => {
    const source = await begin(way)
    const renamed = `${lab.near}x`
    ip('link', 'set', lab.near, 'down')
    ip('link', 'set', lab.near, 'name', renamed)
    ip('link', 'set', renamed, 'up')
    expect(await resumed()).toBeLessThan(RESUMED_MS)
    await until(() => (only(source).name === renamed ? true : undefined))
    await until(() => (only(source).away === undefined ? true : undefined))
    ip('link', 'set', renamed, 'down')
    ip('link', 'set', renamed, 'name', lab.near)
    ip('link', 'set', lab.near, 'up')
    expect(await resumed()).toBeLessThan(RESUMED_MS)
  })

  test('a cable that is pulled is a gap', async () => {
    const source = await begin(way)
    ip('-n', lab.space, 'link', 'set', lab.far, 'down')
    const away = await until(() => only(source).away)
    expect(away.reason).toBe('no carrier')
    ip('-n', lab.space, 'link', 'set', lab.far, 'up')
    expect(await resumed()).toBeLessThan(RESUMED_MS)
    await until(() => only(source).gaps.find(({ reason }) => reason === 'no carrier'))
  })
})
