/**
 * A mirror that shows every packet twice, in another VLAN, with other adapters and a hop less,
 * changes nothing of what is said but the numbers of packets: over all golden captures and the
 * smaller real ones.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Capture, PacketBatch } from './capture/capture.ts'
import { openFile } from './capture/file.ts'
import { captures, folder, playBatches } from './golden.ts'
import type { Observation } from './observation.ts'

interface Frame {
  /** Number of the packet it is, or is a copy of, from 1. */
  readonly number: number
  readonly isCopy: boolean
  readonly bytes: Buffer
  readonly wire: number
  readonly time: number
  readonly linkType: number
}

async function framesOf(capture: Capture): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i] as number
      frames.push({
        number: frames.length + 1,
        isCopy: false,
        bytes: Buffer.from(batch.bytes.subarray(start, start + (batch.captured[i] as number))),
        wire: batch.wire[i] as number,
        time: batch.time[i] as number,
        linkType: batch.linkType[i] as number,
      })
    }
  }
  return frames
}

/** As it looks behind a router and in another VLAN. Only of Ethernet: others stay as they are. */
function copyOf(frame: Frame, delay: number): Frame {
  const time = frame.time + delay
  const { bytes, linkType } = frame
  if (linkType !== 1 || bytes.length < 14) return { ...frame, isCopy: true, time }
  const rest = Buffer.from(bytes.subarray(12))
  const type = rest.readUInt16BE(0)
  // What the mirror shows of IPv4 (RFC 791) and IPv6 (RFC 8200): hops left, and the checksum.
  if (type === 0x0800 && rest.length > 14) {
    rest[10] = ((rest[10] as number) + 255) & 255
    rest[12] = (rest[12] as number) ^ 0x5a
  } else if (type === 0x86dd && rest.length > 10) rest[9] = ((rest[9] as number) + 255) & 255
  const head = Buffer.from('00aa00bb00cc00dd00ee00ff8100031f', 'hex')
  return { ...frame, isCopy: true, time, bytes: Buffer.concat([head, rest]), wire: frame.wire + 4 }
}

/** Copies stand right behind their originals, or where their time puts them. */
function doubled(frames: readonly Frame[], delayOf: (i: number) => number): Frame[] {
  const places: { readonly frame: Frame; readonly after: number }[] = []
  frames.forEach((frame, i) => {
    places.push({ frame, after: i })
    const copy = copyOf(frame, delayOf(i))
    let after = i
    while (after + 1 < frames.length) {
      const next = frames[after + 1] as Frame
      if (next.time > copy.time || next.time < frame.time || delayOf(i) === 0) break
      after++
    }
    places.push({ frame: copy, after: after + 0.5 })
  })
  return places.sort((a, b) => a.after - b.after).map(({ frame }) => frame)
}

function batchOf(frames: readonly Frame[]): PacketBatch {
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes))
  let at = 0
  const offset = Int32Array.from(frames, (frame) => (at += frame.bytes.length) - frame.bytes.length)
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    count: frames.length,
    first: 1,
    offset,
    captured: Int32Array.from(frames, (frame) => frame.bytes.length),
    wire: Int32Array.from(frames, (frame) => frame.wire),
    time: Float64Array.from(frames, (frame) => frame.time),
    linkType: Uint16Array.from(frames, (frame) => frame.linkType),
  }
}

/** What is counted packet by packet, before anybody can know of copies. */
const perPacket = new Set(['ip-fragments', 'vlan-tags', 'tunnel-depth', 'snap-length'])

function plain(record: Observation, numberOf: (packet: number) => number): string {
  const evidence = record['ot.evidence'] as readonly number[] | undefined
  const isCounted = perPacket.has(String(record['ot.sensor.table']))
  return JSON.stringify({
    ...record,
    ...(evidence === undefined ? {} : { 'ot.evidence': evidence.map(numberOf) }),
    ...(isCounted ? { 'ot.sensor.count': 0 } : {}),
  })
}

const delays: readonly [string, (i: number) => number][] = [
  ['at once', () => 0],
  ['up to 50 ms later', (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0) % 50_000],
]

async function compare(path: string, delayOf: (i: number) => number): Promise<void> {
  const frames = await framesOf(openFile(path))
  const once = playBatches([batchOf(frames)])
  // Where the capture has copies of its own, theirs would come too late to be any.
  const own = once.counters['duplicates'] as number
  const twice = doubled(frames, own > 0 ? () => 0 : delayOf)
  const both = playBatches([batchOf(twice)])
  const said = once.records.map((record) => plain(record, (packet) => packet))
  expect(both.records.map((one) => plain(one, (packet) => twice[packet - 1]!.number))).toEqual(said)
  const { counters } = both
  const copies = counters['duplicates'] as number
  const seen = (of: typeof counters): number => {
    const names = ['packets.tcp', 'packets.udp', 'datagrams.tcp', 'datagrams.udp']
    return names.reduce((sum, name) => sum + (of[name] ?? 0), 0)
  }
  expect(copies - own).toBe(seen(counters) - seen(once.counters))
  for (const name of ['payloadBytes', 'parsedBytes', 'flows', 'flowPackets', 'gaps']) {
    expect([name, counters[name]]).toEqual([name, once.counters[name]])
  }
}

/** Which of contradicting fragments came first decides what is read: order is all they have. */
const contradicting = /fragments-(ipv6-)?(overlap-different|two-ends)/

describe.each(delays)('copies %s', (_, delayOf) => {
  const some = captures.filter((name) => delayOf(0) === 0 || !contradicting.test(name))
  test.each(some)('%s', (name) => compare(folder + name, delayOf))
})

const corpus = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const isThere = existsSync(`${corpus}manifest.json`)

describe.runIf(isThere)('real captures', () => {
  const manifest = (
    isThere ? JSON.parse(readFileSync(`${corpus}manifest.json`, 'utf8')) : []
  ) as readonly { readonly file: string; readonly role: string; readonly bytes: number }[]
  const small = manifest.filter(({ role, bytes }) => role === 'core' && bytes < 300_000)
  test.each(small)('$file', ({ file }) => compare(corpus + file, delays[1]![1]))
})
