/**
 * `fieldtap start --interface` on a mirror port: two hosts speak Modbus over a bridge that floods,
 * a third port of it has no address and is listened to. Needs root, ip and tcpdump.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listening } from '../sensor/capture/lab.ts'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const id = process.pid % 10_000
const hosts = [`fta${id}`, `ftb${id}`] as const
const bridge = `ftbr${id}`
const mirror = `ftm${id}`
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-mirror-'))
const children: ChildProcess[] = []
const PATIENCE_MS = 30_000

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' })
}

/** A port of the bridge, its other end in a namespace of its own. */
function addHost(name: string, address: string): void {
  ip('netns', 'add', name)
  ip('link', 'add', `${name}x`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  ip('link', 'set', `${name}x`, 'master', bridge)
  ip('link', 'set', `${name}x`, 'up')
  ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  ip('-n', name, 'link', 'set', 'eth0', 'up')
}

beforeAll(() => {
  ip('link', 'add', bridge, 'type', 'bridge', 'ageing_time', '0', 'mcast_snooping', '0')
  ip('link', 'set', bridge, 'up')
  addHost(hosts[0], '10.97.5.1')
  addHost(hosts[1], '10.97.5.2')
  ip('link', 'add', mirror, 'type', 'veth', 'peer', 'name', `${mirror}x`)
  for (const end of [mirror, `${mirror}x`]) {
    execFileSync('sysctl', ['-qw', `net.ipv6.conf.${end}.disable_ipv6=1`], { stdio: 'pipe' })
  }
  ip('link', 'set', `${mirror}x`, 'master', bridge)
  ip('link', 'set', `${mirror}x`, 'up')
  ip('link', 'set', mirror, 'arp', 'off', 'multicast', 'off')
  ip('link', 'set', mirror, 'up')
})

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  for (const host of hosts) ip('netns', 'del', host)
  // By its other end: it may have another name when a test fails.
  ip('link', 'del', `${mirror}x`)
  ip('link', 'del', bridge)
  rmSync(folder, { recursive: true, force: true })
})

function within(host: string, script: string): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', host, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

/** Answers every request with its own bytes, as diagnostics are answered. */
const server = `require('node:net').createServer((socket) => {
  socket.on('data', (bytes) => socket.write(bytes)).on('error', () => {})
}).listen(502, () => console.log('ready'))`

/** Force Listen Only Mode, again and again, on one connection. */
const client = `const socket = require('node:net').connect(502, '10.97.5.2', () => {
  let id = 0
  setInterval(() => socket.write(Buffer.from([0, ++id & 255, 0, 0, 0, 6, 1, 8, 0, 4, 0, 0])), 200)
})`

const sent = (): number =>
  Number(readFileSync(`/sys/class/net/${mirror}/statistics/tx_packets`, 'utf8'))

interface Live {
  child: ChildProcess
  err: () => string
  get: <T>(path: string) => Promise<T>
}

async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  patience = PATIENCE_MS,
): Promise<T> {
  for (let waited = 0; waited < patience; waited += 100) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(100)
  }
  throw new Error('it did not come')
}

async function startLive(data = folder): Promise<Live> {
  const flags = ['--interface', mirror, '--data', data, '--port', '0', '--site', 'live test']
  const child = spawn(process.execPath, [launcher, 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const url = await until(() => /console +(http\S+)/.exec(err)?.[1])
  const get = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T
  return { child, err: () => err, get }
}

interface Row {
  id: string
  summary: string
  severity: string
  count: number
}

const listenOnly = async ({ get }: Live, more: number): Promise<Row | undefined> => {
  const { rows } = await get<{ rows: Row[] }>('/api/findings?severity=critical')
  return rows.find(({ summary, count }) => summary.includes('listen only') && count > more)
}

test('a port that is renamed, then down for more than a minute, is told while it lasts', async () => {
  const before = sent()
  const live = await startLive(join(folder, 'away'))
  const eventsWith = async (part: string): Promise<number | undefined> => {
    const { events } = await live.get<{ events: { event: string; text: string }[] }>('/api/health')
    return events.filter(({ event, text }) => `${event} ${text}`.includes(part)).length || undefined
  }
  const renamed = `${mirror}r`
  const call = (from: string, to: string): void => {
    ip('link', 'set', from, 'down')
    ip('link', 'set', from, 'name', to)
    ip('link', 'set', to, 'up')
  }
  await listening(mirror)
  call(mirror, renamed)
  await until(() => eventsWith(`${mirror} is called ${renamed} now`))

  ip('link', 'set', renamed, 'down')
  const reasons = await until(async () => {
    const health = await live.get<{ level: string; reasons: string[] }>('/api/health')
    return health.level === 'red' ? health.reasons.join() : undefined
  })
  expect(reasons).toMatch(new RegExp(`nothing is captured on ${renamed} since .*: down`))
  expect(await eventsWith(`${renamed} hears nothing since`)).toBeGreaterThan(0)
  expect(await eventsWith('silence')).toBeUndefined()
  await until(async () => {
    const { rows } = await live.get<{ rows: Row[] }>('/api/findings?severity=high')
    const summary = `The sensor hears nothing on ${renamed}: down`
    return rows.find((row) => row.summary === summary)
  }, 90_000)
  const gaps = (await eventsWith('gap')) ?? 0
  call(renamed, mirror)
  await until(async () => (((await eventsWith('gap')) ?? 0) > gaps ? true : undefined))
  expect(live.err()).toMatch(/fieldtap: silence: no packet .*: it is down/)
  live.child.kill('SIGTERM')
  await once(live.child, 'exit')
  expect(sent()).toBe(before)
}, 150_000)

test('a mirror port is judged live, nothing is sent, and a stop keeps everything', async () => {
  const before = sent()
  const live = await startLive()
  const answering = within(hosts[1], server)
  await once(answering.stdout as NodeJS.ReadableStream, 'data')
  within(hosts[0], client)

  const finding = await until(() => listenOnly(live, 3))
  expect(finding.severity).toBe('critical')
  const health = await live.get<Record<string, unknown>>('/api/health')
  expect(health).toMatchObject({ mode: 'live', lost: 0, transmitted: 0, phase: 'learning' })
  const { rows } = await live.get<{ rows: { ip: string[] }[] }>('/api/assets')
  expect(rows.flatMap((asset) => asset.ip).sort()).toEqual(['10.97.5.1', '10.97.5.2'])

  live.child.kill('SIGINT')
  const [code] = (await once(live.child, 'exit')) as [number | null]
  expect(code).toBe(0)
  expect(live.err()).toMatch(/packets, 2 assets, \d+ findings?; everything is stored/)
  expect(live.err()).toContain('lost in the kernel 0,')

  // Started again it goes on: the same finding grows, and learning is not over.
  const again = await startLive()
  const kept = await until(() => listenOnly(again, 0))
  const grown = await until(() => listenOnly(again, kept.count + 2))
  expect(grown.id).toBe(finding.id)
  expect(kept.count).toBeGreaterThan(3)
  const since = await again.get<Record<string, unknown>>('/api/health')
  expect(since).toMatchObject({ phase: 'learning', lost: 0, transmitted: 0 })
  again.child.kill('SIGKILL')
  await once(again.child, 'exit')
  expect(sent()).toBe(before)
})
