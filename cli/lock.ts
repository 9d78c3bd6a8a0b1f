/**
 * One sensor to a store, and one shipper: two would count, or send, everything twice. The console
 * may share it.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '#analyzer'
import { CommandError } from './command.ts'
import { reasonOf } from './system-error.ts'

/** As in the command line of who holds it. */
type Holder = 'sensor' | 'shipper'

/** Takes the store for this process; what it returns gives it back. */
export function lockStore(data: string, who: Holder = 'sensor'): () => void {
  const file = join(data, `${who}.lock`)
  try {
    makeFolder(data)
  } catch (error) {
    throw unwritable(data, error)
  }
  if (!take(file)) {
    const holder = holderOf(file, who)
    if (holder !== undefined) {
      throw new CommandError(
        'STORE_IN_USE',
        who === 'sensor'
          ? `a sensor writes to ${data} already: process ${holder}`
          : `a shipper sends from ${data} already: process ${holder}`,
        'Stop it, or give another folder with --data.',
      )
    }
    // Its process is gone, killed: the lock is nobody's.
    rmSync(file, { force: true })
    if (!take(file)) return lockStore(data, who)
  }
  return () => rmSync(file, { force: true })
}

function take(file: string): boolean {
  try {
    const handle = openSync(file, 'wx')
    writeSync(handle, `${process.pid}\n`)
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unwritable(dirname(file), error)
  }
}

function unwritable(data: string, error: unknown): CommandError {
  return new CommandError(
    'DATA_UNWRITABLE',
    `the store cannot be in ${data}: ${reasonOf(error)}`,
    'Give a folder that this user may write to with --data.',
  )
}

/** The process that holds it, where it runs and is one: process numbers come again. */
function holderOf(file: string, who: Holder): number | undefined {
  const pid = Number.parseInt(readText(file), 10)
  if (!Number.isInteger(pid) || pid === process.pid) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
  }
  const command = readText(`/proc/${pid}/cmdline`)
  return command === '' || command.includes(who) ? pid : undefined
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
