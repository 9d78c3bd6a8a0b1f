import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommandError } from './command.ts'
import { lockStore } from './lock.ts'

let data = ''
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'fieldtap-lock-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

test('a store is taken and given back', () => {
  const release = lockStore(join(data, 'new', 'folder'))
  release()
  lockStore(join(data, 'new', 'folder'))()
})

test('another process that runs and is a sensor holds it', () => {
  // The first process of a machine always runs; what it is cannot be a sensor.
  writeFileSync(join(data, 'sensor.lock'), '1\n')
  lockStore(data)()
})

test("the lock of a process that is gone is nobody's", () => {
  writeFileSync(join(data, 'sensor.lock'), '999999999\n')
  lockStore(data)()
  writeFileSync(join(data, 'sensor.lock'), 'not a number')
  lockStore(data)()
})

test('a file in place of the folder is told with what to do', () => {
  const file = join(data, 'file')
  writeFileSync(file, '')
  expect(() => lockStore(join(file, 'below'))).toThrow(CommandError)
})

test.runIf(process.platform === 'linux')('where nothing can be made it ends, and says so', () => {
  expect(() => lockStore('/proc/nowhere/below')).toThrow(CommandError)
})

test('a shipper has a lock of its own', () => {
  const releases = [lockStore(data), lockStore(data, 'shipper')]
  for (const release of releases) release()
  writeFileSync(join(data, 'shipper.lock'), '999999999\n')
  lockStore(data, 'shipper')()
})
