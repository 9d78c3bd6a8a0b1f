/**
 * A disk as a power cut leaves it. What was synced is there; of what was not, anything may be: a
 * write as a whole, some sectors of it, nothing, whatever the order. Names in a folder come in the
 * order in which they were made (journals keep it), and are sure once the folder was synced.
 */
import type { DiskEvent } from './shim.ts'

const SECTOR_BYTES = 512

/** What became of that which was not synced. */
export const cuts = ['none', 'all', 'some', 'late', 'torn', 'sectors'] as const
export type Cut = (typeof cuts)[number]
type Random = () => number

interface Change {
  /** Undefined: cut or filled up to `offset`. */
  bytes: Buffer | undefined
  offset: number
}

class Inode {
  readonly #durable = new Bytes()
  #pending: Change[] = []
  /** As the program sees it. */
  size = 0

  change(change: Change): void {
    const { bytes, offset } = change
    this.size = bytes === undefined ? offset : Math.max(this.size, offset + bytes.length)
    this.#pending.push(change)
  }

  sync(): void {
    for (const change of this.#pending) this.#durable.apply(change)
    this.#pending = []
  }

  /** A sync that failed: the system takes what it could not write for written (fsync(2), Notes). */
  forget(random: Random): void {
    this.#pending = this.#pending.filter(({ bytes }) => bytes === undefined || random() < 0.5)
  }

  after(cut: Cut, random: Random): Buffer {
    const left = this.#durable.copy()
    for (const change of survivors(this.#pending, cut, random)) left.apply(change)
    return left.whole()
  }
}

class Bytes {
  #buffer: Buffer
  #size: number

  constructor(buffer = Buffer.alloc(0)) {
    this.#buffer = buffer
    this.#size = buffer.length
  }

  apply({ bytes, offset }: Change): void {
    const end = offset + (bytes?.length ?? 0)
    if (end > this.#buffer.length) {
      const wider = Buffer.alloc(Math.max(end, 2 * this.#buffer.length))
      this.#buffer.copy(wider, 0, 0, this.#size)
      this.#buffer = wider
    }
    if (bytes === undefined) {
      this.#buffer.fill(0, Math.min(offset, this.#size), Math.max(offset, this.#size))
      this.#size = offset
    } else {
      bytes.copy(this.#buffer, offset)
      this.#size = Math.max(this.#size, end)
    }
  }

  whole(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }

  copy(): Bytes {
    return new Bytes(Buffer.from(this.whole()))
  }
}

function survivors(pending: readonly Change[], cut: Cut, random: Random): readonly Change[] {
  const part = Math.floor(random() * (pending.length + 1))
  switch (cut) {
    case 'none':
      return []
    case 'all':
      return pending
    case 'some':
      return pending.filter(() => random() < 0.5)
    case 'late':
      return pending.slice(part)
    case 'torn': {
      const last = pending[part]
      return last === undefined ? pending : [...pending.slice(0, part), ...torn(last, random)]
    }
    case 'sectors':
      return pending.flatMap((change) => sectors(change).filter(() => random() < 0.5))
  }
}

function torn(change: Change, random: Random): Change[] {
  const pieces = sectors(change)
  return pieces.slice(0, Math.floor(random() * pieces.length))
}

function sectors({ bytes, offset }: Change): Change[] {
  if (bytes === undefined) return [{ bytes, offset }]
  const pieces: Change[] = []
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES))
    pieces.push({ bytes: bytes.subarray(at, end), offset: offset + at })
    at = end
  }
  return pieces
}

type Names = Map<string, Inode | 'folder'>
interface Naming {
  folder: string
  apply: (names: Names) => void
}

const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))

export class Disk {
  readonly #names: Names = new Map()
  readonly #durable: Names = new Map()
  #pending: Naming[] = []
  readonly #open = new Map<number, Inode>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  apply(event: DiskEvent): void {
    const { kind, name, second } = event
    // The index of the log is shared memory; the first to open it makes it anew.
    if (name.replace(' (deleted)', '').endsWith('-shm')) return
    if (kind === 'C') {
      const inode = new Inode()
      this.#open.set(event.inode, inode)
      this.#rename(name, (names) => names.set(name, inode))
    } else if (kind === 'M') {
      this.#rename(name, (names) => names.set(name, 'folder'))
    } else if (kind === 'U' || kind === 'D') {
      this.#rename(name, (names) => names.delete(name))
    } else if (kind === 'R') {
      const moved = this.#names.get(name)
      if (moved === undefined) throw new Error(`${name} is renamed and was never made`)
      this.#rename(second, (names) => {
        names.delete(name)
        names.set(second, moved)
      })
    } else if (name === '' || this.#names.get(name) === 'folder') {
      if (kind === 'S') this.#syncFolder(name)
    } else this.#ofFile(event)
  }

  #ofFile({ kind, name, inode, offset, length, bytes }: DiskEvent): void {
    const file = this.#open.get(inode)
    if (file === undefined) throw new Error(`${name} is written and was never made`)
    if (kind === 'W' || kind === 'T') return file.change({ bytes, offset })
    if (length !== file.size) throw new Error(`${name} has ${length} bytes, ${file.size} traced`)
    if (kind === 'S') file.sync()
    else file.forget(this.#random)
  }

  #rename(name: string, apply: Naming['apply']): void {
    apply(this.#names)
    this.#pending.push({ folder: folderOf(name), apply })
  }

  #syncFolder(folder: string): void {
    for (const naming of this.#pending) if (naming.folder === folder) naming.apply(this.#durable)
    this.#pending = this.#pending.filter((naming) => naming.folder !== folder)
  }

  /** Files by name; a folder is undefined. */
  after(cut: Cut, random: Random): Map<string, Buffer | undefined> {
    const names: Names = new Map(this.#durable)
    const share = cut === 'none' ? 0 : cut === 'all' ? 1 : random()
    const kept = Math.round(share * this.#pending.length)
    for (const { apply } of this.#pending.slice(0, kept)) apply(names)
    const files = new Map<string, Buffer | undefined>()
    for (const [name, inode] of names) {
      if (!isReached(name, names)) continue
      files.set(name, inode === 'folder' ? undefined : inode.after(cut, random))
    }
    return files
  }
}

function isReached(name: string, names: Names): boolean {
  const folder = folderOf(name)
  return folder === '' || (names.get(folder) === 'folder' && isReached(folder, names))
}
