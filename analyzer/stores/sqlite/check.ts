/** Whether the files of a store are whole, as SQLite can tell; beside a sensor or without one. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { StoreError } from '../store.ts'
import { DATABASE_FILE, damagedMain, isDamage } from './database.ts'

export const OBSERVATIONS_DIR = 'observations'
const BUSY_MS_MAX = 5000

export interface FileCheck {
  /** Below the store's folder. */
  name: string
  bytes: number
  /** What is wrong with it; empty: it is whole. */
  damage: string
}

/** Of one connection: empty where it is whole. The quick one looks at all but the indices. */
export function damageOf(db: DatabaseSync, how: 'quick_check' | 'integrity_check'): string {
  try {
    const [first] = Object.values(db.prepare(`PRAGMA ${how}(1)`).get() ?? {})
    return first === 'ok' ? '' : String(first)
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw error
  }
}

/** A store is not begun again beside what is left of one: that is for people to decide. */
export function checkMain(db: DatabaseSync, dir: string): void {
  const damage = damageOf(db, 'quick_check')
  if (damage !== '') throw damagedMain(dir, damage)
}

/** Every file, thoroughly. */
export function checkStore(dir: string): FileCheck[] {
  return storeFiles(dir).map((name) => {
    const path = join(dir, name)
    return { name, bytes: statSync(path).size, damage: checkFile(path) }
  })
}

/** The main database and the observations, below the store's folder. */
export function storeFiles(dir: string): string[] {
  if (!existsSync(join(dir, DATABASE_FILE))) {
    const remedy = 'Start a sensor first, or name its directory with --data.'
    throw new StoreError('STORE_MISSING', `there is no store in ${dir}`, remedy)
  }
  const folder = join(dir, OBSERVATIONS_DIR)
  const days = existsSync(folder) ? readdirSync(folder) : []
  const files = days.filter((name) => name.endsWith('.db')).toSorted()
  return [DATABASE_FILE, ...files.map((name) => `${OBSERVATIONS_DIR}/${name}`)]
}

function checkFile(path: string): string {
  let db: DatabaseSync | undefined
  try {
    db = openFile(path)
    return damageOf(db, 'integrity_check')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    db?.close()
  }
}

/** As it is: nothing is made, nothing is brought to another version. */
export function openFile(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'rw')
  return new DatabaseSync(url, { timeout: BUSY_MS_MAX })
}
