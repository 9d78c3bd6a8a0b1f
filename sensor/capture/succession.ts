/**
 * Files that one writer fills one after the other: put away under other names when they are large
 * or old (`capture.1`, `capture.2`, `capture-20261121`), or begun under the next name of a ring
 * (`timed-ring.ts`, `counted-ring.ts`). Which of those put away come after the one that was read to
 * its end is told by their inodes and by when they were written last; what cannot be shown to be
 * all is said.
 */
import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { CountedRing } from './counted-ring.ts'
import { SUCCESSORS_MAX, closeAll, escaped, idOf, isSame, membersOf } from './members.ts'
import { namesIn, opened, statOf } from './members.ts'
import type { Member, Successors } from './members.ts'
import { TimedRing } from './timed-ring.ts'

/** Names change while they are looked at: so often it is begun anew. */
const TRIES_MAX = 5

const COMPRESSED = /\.(?:gz|zst|xz|bz2|Z)$/

/** Nothing shows that no other file was there between the two. */
export const GONE = 'the file that was read is gone, perhaps others with it'
const RENAMED = 'its files were renamed while they were looked for'

export class Succession {
  readonly #folder: string
  readonly #name: string
  readonly #putAway: RegExp
  readonly #ring: TimedRing | CountedRing
  /** Those that were there before the file that is read was opened: none of them comes after it. */
  #known = new Set<string>()

  constructor(path: string) {
    this.#folder = dirname(path)
    this.#name = basename(path)
    const [, stem = '', ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(this.#name) ?? []
    const rotated = `${escaped(stem)}[._-]\\d[\\d._-]*${escaped(ending)}`
    const packed = '(?:\\.(?:gz|zst|xz|bz2|Z))?'
    this.#putAway = new RegExp(`^(?:${escaped(this.#name)}[.-]\\d[\\d.-]*|${rotated})${packed}$`)
    const isTimed = /_(?:\d{5,}_\d{14}|\d{14}_\d{5,})$/.test(stem) || !/\d$/.test(this.#name)
    const Ring = isTimed ? TimedRing : CountedRing
    this.#ring = new Ring(this.#folder, this.#name)
  }

  /** The file is about to be opened: what begins from now on comes after it. */
  async remember(): Promise<void> {
    this.#known = knownOf(await this.#members())
    await this.#ring.remember(this.#name)
  }

  /** Another file has the name: those between it and the one that was read, and it. */
  async since(read: FileHandle, path: string): Promise<Successors> {
    for (let tries = 1; ; tries++) {
      const members = await this.#members()
      const before = await read.stat()
      const newer = members.filter((member) => this.#isNewer(member, before))
      const plain = newer.filter((member) => !isCompressed(member)).sort(byTime)
      const now = await statOf(path)
      // Gone again: it is looked for once more when it is there.
      if (now === undefined) return { files: [], doubt: undefined }
      const files = await opened([...plain, { path, stats: now }].slice(-SUCCESSORS_MAX))
      // Put away between the list and the look at the name, one would be passed over.
      const isStill = files !== undefined && isEqual(members, await this.#members())
      if (files !== undefined && (isStill || tries === TRIES_MAX)) {
        this.#known = knownOf(members)
        const beyond = Math.max(0, plain.length + 1 - SUCCESSORS_MAX)
        return { files, doubt: isStill ? doubtOf(members, before, newer, plain, beyond) : RENAMED }
      }
      if (files !== undefined) await closeAll(files)
      if (tries === TRIES_MAX) return { files: [], doubt: RENAMED }
    }
  }

  /** The writer has gone on under the next name of its ring; undefined where it has not. */
  async after(read: FileHandle, path: string): Promise<Successors | undefined> {
    return await this.#ring.after(read, path)
  }

  /** The name is not there: a ring of `dumpcap` that was told this name has others. */
  async first(): Promise<Successors | undefined> {
    return this.#ring instanceof TimedRing ? await this.#ring.first() : undefined
  }

  #isNewer(member: Member, read: Stats): boolean {
    const { stats } = member
    if (isSame(stats, read) || keysOf(stats).some((key) => this.#known.has(key))) return false
    // Who compresses a file keeps its time: one as old as what was read is its copy.
    return isCompressed(member) ? secondOf(stats) > secondOf(read) : stats.mtimeMs >= read.mtimeMs
  }

  async #members(): Promise<Member[]> {
    const names = await namesIn(this.#folder)
    const own = names.filter((name) => this.#putAway.test(name))
    return await membersOf(this.#folder, own)
  }
}

function doubtOf(
  members: readonly Member[],
  read: Stats,
  newer: readonly Member[],
  plain: readonly Member[],
  beyond: number,
): string | undefined {
  if (beyond > 0) return `${beyond} more of its files were too many to be read`
  const packed = newer.length - plain.length
  if (packed > 0) return `${packed} of its files were compressed before they could be read`
  const own = members.find(({ stats }) => isSame(stats, read))
  if (own !== undefined) {
    const missing = numberOf(own.path) - 1 - plain.length
    return missing > 0 && isSmall(own.path) ? `${missing} of its files are gone` : undefined
  }
  const isCopied = members.some((member) => {
    return isCompressed(member) && secondOf(member.stats) === secondOf(read)
  })
  return isCopied ? undefined : GONE
}

/** The same names for the same files. */
function isEqual(before: readonly Member[], after: readonly Member[]): boolean {
  const places = new Map(before.map(({ path, stats }) => [path, idOf(stats)]))
  return (
    before.length === after.length &&
    after.every(({ path, stats }) => places.get(path) === idOf(stats))
  )
}

function isCompressed({ path }: Member): boolean {
  return COMPRESSED.test(path)
}

function secondOf({ mtimeMs }: Stats): number {
  return Math.floor(mtimeMs / 1000)
}

/** Numbers that count, not dates. */
function isSmall(path: string): boolean {
  return numberOf(path) < 10_000
}

/** `capture.3`, `capture.3.pcap`. */
function numberOf(path: string): number {
  const all = basename(path).replace(COMPRESSED, '').match(/\d+/g)
  return Number(all?.at(-1) ?? 0)
}

/** Oldest first; of those written in the same moment the one with the higher number is older. */
function byTime(a: Member, b: Member): number {
  return a.stats.mtimeMs - b.stats.mtimeMs || numberOf(b.path) - numberOf(a.path)
}

function knownOf(members: readonly Member[]): Set<string> {
  return new Set(members.flatMap(({ stats }) => keysOf(stats)))
}

/** Inodes are used again; not every file system tells when a file was born. */
function keysOf(stats: Stats): string[] {
  const id = idOf(stats)
  const asItWas = `${id} ${stats.mtimeMs} ${stats.size}`
  return stats.birthtimeMs > 0 ? [asItWas, `${id} born ${stats.birthtimeMs}`] : [asItWas]
}
