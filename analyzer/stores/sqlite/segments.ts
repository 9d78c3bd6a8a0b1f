/**
 * Observations lie in files, one for each day on which they were received or more where there are
 * many: what is too old or too much is a file that is deleted. All that is done to them is done
 * under the write lock of the main database, which also lists them.
 */
import { existsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Doc } from '../../facts.ts'
import type { DatabaseOptions } from './database.ts'
import { bump } from './database.ts'
import { addMeta } from './documents.ts'
import { citedIds, keep } from './kept.ts'
import type { Packed } from './pack.ts'
import { Segment } from './segment.ts'
import {
  deleteSegment,
  freeName,
  makeSegment,
  openSegment,
  segmentNames,
  segmentPath,
} from './segment-file.ts'

export const OBSERVATIONS_DROPPED = 'operations.dropped'
/** So that deleting one file does not delete most of what there is. */
const SEGMENTS_MIN = 10
/** Connections that stay open: a search over months opens the rest one after the other. */
const OPEN_MAX = 16

export interface Entry {
  n: number
  name: string
  open: boolean
  rows: number
  bytes: number
  /** Times of the first and last of its observations; of an open one what is known so far. */
  first: string
  last: string
}

export class Segments {
  readonly #main: DatabaseSync
  readonly #options: DatabaseOptions
  readonly #opened = new Map<number, Segment>()
  #entries: Entry[] = []
  readonly #dataVersion: StatementSync
  /** Of the list that is known; empty: to be read again. */
  #version = ''
  #isWriting = false
  /** What took a transaction back in the middle. */
  #lost: unknown

  constructor(main: DatabaseSync, options: DatabaseOptions) {
    this.#main = main
    this.#options = options
    this.#dataVersion = main.prepare('PRAGMA data_version')
  }

  /** All of them, oldest first. */
  entries(): Entry[] {
    const version = String(this.#dataVersion.get()?.['data_version'])
    if (version !== this.#version) {
      this.#version = version
      this.#load()
    }
    return this.#entries
  }

  #load(): void {
    const rows = this.#main.prepare('SELECT * FROM segments ORDER BY substr(name, 1, 10), n').all()
    this.#entries = rows.map((row) => ({
      n: Number(row['n']),
      name: String(row['name']),
      open: row['closed'] === null,
      rows: Number(row['rows']),
      bytes: Number(row['bytes']),
      first: String(row['first']),
      last: String(row['last']),
    }))
    for (const [n, segment] of this.#opened) {
      if (this.#entries.some((entry) => entry.n === n)) continue
      segment.db.close()
      this.#opened.delete(n)
    }
    for (const entry of this.#entries) if (entry.open) this.#measure(entry)
  }

  #measure(entry: Entry): void {
    const segment = this.segment(entry)
    if (segment === undefined) return
    Object.assign(entry, segment.range(), { rows: segment.rows, bytes: segment.bytes })
  }

  /** Undefined: it has been deleted in the meantime. */
  segment(entry: Entry): Segment | undefined {
    let segment = this.#opened.get(entry.n)
    if (segment === undefined) {
      const { dir, busyMs } = this.#options
      if (!existsSync(segmentPath(dir, entry.name))) return undefined
      segment = new Segment(openSegment(dir, entry.name, busyMs))
      this.#take(entry.n, segment)
    }
    return segment
  }

  #take(n: number, segment: Segment): void {
    this.#opened.set(n, segment)
    const isOpen = (m: number): boolean => this.#entries.some((each) => each.n === m && each.open)
    for (const [other, { db }] of this.#opened) {
      if (this.#opened.size <= OPEN_MAX) break
      if (other === n || isOpen(other)) continue
      db.close()
      this.#opened.delete(other)
    }
  }

  #current(): Entry | undefined {
    return this.entries().findLast((entry) => entry.open)
  }

  /** Whether `prepare` must be called before so many more are put. */
  isDue(rows: number): boolean {
    return this.#isSpent(this.#current()) || this.#isTooMany(rows)
  }

  /** It has had its day, or is full. */
  #isSpent(current: Entry | undefined): boolean {
    if (current === undefined || current.name.slice(0, 10) !== this.#today()) return true
    const { operationsMax, segmentBytesMax } = this.#options
    return current.bytes >= segmentBytesMax || current.rows >= operationsMax / SEGMENTS_MIN
  }

  #isTooMany(rows: number): boolean {
    const entries = this.entries()
    return this.rows() + rows > this.#options.operationsMax && entries[0]?.open === false
  }

  #today(): string {
    return new Date().toISOString().slice(0, 10)
  }

  bytes(): number {
    return this.entries().reduce((sum, { bytes }) => sum + bytes, 0)
  }

  rows(): number {
    return this.entries().reduce((sum, { rows }) => sum + rows, 0)
  }

  /** Closes a file that has had its day and lets the oldest go; a transaction of its own. */
  prepare(rows: number): void {
    this.#locked(() => {
      const current = this.#current()
      if (this.#isSpent(current)) this.#rotate(current)
    })
    while (this.#isTooMany(rows)) this.deleteOldest()
  }

  #locked<T>(work: () => T): T {
    this.#main.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#main.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#main.isTransaction) this.#main.exec('ROLLBACK')
      throw error
    } finally {
      this.#version = ''
    }
  }

  #rotate(current: Entry | undefined): void {
    const { dir, busyMs } = this.#options
    const now = Date.now()
    if (current !== undefined) {
      this.#measure(current)
      const { n, rows, bytes, first, last } = current
      this.#main
        .prepare(
          'UPDATE segments SET closed = ?, rows = ?, bytes = ?, first = ?, last = ? WHERE n = ?',
        )
        .run(now, rows, bytes, first, last, n)
      this.segment(current)?.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    }
    const name = freeName(dir, this.#today())
    makeSegment(dir, name, busyMs).close()
    this.#main
      .prepare(
        `INSERT INTO segments (name, opened, closed, rows, bytes, first, last)
         VALUES (?, ?, NULL, 0, 0, '', '')`,
      )
      .run(name, now)
  }

  /** Not the one that is written to. What a finding cites is kept. False: there is no other. */
  deleteOldest(): boolean {
    const [oldest] = this.entries()
    if (oldest === undefined || oldest.open) return false
    const segment = this.segment(oldest)
    const cited = segment === undefined ? [] : citedIds(this.#main)
    const docs = cited.map((id) => segment?.get(id)).filter((doc) => doc !== undefined)
    // Durable before the file goes: a power cut in between leaves them in both.
    if (docs.length > 0) this.#locked(() => keep(this.#main, docs))
    this.#locked(() => {
      segment?.db.close()
      this.#opened.delete(oldest.n)
      deleteSegment(this.#options.dir, oldest.name)
      this.#forget(oldest.name, oldest.rows)
    })
    return true
  }

  #forget(name: string, rows: number): void {
    this.#main.prepare('DELETE FROM segments WHERE name = ?').run(name)
    addMeta(this.#main, OBSERVATIONS_DROPPED, rows)
    bump(this.#main, 'operations')
  }

  /** So that what was received yesterday can go, though nothing has been received today. */
  endDay(): void {
    const current = this.#current()
    if (current !== undefined && current.rows > 0 && this.#isSpent(current)) this.prepare(0)
  }

  /** Within a transaction of the main database; durable with `commit`. */
  put(packed: Packed): void {
    const current = this.#current() as Entry
    const segment = this.segment(current) as Segment
    const { first, last } = packed
    const elsewhere = this.entries()
      .filter((entry) => entry !== current && entry.first <= last && entry.last >= first)
      .flatMap((entry) => this.segment(entry) ?? [])
    this.#begin(segment)
    try {
      current.rows += segment.put(packed, elsewhere)
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

  #begin(segment: Segment): void {
    if (this.#lost !== undefined) throw this.#lost
    if (!this.#isWriting) segment.db.exec('BEGIN IMMEDIATE')
    this.#isWriting = true
    segment.db.exec('SAVEPOINT call')
  }

  /** Throws where what was put since the last time is lost: the disk is full, or failed. */
  commit(): void {
    if (!this.#isWriting) return
    const current = this.#current() as Entry
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
      this.#version = ''
      throw error
    }
  }

  /** What the list of the main database says and what lies in the folder are made one. */
  reconcile(): void {
    const { dir } = this.#options
    this.#locked(() => {
      const files = segmentNames(dir)
      const listed = this.#main.prepare('SELECT name, rows FROM segments').all()
      const names = new Map(listed.map((row) => [String(row['name']), Number(row['rows'])]))
      for (const [name, rows] of names) if (!files.includes(name)) this.#forget(name, rows)
      for (const name of files.toSorted()) if (!names.has(name)) this.#adopt(name)
    })
  }

  /** Made or restored, and not listed before the end came. */
  #adopt(name: string): void {
    const { dir, busyMs } = this.#options
    const db = openSegment(dir, name, busyMs)
    const isMade = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'observations'").get()
    const segment = isMade === undefined ? undefined : new Segment(db)
    const found = segment && { ...segment.range(), rows: segment.rows, bytes: segment.bytes }
    db.close()
    if (found === undefined || found.rows === 0) return deleteSegment(dir, name)
    this.#main
      .prepare(
        `INSERT INTO segments (name, opened, closed, rows, bytes, first, last)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(name, 0, Date.now(), found.rows, found.bytes, found.first, found.last)
  }

  /** Says something else as soon as there is something new. */
  revision(): string {
    const current = this.#current()
    if (current === undefined) return '0'
    return `${current.n}.${this.segment(current)?.rows ?? 0}`
  }

  get(id: string): Doc | undefined {
    for (const entry of this.entries().toReversed()) {
      const doc = this.segment(entry)?.get(id)
      if (doc !== undefined) return doc
    }
    return undefined
  }

  close(): void {
    for (const { db } of this.#opened.values()) db.close()
    this.#opened.clear()
  }
}
