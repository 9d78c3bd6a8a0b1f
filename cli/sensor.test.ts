/** The sensor alone, as a person starts it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '#analyzer'
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

/** The packets of a classic pcap, one file for each of two mirror ports. */
function halves(whole: Buffer): Buffer[] {
  const parts: Buffer[][] = [[whole.subarray(0, 24)], [whole.subarray(0, 24)]]
  for (let at = 24, i = 0; at < whole.length; i++) {
    const end = at + 16 + whole.readUInt32LE(at + 8)
    parts[i % 3 === 0 ? 0 : 1]?.push(whole.subarray(at, end))
    at = end
  }
  return parts.map((part) => Buffer.concat(part))
}

test('several files are one capture, in the order of time, and evidence names them', async () => {
  const whole = readFileSync(bundled('pcaps/modbus/fc06-write-single-register.pcap'))
  const files = halves(whole).map((part, i) => {
    const file = join(folder, `port-${i}.pcap`)
    writeFileSync(file, part)
    return file
  })
  const data = join(folder, 'several')
  // A client that is new to an empty baseline is a finding, and that cites its packets.
  const baseline = join(folder, 'empty.yaml')
  writeFileSync(baseline, 'apiVersion: baseline/v1\npairs: []\n')
  const flags = ['--speed', 'max', '--data', data, '--baseline', baseline]
  const words = [launcher, 'sensor', ...files.toReversed(), ...flags]
  const { stderr } = await run(process.execPath, words, { cwd: folder })
  expect(stderr).toContain(`replaying ${files[1]}, ${files[0]} as if live`)
  const store = await openStore(data)
  try {
    const health = (await store.sensors())[0]?.health
    expect(health).toMatchObject({ state: 'finished', files: files.toReversed() })
    expect(health?.accounting.filter(({ residue }) => (residue ?? 0) !== 0)).toEqual([])
    const { rows } = await store.operations({})
    expect(rows.map(({ outcome }) => outcome)).toEqual(['failure', 'success'])
    const cited = (await store.loadFindings()).flatMap(({ evidence }) => evidence)
    expect(new Set(cited.map(({ file }) => file))).toEqual(new Set(files))
  } finally {
    await store.close()
  }
})

test.each([
  [['missing.pcap'], /missing\.pcap does not exist/],
  [['text.pcap'], /text\.pcap is not a capture: it seems to be text/],
])('one of several that cannot be read is told: %j', async (bad, message) => {
  writeFileSync(join(folder, 'text.pcap'), 'hello, this is a letter\n')
  const good = bundled('pcaps/modbus/fc06-write-single-register.pcap')
  const data = join(folder, 'bad')
  const words = [launcher, 'sensor', good, ...bad, '--speed', 'max', '--data', data]
  const failed = run(process.execPath, words, { cwd: folder })
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: message })
})

test('of several none can be followed', async () => {
  const words = [launcher, 'sensor', 'a.pcap', 'b.pcap', '--follow']
  const failed = run(process.execPath, words, { cwd: folder })
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: /--follow needs one capture/ })
})

test('it says what it does, where, and how it is stopped', async () => {
  const capture = bundled('pcaps/modbus/fc06-write-single-register.pcap')
  const data = join(folder, 'some')
  const words = [launcher, 'sensor', capture, '--speed', 'max', '--data', data]
  const { stderr } = await run(process.execPath, words, { cwd: folder })
  expect(stderr).toContain(`replaying ${capture} as if live\n  store    ${data}\n  stop     Ctrl-C`)
})
