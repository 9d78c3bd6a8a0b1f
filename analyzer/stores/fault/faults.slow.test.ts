/**
 * The N-th call to the disk fails, alone or with all after it: what was acknowledged is there all
 * the same, the store says what failed as the contract has it, and goes on when the fault is over.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from './children.ts'
import type { FaultSum, Faults, Series } from './faults.ts'
import { compileShim, watched } from './shim.ts'

/** N goes from 1 to this. */
const CALLS = Number(process.env['FIELDTAP_CALLS'] ?? 60)

const folder = mkdtempSync('/dev/shm/fieldtap-faults-')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const library = compileShim(folder)

test.each<[string, Series[]]>([
  ['from the start', [['EIO', 1, 'start']]],
  [
    'once it is open',
    [
      ['EIO', 1, 'open'],
      ['ENOSPC', 0, 'open'],
    ],
  ],
])(
  'each call to the disk fails once, %s',
  async (name, series) => {
    const disk = join(folder, name.replaceAll(' ', '-'))
    mkdirSync(disk)
    const fault = join(folder, 'fault')
    const work: Faults = { disk, fault, most: CALLS, series }
    const env = {
      ...watched(library, { disk, fault }),
      NODE_COMPILE_CACHE: join(folder, 'cache'),
    }
    const { examples, ...sum } = JSON.parse(await run('faults', work, env)) as FaultSum
    const figures = Object.entries(sum).map(([key, n]) => `${key} ${n}`)
    process.stdout.write(`calls that fail, ${name}: ${figures.join(', ')}\n`)
    expect(examples).toEqual([])
    expect(sum).toMatchObject({ lost: 0, doubled: 0, corrupt: 0, stuck: 0 })
    // Every run met its fault, and something had been acknowledged.
    expect(sum.runs).toBe(series.length * CALLS)
    expect(sum.refused).toBeGreaterThanOrEqual(sum.runs)
    expect(sum.claimed).toBeGreaterThan(sum.runs)
  },
  CALLS * 4000 + 60_000,
)
