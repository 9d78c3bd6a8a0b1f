/**
 * The disk under a running sensor is full, or answers with errors: it goes on capturing, the
 * console says so within five seconds, and when the disk is well again everything that was found
 * meanwhile is stored, once. Needs root, mount and cc.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '#analyzer'
import { damages } from '../analyzer/stores/fault/proof.ts'
import { compileShim, setFault, watched } from '../analyzer/stores/fault/shim.ts'
import { diskTrouble } from './disk-trouble.ts'
import { bundled } from './inputs.ts'
import { addressOf } from './unending.ts'

const PATIENCE_MS = 60_000
/** What is promised of the banner. */
const BANNER_MS_MAX = 5000
/** How long the disk is ill. */
const ILL_MS = 5000
const RULE = 'Device forced to listen only'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fieldtap-disk-')))
const full = join(folder, 'full')
const config = join(folder, 'fieldtap.yaml')
const children: ChildProcess[] = []

beforeAll(() => {
  mkdirSync(full)
  // As small as the disk.
  writeFileSync(config, 'store: {reserve: 1MiB}\n')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'fieldtap', full])
})

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  execFileSync('umount', [full])
  rmSync(folder, { recursive: true, force: true })
})

async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  patience = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patience
  while (performance.now() < end) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(100)
  }
  throw new Error('it did not come')
}

interface Health {
  level: string
  reasons: string[]
  packets: number
}
interface Live {
  child: ChildProcess
  health: () => Promise<Health>
  /** Clients of which the store has the finding. */
  clients: () => Promise<string[]>
}

async function start(data: string, env: NodeJS.ProcessEnv): Promise<Live> {
  const source = `${process.execPath} ${bundled('cli/unending.ts')}`
  const flags = ['--capture-command', source, '--data', data, '--port', '0', '--config', config]
  const child = spawn(process.execPath, [bundled('bin/fieldtap.js'), 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  })
  children.push(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const url = await until(() => /console +(http\S+)/.exec(said)?.[1])
  const get = async (path: string): Promise<unknown> => (await fetch(url + path)).json()
  return {
    child,
    health: async () => (await get('/api/health')) as Health,
    clients: async () => {
      const page = (await get('/api/findings?severity=critical&limit=1000')) as {
        rows: { rule: { title: string }; source: { ip: string } }[]
      }
      return page.rows.filter(({ rule }) => rule.title === RULE).map(({ source }) => source.ip)
    },
  }
}

async function withIllDisk(live: Live, name: string, ill: () => void, well: () => void) {
  const before = await until(async () => {
    const found = await live.clients()
    return found.length > 8 && (await live.health()).level !== 'red' ? found : undefined
  })
  ill()
  const since = performance.now()
  const banner = await until(async () => {
    const { level, reasons } = await live.health()
    return level === 'red' ? reasons.join('; ') : undefined
  }, BANNER_MS_MAX)
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  await sleep(ILL_MS)
  // What was stored can be read all the time.
  expect(await live.clients()).toEqual(expect.arrayContaining(before))
  const { packets } = await live.health()
  well()
  const after = await until(async () => {
    const health = await live.health()
    return health.level !== 'red' && health.packets > packets ? await live.clients() : undefined
  })
  // Not one is missing between the first and the last: the capture went on.
  const later = await until(async () => {
    const found = await live.clients()
    return found.length > after.length + 8 ? found : undefined
  })
  const expected = later.map((_, i) => addressOf(i + 1))
  expect(later.toSorted()).toEqual(expected.toSorted())
  expect(live.child.exitCode).toBeNull()
  process.stdout.write(
    `${name}: banner after ${seconds} s (${banner}); findings ${before.length} before, ` +
      `${later.length} after, lost 0, doubled 0\n`,
  )
  return later
}

async function leftIn(live: Live, data: string, seen: readonly string[]): Promise<void> {
  live.child.kill('SIGTERM')
  await once(live.child, 'exit')
  const store = await openStore(data)
  const { rows } = await store.findings({ severity: ['critical'], limit: 1000 })
  await store.close()
  const clients = rows.filter(({ rule }) => rule.title === RULE).map(({ source }) => source.ip)
  expect(clients).toEqual(expect.arrayContaining([...seen]))
  expect(new Set(clients).size).toBe(clients.length)
  expect(damages(data)).toEqual([])
}

test('a disk that answers with errors', async () => {
  const disk = join(folder, 'failing')
  const fault = join(folder, 'fault')
  mkdirSync(disk)
  const data = join(disk, 'data')
  const live = await start(data, watched(compileShim(folder), { disk, fault }))
  const seen = await withIllDisk(
    live,
    'disk errors',
    () => setFault(fault, { kinds: 'WTSCUM', error: 'EIO', first: 1, count: 0 }),
    () => setFault(fault, undefined),
  )
  await leftIn(live, data, seen)
})

test('a disk that is full', async () => {
  const data = join(full, 'data')
  const filling = join(full, 'filling')
  const live = await start(data, process.env)
  const seen = await withIllDisk(
    live,
    'full disk',
    () => fill(filling),
    () => rmSync(filling),
  )
  let timer: NodeJS.Timeout | undefined
  const more = await withIllDisk(
    live,
    'full disk, with what the reserve gave',
    () => {
      fill(filling)
      timer = setInterval(() => fill(filling), 100)
      expect(diskTrouble(data)).toBe(`The disk that holds ${data} is full`)
    },
    () => {
      clearInterval(timer)
      rmSync(filling)
      expect(diskTrouble(data)).toBeUndefined()
    },
  )
  expect(more).toEqual(expect.arrayContaining(seen))
  await leftIn(live, data, more)
})

/** To the last byte. */
function fill(path: string): void {
  const fd = openSync(path, 'a')
  try {
    for (let piece = Buffer.alloc(1 << 16); ;) writeSync(fd, piece)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}
