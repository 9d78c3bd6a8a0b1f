/** One connection to the embedded store: how it is opened, and what its failures are called. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../store.ts'
import { StoreError } from '../store.ts'
import { rewriteLog } from './log.ts'
import { isOld, migrate } from './schema.ts'

export const DATABASE_FILE = 'fieldtap.db'
/** The write-ahead log is cut back to this after a burst. */
const JOURNAL_BYTES_MAX = 64 << 20
/** A reader of the other process may hold the switch to WAL for a moment. */
const WAL_TRIES_MAX = 50
const WAL_PAUSE_MS = 20

/** A large store of an earlier version takes its time, and the other process waits for it. */
const MIGRATION_MS_MAX = 120_000

/** Bounds that the sensor keeps to. */
export interface Upkeep {
  /** All that the store takes of the disk. */
  quotaBytes: number
  /** Ballast, given up when the disk is full; 0: none. */
  reserveBytes: number
  /** How long observations are kept, from the day on which they were received. */
  days: number
  /** How long closed findings are kept. */
  findingsDays: number
}

export interface DatabaseOptions {
  dir: string
  mustExist: boolean
  /** Of the files of observations: it writes them, and sees to what a kill left behind. */
  isOwner: boolean
  busyMs: number
  /** The file never grows beyond this; undefined: the disk is the limit. */
  bytesMax?: number | undefined
  /** Observations kept; the oldest go first, a file at a time. */
  operationsMax: number
  /** A file of observations that has reached this is closed. */
  segmentBytesMax: number
  upkeep?: Upkeep | undefined
  conversationsMax: number
}

export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const path = join(options.dir, DATABASE_FILE)
  if (options.mustExist && !existsSync(path)) {
    const remedy = 'Start a sensor first, or name its directory with --data.'
    throw new StoreError('STORE_MISSING', `there is no store in ${options.dir}`, remedy)
  }
  makeFolder(options.dir)
  // Made here and not by SQLite, so that nobody else on the host can read it.
  closeSync(openSync(path, 'a', 0o600))
  // Each time: whoever made it may have been killed before its name was on the disk.
  syncFolder(options.dir)
  syncFolder(dirname(options.dir))
  const db = new DatabaseSync(path, { timeout: options.busyMs })
  db.exec('PRAGMA trusted_schema = OFF')
  useWriteAheadLog(db)
  db.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${JOURNAL_BYTES_MAX}`)
  if (isOld(db)) db.exec(`PRAGMA busy_timeout = ${MIGRATION_MS_MAX}`)
  rewriteLog(db, path)
  migrate(db)
  db.exec(`PRAGMA busy_timeout = ${options.busyMs}`)
  if (options.bytesMax !== undefined) {
    const page = Number(db.prepare('PRAGMA page_size').get()?.['page_size'])
    db.exec(`PRAGMA max_page_count = ${Math.ceil(options.bytesMax / page)}`)
  }
  return db
}

/** Node's own way of making what leads to it never ends below /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
  syncFolder(dirname(path))
}

/** What was made in it is there after a power cut: a file's own sync does not promise its name. */
export function syncFolder(path: string): void {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    fsyncSync(fd)
  } catch (error) {
    // A folder that may not be read, or of a system that syncs none, gives no more than this.
    if ((error as { code?: unknown }).code === 'EIO') throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

export function useWriteAheadLog(db: DatabaseSync): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 1; ; tries++) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (tries === WAL_TRIES_MAX || sqliteCode(error) !== SQLITE_BUSY) throw error
      Atomics.wait(pause, 0, 0, WAL_PAUSE_MS)
    }
  }
}

/** Tells the console that something of a topic changed; in the transaction that changes it. */
export function bump(db: DatabaseSync, topic: Topic): void {
  db.prepare('INSERT INTO revisions VALUES (?, 1) ON CONFLICT (topic) DO UPDATE SET n = n + 1').run(
    topic,
  )
}

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const SQLITE_BUSY = 5
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : -1
}

/** What failed, as the contract says it; programmer's mistakes stay what they are. */
export function storeError(error: unknown, dir: string): StoreError | Error {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  const system = (error as { syscall?: unknown }).syscall !== undefined
  const code = sqliteCode(error)
  if (isDamage(error)) return damagedMain(dir, message)
  if (code < 0 && !system) return error instanceof Error ? error : new Error(message)
  const full = code === SQLITE_FULL || (error as NodeJS.ErrnoException).code === 'ENOSPC'
  const remedy = full
    ? `Free space on the disk that holds ${dir}.`
    : code === SQLITE_BUSY
      ? 'Another process holds the store: see that only one sensor uses the directory.'
      : `See that ${dir} exists, can be written by this user, and that its disk works.`
  const kind = full ? 'STORE_FULL' : 'STORE_UNAVAILABLE'
  return new StoreError(kind, `the store in ${dir}: ${message}`, remedy)
}

/** The file is damaged, or is no database. */
export function isDamage(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(sqliteCode(error))
}

export function damagedMain(dir: string, damage: string): StoreError {
  return new StoreError(
    'STORE_CORRUPT',
    `the store in ${dir} is damaged or is none: ${damage}`,
    `Move ${DATABASE_FILE}, ${DATABASE_FILE}-wal and ${DATABASE_FILE}-shm away, then bring a ` +
      'backup back with fieldtap store restore, or start again: observations are taken over.',
  )
}

/** The disk has failed: nothing that was read through this connection is to be trusted. */
export function isDiskFailure(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_IOERR || (error as NodeJS.ErrnoException).code === 'EIO'
}
