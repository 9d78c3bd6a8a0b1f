/** Rings of dumpcap and tcpdump: which file comes next, and that none is read twice. */
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Reading, START, gapsOf, header, lineOf, packet } from './reading.ts'
import { record } from './written.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-rings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Last written in second `at`. */
function put(path: string, at: number, ...packets: number[]): void {
  writeFileSync(path, Buffer.concat([header, ...packets.map((n) => packet(n))]))
  utimesSync(path, START + at, START + at)
}

const timed = (name: string, number: string, second: number) =>
  join(folder, `${name}_${number}_202611211030${String(second).padStart(2, '0')}.pcap`)

test('of files written last in the same tick the one with the lower number is older', async () => {
  const named = (n: number) => timed('tick', `0000${n}`, n)
  put(named(1), 1, 1)
  put(named(2), 2, 2, 3)
  put(named(3), 2, 4)
  const reading = new Reading(join(folder, 'tick.pcap'))
  await reading.until(() => reading.lines.length === 4 && reading.idle > 0)
  appendFileSync(named(3), packet(5))
  // Begun, and written last, when the one before was.
  utimesSync(named(3), START + 2, START + 2)
  put(named(4), 2, 6)
  await reading.until(() => reading.lines.length === 6)
  expect(reading.lines).toEqual([1, 2, 3, 4, 5, 6].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})

test('99999 is followed by 00000, in whatever order they were written last', async () => {
  const [first, ...next] = ['99998', '99999', '00000', '00001'].map((n, at) => timed('wrap', n, at))
  put(first ?? '', 1, 1)
  const reading = new Reading(first ?? '')
  await reading.until(() => reading.idle > 0)
  for (const [at, path] of next.entries()) put(path, 9 - at, at + 2)
  await reading.until(() => reading.lines.length === 4)
  expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})

test('the next one is read whatever the clock says, and one missing within is told', async () => {
  const named = (n: number) => timed('clock', `0000${n}`, n)
  put(named(1), 50, 1)
  const reading = new Reading(named(1))
  await reading.until(() => reading.idle > 0)
  put(named(2), 10, 2)
  await reading.until(() => reading.lines.length === 2)
  expect(gapsOf(reading)).toEqual([])
  put(named(3), 11, 3)
  put(named(5), 12, 4)
  await reading.until(() => reading.lines.length === 4)
  expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual(['files of its ring are gone'])
  await reading.end()
})

test('a capture that was started anew counts from 1, and that is a gap', async () => {
  put(timed('anew', '00007', 1), 1, 1)
  const reading = new Reading(timed('anew', '00007', 1))
  await reading.until(() => reading.idle > 0)
  put(timed('anew', '00008', 2), 2, 2)
  put(timed('anew', '00001', 30), 30, 3)
  put(timed('anew', '00002', 31), 31, 4)
  await reading.until(() => reading.lines.length === 4)
  expect(reading.lines).toEqual([1, 2, 3, 4].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual(['files of its ring are gone'])
  await reading.end()
})

test('more files than are held open at once are all read', async () => {
  const named = (n: number) =>
    join(folder, `long_${String(n).padStart(5, '0')}_20261121103000.pcap`)
  for (let n = 1; n <= 150; n++) put(named(n), n, n)
  const reading = new Reading(join(folder, 'long.pcap'))
  await reading.until(() => reading.lines.length === 150)
  expect(reading.lines).toEqual(Array.from({ length: 150 }, (_, at) => lineOf(at + 1)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})

test('of tcpdump, round and round, with a number as wide as the others', async () => {
  const full = Array.from({ length: 1000 }, () => record(true, [9, 0], '00'.repeat(1000)))
  const named = (n: number) => join(folder, `span0${n}`)
  const fill = (at: number): void => {
    writeFileSync(named(at % 3), Buffer.concat([header, packet(100 + at), ...full]))
    utimesSync(named(at % 3), START + at, START + at)
  }
  fill(0)
  const reading = new Reading(named(0))
  await reading.until(() => reading.lines.length === 1001)
  for (const at of [1, 2, 3, 4]) {
    fill(at)
    await reading.until(() => reading.lines.length === 1001 * (at + 1) && reading.idle > 0)
  }
  const firsts = reading.lines.filter((_, at) => at % 1001 === 0)
  expect(firsts).toEqual([0, 1, 2, 3, 4].map((at) => lineOf(100 + at, at * 1001 + 1)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})
