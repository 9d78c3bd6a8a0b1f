/** The captures that a command names: one, or several as one in time order. */
import type { CaptureStatus, MergedCapture } from '#sensor'
import { fileOpener, followFile, mergeCaptures, openFile, openStream } from '#sensor'
import { STDIN } from './data.ts'
import { followsNothing } from './options.ts'

export function openCaptures(files: readonly string[], follow = false): MergedCapture {
  const [only = STDIN] = files
  if (follow && (files.length !== 1 || only === STDIN)) throw followsNothing()
  if (files.length > 1) return mergeCaptures(files.map(openerOf))
  const read = follow ? followFile : openFile
  const capture = only === STDIN ? openStream(process.stdin, STDIN) : read(only)
  return {
    batches: () => capture.batches(),
    status: () => capture.status(),
    statuses: (): CaptureStatus[] => [capture.status()],
    close: () => capture.close(),
  }
}

function openerOf(file: string): ReturnType<typeof fileOpener> {
  if (file !== STDIN) return fileOpener(file)
  return {
    name: STDIN,
    open: (options) => openStream(process.stdin, STDIN, options),
    repeats: () => Promise.resolve(false),
  }
}
