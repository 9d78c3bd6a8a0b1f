/** Puts `trace.c` between a program and its disk, and reads what it wrote down. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `kind` as in trace.c; names are below the folder that was watched. */
export interface DiskEvent {
  kind: string
  name: string
  second: string
  inode: number
  offset: number
  /** Of a sync: the size of the file then. */
  length: number
  bytes: Buffer | undefined
}

const HEAD_BYTES = 40

/** Compiles it into the folder and answers the library's path. */
export function compileShim(folder: string): string {
  const library = join(folder, 'trace.so')
  const source = fileURLToPath(new URL('trace.c', import.meta.url))
  execFileSync('cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source])
  return library
}

export interface Watched {
  /** Calls below this folder, an absolute path without links. */
  disk: string
  trace?: string | undefined
  fault?: string | undefined
}

/** The environment of a program that is watched. */
export function watched(library: string, what: Watched): NodeJS.ProcessEnv {
  const { disk, trace, fault } = what
  return {
    ...process.env,
    LD_PRELOAD: library,
    FIELDTAP_DISK: disk,
    ...(trace === undefined ? {} : { FIELDTAP_TRACE: trace }),
    ...(fault === undefined ? {} : { FIELDTAP_FAULT: fault }),
  }
}

export interface Fault {
  /** Letters of trace.c. */
  kinds: string
  error: 'EIO' | 'ENOSPC'
  first: number
  /** 0: all from the first on. */
  count: number
  /** Of the path. */
  part?: string
  /** Two faults that say the same are two when this differs. */
  turn?: number
}

export function setFault(file: string, fault: Fault | undefined): void {
  if (fault === undefined) return rmSync(file, { force: true })
  const { kinds, error, first, count, part = '/', turn = 0 } = fault
  writeFileSync(file, `${kinds} ${error} ${first} ${count} ${part} ${turn}\n`)
}

export function readTrace(path: string): DiskEvent[] {
  const all = readFileSync(path)
  const events: DiskEvent[] = []
  for (let at = 0; at < all.length;) {
    const kind = String.fromCharCode(all[at] ?? 0)
    const nameEnd = at + HEAD_BYTES + all.readUInt32LE(at + 4)
    const secondEnd = nameEnd + all.readUInt32LE(at + 8)
    const length = Number(all.readBigUInt64LE(at + 32))
    const end = secondEnd + (kind === 'W' ? length : 0)
    events.push({
      kind,
      name: all.toString('utf8', at + HEAD_BYTES, nameEnd),
      second: all.toString('utf8', nameEnd, secondEnd),
      inode: Number(all.readBigUInt64LE(at + 16)),
      offset: Number(all.readBigInt64LE(at + 24)),
      length,
      bytes: kind === 'W' ? all.subarray(secondEnd, end) : undefined,
    })
    at = end
  }
  return events
}
