/** The files of observations: where they lie, how they are made, opened and deleted. */
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { OBSERVATIONS_DIR } from './check.ts'
import { makeFolder, syncFolder, useWriteAheadLog } from './database.ts'
import { rewriteLog } from './log.ts'
import type { Origin } from '../store.ts'
import { SEGMENT_SCHEMA, SEGMENT_VERSION, addOrigins } from './segment.ts'

/** Twice SQLite's own: a row is half a kilobyte, and some are many. */
const PAGE_BYTES = 8192
/** Pages of the log before they go into the file: 32 MiB, so that a page is written once. */
const CHECKPOINT_PAGES = 4000
const JOURNAL_BYTES_MAX = 64 << 20
/** What the indices of the file being written take. */
const CACHE_KIB = 32_768

const fileName = /^\d{4}-\d\d-\d\d(-\d+)?\.db$/

export function segmentPath(dir: string, name: string): string {
  return join(dir, OBSERVATIONS_DIR, name)
}

export function segmentNames(dir: string): string[] {
  const folder = join(dir, OBSERVATIONS_DIR)
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => fileName.test(name))
}

/** A name for one more file of a day. */
export function freeName(dir: string, day: string): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? `${day}.db` : `${day}-${i}.db`
    if (!existsSync(segmentPath(dir, name))) return name
  }
}

/** What was made lasts: file, tables and the folder's entry are on the disk. */
export function makeSegment(dir: string, name: string, busyMs: number): DatabaseSync {
  const folder = join(dir, OBSERVATIONS_DIR)
  makeFolder(folder)
  // Made here and not by SQLite, so that nobody else on the host can read it.
  closeSync(openSync(join(folder, name), 'ax', 0o600))
  syncFolder(folder)
  syncFolder(dir)
  const db = new DatabaseSync(join(folder, name), { timeout: busyMs })
  db.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
  prepare(db)
  db.exec(`BEGIN; ${SEGMENT_SCHEMA} PRAGMA user_version = ${SEGMENT_VERSION}; COMMIT`)
  return db
}

export interface OpenOptions {
  busyMs: number
  /** Whose observations are that say nothing of it. */
  before: Origin
  willWrite?: boolean
}

/** Throws where it is gone: it must not be made again, empty. */
export function openSegment(
  dir: string,
  name: string,
  { busyMs, before, willWrite = false }: OpenOptions,
): DatabaseSync {
  const url = pathToFileURL(segmentPath(dir, name))
  url.searchParams.set('mode', 'rw')
  const db = new DatabaseSync(url, { timeout: busyMs })
  try {
    prepare(db)
    if (willWrite) rewriteLog(db, segmentPath(dir, name))
    migrate(db, before)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function prepare(db: DatabaseSync): void {
  db.exec('PRAGMA trusted_schema = OFF')
  useWriteAheadLog(db)
  db.exec(
    `PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
     PRAGMA journal_size_limit = ${JOURNAL_BYTES_MAX}; PRAGMA cache_size = -${CACHE_KIB}`,
  )
}

/** Files stay as they were made until they are looked into. */
function migrate(db: DatabaseSync, before: Origin): void {
  const isOld = (): boolean => db.prepare('PRAGMA user_version').get()?.['user_version'] === 1
  if (!isOld()) return
  db.exec('BEGIN IMMEDIATE')
  // The other process may have been faster.
  if (isOld()) addOrigins(db, before)
  db.exec(`PRAGMA user_version = ${SEGMENT_VERSION}; COMMIT`)
}

const companions = ['', '-wal', '-shm']

export function deleteSegment(dir: string, name: string): void {
  // The log last but one: without its file it says nothing to anybody.
  for (const end of companions) rmSync(segmentPath(dir, name) + end, { force: true })
  const folder = join(dir, OBSERVATIONS_DIR)
  if (existsSync(folder)) syncFolder(folder)
}

/** Out of the way and kept: somebody may want to look at it. */
export function setAside(dir: string, name: string): string {
  for (const end of companions) {
    const path = segmentPath(dir, name)
    if (existsSync(path + end)) renameSync(path + end, `${path}.damaged${end}`)
  }
  syncFolder(join(dir, OBSERVATIONS_DIR))
  return `${name}.damaged`
}
