/**
 * A program that works with a store and says what was acknowledged, line by line, until it is done
 * or killed: `node session.ts JSON`, with the fields of `Session`.
 */
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { SqliteOptions } from '../sqlite.ts'
import { openSqliteStore } from '../sqlite.ts'
import { backupStore } from '../sqlite/backup.ts'
import { seeded } from './random.ts'
import type { Fault } from './shim.ts'
import { setFault } from './shim.ts'
import type { Claim } from './workload.ts'
import { Workload } from './workload.ts'

export interface Session {
  data: string
  /** Its number: of one folder no two have the same. */
  number: number
  /** How often the store is opened, each time as a session of its own. */
  openings: number
  steps: number
  /** A line for each answer of the store, after it; undefined: standard output. */
  claims?: string
  options?: SqliteOptions
  /** Now and then a backup is made below this folder. */
  backups?: string
  /** The file that trace.c looks at: now and then some calls to the disk fail. */
  fault?: string
}

const BACKUP_STEPS = 15
/** Steps with a fault. */
const FAULT_SHARE = 0.3
/** Calls to the disk of a step are some tens. */
const FAULT_CALLS_MAX = 20

const STDOUT = 1

async function main(session: Session): Promise<void> {
  const { data, number, openings, steps, claims, options = {}, fault, backups } = session
  const random = seeded(number)
  const to = claims === undefined ? STDOUT : openSync(claims, 'a')
  for (let opening = 0; opening < openings; opening++) {
    const sensor = await openSqliteStore(data, options)
    const console = await openSqliteStore(data, { ...options, mustExist: true, isOwner: false })
    const claim = (made: readonly Claim[]): void => {
      writeSync(to, `${JSON.stringify(made)}\n`)
    }
    const failed = fault === undefined ? undefined : () => {}
    const work = new Workload(number + opening, { sensor, console }, claim, failed)
    for (let step = 0; step < steps; step++) {
      if (fault !== undefined) setFault(fault, drawn(random, step))
      const done = work.step()
      if (backups !== undefined && step % BACKUP_STEPS === BACKUP_STEPS - 1) {
        const name = `${number}.${opening}.${step}`
        claim([['begins', name, 1]])
        backupStore(data, join(backups, name))
        claim([['backup', name, 1]])
      }
      await done
    }
    if (fault !== undefined) setFault(fault, undefined)
    await console.close()
    await sensor.close()
  }
}

function drawn(random: () => number, turn: number): Fault | undefined {
  if (random() > FAULT_SHARE) return undefined
  const kinds = random() < 0.5 ? 'S' : 'WTS'
  const first = 1 + Math.floor(random() * FAULT_CALLS_MAX)
  return { kinds, error: 'EIO', first, count: 1 + Math.floor(random() * 3), turn }
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as Session)
