/**
 * A program that works with a store and says what was acknowledged, line by line, until it is done
 * or killed: `node session.ts JSON`, with the fields of `Session`.
 */
import { openSync, writeSync } from 'node:fs'
import type { SqliteOptions } from '../sqlite.ts'
import { openSqliteStore } from '../sqlite.ts'
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
}

const STDOUT = 1

async function main(session: Session): Promise<void> {
  const { data, number, openings, steps, claims, options = {} } = session
  const to = claims === undefined ? STDOUT : openSync(claims, 'a')
  for (let opening = 0; opening < openings; opening++) {
    const sensor = await openSqliteStore(data, options)
    const console = await openSqliteStore(data, { ...options, mustExist: true, isOwner: false })
    const work = new Workload(number + opening, { sensor, console }, (made) => {
      writeSync(to, `${JSON.stringify(made)}\n`)
    })
    for (let step = 0; step < steps; step++) await work.step()
    await console.close()
    await sensor.close()
  }
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as Session)
