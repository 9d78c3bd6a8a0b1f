/**
 * Writes that wait together share one transaction of each file, so that many small puts cost one
 * flush to the disk. A write is answered when it is durable, never before, and one that fails
 * takes nothing but itself back, unless SQLite has taken the whole transaction back.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Segments } from './segments.ts'

/** Writes that share a transaction: the first must not wait long for the last. */
const GROUP_CALLS_MAX = 100

export interface Files {
  readonly db: DatabaseSync
  readonly segments: Segments
}

/** Of a write: what it returned, or why it is lost. */
export type Outcome = { result: unknown } | { error: unknown }

export interface Write {
  /** Observations that it puts: they are in a file of their own. */
  readonly observations: number | undefined
  readonly work: () => unknown
  readonly settle: (outcome: Outcome) => void
}

interface Waiting {
  readonly write: Write
  outcome: Outcome
}

export class Group {
  readonly #files: Files
  #waiting: Waiting[] = []

  constructor(files: Files) {
    this.#files = files
  }

  add(write: Write): void {
    const { db } = this.#files
    try {
      if (write.observations !== undefined) this.#makeRoom(write.observations)
      if (this.#waiting.length === 0) db.exec('BEGIN IMMEDIATE')
      db.exec('SAVEPOINT call')
      const result = write.work()
      db.exec('RELEASE call')
      this.#waiting.push({ write, outcome: { result } })
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK TO call; RELEASE call')
      else this.#lose(error)
      this.#waiting.push({ write, outcome: { error } })
    }
    if (!db.isTransaction || this.#waiting.length >= GROUP_CALLS_MAX) this.commit()
  }

  #makeRoom(rows: number): void {
    const { segments } = this.#files
    if (!segments.isDue(rows)) return
    this.commit()
    segments.prepare(rows)
  }

  /** The whole transaction of the main database is gone. */
  #lose(error: unknown): void {
    for (const each of this.#waiting) {
      if (each.write.observations === undefined && 'result' in each.outcome)
        each.outcome = { error }
    }
  }

  /** Two files, each durable by itself: neither takes the other's writes back. */
  commit(): void {
    if (this.#waiting.length === 0) return
    const { db, segments } = this.#files
    const waiting = this.#waiting
    this.#waiting = []
    const inSegment = attempt(() => segments.commit())
    const inMain = db.isTransaction ? attempt(() => db.exec('COMMIT')) : undefined
    if (db.isTransaction) db.exec('ROLLBACK')
    for (const { write, outcome } of waiting) {
      const lost = write.observations === undefined ? inMain : inSegment
      write.settle(lost === undefined || 'error' in outcome ? outcome : lost)
    }
  }
}

function attempt(work: () => void): { error: unknown } | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return { error }
  }
}
