/** `fieldtap start` as a user types it, with the store and the port of a test. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const PATIENCE_MS = 30_000

interface Started {
  child: ChildProcess
  url: string
  err: () => string
}

interface Health {
  state: string
  mode: string
  packets: number
}

let data = ''
const running: ChildProcess[] = []

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'fieldtap-start-'))
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
  rmSync(data, { recursive: true, force: true })
})

async function start(...args: string[]): Promise<Started> {
  const flags = ['--data', data, '--port', '0', '--speed', 'max']
  const child = spawn(process.execPath, [launcher, 'start', ...args, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    const url = /console +(http\S+)/.exec(err)?.[1]
    if (url !== undefined) return { child, url, err: () => err }
    await sleep(50)
  }
  throw new Error(`it did not start: ${err}`)
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  expect(answer.status, url).toBe(200)
  return (await answer.json()) as T
}

async function finished(url: string): Promise<Health> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
    const health = await get<Health>(`${url}/api/health`)
    if (health.state === 'finished') return health
    await sleep(100)
  }
  throw new Error('the replay did not end')
}

async function stopped({ child }: Started): Promise<number | null> {
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** Sensor processes over a data folder that run. */
function sensors(folder: string): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words.includes('sensor') && words.includes(folder)
      } catch {
        return false
      }
    }).length
}

interface Page<T> {
  rows: T[]
  total: number
}
interface Row {
  id: string
  count: number
  state: string
  summary: string
}
const list = (url: string): Promise<Page<Row>> => get(`${url}/api/findings?limit=500&sort=first`)

describe('fieldtap start', () => {
  test('without a source replays the demonstration, and a second start does not double it', async () => {
    const first = await start()
    const health = await finished(first.url)
    expect(health).toMatchObject({ mode: 'demo' })
    expect(health.packets).toBeGreaterThan(10_000)
    const before = await list(first.url)
    expect(before.total).toBeGreaterThan(10)
    expect(await stopped(first)).toBe(0)
    expect(first.err()).toMatch(
      /packets, \d+ assets, \d+ findings[\s\S]*every packet and byte accounted for/,
    )

    const second = await start()
    await finished(second.url)
    expect(await list(second.url)).toEqual(before)
  }, 60_000)

  test('keeps triage over a kill of everything, and applies an approval', async () => {
    const first = await start()
    await finished(first.url)
    const { rows } = await list(first.url)
    const [one, two] = rows as [Row, Row]
    const act = (id: string, body: object): Promise<Response> =>
      fetch(`${first.url}/api/findings/${id}/actions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await act(one.id, { action: 'acknowledge' })).status).toBe(200)
    expect((await act(two.id, { action: 'close', reason: 'maintenance' })).status).toBe(200)
    const high = rows.find(({ summary }) => summary.includes('never wrote'))
    expect(high).toBeDefined()
    expect((await act(high?.id ?? '', { action: 'approve' })).status).toBe(200)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    // Its sensor notices that nobody is there.
    for (let waited = 0; waited < PATIENCE_MS && sensors(data) > 0; waited += 100) await sleep(100)
    expect(sensors(data)).toBe(0)

    const second = await start()
    await finished(second.url)
    const after = await list(second.url)
    const state = (id: string): string | undefined => after.rows.find((row) => row.id === id)?.state
    expect(state(one.id)).toBe('acknowledged')
    expect(state(two.id)).toBe('closed')
    expect(state(high?.id ?? '')).toBe('closed')
    expect(after.total).toBe(rows.length)
  }, 60_000)

  test('with a file replays that, in a store of its own', async () => {
    const started = await start(bundled('pcaps/plant/misuse/cross-zone-connection.pcapng'))
    expect(await finished(started.url)).toMatchObject({ mode: 'file' })
  })

  test('says so when the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const child = spawn(
      process.execPath,
      [launcher, 'start', '--data', data, '--port', `${port}`],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    running.push(child)
    let err = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code] = (await once(child, 'exit')) as [number | null]
    server.close()
    expect(code).toBe(2)
    expect(err).toMatch(/port \d+ is in use[\s\S]*--port/)
  })

  test('what stands against a capture is told before anything is said to run', async () => {
    for (const args of [[bundled('package.json')], ['--interface', 'fieldtap-none']]) {
      const store = join(data, 'store')
      const child = spawn(process.execPath, [launcher, 'start', ...args, '--data', store], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      running.push(child)
      let err = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
      const [code] = (await once(child, 'exit')) as [number | null]
      expect(code).toBe(2)
      expect(err).toContain(args.at(-1))
      expect(err).not.toContain('console')
      expect(existsSync(store)).toBe(false)
    }
  })

  test('a second sensor is refused the store of a first', async () => {
    const first = await start()
    await finished(first.url)
    const second = spawn(
      process.execPath,
      [launcher, 'sensor', bundled('pcaps/plant/quiet.pcapng'), '--data', data],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    running.push(second)
    let err = ''
    second.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code] = (await once(second, 'exit')) as [number | null]
    expect(code).toBe(2)
    expect(err).toMatch(/a sensor writes to .* already: process \d+[\s\S]*--data/)
  })
})
