/**
 * The ring of `tcpdump -C -W`: files that end in their number, written into again when it comes
 * round (`capture0`, `capture1`, `capture0`). The next one is that with the next number, or with 0,
 * once it begins in another way than before: one that only grew belongs to somebody else.
 */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FOLLOWED, SUCCESSORS_MAX, isSame, opened, statOf } from './members.ts'
import type { Member, Successors } from './members.ts'

/** `tcpdump -C` counts in millions of bytes: a smaller file is not full. */
const FULL_BYTES = 1_000_000
/** The header of the file and of its first packet, which has a time. */
const HEAD_BYTES = 40

export class CountedRing {
  readonly #folder: string
  readonly #prefix: string
  /** How those began that may come next, as far as they were looked at. */
  #heads = new Map<string, string>()

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.#prefix = name.replace(/\d+$/, '')
  }

  /** Before the file of this name is opened. */
  async remember(name: string): Promise<void> {
    this.#heads = await this.#window(name, Number.POSITIVE_INFINITY, new Map())
  }

  /** The writer has gone on under the next names; undefined where it has not. */
  async after(read: FileHandle, path: string): Promise<Successors | undefined> {
    const before = await read.stat()
    if (before.size < FULL_BYTES) return undefined
    const chain: Member[] = []
    const heads = new Map(this.#heads)
    let last: Member = { path, stats: before }
    while (chain.length < SUCCESSORS_MAX) {
      const next = await this.#next(last, heads)
      if (next === undefined || isSame(next.stats, before)) break
      chain.push(next)
      last = next
    }
    if (chain.length === 0) return undefined
    const files = await opened(chain)
    if (files === undefined) return undefined
    this.#heads = await this.#window(basename(last.path), before.mtimeMs, heads)
    return { files, doubt: undefined }
  }

  /** What it began with is put down, so that it is not taken twice. */
  async #next(last: Member, heads: Map<string, string>): Promise<Member | undefined> {
    for (const name of this.#after(basename(last.path))) {
      const path = join(this.#folder, name)
      const stats = await statOf(path)
      if (stats === undefined || stats.mtimeMs < last.stats.mtimeMs) continue
      const head = await headOf(path)
      // Emptied, and nothing is in it yet: the next look tells.
      if (head.length < HEAD_BYTES || head === heads.get(name)) continue
      heads.set(name, head)
      return { path, stats }
    }
    return undefined
  }

  /** Written before `time`, so that what they begin with now is what they began with then. */
  async #window(
    name: string,
    time: number,
    known: ReadonlyMap<string, string>,
  ): Promise<Map<string, string>> {
    const heads = new Map<string, string>()
    for (let each of this.#after(name)) {
      for (let i = 0; i < SUCCESSORS_MAX; i++) {
        const path = join(this.#folder, each)
        const stats = await statOf(path)
        if (stats === undefined) break
        const head = known.get(each) ?? (stats.mtimeMs < time ? await headOf(path) : undefined)
        if (head !== undefined) heads.set(each, head)
        each = this.#after(each)[0]
      }
    }
    return heads
  }

  /** Padded as wide as it is (`-W`). */
  #after(name: string): [string, string] {
    const digits = name.slice(this.#prefix.length)
    const named = (number: number): string =>
      `${this.#prefix}${String(number).padStart(digits.length, '0')}`
    return [named(Number(digits) + 1), named(0)]
  }
}

async function headOf(path: string): Promise<string> {
  const file = await open(path, FOLLOWED).catch(() => undefined)
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
