/**
 * A process that works with a store is killed, again and again, over one folder: what it said was
 * acknowledged is there, once, and the files are whole.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openSqliteStore } from '../sqlite.ts'
import { start } from './children.ts'
import { Ledger } from './ledger.ts'
import { Claims, damages, hold } from './proof.ts'
import { seeded } from './random.ts'
import type { Session } from './session.ts'
import type { Claim } from './workload.ts'

/** 1,000 for a release. */
const ROUNDS = Number(process.env['FIELDTAP_ROUNDS'] ?? 100)
/** All that was ever claimed is looked at so often; in between, what the last sessions claimed. */
const WHOLE_ROUNDS = 20
/** Rounds after which the last backup, if there is one, is brought back. */
const BACKUP_ROUNDS = 4
const KILL_MS_MAX = 120
const OPTIONS = { segmentBytesMax: 200_000 }

/** In memory, which outlives a process as well as a disk does, and takes more in the same time. */
const folder = mkdtempSync('/dev/shm/fieldtap-kill-')
const data = join(folder, 'data')
const backups = join(folder, 'backups')
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') }
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Kills it some time after its first claim; in some rounds while it still opens the store. */
async function killed(number: number, random: () => number, took: (made: Claim[]) => void) {
  const session: Session = {
    data,
    number,
    openings: 1_000_000,
    steps: 40,
    options: OPTIONS,
    backups,
  }
  const child: ChildProcess = start('session', { ...session }, env)
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const begun = once(lines, 'line')
  lines.on('line', (line: string) => took(JSON.parse(line) as Claim[]))
  const closed = once(lines, 'close')
  if (random() < 0.9) await Promise.race([begun, exited])
  await sleep(KILL_MS_MAX * random())
  child.kill('SIGKILL')
  const [, signal] = (await exited) as [number | null, string | null]
  await closed
  expect(signal).toBe('SIGKILL')
}

test(
  `${ROUNDS} kills lose nothing that was acknowledged`,
  async () => {
    const random = seeded(20261121)
    const all = new Ledger()
    const sum = { kills: 0, acknowledged: 0, restored: 0, lost: 0, doubled: 0, corrupt: 0 }
    const examples: string[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const fresh = new Claims()
      await killed(round * 1000, random, (made) => {
        fresh.add(made.filter(([kind]) => kind !== 'begins' && kind !== 'backup'))
        all.take(made)
        sum.acknowledged += made.length
      })
      sum.kills++
      const store = await openSqliteStore(data, OPTIONS)
      const isWhole = round % WHOLE_ROUNDS === 0 || round === ROUNDS
      const { lost, doubled } = await hold(store, isWhole ? all.claims : fresh)
      await store.close()
      const corrupt = damages(data)
      const restored =
        round % BACKUP_ROUNDS === 0
          ? await all.restore(backups, join(folder, 'restored'))
          : undefined
      rmSync(backups, { recursive: true, force: true })
      all.forgetBackups()
      sum.restored = all.restored
      lost.push(...(restored?.lost ?? []))
      doubled.push(...(restored?.doubled ?? []))
      sum.lost += lost.length
      sum.doubled += doubled.length
      sum.corrupt += corrupt.length
      examples.push(...[...lost, ...doubled, ...corrupt].map((text) => `round ${round}: ${text}`))
      if (examples.length > 0) break
    }
    const figures = Object.entries(sum).map(([key, n]) => `${key} ${n}`)
    process.stdout.write(`kill -9: ${figures.join(', ')}\n`)
    expect(examples).toEqual([])
    expect(sum).toMatchObject({ kills: ROUNDS, lost: 0, doubled: 0, corrupt: 0 })
    expect(sum.restored).toBeGreaterThan(0)
    expect(sum.acknowledged).toBeGreaterThan(10 * ROUNDS)
  },
  ROUNDS * 6000 + 60_000,
)
