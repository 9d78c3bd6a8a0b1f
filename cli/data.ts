/** Where the store lies when nobody says: XDG's data directory, a folder per source. */
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { hash } from 'node:crypto'
import type { Way } from '#sensor'

export function dataHome(): string {
  const xdg = process.env['XDG_DATA_HOME'] ?? ''
  return join(xdg === '' ? join(homedir(), '.local', 'share') : xdg, 'fieldtap')
}

export type Source =
  | { kind: 'demo' }
  | { kind: 'file'; file: string; follow: boolean }
  | {
      kind: 'live'
      interfaces: readonly string[]
      way: Way | undefined
      /** Words of a command that captures, instead of interfaces. */
      command: readonly string[] | undefined
    }

/** The demonstration and every replayed file have a store of their own. */
export function defaultData(source: Source): string {
  switch (source.kind) {
    case 'demo':
      return join(dataHome(), 'demo')
    case 'file': {
      const path = resolve(source.file)
      const name = basename(path).replaceAll(/[^A-Za-z0-9._-]/g, '_')
      return join(dataHome(), 'files', `${name}-${hash('sha256', path, 'hex').slice(0, 8)}`)
    }
    case 'live':
      return join(dataHome(), 'live')
  }
}

/** What goes on as long as it is let: its time is that of the clock. */
export function isLive(source: Source): boolean {
  return source.kind === 'live' || (source.kind === 'file' && source.follow)
}
