/** Files that a command writes: what stands against it is told before the work, not after it. */
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { CommandError, EXIT_ERROR } from './command.ts'
import { reasonOf } from './system-error.ts'

/** Opens a file for writing, `-` being standard output; what is in it stays until `clear`. */
export function openOutput(file: string): number {
  if (file === '-') return 1
  try {
    return openSync(file, 'a')
  } catch (error) {
    throw new CommandError(
      'OUTPUT_UNWRITABLE',
      `${file} cannot be written: ${reasonOf(error)}`,
      'Name a file in a folder that is there and may be written to.',
    )
  }
}

/** What a file holds; nothing, where it is none that keeps what it is given. */
export function writtenBefore(file: string): string {
  try {
    return statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

/** Takes out what was in it before: only once there is something to put in its place. */
export function clearOutput(handle: number): void {
  if (handle !== 1) ftruncateSync(handle)
}

export function writeOutput(handle: number, text: string): void {
  try {
    clearOutput(handle)
    writeFileSync(handle, text)
  } catch (error) {
    endIfGone(error)
  }
}

export function closeOutput(handle: number): void {
  if (handle !== 1) closeSync(handle)
}

/** A reader that goes away (`… | head`) ends the command without a word; the rest is thrown. */
export function endIfGone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  process.exit(EXIT_ERROR)
}
