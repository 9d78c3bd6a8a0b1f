/**
 * The observations of all files in one order, newest first. A file is read as far as it is needed,
 * a step at a time; where little matches, a walk ends after some time and says where to go on.
 */
import type { Catalogue, Entry } from './catalogue.ts'
import type { Clause, Row } from './page.ts'
import type { Observed, Place, Segment } from './segment.ts'
import { placeOf } from './segment.ts'

/** Rows looked at between two looks at the clock. */
const STEP_ROWS = 10_000
/** Behind every number, and behind every time that is written as text. */
const LAST = Number.MAX_SAFE_INTEGER
const LAST_TIME = '\uffff'

/** A place over all files: where two agree in time and number, the later file goes first. */
export interface Mark {
  place: Place
  n: number
}

/** One file, as far as it has been read. */
class Source {
  readonly n: number
  /** The next row; where there is none, where to look on. */
  place: Place
  isDone = false
  #rows: Row[] = []
  #next: Place | undefined
  readonly #segments: Catalogue
  readonly #entry: Entry

  constructor(segments: Catalogue, entry: Entry, after: Mark | undefined) {
    this.n = entry.n
    this.#segments = segments
    this.#entry = entry
    const top: Place = [entry.open ? LAST_TIME : entry.last, LAST, LAST]
    this.place = after === undefined ? top : lower(top, after, entry.n)
  }

  get row(): Row | undefined {
    return this.#rows[0]
  }

  /** Undefined: it is gone, or damaged. */
  read<T>(work: (segment: Segment) => T): T | undefined {
    return this.#segments.read(this.#entry, () => {
      const segment = this.#segments.segment(this.#entry)
      return segment === undefined ? undefined : work(segment)
    })
  }

  advance(where: readonly Clause[], limit: number): void {
    const found = this.read((segment) => {
      const end = segment.placeAfter(this.place, STEP_ROWS)
      return { end, rows: segment.page(where, this.place, end, limit) }
    })
    if (found === undefined) {
      this.isDone = true
      return
    }
    const { end } = found
    this.#rows = found.rows
    const last = this.#rows.at(-1)
    this.#next = last !== undefined && this.#rows.length === limit ? placeOf(last) : end
    this.#settle()
  }

  shift(): void {
    this.#rows.shift()
    this.#settle()
  }

  #settle(): void {
    const [row] = this.#rows
    if (row !== undefined) this.place = placeOf(row)
    else if (this.#next === undefined) this.isDone = true
    else this.place = this.#next
  }
}

/** The top of a file, or where the page before ended. */
function lower(top: Place, after: Mark, n: number): Place {
  const [time, sequence, seq] = after.place
  // Of a later file all rows of that number have been, of an earlier one none.
  const place: Place = [time, sequence, n < after.n ? LAST : n > after.n ? 0 : seq]
  return comparePlaces(place, top) < 0 ? place : top
}

function comparePlaces(a: Place, b: Place): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] - b[1] || a[2] - b[2]
}

function isNewer(a: Source, b: Source): boolean {
  const [time, sequence] = a.place
  if (time !== b.place[0]) return time > b.place[0]
  return sequence === b.place[1] ? a.n > b.n : sequence > b.place[1]
}

export interface WalkOptions {
  readonly where: readonly Clause[]
  readonly after?: Mark | undefined
  /** Rows that are asked for. */
  readonly limit: number
  /** `performance.now()` at which it ends, once it is further than it began. */
  readonly deadline: number
}

export class Walk {
  readonly #sources: Source[]
  readonly #options: WalkOptions
  readonly #top: Place | undefined

  constructor(segments: Catalogue, entries: readonly Entry[], options: WalkOptions) {
    this.#sources = entries.map((entry) => new Source(segments, entry, options.after))
    this.#options = options
    this.#top = this.#newest()?.place
  }

  /** The source of the next row; undefined: there is none, or `cut` says where to go on. */
  #seek(): Source | undefined {
    const { where, limit, deadline } = this.#options
    for (;;) {
      const source = this.#newest()
      if (source === undefined || source.row !== undefined) return source
      if (performance.now() > deadline && this.#hasMoved(source)) return undefined
      source.advance(where, limit)
    }
  }

  /** Else the next call would begin where this one did, and files that overlap never end. */
  #hasMoved({ place }: Source): boolean {
    const [time = '', sequence = 0] = this.#top ?? []
    return place[0] < time || (place[0] === time && place[1] < sequence)
  }

  #newest(): Source | undefined {
    let newest: Source | undefined
    for (const source of this.#sources) {
      if (source.isDone) continue
      if (newest === undefined || isNewer(source, newest)) newest = source
    }
    return newest
  }

  next(): { observed: Observed; mark: Mark } | undefined {
    const source = this.#seek()
    const row = source?.row
    if (source === undefined || row === undefined) return undefined
    const mark = { place: source.place, n: source.n }
    source.shift()
    const observed = source.read((segment) => segment.observed(row))
    return observed === undefined ? this.next() : { observed, mark }
  }

  /** Behind the last row: where there is more, or may be. */
  cut(last: Mark | undefined): Mark | undefined {
    if (this.#seek() !== undefined) return last
    const source = this.#newest()
    return source && { place: source.place, n: source.n }
  }
}
