/** What happens between two looks at a folder, and how many looks there are. */
import { mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import type * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { Reading, START, gapsOf, header, lineOf, write } from './reading.ts'

const looks = vi.hoisted(() => ({ count: 0, before: (_path: string): void => undefined }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof files>()
  const stat = async (path: string): Promise<unknown> => {
    looks.count++
    looks.before(path)
    return await real.stat(path)
  }
  return { ...real, stat }
})

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-renames-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  looks.before = () => undefined
})

function rotate(path: string, n: number): void {
  const own = readdirSync(folder).map((name) => join(folder, name))
  for (let i = 1000; i > 0; i--) {
    if (own.includes(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`)
  }
  renameSync(path, `${path}.1`)
  write(path, n)
}

/** Calls it when the name is looked at for the second time from now on: by its successors. */
function afterTheList(path: string, rotation: () => void): void {
  let count = 0
  looks.before = (looked) => {
    if (looked === path && ++count % 2 === 0) rotation()
  }
}

test('a rotation between the list of files and the look at the name passes over none', async () => {
  const path = join(folder, 'between.pcap')
  write(path, 1)
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  let rotations = 0
  rotate(path, 2)
  afterTheList(path, () => {
    if (rotations++ === 0) rotate(path, 3)
  })
  await reading.until(() => reading.lines.length === 3)
  expect(rotations).toBeGreaterThan(0)
  expect(reading.lines).toEqual([1, 2, 3].map((n) => lineOf(n)))
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})

test('one at every look is a gap, and the reading goes on', async () => {
  const path = join(folder, 'always.pcap')
  write(path, 1)
  const reading = new Reading(path)
  await reading.until(() => reading.idle > 0)
  let [n, isOn] = [2, true]
  rotate(path, n)
  looks.before = (looked) => {
    if (isOn && looked === path) rotate(path, ++n)
  }
  await reading.until(() => gapsOf(reading).length > 0)
  isOn = false
  expect(gapsOf(reading)[0]).toBe('its files were renamed while they were looked for')
  await reading.until(() => reading.lines.at(-1)?.endsWith(lineOf(n).slice(2)) === true)
  await reading.end()
})

test('a look at a ring of thousands of files takes none of those that are older', async () => {
  const named = (n: number) =>
    join(folder, `many_${String(n).padStart(5, '0')}_${20261121000000 + n}.pcap`)
  for (let n = 1; n <= 3000; n++) {
    writeFileSync(named(n), header)
    utimesSync(named(n), START, START)
  }
  write(named(3001), 1)
  const reading = new Reading(named(3001))
  await reading.until(() => reading.idle > 0)
  const [{ idle }, { count }] = [reading, looks]
  await reading.until(() => reading.idle > idle + 8)
  // The name and the folder.
  expect(looks.count - count).toBeLessThan(40)
  write(named(3002), 2)
  await reading.until(() => reading.lines.length === 2)
  expect(gapsOf(reading)).toEqual([])
  await reading.end()
})
