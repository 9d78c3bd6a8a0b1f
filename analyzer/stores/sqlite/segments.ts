/**
 * Observations lie in files, one for each day on which they were received or more where there are
 * many: what is too old or too much is a file that is deleted. All that is done to them is done
 * under the write lock of the main database, which also lists them.
 */
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Origin } from '../store.ts'
import { StoreError } from '../store.ts'
import type { Entry } from './catalogue.ts'
import { Catalogue, SUSPECT } from './catalogue.ts'
import { damageOf } from './check.ts'
import { bump, isDamage } from './database.ts'
import { addMeta, deleteMeta, setMeta } from './documents.ts'
import { citedIds, keep } from './kept.ts'
import { OBSERVATIONS_LOST, shippingSince } from './marks.ts'
import type { Packed } from './pack.ts'
import { Segment } from './segment.ts'
import {
  deleteSegment,
  freeName,
  makeSegment,
  openSegment,
  segmentNames,
  segmentPath,
  setAside,
} from './segment-file.ts'

export const OBSERVATIONS_DROPPED = 'operations.dropped'
/** So that deleting one file does not delete most of what there is. */
const SEGMENTS_MIN = 10
/** Arrivals are noted no more often. */
const ARRIVAL_MS = 10_000

export class Segments extends Catalogue {
  readonly #damaged: string[] = []
  #isWriting = false
  /** When an arrival was noted last. */
  #noted = 0
  /** What took a transaction back in the middle. */
  #lost: unknown

  /** Those that somebody could not read, and at the start the one that is written to. */
  inspect(names: readonly string[]): void {
    for (const entry of this.entries().filter(({ name }) => names.includes(name))) {
      const isThere = existsSync(segmentPath(this.options.dir, entry.name))
      const segment = isThere ? this.segment(entry) : undefined
      const isWhole = segment !== undefined && damageOf(segment.db, 'quick_check') === ''
      if (!isWhole) this.#setAside(entry, isThere)
    }
    for (const name of names) deleteMeta(this.main, SUSPECT + name)
  }

  /** Since it was asked last. */
  takeDamaged(): string[] {
    return this.#damaged.splice(0)
  }

  #setAside(entry: Entry, isThere: boolean): void {
    const { n, name } = entry
    this.locked(() => {
      this.opened.get(n)?.db.close()
      this.opened.delete(n)
      if (isThere) this.#damaged.push(setAside(this.options.dir, name))
      this.#forget(entry)
    })
  }

  /** Whether `prepare` must be called before so many more are put. */
  isDue(rows: number): boolean {
    return this.#isSpent(this.current()) || this.#isTooMany(rows)
  }

  /** It has had its day, or is full. */
  #isSpent(current: Entry | undefined): boolean {
    if (current === undefined || current.name.slice(0, 10) !== this.#today()) return true
    const { operationsMax, segmentBytesMax } = this.options
    return current.bytes >= segmentBytesMax || current.rows >= operationsMax / SEGMENTS_MIN
  }

  #isTooMany(rows: number): boolean {
    const entries = this.entries()
    return this.rows() + rows > this.options.operationsMax && entries[0]?.open === false
  }

  #today(): string {
    return new Date().toISOString().slice(0, 10)
  }

  /** Closes a file that has had its day and lets the oldest go; a transaction of its own. */
  prepare(rows: number): void {
    this.locked(() => {
      const current = this.current()
      if (this.#isSpent(current)) this.#rotate(current)
    })
    while (this.#isTooMany(rows)) this.deleteOldest()
  }

  #rotate(current: Entry | undefined): void {
    const { dir, busyMs } = this.options
    const now = Date.now()
    if (current !== undefined) {
      this.measure(current)
      const { n, rows, bytes, first, last } = current
      this.main
        .prepare(
          'UPDATE segments SET closed = ?, rows = ?, bytes = ?, first = ?, last = ? WHERE n = ?',
        )
        .run(now, rows, bytes, first, last, n)
      this.segment(current)?.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    }
    const name = freeName(dir, this.#today())
    makeSegment(dir, name, busyMs).close()
    this.main
      .prepare(
        `INSERT INTO segments (name, opened, closed, rows, bytes, first, last)
         VALUES (?, ?, NULL, 0, 0, '', '')`,
      )
      .run(name, now)
  }

  /** Not the one that is written to; one that a cluster has before one that it has not. */
  deleteOldest(): boolean {
    const closed = this.entries().filter(({ open }) => !open)
    return this.#delete(closed.find((entry) => this.#isShipped(entry)) ?? closed[0])
  }

  /** The same of days before; what is to be sent stays as long as there is room. */
  deleteBefore(day: string): boolean {
    const old = this.entries().filter(({ open, name }) => !open && name.slice(0, 10) < day)
    return this.#delete(old.find((entry) => this.#isShipped(entry)))
  }

  #isShipped({ shipped, rows }: Entry): boolean {
    return shipped >= rows || shippingSince(this.main) === undefined
  }

  /** What a finding cites is kept. False: there is none. */
  #delete(oldest: Entry | undefined): boolean {
    if (oldest === undefined) return false
    const segment = this.segment(oldest)
    const cited = segment === undefined ? [] : citedIds(this.main)
    const docs = cited
      .map((id) => this.read(oldest, () => segment?.get(id)))
      .filter((found) => found !== undefined)
    // Durable before the file goes: a power cut in between leaves them in both.
    if (docs.length > 0) this.locked(() => keep(this.main, docs))
    this.locked(() => {
      segment?.db.close()
      this.opened.delete(oldest.n)
      deleteSegment(this.options.dir, oldest.name)
      this.#forget(oldest)
    })
    return true
  }

  #forget(entry: Pick<Entry, 'name' | 'rows' | 'shipped'>): void {
    const { name, rows, shipped } = entry
    this.main.prepare('DELETE FROM segments WHERE name = ?').run(name)
    this.main.prepare('DELETE FROM arrivals WHERE segment = ?').run(name)
    addMeta(this.main, OBSERVATIONS_DROPPED, rows)
    const lost = shippingSince(this.main) === undefined ? 0 : Math.max(0, rows - shipped)
    if (lost > 0) addMeta(this.main, OBSERVATIONS_LOST, lost)
    bump(this.main, 'operations')
  }

  /** So that what was received yesterday can go, though nothing has been received today. */
  endDay(): void {
    const current = this.current()
    if (current !== undefined && current.rows > 0 && this.#isSpent(current)) this.prepare(0)
  }

  /** Within a transaction of the main database; durable with `commit`. */
  put(packed: Packed, from: Origin): void {
    const current = this.current() as Entry
    const segment = this.segment(current)
    if (segment === undefined) throw this.#unreadable(current)
    const { first, last } = packed
    const elsewhere = this.entries()
      .filter((entry) => entry !== current && entry.first <= last && entry.last >= first)
      .flatMap((entry) => this.segment(entry) ?? [])
    this.#begin(segment)
    try {
      const added = segment.put(packed, from, elsewhere)
      if (added > 0) this.#noteArrival(current)
      current.rows += added
      segment.db.exec('RELEASE call')
    } catch (error) {
      segment.forget()
      if (segment.db.isTransaction) segment.db.exec('ROLLBACK TO call; RELEASE call')
      else this.#lost = error
      throw error
    }
    if (current.first === '' || first < current.first) current.first = first
    if (last > current.last) current.last = last
  }

  /** So that it is known how long the first of those that wait has waited. */
  #noteArrival({ name, rows }: Entry): void {
    const now = Date.now()
    if (Math.abs(now - this.#noted) < ARRIVAL_MS) return
    this.#noted = now
    if (shippingSince(this.main) === undefined) return
    this.main.prepare('INSERT OR IGNORE INTO arrivals VALUES (?, ?, ?)').run(name, rows + 1, now)
  }

  #unreadable({ name }: Entry): StoreError {
    // The next look of the owner puts it aside.
    setMeta(this.main, SUSPECT + name, '1')
    return new StoreError(
      'STORE_CORRUPT',
      `${segmentPath(this.options.dir, name)} cannot be read`,
      'It is put aside by itself; look at the store with fieldtap store check.',
    )
  }

  #begin(segment: Segment): void {
    if (this.#lost !== undefined) throw this.#lost
    if (!this.#isWriting) segment.db.exec('BEGIN IMMEDIATE')
    this.#isWriting = true
    segment.db.exec('SAVEPOINT call')
  }

  /** Throws where what was put since the last time is lost: the disk is full, or failed. */
  commit(): void {
    if (!this.#isWriting) return
    const current = this.current() as Entry
    const segment = this.segment(current) as Segment
    const lost = this.#lost
    this.#isWriting = false
    this.#lost = undefined
    try {
      if (lost !== undefined) throw lost
      segment.db.exec('COMMIT')
      current.bytes = segment.bytes
    } catch (error) {
      if (segment.db.isTransaction) segment.db.exec('ROLLBACK')
      segment.forget()
      this.version = ''
      throw error
    }
  }

  /** What the list of the main database says and what lies in the folder are made one. */
  reconcile(): void {
    const { dir } = this.options
    this.locked(() => {
      const files = segmentNames(dir)
      const listed = this.main.prepare('SELECT name, rows, shipped FROM segments').all()
      const names = new Set(listed.map((row) => String(row['name'])))
      for (const row of listed) {
        const [name, rows, shipped] = [row['name'], row['rows'], row['shipped']]
        if (files.includes(String(name))) continue
        this.#forget({ name: String(name), rows: Number(rows), shipped: Number(shipped) })
      }
      for (const name of files.toSorted()) if (!names.has(name)) this.#adopt(name)
    })
  }

  /** Made or restored, and not listed before the end came. */
  #adopt(name: string): void {
    const { dir, busyMs } = this.options
    let db: DatabaseSync
    try {
      db = openSegment(dir, name, { busyMs, before: this.before() })
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#damaged.push(setAside(dir, name))
      return
    }
    const isMade = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'observations'").get()
    const segment = isMade === undefined ? undefined : new Segment(db)
    const found = segment && { ...segment.range(), rows: segment.rows, bytes: segment.bytes }
    db.close()
    if (found === undefined || found.rows === 0) return deleteSegment(dir, name)
    this.main
      .prepare(
        `INSERT INTO segments (name, opened, closed, rows, bytes, first, last)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(name, 0, Date.now(), found.rows, found.bytes, found.first, found.last)
  }
}
