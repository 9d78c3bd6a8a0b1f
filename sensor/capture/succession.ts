/**
 * Files that one writer fills one after the other: put away under other names when they are large
 * or old (`capture.1`, `capture.2`, `capture-20261121`), or begun under the next name of a ring
 * (`dumpcap -b`, `tcpdump -C`). Which of them come after the one that was read to its end is told
 * by their inodes and by when they were written last; what cannot be shown to be all is said.
 */
import type { Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Files of one look: more were written between two looks than anybody keeps. */
const SUCCESSORS_MAX = 64
/** Names change while they are looked at: so often it is begun anew. */
const TRIES_MAX = 5
/** `tcpdump -C` counts in millions of bytes: a smaller file is not full. */
const FULL_BYTES = 1_000_000

const HEAD_BYTES = 40

const COMPRESSED = /\.(?:gz|zst|xz|bz2|Z)$/
/** `dumpcap -b`: number and time of its beginning, in either order. */
const RING_TIME = String.raw`_(?:\d{5,}_\d{14}|\d{14}_\d{5,})`

/** Nothing shows that no other file was there between the two. */
export const GONE = 'the file that was read is gone, perhaps others with it'

interface Member {
  readonly path: string
  readonly stats: Stats
  readonly isCompressed: boolean
}

export interface Successors {
  /** Oldest first, open: a name may mean another file by the time that it is read. */
  readonly files: readonly { readonly path: string; readonly file: FileHandle }[]
  /** Why there may be more that nobody can read any more. */
  readonly doubt: string | undefined
}

export class Succession {
  readonly #folder: string
  readonly #name: string
  readonly #putAway: RegExp
  readonly #ring: RegExp
  readonly #isTimed: boolean
  /** Those that were there when the file that is read was begun: none of them comes after it. */
  #known = new Set<string>()
  /** Of a counted ring: how each file began, as a ring writes into the same files again. */
  #heads = new Map<string, string>()

  constructor(path: string) {
    this.#folder = dirname(path)
    this.#name = basename(path)
    const [, stem = '', ending = ''] = /^(.+?)(\.[^.]*)?$/.exec(this.#name) ?? []
    const rotated = `${escaped(stem)}[._-]\\d[\\d._-]*${escaped(ending)}`
    const packed = '(?:\\.(?:gz|zst|xz|bz2|Z))?'
    this.#putAway = new RegExp(`^(?:${escaped(this.#name)}[.-]\\d[\\d.-]*|${rotated})${packed}$`)
    const timed = new RegExp(`^(.*)${RING_TIME}$`).exec(stem)
    const counted = /^(.*?)\d+$/.exec(this.#name)
    this.#isTimed = timed !== null || counted === null
    const before = escaped(timed?.[1] ?? (counted?.[1] || stem))
    this.#ring = this.#isTimed
      ? new RegExp(`^${before}${RING_TIME}${escaped(ending)}$`)
      : new RegExp(`^${before}\\d+$`)
  }

  /** A file is begun. */
  async remember(): Promise<void> {
    const members = await this.#members(this.#putAway, this.#ring)
    this.#known = new Set(members.map(keyOf))
    this.#heads.clear()
    if (this.#isTimed) return
    for (const { path, stats } of members) this.#heads.set(idOf(stats), await headOf(path))
  }

  /** Another file has the name: those between it and the one that was read, and it. */
  async since(read: FileHandle): Promise<Successors> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const before = await read.stat()
      const members = await this.#members(this.#putAway)
      const newer = members.filter((member) => this.#isNewer(member, before))
      const plain = newer.filter(({ isCompressed }) => !isCompressed).sort(byTime)
      const now = await statOf(join(this.#folder, this.#name))
      // Gone again: it is looked for once more when it is there.
      if (now === undefined) return { files: [], doubt: undefined }
      const last = { path: join(this.#folder, this.#name), stats: now, isCompressed: false }
      const files = await opened([...plain, last].slice(-SUCCESSORS_MAX))
      if (files === undefined) continue
      const beyond = Math.max(0, plain.length + 1 - SUCCESSORS_MAX)
      return { files, doubt: doubtOf(members, before, newer, plain, beyond) }
    }
    return { files: [], doubt: 'its files were renamed while they were looked for' }
  }

  /** The writer has gone on under the next name of its ring; undefined where it has not. */
  async after(read: FileHandle, path: string): Promise<Successors | undefined> {
    const before = await read.stat()
    if (!this.#isTimed && before.size < FULL_BYTES) return undefined
    const members = await this.#members(this.#ring)
    const newer = members
      .filter((member) => this.#isNewer(member, before) && member.stats.mtimeMs > before.mtimeMs)
      .sort(byTime)
    const next = this.#isTimed ? newer : await this.#counted(path, newer)
    const [first] = next
    if (first === undefined) return undefined
    const files = await opened(next.slice(-SUCCESSORS_MAX))
    if (files === undefined) return undefined
    const isAll = this.#follows(path, first.path) && next.length <= SUCCESSORS_MAX
    return { files, doubt: isAll ? undefined : 'files of its ring are gone' }
  }

  /** Other numbers, and a file that only grew, belong to another writer. */
  async #counted(path: string, newer: readonly Member[]): Promise<Member[]> {
    const next: Member[] = []
    for (const member of newer) {
      if (!this.#follows(next.at(-1)?.path ?? path, member.path)) continue
      if (!(await this.#isOld(member))) next.push(member)
    }
    return next
  }

  async #isOld({ path, stats }: Member): Promise<boolean> {
    const before = this.#heads.get(idOf(stats))
    return before !== undefined && before === (await headOf(path))
  }

  /** The name is not there: a ring of `dumpcap` that was told this name has others. */
  async first(): Promise<Successors | undefined> {
    if (!this.#isTimed) return undefined
    const members = (await this.#members(this.#ring)).sort(byTime)
    if (members.length === 0) return undefined
    const files = await opened(members.slice(-SUCCESSORS_MAX))
    return files === undefined ? undefined : { files, doubt: undefined }
  }

  #isNewer(member: Member, read: Stats): boolean {
    const { stats, isCompressed } = member
    if (isSame(stats, read) || this.#known.has(keyOf(member))) return false
    // Who compresses a file keeps its time: one as old as what was read is its copy.
    return isCompressed
      ? Math.floor(stats.mtimeMs / 1000) > Math.floor(read.mtimeMs / 1000)
      : stats.mtimeMs >= read.mtimeMs
  }

  /** By its number; a ring begins anew with 0. */
  #follows(path: string, next: string): boolean {
    const [from, to] = [path, next].map((each) => {
      const digits = basename(each).match(this.#isTimed ? /_(\d{5,13})(?=[_.]|$)/ : /(\d+)$/)
      return Number(digits?.[1] ?? Number.NaN)
    }) as [number, number]
    return to === from + 1 || (!this.#isTimed && to === 0)
  }

  async #members(...patterns: readonly RegExp[]): Promise<Member[]> {
    const names = await readdir(this.#folder).catch(() => [] as string[])
    const own = names.filter((name) => patterns.some((pattern) => pattern.test(name)))
    const found = await Promise.all(
      own.map(async (name) => {
        const path = join(this.#folder, name)
        const stats = await statOf(path)
        const isCompressed = COMPRESSED.test(name)
        return stats === undefined ? [] : [{ path, stats, isCompressed }]
      }),
    )
    return found.flat()
  }
}

/** Undefined where one of them is not what it was. */
async function opened(members: readonly Member[]): Promise<Successors['files'] | undefined> {
  const files: { path: string; file: FileHandle }[] = []
  const seen = new Set<string>()
  for (const { path, stats } of members) {
    const id = idOf(stats)
    if (seen.has(id)) continue
    seen.add(id)
    const file = await open(path).catch(() => undefined)
    if (file !== undefined) files.push({ path, file })
    if (file === undefined || !isSame(await file.stat(), stats)) {
      await Promise.all(files.map((each) => each.file.close()))
      return undefined
    }
  }
  return files
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
  const second = Math.floor(read.mtimeMs / 1000)
  const isCopied = members.some(({ isCompressed, stats }) => {
    return isCompressed && Math.floor(stats.mtimeMs / 1000) === second
  })
  return isCopied ? undefined : GONE
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

function idOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`
}

function keyOf({ stats }: Member): string {
  return `${idOf(stats)} ${stats.mtimeMs} ${stats.size}`
}

/** The header of the file and of its first packet, which has a time. */
async function headOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } catch {
    return ''
  } finally {
    await file.close()
  }
}

export function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

async function statOf(path: string): Promise<Stats | undefined> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true ? stats : undefined
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
