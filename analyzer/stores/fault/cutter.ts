/**
 * Cuts the power at many points of a trace and looks at what is left: `node cutter.ts JSON`, with
 * the fields of `Cuts`. Prints the sum as JSON.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SqliteOptions } from '../sqlite.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { Cut } from './disk.ts'
import { Disk, cuts } from './disk.ts'
import { Ledger } from './ledger.ts'
import { damages, hold } from './proof.ts'
import { seeded } from './random.ts'
import type { DiskEvent } from './shim.ts'
import { readTrace } from './shim.ts'
import type { Claim } from './workload.ts'
import { Workload } from './workload.ts'

export interface Cuts {
  trace: string
  /** Where what is left is laid out; in memory it goes fast. */
  folder: string
  seed: number
  points: number
  /** This one takes every n-th point. */
  share: readonly [index: number, of: number]
  options?: SqliteOptions
}

/** Points at which something was found. */
export type Flaw = 'closed' | 'lost' | 'doubled' | 'corrupt'
export interface Sum extends Record<Flaw, number> {
  points: number
  /** Backups that were brought back. */
  restored: number
  /** The first of them in words. */
  examples: string[]
}

/** Below the folder that was watched: the claims of a session, its store, its backups. */
export const CLAIMS = 'claims'
export const DATA = 'data'
export const BACKUPS = 'backups'
/** Of so many points, at one the backup is looked at too. */
const BACKUP_POINTS = 5
const EXAMPLES_MAX = 8
/** Of the points, those beside what makes an order: a sync, a name, a cut of a file. */
const ORDER_SHARE = 0.5
/** Of the session that goes on with what is left. */
const LAST_SESSION = 1_000_000
/** Of the index of the log, which is memory, anything may be left. */
const NOISE = Buffer.alloc(32_768, 'what was in memory')

/** Events after which the power is cut, in order; one that comes twice has another outcome. */
function pointsOf(events: readonly DiskEvent[], count: number, seed: number): number[] {
  const random = seeded(seed)
  const draw = (from: number): number => Math.floor(random() * from)
  const orders = events.flatMap(({ kind, name }, i) => {
    return kind === 'W' || name === CLAIMS || name.endsWith('-shm') ? [] : [i]
  })
  return Array.from({ length: count }, (_, i) => {
    if (i >= count * ORDER_SHARE) return draw(events.length)
    return Math.max(0, (orders[draw(orders.length)] ?? 0) - draw(2))
  }).toSorted((a, b) => a - b)
}

function lay(
  folder: string,
  files: ReadonlyMap<string, Buffer | undefined>,
  withBackups: boolean,
): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (name.startsWith(BACKUPS) && !withBackups) continue
    if (bytes === undefined) mkdirSync(join(folder, name))
    else writeFileSync(join(folder, name), bytes)
    if (name.endsWith('-wal')) writeFileSync(join(folder, name.replace(/wal$/, 'shm')), NOISE)
  }
}

async function* flawsOf(
  folder: string,
  ledger: Ledger,
  options: SqliteOptions,
  withBackups: boolean,
): AsyncGenerator<[Flaw, string]> {
  const data = join(folder, DATA)
  const keepsAll = options.operationsMax === undefined
  for (const damage of damages(data)) yield ['corrupt', damage]
  let store
  try {
    store = await openSqliteStore(data, options)
    const { lost, doubled } = await hold(store, ledger.claims, keepsAll)
    for (const text of lost) yield ['lost', text]
    for (const text of doubled) yield ['doubled', text]
    if (withBackups) {
      const to = join(folder, 'restored')
      const restored = await ledger.restore(join(folder, BACKUPS), to, keepsAll)
      for (const text of restored?.lost ?? []) yield ['lost', text]
    }
    // It goes on with what is left.
    await new Workload(LAST_SESSION, { sensor: store, console: store }, () => {}).step()
  } catch (error) {
    yield ['closed', error instanceof Error ? error.message : String(error)]
  } finally {
    await store?.close()
  }
}

async function sumOf(work: Cuts): Promise<Sum> {
  const { trace, folder, seed, share, options = {} } = work
  const events = readTrace(trace)
  const points = pointsOf(events, work.points, seed)
  const sum: Sum = {
    points: 0,
    restored: 0,
    closed: 0,
    lost: 0,
    doubled: 0,
    corrupt: 0,
    examples: [],
  }
  const disk = new Disk(seeded(seed))
  const ledger = new Ledger()
  let next = 0
  for (const [i, event] of events.entries()) {
    if (event.name !== CLAIMS) disk.apply(event)
    else if (event.bytes !== undefined) ledger.take(JSON.parse(event.bytes.toString()) as Claim[])
    for (; points[next] === i; next++) {
      if (next % share[1] !== share[0]) continue
      const cut = cuts[next % cuts.length] as Cut
      const withBackups = next % BACKUP_POINTS === 0
      lay(folder, disk.after(cut, seeded(seed + next)), withBackups)
      const found = new Set<Flaw>()
      for await (const [flaw, text] of flawsOf(folder, ledger, options, withBackups)) {
        if (!found.has(flaw) && sum.examples.length < EXAMPLES_MAX) {
          sum.examples.push(`after event ${i} of ${events.length}, ${cut}: ${flaw}: ${text}`)
        }
        found.add(flaw)
      }
      for (const flaw of found) sum[flaw]++
      sum.points++
    }
  }
  rmSync(folder, { recursive: true, force: true })
  sum.restored = ledger.restored
  return sum
}

if (import.meta.main) {
  const sum = await sumOf(JSON.parse(process.argv[2] ?? '{}') as Cuts)
  process.stdout.write(`${JSON.stringify(sum)}\n`)
}
