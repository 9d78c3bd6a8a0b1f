/** Files of one writer, as they are found in their folder: listed, looked at, opened. */
import { constants } from 'node:fs'
import type { Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of one look: more were written between two looks than anybody keeps open. */
export const SUCCESSORS_MAX = 64
/** Looked at side by side: a folder may hold tens of thousands. */
const STATS_AT_ONCE = 64

/** A pipe without a writer would be opened for as long as there is none. */
// oxlint-disable-next-line no-bitwise
export const FOLLOWED = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

export interface Member {
  readonly path: string
  readonly stats: Stats
}

export interface Successors {
  /** Oldest first, open: a name may mean another file by the time that it is read. */
  readonly files: readonly { readonly path: string; readonly file: FileHandle }[]
  /** Why there may be more that nobody can read any more. */
  readonly doubt: string | undefined
}

export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}

/** Files alone, and those that are still there. */
export async function membersOf(folder: string, names: readonly string[]): Promise<Member[]> {
  const members: Member[] = []
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const paths = names.slice(at, at + STATS_AT_ONCE).map((name) => join(folder, name))
    const found = await Promise.all(paths.map(statOf))
    for (const [i, stats] of found.entries()) {
      if (stats !== undefined) members.push({ path: paths[i] ?? '', stats })
    }
  }
  return members
}

/** Undefined where one of them is not what it was. */
export async function opened(members: readonly Member[]): Promise<Successors['files'] | undefined> {
  const files: { path: string; file: FileHandle }[] = []
  const seen = new Set<string>()
  for (const { path, stats } of members) {
    const id = idOf(stats)
    if (seen.has(id)) continue
    seen.add(id)
    const file = await open(path, FOLLOWED).catch(() => undefined)
    if (file !== undefined) files.push({ path, file })
    if (file === undefined || !isSame(await file.stat(), stats)) {
      await closeAll(files)
      return undefined
    }
  }
  return files
}

export async function closeAll(files: Successors['files']): Promise<void> {
  await Promise.all(files.map(({ file }) => file.close()))
}

export function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

export function idOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`
}

export async function statOf(path: string): Promise<Stats | undefined> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true ? stats : undefined
}

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
