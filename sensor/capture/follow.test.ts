import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { CaptureError } from './capture.ts'
import { Reading, gapsOf, header, hexOf, lineOf, packet, write } from './reading.ts'
import { description, enhanced, pcapFile, record, section } from './written.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-follow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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

test('a name that means nothing while the file is put away is no gap', async () => {
  const path = join(folder, 'between.pcap')
  write(path, 1)
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  renameSync(path, `${path}.1`)
  await reading.until(() => reading.capture.status().interfaces?.[0]?.away !== undefined)
  write(path, 2)
  await reading.until(() => reading.lines.length === 2)
  expect(reading.capture.status().interfaces?.[0]).toMatchObject({ away: undefined, gaps: [] })
  await reading.end()
})

test.skipIf(process.platform === 'win32')('a pipe in its place holds up nothing', async () => {
  const path = join(folder, 'piped.pcap')
  write(path, 1, packet(2))
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  truncateSync(path, 30)
  rmSync(path)
  execFileSync('mkfifo', [path])
  await reading.until(() => reading.capture.status().interfaces?.[0]?.away !== undefined)
  const { idle } = reading
  await reading.until(() => reading.idle > idle)
  rmSync(path)
  write(path, 3)
  await reading.until(() => reading.lines.length === 3)
  expect(gapsOf(reading)).toEqual(['the file was cut, and begins anew', 'the file is not there'])
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

test('a directory, a device and a pipe are refused', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const [path, code] of [
    [folder, 'FILE_IS_DIRECTORY'],
    ['/dev/zero', 'FOLLOW_NO_FILE'],
    [pipe, 'FOLLOW_NO_FILE'],
  ] as const) {
    const reading = new Reading(path)
    await reading.over
    expect((reading.error as CaptureError).code).toBe(code)
  }
})
