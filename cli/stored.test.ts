/** What can be asked of a store, and done with it, from the command line. */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const capture = bundled('pcaps/modbus/fc06-write-single-register.pcap')
const policy = bundled('pcaps/plant/policy.yaml')
const folder = fs.mkdtempSync(join(tmpdir(), 'fieldtap-stored-'))
const data = join(folder, 'data')

function run(...words: string[]): { code: number | null; out: string; err: string } {
  const ended = spawnSync(process.execPath, [launcher, ...words, '--data', data], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

beforeAll(() => {
  expect(run('sensor', capture, '--speed', 'max', '--policy', policy).code).toBe(0)
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

test('observations are exported as lines of JSON, those of a time alone if asked', () => {
  const lines = run('export', 'observations').out.trim().split('\n')
  const docs = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(docs.some((doc) => doc['event.action'] === 'Write Single Register')).toBe(true)
  const output = join(folder, 'out.ndjson')
  expect(run('export', 'observations', '--to', '2001-01-01', '--output', output).code).toBe(0)
  expect(fs.readFileSync(output, 'utf8')).toBe('')
})

test('findings and assets are exported as a table', () => {
  const [head, first] = run('export', 'findings', '--format', 'csv').out.split('\r\n')
  expect(head).toMatch(/^id,first,last,count,severity,state/)
  expect(first).toMatch(/^[0-9a-f]{24},\d{4}-.*,open,/)
  expect(run('export', 'assets', '--format', 'csv').out.split('\n').length).toBeGreaterThan(2)
})

test('the policy is on record', () => {
  const record = JSON.parse(run('export', 'audit').out) as Record<string, unknown>
  expect(record).toMatchObject({ action: 'policy', who: 'fieldtap' })
  expect(record['sha256']).toMatch(/^[0-9a-f]{64}$/)
})

test.each<[string[], RegExp]>([
  [['export', 'secrets'], /no export of secrets\n {2}Name one of observations/],
  [['export', 'assets', '--from', '2026-11-21'], /--from is of no use with assets/],
  [['export', 'findings', '--to', 'noon'], /--to noon is no time\n {2}Give it as 2026/],
  [['store', 'backup', '.'], /something in .*\n {2}Name a folder that is empty/],
  [['store', 'restore', '.'], /no whole backup.*\n {2}Name the folder/],
])('%j is refused', (words, error) => {
  const { code, err } = run(...words)
  expect(err).toMatch(error)
  expect(code).toBe(2)
})

test('a store is checked, copied, and brought back where there is none', () => {
  expect(run('store', 'check')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ok\s+fieldtap\.db/),
  })
  expect(run('store', 'info').out).toMatch(/observations\s+\d+/)
  const copy = join(folder, 'copy')
  expect(run('store', 'backup', copy).err).toMatch(/1 file of observations .* copied/)
  expect(run('store', 'restore', copy)).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is a store in'),
  })
  fs.renameSync(data, join(folder, 'old'))
  expect(run('store', 'restore', copy)).toMatchObject({
    code: 0,
    err: expect.stringContaining('restored into'),
  })
  const day = fs.readdirSync(join(data, 'observations'))[0] ?? ''
  fs.truncateSync(join(data, 'observations', day), 5000)
  expect(run('store', 'check')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/DAMAGED\s+observations/),
  })
})
