/** The captures that a command names: one, or several as one in time order. */
import type { CaptureStatus, MergedCapture } from '#sensor'
import { fileOpener, mergeCaptures, openFile, openStream } from '#sensor'

const STDIN = '-'

export function openCaptures(files: readonly string[]): MergedCapture {
  const [only = STDIN] = files
  if (files.length > 1) return mergeCaptures(files.map(openerOf))
  const capture = only === STDIN ? openStream(process.stdin, STDIN) : openFile(only)
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
