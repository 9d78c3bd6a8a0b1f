/** What a newcomer sees when a start fails: the error with its remedy, and nothing beside it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundled } from './inputs.ts'
import { lockStore } from './lock.ts'

const launcher = bundled('bin/fieldtap.js')
const capture = bundled('pcaps/modbus/fc06-write-single-register.pcap')
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-refusals-'))
const store = join(folder, 'store')
const isRoot = process.getuid?.() === 0
/** As no user of this machine, where the test itself runs as root. */
const NOBODY = 65_534

beforeAll(() => {
  chmodSync(folder, 0o777)
  mkdirSync(join(folder, 'folder'))
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'text'), 'a letter')
  writeFileSync(join(folder, 'short'), Buffer.from('d4c3b2a102000400', 'hex'))
  writeFileSync(join(folder, 'locked'), '', { mode: 0o000 })
  mkdirSync(join(folder, 'closed'), { mode: 0o555 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  code: number | null
  err: string
}

async function run(words: readonly string[], user = {}): Promise<Ended> {
  const child = spawn(process.execPath, [launcher, ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, err }
}

const has = (program: string): boolean => spawnSync('which', [program]).status === 0

test.each<[string, string[], RegExp]>([
  ['no such file', ['missing.pcap'], /missing\.pcap does not exist\n {2}check the path/],
  ['a folder', ['folder'], /folder is a directory\n {2}name the files in it/],
  ['an empty file', ['empty'], /empty is not a capture: it is empty\n {2}check/],
  ['another file', ['text'], /text is not a capture: it seems to be text\n {2}give a pcap/],
  ['a header cut off', ['short'], /short is not a capture: .* too short to be one\n {2}give/],
  ['workers', [capture, '--workers', '1.5'], /1\.5 is not a whole number from 1 to 32\n {2}Give/],
  ['no number', [capture, '--workers', 'two'], /two is not a whole number.*\n {2}Give one/],
  ['a store in a file', [capture, '--data', 'text'], /cannot be in .*text: .*\n {2}Give a folder/],
  ['a store nowhere', [capture, '--data', '/proc/none'], /cannot be in \/proc\/none/],
  ['no policy', [capture, '--policy', 'none.yaml'], /the policy cannot be read: it does not exist/],
  ['an option that is none', ['--bufer', '5'], /unknown option '--bufer'[^]*--help/],
  ['a speed', ['--interface', 'lo', '--speed', '3'], /--speed is for the replay.*\n {2}Leave/],
  ['a filter', ['--filter', 'tcp'], /--filter is for a mirror port, and none.*\n {2}Name it/],
  ['an interface', ['--interface', 'fieldtap-none'], /no network interface 'fieldtap-none'\n {2}/],
])('%s: the error and its remedy alone', async (_, words, message) => {
  for (const command of ['sensor', 'start']) {
    const data = words.includes('--data') ? [] : ['--data', store]
    const port = command === 'start' ? ['--port', '0'] : []
    const { code, err } = await run([command, ...words, ...data, ...port])
    expect({ command, code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) })
    expect(err.split('fieldtap: ').length - 1, err).toBeLessThanOrEqual(1)
    expect(err).not.toMatch(/packets|stored|console|store {4}/)
    expect(existsSync(store)).toBe(false)
  }
})

test.each<[string, string[], RegExp]>([
  ['ends', ['--capture-command', 'cat /nope'], /ended with code 1: .*\n {2}run it by itself/],
  ['is missing', ['--capture-command', 'fieldtap-none'], /is not there\n {2}install it/],
  ['says text', ['--capture-command', 'echo hello'], /it seems to be text\n {2}give a pcap/],
])('a capture command that %s: the error alone', async (_, words, message) => {
  const { code, err } = await run(['sensor', ...words, '--data', join(folder, 'live')])
  expect(code).toBe(2)
  expect(err).toMatch(message)
  expect(err).not.toMatch(/listening|packets|stored/)
})

test.runIf(isRoot && has('tcpdump') && has('dumpcap')).each(['ring', 'tcpdump', 'dumpcap'])(
  'a filter that %s refuses: the error alone',
  async (way) => {
    const words = ['--interface', 'lo', '--capture', way, '--filter', 'tcp and and']
    const { code, err } = await run(['sensor', ...words, '--data', join(folder, 'live')])
    expect(code).toBe(2)
    expect(err).toMatch(/syntax error\n {2}see pcap-filter\(7\)/)
    expect(err).not.toMatch(/listening|packets|stored/)
  },
)

test.runIf(isRoot).each<[string, string[], RegExp]>([
  ['read', ['locked'], /locked cannot be read.*\n {2}allow it/],
  ['write', [capture, '--data', 'closed/store'], /this user is not allowed to\n {2}Give a folder/],
])('what this user may not %s', async (_, words, message) => {
  const user = { uid: NOBODY, gid: NOBODY, env: { ...process.env, HOME: join(folder, 'closed') } }
  for (const command of ['sensor', 'start']) {
    const { code, err } = await run([command, ...words], user)
    expect({ command, code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) })
    expect(err).not.toMatch(/packets|stored|console/)
  }
})

/** As one who owns nothing here, not even a home: a service, or a container. */
test.runIf(isRoot)(
  'a user without a home reads captures, and is told where a store can be',
  async () => {
    const { HOME: _home, XDG_DATA_HOME: _data, XDG_CACHE_HOME: _cache, ...env } = process.env
    const user = { uid: 54_321, gid: 54_321, env, cwd: join(folder, 'closed') }
    const read = await run(['analyze', capture], user)
    expect(read).toMatchObject({ code: 1, err: expect.not.stringContaining('rror') })
    const started = await run(['start', capture], user)
    expect(started.code).toBe(2)
    expect(started.err).toMatch(
      /^fieldtap: this user has no home folder.*\n {2}Name a folder .*--data/,
    )
    const data = join(folder, 'of-anybody')
    mkdirSync(data)
    chmodSync(data, 0o777)
    const kept = await run(
      ['sensor', capture, '--speed', 'max', '--data', join(data, 'store')],
      user,
    )
    expect(kept).toMatchObject({ code: 0, err: expect.stringContaining('everything is stored') })
  },
)

test('a store that a sensor has: told before anything is said to run', async () => {
  const data = join(folder, 'taken')
  const release = lockStore(data)
  // The lock names this process, which is no sensor: one that is sleeps for it.
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', 'sensor'])
  await once(holder, 'spawn')
  writeFileSync(join(data, 'sensor.lock'), `${holder.pid}\n`)
  const { code, err } = await run(['start', capture, '--data', data, '--port', '0'])
  holder.kill('SIGKILL')
  release()
  expect(code).toBe(2)
  expect(err).toMatch(/a sensor writes to .* already: process \d+\n {2}Stop it/)
  expect(err).not.toContain('console')
})

test('a capture that ends in the middle of a packet is told beside what it holds', async () => {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
  writeFileSync(join(folder, 'cut'), Buffer.concat([header, Buffer.alloc(20)]))
  const words = ['sensor', 'cut', '--speed', 'max', '--data', join(folder, 'cut-store')]
  const { code, err } = await run(words)
  expect(code).toBe(0)
  expect(err).toMatch(/1 packet, 0 assets, 0 findings; everything is stored/)
  expect(err).toMatch(/incomplete: every packet and byte that is there accounted for/)
  expect(err).toMatch(/fieldtap: cut: ends at byte 44, .*\n {2}The file is incomplete: copy it/)
})
