/** The sensor alone, as a person starts it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const run = promisify(execFile)
const launcher = bundled('bin/fieldtap.js')
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-sensor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('without a source it does not play the demonstration into a store', async () => {
  const data = join(folder, 'none')
  const failed = run(process.execPath, [launcher, 'sensor', '--data', data], { cwd: folder })
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: /nothing to listen to/ })
  expect(readdirSync(folder)).toEqual([])
})

test('what only a mirror port can be asked is not ignored for a file', async () => {
  const capture = bundled('pcaps/modbus/fc06-write-single-register.pcap')
  const words = [launcher, 'sensor', capture, '--filter', 'port 502', '--snaplen', '96']
  const failed = run(process.execPath, words, { cwd: folder })
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: /--filter is for[^]*--snaplen is/ })
})

test('it says what it does, where, and how it is stopped', async () => {
  const capture = bundled('pcaps/modbus/fc06-write-single-register.pcap')
  const data = join(folder, 'some')
  const words = [launcher, 'sensor', capture, '--speed', 'max', '--data', data]
  const { stderr } = await run(process.execPath, words, { cwd: folder })
  expect(stderr).toContain(`replaying ${capture} as if live\n  store    ${data}\n  stop     Ctrl-C`)
})
