/** Several files of one writer, some of them there for less than a look. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { Reading, START, gapsOf, hexOf, lineOf, packet, write } from './reading.ts'
import { record } from './written.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-succession-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Puts the file away under `.1`, those before it under `.2` and so on, as logrotate does. */
function rotate(path: string, depth: number): void {
  for (let i = depth; i > 0; i--) {
    const from = i === 1 ? path : `${path}.${i - 1}`
    if (existsSync(from)) renameSync(from, `${path}.${i}`)
  }
}

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
