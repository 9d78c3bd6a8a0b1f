/** Which store a command looks into when none is named: never the demonstration before others. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from './command.ts'
import { dataHome, demoData, filesData, liveData } from './data.ts'
import { shownLines } from './print.ts'

/** So many are named. */
const NAMED_MAX = 10

/** The one there is; of a live sensor where there is none. */
export function keptStore(): string {
  const home = dataHome()
  const real = [liveData(home), ...filesOf(filesData(home))].filter(isStore)
  const demo = demoData(home)
  const [only] = real
  if (real.length > 1) throw several([...real, ...[demo].filter(isStore)])
  return only ?? (isStore(demo) ? demo : liveData(home))
}

/** Before anything is read: what it shows is of no use to who does not know whose it is. */
export function tellStore(data: string): void {
  process.stderr.write(shownLines(`fieldtap: the store is ${data}\n`))
}

function several(stores: readonly string[]): CommandError {
  const named = stores.slice(0, NAMED_MAX).map((store) => `\n    ${store}`)
  const more = stores.length - named.length
  const rest = more > 0 ? `\n    and ${more} more` : ''
  return new CommandError(
    'STORE_SEVERAL',
    `there are ${stores.length} stores, and none was named:${named.join('')}${rest}`,
    'Name one with --data DIR.',
  )
}

const isStore = (folder: string): boolean => existsSync(join(folder, 'fieldtap.db'))

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
  } catch {
    // Nothing was replayed yet.
    return []
  }
}
