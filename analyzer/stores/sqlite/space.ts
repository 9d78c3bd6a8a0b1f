/**
 * What the store may take of the disk, and what it does when that is not there. Observations go
 * first, oldest first; a file of ballast is given up so that findings and what people do can still
 * be written when the disk is full.
 */
import type { DatabaseSync } from 'node:sqlite'
import * as fs from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SpaceState, StoreSpace } from '../local.ts'
import { StoreError } from '../store.ts'
import type { Upkeep } from './database.ts'
import { DATABASE_FILE, syncFolder } from './database.ts'
import { deleteFindings } from './findings.ts'
import type { Segments } from './segments.ts'

const RESERVE_FILE = 'reserve'
/** Written in pieces, of bytes that no file system makes smaller. */
const PIECE_BYTES = 1 << 20
const DAY_MS = 86_400_000
/** Findings are looked through no more often. */
const FINDINGS_MS = 60_000
/** Files deleted in one call: others wait meanwhile. */
const DELETIONS_MAX = 8
/** Times the ballast that must be free before it is taken again: not to be given up at once. */
const FREE_TIMES = 3
/** A disk may refuse to write though it seems to have room: ballast is not written on and on. */
const RESERVE_PAUSE_MS = 10_000

export interface SpaceFiles {
  readonly db: DatabaseSync
  readonly segments: Segments
}

export class Space {
  readonly #dir: string
  readonly #upkeep: Upkeep
  #state: SpaceState = 'ok'
  #reason = ''
  #refused = 0
  /** Until then the ballast is not taken again. */
  #waitsUntil = 0
  #findingsAt = 0

  constructor(dir: string, upkeep: Upkeep) {
    this.#dir = dir
    this.#upkeep = upkeep
  }

  /** Refuses observations while there is no room but for findings. */
  admit(rows: number): void {
    if (this.#state !== 'full') return
    this.#refused += rows
    throw new StoreError(
      'STORE_FULL',
      `the store in ${this.#dir} keeps no observations: ${this.#reason}`,
      'Free space on its disk, or give it more with store.quota; findings are still kept.',
    )
  }

  /** A write has failed for want of room. */
  full(): void {
    this.#giveUp(`the disk that holds ${this.#dir} is full`)
  }

  /** A write or a read has failed: the disk, not its room. */
  failed(message: string): void {
    if (this.#state !== 'full') [this.#state, this.#reason] = ['failing', message]
  }

  #giveUp(reason: string): void {
    ;[this.#state, this.#reason] = ['full', reason]
    this.#waitsUntil = performance.now() + RESERVE_PAUSE_MS
    fs.rmSync(this.#reserve, { force: true })
    syncFolder(this.#dir)
  }

  get #reserve(): string {
    return join(this.#dir, RESERVE_FILE)
  }

  /** Makes room as configured, and says how things are. */
  look(files: SpaceFiles): StoreSpace {
    const failure = this.#state === 'failing' ? this.#reason : undefined
    files.segments.inspect(files.segments.suspects())
    this.#deleteOld(files)
    this.#deleteMuch(files)
    this.#weigh(files)
    return {
      // Once, though it has mended itself: it could not be said while it was so.
      state: failure === undefined ? this.#state : 'failing',
      reason: failure ?? this.#reason,
      free_bytes: disk.freeBytes(this.#dir),
      store_bytes: this.#used(files),
      quota_bytes: this.#upkeep.quotaBytes,
      observations_refused: this.#refused,
      oldest: files.segments.oldest(),
      damaged: files.segments.takeDamaged(),
    }
  }

  #deleteOld({ db, segments }: SpaceFiles): void {
    const { days, findingsDays } = this.#upkeep
    const now = Date.now()
    segments.endDay()
    const oldest = dayOf(now - days * DAY_MS)
    for (let i = 0; i < DELETIONS_MAX; i++) if (!segments.deleteBefore(oldest)) break
    if (Math.abs(now - this.#findingsAt) < FINDINGS_MS) return
    this.#findingsAt = now
    deleteFindings(db, now - findingsDays * DAY_MS)
  }

  #deleteMuch(files: SpaceFiles): void {
    for (let i = 0; i < DELETIONS_MAX && this.#used(files) > this.#upkeep.quotaBytes; i++) {
      if (!files.segments.deleteOldest()) break
    }
  }

  #used({ segments }: SpaceFiles): number {
    const main = join(this.#dir, DATABASE_FILE)
    return (
      [main, `${main}-wal`, this.#reserve].reduce((sum, file) => sum + sizeOf(file), 0) +
      segments.bytes()
    )
  }

  #weigh(files: SpaceFiles): void {
    const { reserveBytes, quotaBytes } = this.#upkeep
    const free = disk.freeBytes(this.#dir)
    const isOver = this.#used(files) > quotaBytes && files.segments.entries().length <= 1
    if (isOver) {
      return this.#giveUp('findings and what belongs to them take all of store.quota')
    }
    if (fs.existsSync(this.#reserve)) {
      if (free < reserveBytes) return this.#giveUp(`the disk that holds ${this.#dir} is full`)
    } else if (!this.#takeReserve(free)) {
      const lacks = `the disk that holds ${this.#dir} has no room for the reserve`
      ;[this.#state, this.#reason] = [this.#state === 'full' ? 'full' : 'low', lacks]
      return
    }
    const isLow = reserveBytes > 0 && free < FREE_TIMES * reserveBytes
    this.#state = isLow ? 'low' : 'ok'
    this.#reason = isLow ? `the disk that holds ${this.#dir} is almost full` : ''
  }

  #takeReserve(free: number): boolean {
    const { reserveBytes } = this.#upkeep
    if (reserveBytes === 0) return true
    if (free < FREE_TIMES * reserveBytes || performance.now() < this.#waitsUntil) return false
    try {
      const fd = fs.openSync(this.#reserve, 'w', 0o600)
      try {
        const piece = randomBytes(PIECE_BYTES)
        for (let left = reserveBytes; left > 0; left -= PIECE_BYTES) {
          fs.writeSync(fd, piece, 0, Math.min(left, PIECE_BYTES))
        }
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
      }
      return true
    } catch {
      fs.rmSync(this.#reserve, { force: true })
      return false
    }
  }
}

/** What the operating system says; a test says it instead. */
export const disk = {
  freeBytes(dir: string): number {
    const { bavail, bsize } = fs.statfsSync(dir)
    return bavail * bsize
  },
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
