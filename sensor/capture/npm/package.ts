/**
 * Capture by the packages `cap` and `pcap` of npm, where the user has installed them. They run in
 * a process of their own that writes a pipe: a flood starves its event loop and not ours, and what
 * ends it (cap aborts when its interface goes down) does not end the sensor.
 */
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUFFER_KIB, CaptureError, SNAPLEN_MAX } from '../capture.ts'
import type { LiveOptions } from '../capture.ts'
import type { PipeCommand } from '../command.ts'
import { readCounts, stopped } from '../tcpdump.ts'

export const packages = ['cap', 'pcap'] as const
export type PackageName = (typeof packages)[number]

/** What the process is started with, as JSON. */
export interface ChildSettings {
  readonly name: PackageName
  /** Where the package was found. */
  readonly path: string
  readonly interface: string
  readonly filter: string
  readonly snaplen: number
  readonly bufferBytes: number
}

const limits: Readonly<Record<PackageName, readonly string[]>> = {
  cap: [
    'cap gives no times: those of arrival are taken, up to some milliseconds late',
    'cap counts no losses: not-assessable',
    'cap cuts packets at 65535 bytes without saying how long they were',
  ],
  pcap: [],
}

export function packageCommand(name: PackageName, options: LiveOptions): PipeCommand {
  const path = found(name, options.packagesFrom)
  if (path === undefined) throw notInstalled(name, `the package ${name} of npm is not installed`)
  const { filter = '', snaplen = SNAPLEN_MAX, bufferKiB = BUFFER_KIB } = options
  const worker = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
  return {
    way: name,
    program: process.execPath,
    words: (device) => {
      const bufferBytes = bufferKiB * 1024
      const settings: ChildSettings = {
        name,
        path,
        interface: device,
        filter,
        snaplen,
        bufferBytes,
      }
      return [worker, JSON.stringify(settings)]
    },
    read: readCounts,
    isFiltered: filter !== '',
    isDeafAfterDown: true,
    limits: limits[name],
    missing: () => notInstalled(name, `${process.execPath} is not there`),
    stopped: (device, text, code) =>
      /cannot load the package/.test(text)
        ? notInstalled(name, `the package ${name} is there, but it was not built`)
        : stopped(name, device, text, code),
  }
}

/** Beside the working directory, beside this program, among the global ones, on NODE_PATH. */
function found(name: PackageName, from: string | undefined): string | undefined {
  const global = join(dirname(process.execPath), '..', 'lib')
  const folders = [process.cwd(), dirname(fileURLToPath(import.meta.url)), global]
  for (const folder of from === undefined ? folders : [from]) {
    try {
      return createRequire(join(folder, 'resolve.js')).resolve(name)
    } catch {
      continue
    }
  }
  return undefined
}

function notInstalled(name: PackageName, message: string): CaptureError {
  return new CaptureError(
    'PACKAGE_MISSING',
    message,
    `install it: npm install --global --foreground-scripts ${name} (it needs a compiler and ` +
      `libpcap-dev, on Windows Npcap; where npm blocks scripts: npm install-scripts approve ${name})`,
  )
}
