/** How a sensor opens what it reads: what is prepared before it, tried, and told of it. */
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Capture, PacketBatch, PreparedLive } from '#sensor'
import { prepareLive } from '#sensor'
import { openCaptures } from './captures.ts'
import type { Source } from './data.ts'
import { STDIN } from './data.ts'
import type { RunOptions } from './options.ts'
import { captureFiles } from './options.ts'

/** A quiet mirror port says nothing in this time, one that may not be opened does. */
const PROBE_MS = 700
/** Of so many files the names are told. */
const NAMES_MAX = 3

/** Opens what needs a privilege and drops it; undefined where nothing is captured live. */
export function prepareCapture(options: RunOptions, lock: boolean): PreparedLive | undefined {
  const { source, filter, snaplen, bufferKiB } = options
  if (source.kind !== 'live') return undefined
  const { interfaces, way, command } = source
  return prepareLive({ interfaces, way, command, filter, snaplen, bufferKiB }, lock)
}

/** Tells what stands against a capture before anything says that it runs. */
export async function probe(
  options: RunOptions,
  prepared: PreparedLive | undefined,
): Promise<void> {
  const { source } = options
  // The socket is open and its filter is in: nothing is left that could be refused.
  if (prepared !== undefined && prepared.descriptors.length > 0) return
  // What people wrote is run once: it may ask for a password, or count.
  if (source.kind === 'live' && source.command !== undefined) return
  const files = captureFiles(source).filter(isReadTwice)
  if (prepared === undefined && files.length === 0) return
  const capture = prepared?.open() ?? openFiles(source, files)
  const first = capture.batches()[Symbol.asyncIterator]().next()
  const waited = new AbortController()
  try {
    await Promise.race([first, sleep(PROBE_MS, undefined, { signal: waited.signal })])
  } finally {
    waited.abort()
    await capture.close()
    await first.catch(() => undefined)
  }
}

/** What comes by a pipe is there once, and the sensor's. */
function isReadTwice(file: string): boolean {
  if (file === STDIN) return false
  try {
    const kind = statSync(file)
    return kind.isFile() || kind.isDirectory()
  } catch {
    // What stands against it is told when it is opened.
    return true
  }
}

/**
 * Calls `begins` once the capture does: with its first batch, at its end, or when it has been quiet
 * for as long as a failure to open it would take. A capture that fails at once never began.
 */
export function announced(capture: Capture, begins: () => void): Capture {
  let begun = false
  const begin = (): void => {
    if (!begun) begins()
    begun = true
  }
  async function* batches(): AsyncGenerator<PacketBatch> {
    const quiet = setTimeout(begin, PROBE_MS)
    try {
      for await (const batch of capture.batches()) {
        begin()
        yield batch
      }
      begin()
    } finally {
      clearTimeout(quiet)
    }
  }
  return {
    batches,
    status: () => capture.status(),
    ...(capture.placeOf === undefined ? {} : { placeOf: capture.placeOf.bind(capture) }),
    close: () => capture.close(),
  }
}

/** Nothing is read of it yet. */
export function openCapture(options: RunOptions, prepared: PreparedLive | undefined): Capture {
  return prepared?.open() ?? openFiles(options.source, captureFiles(options.source))
}

function openFiles(source: Source, files: readonly string[]): Capture {
  return openCaptures(files, source.kind === 'file' && source.follow)
}

export function sourceText(options: RunOptions): string {
  const { source } = options
  if (source.kind !== 'live') return namesText(captureFiles(source))
  return source.command?.join(' ') ?? source.interfaces.join(', ')
}

function namesText(files: readonly string[]): string {
  const named = files.slice(0, NAMES_MAX).join(', ')
  const more = files.length - NAMES_MAX
  return more > 0 ? `${named} and ${more} more` : named
}
