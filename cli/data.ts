/** Where the store lies when nobody says: XDG's data directory, a folder per source. */
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { hash } from 'node:crypto'
import type { Way } from '#sensor'
import { CommandError } from './command.ts'

export function dataHome(): string {
  const xdg = process.env['XDG_DATA_HOME'] ?? ''
  return join(xdg === '' ? join(homeFolder(), '.local', 'share') : xdg, 'fieldtap')
}

/** Users of containers and of services may have none. */
function homeFolder(): string {
  try {
    return homedir()
  } catch {
    throw new CommandError(
      'HOME_UNKNOWN',
      'this user has no home folder, where the store would be',
      'Name a folder that this user may write to with --data, or set XDG_DATA_HOME.',
    )
  }
}

/** A capture that comes by a pipe. */
export const STDIN = '-'

export type Source =
  | { kind: 'demo' }
  /** Several are read as one, in the order of their times. */
  | { kind: 'file'; files: readonly string[]; follow: boolean }
  | {
      kind: 'live'
      interfaces: readonly string[]
      way: Way | undefined
      /** Words of a command that captures, instead of interfaces. */
      command: readonly string[] | undefined
    }

export const demoData = (home: string): string => join(home, 'demo')
export const liveData = (home: string): string => join(home, 'live')
export const filesData = (home: string): string => join(home, 'files')

/** The demonstration, and every file or set of files that is replayed, has a store of its own. */
export function defaultData(source: Source): string {
  switch (source.kind) {
    case 'demo':
      return demoData(dataHome())
    case 'file': {
      const paths = source.files.map((file) => resolve(file))
      // `-` would be an option to whom it is given.
      const first = source.files[0] === STDIN ? 'stdin' : basename(paths[0] ?? '')
      const name = first.replaceAll(/[^A-Za-z0-9._-]/g, '_').replace(/^-/, '_')
      const more = paths.length > 1 ? `-and-${paths.length - 1}` : ''
      const id = hash('sha256', paths.join('\n'), 'hex').slice(0, 8)
      return join(filesData(dataHome()), `${name}${more}-${id}`)
    }
    case 'live':
      return liveData(dataHome())
  }
}

/** What goes on as long as it is let: its time is that of the clock. */
export function isLive(source: Source): boolean {
  return source.kind === 'live' || (source.kind === 'file' && source.follow)
}
