import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatInputError } from '#analyzer'
import { CaptureError, checkFilter } from '#sensor'
import { parseConfig } from './config.ts'
import { bundled } from './inputs.ts'
import { liveProblems } from './live-check.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function told(text: string, check?: typeof checkFilter): Record<string, string[]> {
  const { config, node } = parseConfig(text, 'f.yaml')
  const { errors, warnings } = liveProblems(config, node, 'f.yaml', check)
  return { errors: errors.map(formatInputError), warnings: warnings.map(formatInputError) }
}

function hasLibpcap(): boolean {
  try {
    checkFilter('tcp')
    return true
  } catch {
    return false
  }
}
const isLinux = process.platform === 'linux'

test.runIf(isLinux && hasLibpcap()).each([
  ['tcp and and', /^f\.yaml:3:11: the filter 'tcp and and' is refused: .*syntax error\. See pcap/],
  ['prot tcp', /^f\.yaml:3:11: .*refused/],
  ['ether host 5', /^f\.yaml:3:11: .*illegal link layer address/],
])('a filter that libpcap refuses has its place: %s', (filter, error) => {
  const text = `capture:\n  interface: lo\n  filter: ${filter}\n`
  expect(told(text)).toEqual({ errors: [expect.stringMatching(error)], warnings: [] })
})

const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(' or ')
const host = (i: number): string => `10.0.${i >> 8}.${i & 255}`

test.runIf(isLinux && hasLibpcap()).each([
  ['more text', `host ${many(1500, host)}`, 'bytes of at most 4096'],
  ['more than is trimmed', `port ${many(400, String)}`, 'instructions of at most 16384'],
  [
    'more than the kernel takes',
    many(300, (i) => `net ${i % 200}.${i >> 3}`),
    'instructions of at most 4096',
  ],
])('a filter of %s is refused, as it is when the sensor starts', (_name, filter, why) => {
  const { errors, warnings } = told(`capture:\n  interface: lo\n  filter: ${filter}\n`)
  expect(errors).toEqual([expect.stringContaining(why)])
  expect(errors?.[0]?.length).toBeLessThan(400)
  expect(warnings).toEqual([])
})

test.runIf(isLinux && hasLibpcap())('a filter of 250 hosts is taken', () => {
  const text = `capture:\n  interface: lo\n  filter: host ${many(250, host)}\n`
  expect(told(text)).toEqual({ errors: [], warnings: [] })
})

test('what follows a NUL byte would filter nothing', () => {
  const { errors } = told('capture:\n  interface: lo\n  filter: "tcp\\0 and nonsense"\n')
  expect(errors).toEqual([expect.stringMatching(/'tcp\\0 and nonsense' is refused: .* NUL byte/)])
})

test
  .runIf(isLinux && hasLibpcap())
  .each(['tcp port 502', 'inbound and vlan 5', 'ip6 or (mpls and tcp)', "''"])(
  'a filter that it takes: %s',
  (filter) => {
    const none = { errors: [], warnings: [] }
    expect(told(`capture:\n  interface: lo\n  filter: ${filter}\n`)).toEqual(none)
  },
)

test('where nothing compiles it, that is said', () => {
  const text = 'capture:\n  interface: lo\n  filter: tcp\n'
  const missing = told(text, () => {
    throw new CaptureError('FILTER_COMPILER_MISSING', 'libpcap is not there', 'install it')
  })
  const said = 'f.yaml:3:11: the filter was not checked: libpcap is not there. Install it.'
  expect(missing).toEqual({ errors: [], warnings: [said] })
  const other = told(text, () => {
    throw new Error('no koffi here')
  })
  expect(other['warnings']).toEqual([expect.stringContaining('was not checked: no koffi here')])
})

test.runIf(isLinux)('interfaces that are not there may come later', () => {
  const { errors, warnings } = told('capture:\n  interface: [none1, lo, none2]\n')
  expect(errors).toEqual([])
  expect(warnings).toEqual([
    expect.stringMatching(/^f\.yaml:2:14: none1, none2 are no network interfaces.* lo\b/),
  ])
  expect(told('capture:\n  interface: any\n')).toEqual({ errors: [], warnings: [] })
})

test('check-config tells errors and warnings, and ends with 2 for errors alone', () => {
  const file = join(folder, 'fieldtap.yaml')
  const check = (text: string): ReturnType<typeof spawnSync> => {
    writeFileSync(file, text)
    const words = [bundled('bin/fieldtap.js'), 'check-config', file]
    return spawnSync(process.execPath, words, { encoding: 'utf8' })
  }
  const warned = check('capture:\n  interface: fieldtap-none\n')
  expect(warned).toMatchObject({ status: 0, stdout: `${file}: no errors, 1 warning\n` })
  expect(warned.stderr).toContain(`${file}:2:14: warning: fieldtap-none is no`)
  const wrong = check('capture:\n  file: a.pcap\n  filter: tcp\n')
  expect(wrong).toMatchObject({ status: 2, stdout: '' })
  expect(wrong.stderr).toContain(`${file}:3:11: capture.filter is for a mirror port`)
})
