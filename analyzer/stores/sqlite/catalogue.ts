/**
 * The files of observations that there are, as the main database lists them, and what is read of
 * them. A damaged one is left out, so that one day does not cost the others.
 */
import { existsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Origin } from '../store.ts'
import type { DatabaseOptions } from './database.ts'
import { isDamage } from './database.ts'
import { getMeta, setMeta } from './documents.ts'
import type { Observed } from './segment.ts'
import { Segment } from './segment.ts'
import { openSegment, segmentPath } from './segment-file.ts'

/** Key in `meta` of a file that could not be read. */
export const SUSPECT = 'suspect.'
/** Key in `meta`: `[sensor, site]`. */
const ORIGIN_BEFORE = 'origin.before'
/** Connections that stay open: a search over months opens the rest one after the other. */
const OPEN_MAX = 16

export interface Entry {
  n: number
  name: string
  open: boolean
  rows: number
  bytes: number
  /** The last of its rows that a cluster has. */
  shipped: number
  /** Times of the first and last of its observations; of an open one what is known so far. */
  first: string
  last: string
}

export class Catalogue {
  protected readonly main: DatabaseSync
  protected readonly options: DatabaseOptions
  protected readonly opened = new Map<number, Segment>()
  /** Of the list that is known; empty: to be read again. */
  protected version = ''
  readonly #dataVersion: StatementSync
  #entries: Entry[] = []

  constructor(main: DatabaseSync, options: DatabaseOptions) {
    this.main = main
    this.options = options
    this.#dataVersion = main.prepare('PRAGMA data_version')
  }

  /** All of them, oldest first. */
  entries(): Entry[] {
    const version = String(this.#dataVersion.get()?.['data_version'])
    if (version !== this.version) {
      this.version = version
      this.#load()
    }
    return this.#entries
  }

  /** Something of it was changed through this connection. */
  reload(): void {
    this.version = ''
  }

  #load(): void {
    const rows = this.main.prepare('SELECT * FROM segments ORDER BY substr(name, 1, 10), n').all()
    this.#entries = rows.map((row) => ({
      n: Number(row['n']),
      name: String(row['name']),
      open: row['closed'] === null,
      rows: Number(row['rows']),
      bytes: Number(row['bytes']),
      shipped: Number(row['shipped']),
      first: String(row['first']),
      last: String(row['last']),
    }))
    for (const [n, segment] of this.opened) {
      if (this.#entries.some((entry) => entry.n === n)) continue
      segment.db.close()
      this.opened.delete(n)
    }
    for (const entry of this.#entries) if (entry.open) this.measure(entry)
  }

  protected measure(entry: Entry): void {
    this.read(entry, () => {
      const segment = this.segment(entry)
      if (segment === undefined) return
      Object.assign(entry, segment.range(), { rows: segment.rows, bytes: segment.bytes })
    })
  }

  /** Undefined: it has been deleted in the meantime, or is damaged. */
  segment(entry: Entry): Segment | undefined {
    const known = this.opened.get(entry.n)
    if (known !== undefined) return known
    const { dir, busyMs, isOwner } = this.options
    if (!existsSync(segmentPath(dir, entry.name))) return undefined
    return this.read(entry, () => {
      const willWrite = isOwner && entry.open
      const options = { busyMs, before: this.before(), willWrite }
      const segment = new Segment(openSegment(dir, entry.name, options))
      this.#take(entry.n, segment)
      return segment
    })
  }

  /** Whose the observations of files of version 1 are. */
  before(): Origin {
    const [sensor, site] = JSON.parse(getMeta(this.main, ORIGIN_BEFORE) ?? '["",""]') as string[]
    return { sensor: sensor ?? '', site: site ?? '' }
  }

  /** One damaged day must not cost the others: it is left out, and the owner looks at it. */
  read<T>({ name }: Entry, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!isDamage(error)) throw error
      setMeta(this.main, SUSPECT + name, '1')
      return undefined
    }
  }

  /** Names of those that `read` could not. */
  suspects(): string[] {
    const rows = this.main.prepare('SELECT key FROM meta WHERE key GLOB ?').all(`${SUSPECT}*`)
    return rows.map((row) => String(row['key']).slice(SUSPECT.length))
  }

  openNames(): string[] {
    return this.entries().flatMap(({ open, name }) => (open ? [name] : []))
  }

  #take(n: number, segment: Segment): void {
    this.opened.set(n, segment)
    const isOpen = (m: number): boolean => this.#entries.some((each) => each.n === m && each.open)
    for (const [other, { db }] of this.opened) {
      if (this.opened.size <= OPEN_MAX) break
      if (other === n || isOpen(other)) continue
      db.close()
      this.opened.delete(other)
    }
  }

  protected current(): Entry | undefined {
    return this.entries().findLast((entry) => entry.open)
  }

  bytes(): number {
    return this.entries().reduce((sum, { bytes }) => sum + bytes, 0)
  }

  days(): number {
    return new Set(this.entries().map(({ name }) => name.slice(0, 10))).size
  }

  /** The day of the first. */
  oldest(): string {
    return this.entries()[0]?.name.slice(0, 10) ?? ''
  }

  rows(): number {
    return this.entries().reduce((sum, { rows }) => sum + rows, 0)
  }

  protected locked<T>(work: () => T): T {
    this.main.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.main.exec('COMMIT')
      return result
    } catch (error) {
      if (this.main.isTransaction) this.main.exec('ROLLBACK')
      throw error
    } finally {
      this.version = ''
    }
  }

  /** Says something else as soon as there is something new. */
  revision(): string {
    const current = this.current()
    if (current === undefined) return '0'
    return `${current.n}.${this.read(current, () => this.segment(current)?.rows) ?? 0}`
  }

  get(id: string): Observed | undefined {
    for (const entry of this.entries().toReversed()) {
      const found = this.read(entry, () => this.segment(entry)?.get(id))
      if (found !== undefined) return found
    }
    return undefined
  }

  close(): void {
    for (const { db } of this.opened.values()) db.close()
    this.opened.clear()
  }
}
