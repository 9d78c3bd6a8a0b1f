/** The command as a user types it: in a process of its own, on the recorded plant. */
import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const capture = bundled('pcaps/plant/quiet.pcapng')
const misuse = bundled('pcaps/plant/misuse/cross-zone-connection.pcapng')
const policy = bundled('pcaps/plant/policy.yaml')

interface Run {
  code: number | null
  out: string
  err: string
}

function fieldtap(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, out: stdout, err: stderr }
}

function piped(file: string, ...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  createReadStream(file, { highWaterMark: 1000 }).pipe(child.stdin)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fieldtap-analyze-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('fieldtap analyze', () => {
  test('prints the same bytes twice, and from a pipe', async () => {
    const first = fieldtap('analyze', capture, '--json')
    const second = fieldtap('analyze', capture, '--json')
    const pipe = await piped(capture, 'analyze', '-', '--json')
    expect(first.out.length).toBeGreaterThan(1000)
    expect(second.out).toBe(first.out)
    expect(pipe.out).toBe(first.out)
    const document = JSON.parse(first.out) as Record<string, unknown>
    expect(Object.keys(document)).toEqual([
      'capture',
      'phase',
      'accounting',
      'counts',
      'assets',
      'findings',
    ])
    expect(document['accounting']).toMatchObject({ balanced: true })
    expect(first.err).toContain('no baseline was given')
  })

  test('exits with 1 where it found something, for people and for programs', () => {
    const text = fieldtap('analyze', misuse, '--policy', policy)
    expect(text.code).toBe(1)
    expect(text.out).toContain('no conduit allows it')
    expect(text.out).toMatch(/packets: \d/)
    expect(text.out).toMatch(/\nevery packet and byte accounted for\n$/)
    const json = fieldtap('analyze', misuse, '--policy', policy, '--json')
    expect(json.code).toBe(1)
    const { findings } = JSON.parse(json.out) as {
      findings: { rule: { id: string; tags: string[] }; zone: { line: string } }[]
    }
    const zone = findings.find(({ rule }) => rule.tags.includes('fieldtap.zn-01'))
    expect(zone?.zone.line).toMatch(/policy\.yaml:\d+$/)
  })

  test('--each goes on after a bad file and names files as they were given', () => {
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'no capture at all, only words\n')
    const { code, out } = fieldtap(
      'analyze',
      '--each',
      misuse,
      text,
      join(folder, 'absent'),
      misuse,
    )
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as never)
    expect(lines).toMatchObject([
      { file: misuse, counts: {} },
      { file: text, error: { code: 'NOT_A_CAPTURE' } },
      { file: join(folder, 'absent'), error: { code: 'FILE_NOT_FOUND' } },
      { file: misuse },
    ])
    expect(code).toBe(2)
  })

  test('--operations writes every operation in order, once', () => {
    const { out, code } = fieldtap('analyze', capture, '--operations', '-')
    expect(code).not.toBe(2)
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as never)
    const sequences = records.map((record) => record['event.sequence'] as number)
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    expect(new Set(records.map((record) => record['event.id'])).size).toBe(records.length)
    expect(records[0]).not.toHaveProperty('event.ingested')
  })

  test('a file that is named twice is told', () => {
    expect(fieldtap('analyze', misuse, capture).err).not.toContain('named before')
    const twice = fieldtap('analyze', misuse, misuse)
    expect(twice.err).toContain(`${misuse} was named before: its packets count twice.\n  Name it`)
  })

  test('a reader that goes away ends it without a word', async () => {
    const child = spawn(process.execPath, [launcher, 'analyze', capture, '--operations', '-'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code).toBe(2)
    expect(err).toBe('')
  })

  test('an error while learning leaves the baseline that was there', () => {
    const baseline = join(folder, 'kept.yaml')
    writeFileSync(baseline, 'kept')
    const { code } = fieldtap('baseline', 'learn', 'package.json', '--output', baseline)
    expect(code).toBe(2)
    expect(readFileSync(baseline, 'utf8')).toBe('kept')
  })

  test('a baseline that was reviewed is replaced when it is said so, and not before', () => {
    const baseline = join(folder, 'reviewed.yaml')
    const pcap = bundled('pcaps/modbus/fc06-write-single-register.pcap')
    const learn = (...words: string[]): { code: number | null; err: string } =>
      fieldtap('baseline', 'learn', pcap, '--output', baseline, ...words)
    expect(learn().code).toBe(0)
    const text = readFileSync(baseline, 'utf8')
    // The same again is no loss.
    expect(learn().code).toBe(0)
    writeFileSync(baseline, `# signed\n${text}`)
    const { code, err } = learn()
    expect(code).toBe(2)
    expect(err).toMatch(/reviewed\.yaml is there, and says something else .*\n.*--force/)
    expect(readFileSync(baseline, 'utf8')).toMatch(/^# signed/)
    expect(learn('--force').code).toBe(0)
    expect(readFileSync(baseline, 'utf8')).toBe(text)
  })

  test('fieldtap.yaml says what is judged with, and check-config tells all its errors', () => {
    const config = join(folder, 'fieldtap.yaml')
    writeFileSync(config, `policy: ${policy}\nsite: elsewhere\n`)
    const { out } = fieldtap('analyze', misuse, '--config', config, '--json')
    expect(out).toContain('V-NOCONDUIT')
    const bad = join(folder, 'bad.yaml')
    writeFileSync(join(folder, 'bad-policy.yaml'), 'apiVersion: zones/v2\n')
    writeFileSync(
      bad,
      'sitee: x\ntimezone: Mars/X\nbaseline: none.yaml\npolicy: bad-policy.yaml\n' +
        'console: {host: 0.0.0.0}\n',
    )
    const { err, code } = fieldtap('check-config', bad)
    expect(code).toBe(2)
    for (const place of ['1:1', '2:11', '3:11', '5:17']) expect(err).toContain(`${bad}:${place}:`)
    expect(err).toContain('bad-policy.yaml:1:13')
    expect(err).toMatch(/bad\.yaml: \d+ errors, in it and in what it names\n$/)
  })

  test('a capture that is cut is analysed up to the cut, and says so', () => {
    const whole = readFileSync(capture)
    const cut = join(folder, 'cut.pcapng')
    writeFileSync(cut, whole.subarray(0, Math.floor(whole.length / 2) + 3))
    const { code, out, err } = fieldtap('analyze', cut, '--json')
    expect(code).not.toBe(2)
    const document = JSON.parse(out) as { capture: { truncated: boolean; packets: number } }
    expect(document.capture.truncated).toBe(true)
    expect(document.capture.packets).toBeGreaterThan(1000)
    expect(err).toContain(cut)
  })

  test.each([
    [['analyze'], /missing required argument/],
    [['analyze', '/no/such/file'], /no\/such\/file/],
    [['analyze', '.'], /folder|directory/],
    [['analyze', 'package.json'], /JSON/],
    [['analyze', misuse, '--policy', 'package.json'], /package\.json:\d+:\d+/],
    [['analyze', misuse, '--rules', '/no/rules'], /\/no\/rules/],
    [['unheard-of'], /unknown command/],
    [['start', misuse, '--interface', 'eth9'], /not both/],
    [['start', '--host', '0.0.0.0'], /127\.0\.0\.1/],
    [['report', 'unknown'], /zones/],
    [['check-config', 'absent.yaml'], /cannot be read/],
    [['analyze', misuse, '--timezone', 'Mars/X'], /Mars\/X[\s\S]*IANA/],
    [['analyze', misuse, '--operations', '/no/such/folder/ops'], /cannot be written/],
    [['baseline', 'learn', capture, '--output', '/no/such/b.yaml'], /cannot be written/],
    [['report', 'zones', '--data', '/no/such/data'], /data/],
    [['console', '--data', '/no/such/data'], /data/],
  ])('%j is refused with a remedy and exit code 2', (args, message) => {
    const { code, out, err } = fieldtap(...args)
    expect(err).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
    expect(code).toBe(2)
    expect(out).toBe('')
  })

  test('the help of every command ends in an example', () => {
    const commands = /Commands:\n([\s\S]*?)\n\n/.exec(fieldtap('--help').out)?.[1] ?? ''
    const names = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map((match) => match[1] ?? '')
    expect(names).toContain('analyze')
    for (const name of names.filter((one) => one !== 'help')) {
      const { out, code } = fieldtap(name, '--help')
      expect(code).toBe(0)
      expect(out.trimEnd().split('\n').at(-1), name).toMatch(/^ {2}fieldtap /)
    }
  }, 60_000)
})
