/**
 * The power is cut at any point of what a store does to its disk, replayed from a trace of all its
 * writes and syncs: it opens, it is whole, and nothing that was acknowledged is lost. The same proof
 * finds the losses where a sync is left out.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { SqliteOptions } from '../sqlite.ts'
import { run } from './children.ts'
import type { Cuts, Sum } from './cutter.ts'
import { BACKUPS, CLAIMS, DATA } from './cutter.ts'
import type { Session } from './session.ts'
import { compileShim, readTrace, watched } from './shim.ts'

/** 10,000 for a release. */
const POINTS = Number(process.env['FIELDTAP_POINTS'] ?? 1000)
const CONTROL_POINTS = 60
const SEED = 20261121

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fieldtap-cut-')))
const memory = mkdtempSync('/dev/shm/fieldtap-cut-')
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(memory, { recursive: true, force: true })
})
const library = compileShim(folder)
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') }

/** What SQLite is told of `synchronous` is told otherwise. */
const lazily = (synchronous: string): string[] => {
  const program = `import { DatabaseSync } from 'node:sqlite'
    const { exec } = DatabaseSync.prototype
    DatabaseSync.prototype.exec = function (sql) {
      return exec.call(this, sql.replace(/synchronous = FULL/g, 'synchronous = ${synchronous}'))
    }`
  return ['--import', `data:text/javascript,${encodeURIComponent(program)}`]
}

interface Way {
  options: SqliteOptions
  flags?: string[]
  /** Some calls fail, and a sync that failed has lost what it was for. */
  fails?: boolean
  /** Backups are made. */
  backs?: boolean
}

async function traced(name: string, { options, flags = [], fails = false, backs = false }: Way) {
  const disk = join(folder, name)
  const trace = join(folder, `${name}.trace`)
  const fault = fails ? join(folder, `${name}.fault`) : undefined
  mkdirSync(disk)
  const session: Session = {
    data: join(disk, DATA),
    number: 1,
    openings: 3,
    steps: 60,
    claims: join(disk, CLAIMS),
    options,
    ...(backs ? { backups: join(disk, BACKUPS) } : {}),
    ...(fault === undefined ? {} : { fault }),
  }
  const watching = { ...env, ...watched(library, { disk, trace, fault }) }
  await run('session', session, watching, flags)
  return trace
}

async function cut(trace: string, points: number, options: SqliteOptions): Promise<Sum> {
  const shares = availableParallelism()
  const sums = await Promise.all(
    Array.from({ length: shares }, async (_, i) => {
      const to = join(memory, String(i))
      const work: Cuts = { trace, folder: to, seed: SEED, points, share: [i, shares], options }
      return JSON.parse(await run('cutter', work, env)) as Sum
    }),
  )
  const all = (of: Exclude<keyof Sum, 'examples'>): number =>
    sums.reduce((n, sum) => n + sum[of], 0)
  return {
    points: all('points'),
    restored: all('restored'),
    closed: all('closed'),
    lost: all('lost'),
    doubled: all('doubled'),
    corrupt: all('corrupt'),
    examples: sums.flatMap(({ examples }) => examples),
  }
}

function tell(name: string, sum: Sum): void {
  const { points, restored, closed, lost, doubled, corrupt } = sum
  const figures = Object.entries({ points, restored, closed, lost, doubled, corrupt })
  const text = figures.map(([key, n]) => `${key} ${n}`).join(', ')
  process.stdout.write(`power cut, ${name}: ${text}\n`)
}

test.each<[string, number, Way]>([
  ['files of a day', 0.4, { options: { segmentBytesMax: 100_000 }, backs: true }],
  ['files that go', 0.3, { options: { operationsMax: 120 } }],
  ['calls that fail', 0.3, { options: { segmentBytesMax: 100_000 }, fails: true }],
])(
  'nothing acknowledged is lost: %s',
  async (name, share, way) => {
    const trace = await traced(name.replaceAll(' ', '-'), way)
    // Else the trace lacks what it is for.
    const kinds = new Set(readTrace(trace).map(({ kind }) => kind))
    expect([...kinds]).toEqual(expect.arrayContaining(['C', 'M', 'S', 'T', 'U', 'W']))
    expect(kinds.has('X')).toBe(way.fails === true)
    const points = Math.round(POINTS * share)
    const sum = await cut(trace, points, way.options)
    tell(name, sum)
    expect(sum.examples).toEqual([])
    expect(sum.restored > 0).toBe(way.backs === true)
    expect(sum).toMatchObject({ points, closed: 0, lost: 0, doubled: 0, corrupt: 0 })
  },
  POINTS * 600 + 60_000,
)

test('a sync that is left out is found: without any, and with those of the log left out', async () => {
  const lazy = async (name: string, synchronous: string): Promise<Sum> => {
    const trace = await traced(name, { options: {}, flags: lazily(synchronous) })
    const sum = await cut(trace, CONTROL_POINTS, {})
    tell(`control, synchronous = ${synchronous}`, sum)
    return sum
  }
  const off = await lazy('off', 'OFF')
  expect(off.lost).toBeGreaterThan(0)
  expect(off.corrupt).toBeGreaterThan(0)
  const normal = await lazy('normal', 'NORMAL')
  expect(normal.lost).toBeGreaterThan(0)
  // The order of what reaches the disk is still kept.
  expect(normal).toMatchObject({ closed: 0, corrupt: 0 })
})
