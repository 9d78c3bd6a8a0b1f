import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Capture } from './capture.ts'
import { CaptureError } from './capture.ts'
import { followFile } from './follow.ts'
import { description, enhanced, pcapFile, record, section } from './written.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-follow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const header = pcapFile(true, 0xa1b2c3d4, 65_535, [])
const PACKET_BYTES = 20
const hexOf = (n: number) => Buffer.alloc(PACKET_BYTES, n).toString('hex')
const packet = (n: number) => record(true, [n, 0], hexOf(n))

/** What is read, as it comes. */
class Reading {
  readonly capture: Capture
  readonly lines: string[] = []
  idle = 0
  error: unknown = undefined
  readonly over: Promise<void>
  #look: () => void = () => {}

  constructor(path: string) {
    this.capture = followFile(path)
    this.over = this.#read().catch((error: unknown) => {
      this.error = error
      this.#look()
    })
  }

  async #read(): Promise<void> {
    for await (const batch of this.capture.batches()) {
      if (batch.count === 0) this.idle++
      for (let i = 0; i < batch.count; i++) {
        const at = batch.offset[i] as number
        const data = batch.bytes.subarray(at, at + (batch.captured[i] as number))
        this.lines.push(`${batch.first + i} ${Buffer.from(data).toString('hex')}`)
      }
      this.#look()
    }
  }

  /** Resolves once it holds; the test's own time limit is the only one. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#look = resolve
      })
    }
  }

  async end(): Promise<void> {
    await this.capture.close()
    await this.over
  }
}

test('what is there, what comes later, records cut anywhere by the writer', async () => {
  const path = join(folder, 'grows.pcap')
  const bytes = Buffer.concat([packet(1), packet(2), packet(3)])
  writeFileSync(path, Buffer.concat([header, bytes.subarray(0, 40)]))
  const reading = new Reading(path)
  await reading.until(() => reading.lines.length === 1)
  for (let at = 40; at < bytes.length; at += 7) {
    const { idle } = reading
    appendFileSync(path, bytes.subarray(at, at + 7))
    await reading.until(() => reading.idle > idle)
  }
  await reading.until(() => reading.lines.length === 3)
  expect(reading.lines).toEqual([1, 2, 3].map((n) => `${n} ${hexOf(n)}`))
  // A record that is not whole yet is no damage.
  appendFileSync(path, packet(4).subarray(0, 10))
  const { idle } = reading
  await reading.until(() => reading.idle > idle)
  await reading.end()
  expect(reading.error).toBeUndefined()
  expect(reading.capture.status()).toMatchObject({ packets: 3, first: 1e6, last: 3e6 })
  expect(reading.capture.status().truncated).toBeUndefined()
})

test('a file that appears later, at first empty', async () => {
  const path = join(folder, 'later.pcapng')
  const reading = new Reading(path)
  writeFileSync(path, '')
  await reading.until(() => reading.idle > 0)
  const start = Buffer.concat([section(true), description(true, 1)])
  appendFileSync(path, start)
  appendFileSync(path, enhanced(true, 0, 0, 5, 'aabb'))
  await reading.until(() => reading.lines.length === 1)
  expect(reading.lines).toEqual(['1 aabb'])
  await reading.end()
})

test('another file in its place: the old one is read to its end, then the new one', async () => {
  const path = join(folder, 'rotates.pcap')
  writeFileSync(path, Buffer.concat([header, packet(1)]))
  const reading = new Reading(path)
  await reading.until(() => reading.lines.length === 1)
  const next = join(folder, 'next.pcap')
  writeFileSync(
    next,
    Buffer.concat([pcapFile(false, 0xa1b23c4d, 9, []), record(false, [7, 0], '77')]),
  )
  appendFileSync(path, packet(2))
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, packet(3))
  renameSync(next, path)
  await reading.until(() => reading.lines.length === 4)
  expect(reading.lines).toEqual([...[1, 2, 3].map((n) => `${n} ${hexOf(n)}`), '4 77'])
  const status = reading.capture.status()
  expect(status).toMatchObject({ packets: 4, first: 1e6, last: 7e6 })
  expect(status.interfaces?.[0]?.counters).toMatchObject({ files: 2, cut: 0 })
  await reading.end()
})

/** Puts the file away under `.1`, those before it under `.2` and so on, as logrotate does. */
function rotate(path: string, depth: number): void {
  for (let i = depth; i > 0; i--) {
    const from = i === 1 ? path : `${path}.${i - 1}`
    if (existsSync(from)) renameSync(from, `${path}.${i}`)
  }
}

const gapsOf = (reading: Reading): string[] => {
  const gaps = reading.capture.status().interfaces?.[0]?.gaps ?? []
  return gaps.map(({ reason }) => reason)
}

/** Written `n` ms apart from others, so that the order of files is that of their times. */
function write(path: string, n: number, ...more: Buffer[]): void {
  writeFileSync(path, Buffer.concat([header, packet(n), ...more]))
  utimesSync(path, START + n, START + n)
}

const START = 1.7e9
const lineOf = (n: number, number = n) => `${number} ${hexOf(n)}`

describe('several rotations between two looks', () => {
  const rows: [string, number, string[]][] = [
    ['all are kept', 9, []],
    [
      'the one that was read is gone',
      3,
      ['the file that was read is gone, perhaps others with it'],
    ],
  ]
  test.each(rows)('%s', async (name, depth, gaps) => {
    const path = join(folder, `${name}.pcap`)
    // Older ones, that are no business of ours.
    write(`${path}.1`, 200)
    utimesSync(`${path}.1`, START, START)
    write(path, 1)
    const reading = new Reading(path)
    await reading.until(() => reading.idle > 0)
    for (let n = 2; n <= 5; n++) {
      if (n === 2) {
        appendFileSync(path, packet(101))
        utimesSync(path, START + 1, START + 1)
      }
      rotate(path, depth)
      write(path, n)
    }
    await reading.until(() => reading.lines.at(-1)?.endsWith(hexOf(5)) === true)
    expect(reading.lines).toEqual([
      lineOf(1),
      lineOf(101, 2),
      ...[2, 3, 4, 5].map((n) => lineOf(n, n + 1)),
    ])
    expect(gapsOf(reading)).toEqual(gaps)
    expect(reading.capture.status().interfaces?.[0]?.counters).toMatchObject({ files: 5 })
    // It goes on as before.
    rotate(path, depth)
    write(path, 6)
    await reading.until(() => reading.lines.length === 7)
    await reading.end()
  })

  test('one of them is gone', async () => {
    const path = join(folder, 'missing.pcap')
    write(path, 1)
    const reading = new Reading(path)
    await reading.until(() => reading.idle > 0)
    for (let n = 2; n <= 5; n++) {
      rotate(path, 9)
      write(path, n)
      if (n === 4) rmSync(`${path}.1`)
    }
    await reading.until(() => reading.lines.at(-1)?.endsWith(hexOf(5)) === true)
    expect(reading.lines).toEqual([1, 2, 4, 5].map((n, at) => lineOf(n, at + 1)))
    expect(gapsOf(reading)).toEqual(['1 of its files are gone'])
    await reading.end()
  })

  test('one of them was compressed, and so was the one that was read', async () => {
    const path = join(folder, 'packed.pcap')
    const pack = (name: string, n: number): void => {
      writeFileSync(`${name}.gz`, gzipSync(readFileSync(name)))
      utimesSync(`${name}.gz`, START + n, START + n)
      rmSync(name)
    }
    write(path, 1)
    const reading = new Reading(path)
    await reading.until(() => reading.idle > 0)
    renameSync(path, `${path}.1`)
    pack(`${path}.1`, 1)
    write(path, 2)
    await reading.until(() => reading.lines.length === 2)
    expect(gapsOf(reading)).toEqual([])
    await reading.until(() => reading.idle > 1)
    renameSync(`${path}.1.gz`, `${path}.3.gz`)
    renameSync(path, `${path}.2`)
    write(path, 3)
    renameSync(path, `${path}.1`)
    pack(`${path}.1`, 3)
    write(path, 4)
    await reading.until(() => reading.lines.at(-1)?.endsWith(hexOf(4)) === true)
    expect(reading.lines.length).toBe(3)
    expect(gapsOf(reading)).toEqual(['1 of its files were compressed before they could be read'])
    await reading.end()
  })

  test('by date', async () => {
    const path = join(folder, 'dated.pcap')
    write(path, 1)
    const reading = new Reading(path)
    await reading.until(() => reading.idle > 0)
    for (let n = 2; n <= 4; n++) {
      renameSync(path, join(folder, `dated-2026112${n}.pcap`))
      write(path, n)
    }
    await reading.until(() => reading.lines.length === 4)
    expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
    expect(gapsOf(reading)).toEqual([])
    await reading.end()
  })
})

test('the writer still has the old one open while the new one is empty', async () => {
  const path = join(folder, 'signalled.pcap')
  write(path, 1)
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  renameSync(path, `${path}.1`)
  writeFileSync(path, '')
  const { idle } = reading
  await reading.until(() => reading.idle > idle)
  appendFileSync(`${path}.1`, packet(2))
  await reading.until(() => reading.lines.length === 2)
  write(path, 3)
  await reading.until(() => reading.lines.length === 3)
  expect(reading.lines).toEqual([1, 2, 3].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})

describe('rings', () => {
  const full = Buffer.concat(
    Array.from({ length: 4000 }, () => record(true, [9, 0], '00'.repeat(250))),
  )

  test('of dumpcap, by any of its names, also by the one it was given', async () => {
    const named = (n: number) => join(folder, `ring_0000${n}_2026112103000${n}.pcap`)
    const given = new Reading(join(folder, 'ring.pcap'))
    const first = new Reading(named(1))
    for (let n = 1; n <= 3; n++) write(named(n), n)
    write(join(folder, 'ring_other.pcap'), 9)
    for (const reading of [given, first]) {
      await reading.until(() => reading.lines.length === 3)
      await reading.until(() => reading.idle > 0)
    }
    rmSync(named(1))
    rmSync(named(2))
    write(named(4), 4)
    for (const reading of [given, first]) {
      await reading.until(() => reading.lines.length === 4)
      expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
      expect(gapsOf(reading).filter((reason) => reason !== 'the file is not there')).toEqual([])
    }
    // Nobody looked while 5 was there.
    write(named(6), 6)
    for (const reading of [given, first]) {
      await reading.until(() => reading.lines.length === 5)
      expect(gapsOf(reading).at(-1)).toBe('files of its ring are gone')
      await reading.end()
    }
  })

  test('of tcpdump, which writes into the same files again', async () => {
    const named = (n: number) => join(folder, `span${n}`)
    write(named(1), 90)
    write(named(7), 97)
    write(named(0), 100, full)
    const reading = new Reading(named(0))
    await reading.until(() => reading.lines.length === 4001 && reading.idle > 0)
    // Somebody else writes to a file of such a name.
    write(named(7), 107)
    write(named(1), 101, full)
    await reading.until(() => reading.lines.length === 8002 && reading.idle > 0)
    write(named(0), 102)
    await reading.until(() => reading.lines.length === 8003)
    expect(reading.lines.at(-1)).toBe(lineOf(102, 8003))
    expect(gapsOf(reading)).toEqual([])
    await reading.end()
  })
})

test('a file that is written anew and longer than before is no continuation', async () => {
  const path = join(folder, 'regrown.pcap')
  write(path, 1)
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  write(path, 2, packet(3), packet(4))
  await reading.until(() => reading.lines.length === 4)
  expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual(['the file was cut, and begins anew'])
  await reading.end()
})

test('a file that is cut and written anew is a gap', async () => {
  const path = join(folder, 'cut.pcap')
  writeFileSync(path, Buffer.concat([header, packet(1), packet(2)]))
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  truncateSync(path)
  await reading.until(() => (reading.capture.status().interfaces?.[0]?.gaps.length ?? 0) > 0)
  appendFileSync(path, Buffer.concat([header, packet(9)]))
  await reading.until(() => reading.lines.length === 3)
  expect(reading.lines.at(-1)).toBe(`3 ${hexOf(9)}`)
  expect(reading.capture.status().interfaces?.[0]?.gaps).toMatchObject([
    { number: 1, reason: 'the file was cut, and begins anew' },
  ])
  await reading.end()
})

test('a file that is gone for a while is a gap', async () => {
  const path = join(folder, 'gone.pcap')
  writeFileSync(path, Buffer.concat([header, packet(1)]))
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  rmSync(path)
  await reading.until(() => reading.capture.status().interfaces?.[0]?.away !== undefined)
  writeFileSync(path, Buffer.concat([header, packet(2)]))
  await reading.until(() => reading.lines.length === 2)
  const [status] = reading.capture.status().interfaces ?? []
  expect(status?.away).toBeUndefined()
  expect(status?.gaps).toMatchObject([{ reason: 'the file is not there' }])
  await reading.end()
})

test('a wrong record: everything before it counts, and the next file is read again', async () => {
  const path = join(folder, 'wrong.pcap')
  writeFileSync(path, Buffer.concat([header, packet(1), Buffer.alloc(40, 0xff)]))
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  expect(reading.capture.status().truncated).toContain('after packet 1')
  appendFileSync(path, packet(2))
  const { idle } = reading
  await reading.until(() => reading.idle > idle)
  expect(reading.lines).toEqual([`1 ${hexOf(1)}`])
  writeFileSync(`${path}.new`, Buffer.concat([header, packet(3)]))
  renameSync(`${path}.new`, path)
  await reading.until(() => reading.lines.length === 2)
  await reading.end()
})

test.each([
  ['compressed', gzipSync(header), 'FOLLOW_COMPRESSED'],
  ['no capture', Buffer.from('notes, and only notes'), 'NOT_A_CAPTURE'],
])('what is %s is refused', async (name, bytes, code) => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const reading = new Reading(path)
  await reading.over
  expect(reading.error).toBeInstanceOf(CaptureError)
  expect((reading.error as CaptureError).code).toBe(code)
})

test('a directory and a device are refused', async () => {
  for (const [path, code] of [
    [folder, 'FILE_IS_DIRECTORY'],
    ['/dev/zero', 'FOLLOW_NO_FILE'],
  ] as const) {
    const reading = new Reading(path)
    await reading.over
    expect((reading.error as CaptureError).code).toBe(code)
  }
})
