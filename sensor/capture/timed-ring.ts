/**
 * The ring of `dumpcap -b`: every file has a number and the time of its beginning in its name
 * (`capture_00012_20261121103000.pcap`). Which comes next is told by the number: several files may
 * be written last in the same tick of the clock. A capture that is started anew counts from 1.
 */
import { stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { SUCCESSORS_MAX, escaped, isSame, membersOf, namesIn, opened } from './members.ts'
import type { Member, Successors } from './members.ts'

/** RINGBUFFER_MAX_NUM_FILES of dumpcap: 99999 is followed by 00000. */
const NUMBERS = 100_000
/** Files may be deleted while they are looked at: so often it is begun anew. */
const TRIES_MAX = 5
/** A folder that has changed this lately may change again in the same tick (FAT: 2 s). */
const SETTLED_MS = 3000
/** Shares that do not tell at all when a folder changed: listed once more after this. */
const LIST_MS = 10_000

interface RingName {
  readonly name: string
  readonly number: number
  /** Local time of its beginning: it goes back once a year. */
  readonly time: string
}

export class TimedRing {
  readonly #folder: string
  readonly #pattern: RegExp
  /** There when it was looked last, and not among those that come next. */
  #known = new Set<string>()
  /** Handed out, and still there. */
  #taken = new Set<string>()
  #listed: { changed: number; at: number; names: readonly RingName[] } | undefined = undefined

  constructor(folder: string, name: string) {
    this.#folder = folder
    const [, stem = '', ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? []
    const [, before = stem] = /^(.*)_(?:\d{5,}_\d{14}|\d{14}_\d{5,})$/.exec(stem) ?? []
    const ring = String.raw`_(?:(\d{5,13})_(\d{14})|(\d{14})_(\d{5,13}))`
    this.#pattern = new RegExp(`^${escaped(before)}${ring}${escaped(ending)}$`)
  }

  /** Before a file of it is opened. */
  async remember(): Promise<void> {
    this.#known = new Set((await this.#names()).map(({ name }) => name))
  }

  /** All that are there, from the oldest; undefined while there is none. */
  async first(): Promise<Successors | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const listed = await this.#names()
      if (listed.length === 0) return undefined
      const oldest = listed.reduce((a, b) => (b.time < a.time ? b : a))
      const next = byName(listed, oldest.number)
      const members = await this.#look(next.slice(0, SUCCESSORS_MAX))
      const files = await opened(this.#inOrder(members, oldest.number))
      if (files !== undefined && files.length > 0) {
        this.#take(listed, next, files)
        return { files, doubt: undefined }
      }
      this.#listed = undefined
    }
    return undefined
  }

  /** The writer has gone on under the next names; undefined where it has not. */
  async after(read: FileHandle, path: string): Promise<Successors | undefined> {
    const current = this.#parsed(basename(path))
    const from = current?.number ?? Number.NaN
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const listed = await this.#names()
      const mayBe = listed.filter((each) => this.#mayFollow(each, current))
      if (mayBe.length === 0) return undefined
      const next = byName(mayBe, from)
      const members = await this.#look(next.slice(0, SUCCESSORS_MAX))
      const before = await read.stat()
      const newer = members.filter(({ path: at, stats }) => {
        const { name, number } = this.#parsed(basename(at)) as RingName
        const distance = distanceOf(from, number)
        if (isSame(stats, before)) return false
        // The very next one, that was not there before: whatever the clock said.
        if (distance === 1 && !this.#known.has(name)) return true
        const later = stats.mtimeMs - before.mtimeMs
        return later > 0 || (later === 0 && distance > 0)
      })
      if (newer.length === 0) return undefined
      const files = await opened(this.#inOrder(newer, from))
      if (files !== undefined) {
        this.#take(listed, next, files)
        return {
          files,
          doubt: this.#isWhole(from, files) ? undefined : 'files of its ring are gone',
        }
      }
      this.#listed = undefined
    }
    return undefined
  }

  #mayFollow(each: RingName, current: RingName | undefined): boolean {
    if (this.#taken.has(each.name) || each.name === current?.name) return false
    if (!this.#known.has(each.name)) return true
    const isLater = current !== undefined && each.time >= current.time
    return isLater && distanceOf(current.number, each.number) > 0
  }

  #inOrder(members: readonly Member[], from: number): Member[] {
    const distances = members.map(({ path }) => distanceOf(from, this.#numberOf(path)))
    const byNumber = (a: Member, b: Member): number =>
      distanceOf(from, this.#numberOf(a.path)) - distanceOf(from, this.#numberOf(b.path))
    if (isOneRun(distances)) return members.toSorted(byNumber)
    return members.toSorted((a, b) => a.stats.mtimeMs - b.stats.mtimeMs || byNumber(a, b))
  }

  #isWhole(from: number, files: Successors['files']): boolean {
    const numbers = [from, ...files.map(({ path }) => this.#numberOf(path))]
    return numbers.every((number, at) => at === 0 || distanceOf(numbers[at - 1] ?? 0, number) === 1)
  }

  /** What there was no room for comes the next time. */
  #take(listed: readonly RingName[], next: readonly RingName[], files: Successors['files']): void {
    const there = listed.map(({ name }) => name)
    const rest = new Set(next.slice(SUCCESSORS_MAX).map(({ name }) => name))
    for (const { path } of files) this.#taken.add(basename(path))
    const taken = this.#taken
    this.#taken = new Set(there.filter((name) => taken.has(name)))
    this.#known = new Set(there.filter((name) => !rest.has(name)))
  }

  async #look(names: readonly RingName[]): Promise<Member[]> {
    const own = names.map(({ name }) => name)
    return await membersOf(this.#folder, own)
  }

  /** Listed anew only where the folder has changed: a ring may have tens of thousands of files. */
  async #names(): Promise<readonly RingName[]> {
    const now = performance.now()
    const changed = (await stat(this.#folder).catch(() => undefined))?.mtimeMs
    const listed = this.#listed
    if (listed?.changed === changed && now - (listed?.at ?? 0) < LIST_MS) return listed?.names ?? []
    const names = (await namesIn(this.#folder)).flatMap((name) => this.#parsed(name) ?? [])
    const isSettled = changed !== undefined && Date.now() - changed > SETTLED_MS
    this.#listed = isSettled ? { changed, at: now, names } : undefined
    return names
  }

  #parsed(name: string): RingName | undefined {
    const found = this.#pattern.exec(name)
    if (found === null) return undefined
    const [, number, time, earlyTime, lateNumber] = found
    return { name, number: Number(number ?? lateNumber), time: time ?? earlyTime ?? '' }
  }

  #numberOf(path: string): number {
    return this.#parsed(basename(path))?.number ?? Number.NaN
  }
}

/** How far on; negative where it came before. */
function distanceOf(from: number, to: number): number {
  const distance = to - from
  if (Number.isNaN(distance)) return 0
  if (distance < -NUMBERS / 2) return distance + NUMBERS
  return distance > NUMBERS / 2 ? distance - NUMBERS : distance
}

/** All come after, and no number is there twice: the capture was not started anew. */
function isOneRun(distances: readonly number[]): boolean {
  return distances.every((each) => each > 0) && new Set(distances).size === distances.length
}

/** Before anything is looked at but their names. */
function byName(names: readonly RingName[], from: number): RingName[] {
  const all = names.map((each) => ({ each, distance: distanceOf(from, each.number) }))
  const isOne = isOneRun(all.map(({ distance }) => distance))
  return all
    .toSorted((a, b) => {
      const times = isOne || a.each.time === b.each.time ? 0 : a.each.time < b.each.time ? -1 : 1
      return times || a.distance - b.distance
    })
    .map(({ each }) => each)
}
