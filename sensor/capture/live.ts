/** The ways of live capture, one file each behind one contract. */
import { CaptureError } from './capture.ts'
import type { Capture, LiveOptions } from './capture.ts'
import type { PipeCommand } from './command.ts'
import { dumpcapCommand } from './dumpcap.ts'
import { checkInterfaces } from './interfaces.ts'
import { launcherLimits } from './linux/launcher.ts'
import { ringSockets } from './linux/privilege.ts'
import { RingCapture } from './linux/ring.ts'
import { packageCommand } from './npm/package.ts'
import { PipeCapture } from './pipe.ts'
import { SeveralCaptures } from './several.ts'
import { tcpdumpCommand } from './tcpdump.ts'
import { userCommand } from './user-command.ts'

export const ways = ['ring', 'tcpdump', 'dumpcap', 'cap', 'pcap'] as const
export type Way = (typeof ways)[number]

export interface LiveSource extends LiveOptions {
  readonly interfaces: readonly string[]
  /** Undefined: the ring where it can be had, else tcpdump. */
  readonly way: Way | undefined
  /** The words of a command that captures, instead of interfaces. */
  readonly command?: readonly string[] | undefined
}

export interface PreparedLive {
  /** Open sockets, in the order of the interfaces; empty for ways that open nothing before. */
  readonly descriptors: readonly number[]
  /** What is not as one would have it, in words. */
  readonly limits: readonly string[]
  open(): Capture
  /** A child has them: here they are closed, or they would stay open after its end. */
  release(): void
}

/** What no other way would do better. */
const final = new Set(['INTERFACE_NOT_FOUND', 'INTERFACE_DOWN', 'FILTER_INVALID'])

/**
 * Opens what needs a privilege and gives it up, which starts this program again from its
 * beginning; `lock` takes the ability to send as well (see linux/privilege.ts).
 */
export function prepareLive(source: LiveSource, lock: boolean): PreparedLive {
  const { interfaces, way, command } = source
  if (command !== undefined) {
    const capture = openLive(source)
    return { descriptors: [], limits: [], open: () => capture, release: () => {} }
  }
  checkInterfaces(interfaces)
  const limits: string[] = []
  if (way === 'ring' || (way === undefined && isRingPossible(interfaces))) {
    try {
      return prepareRing(source, lock)
    } catch (error) {
      if (way === 'ring') throw error
      if (error instanceof CaptureError && final.has(error.code)) throw error
      limits.push(`tcpdump captures, not the ring: ${(error as Error).message}`)
    }
  }
  const capture = openLive({ ...source, way: way ?? 'tcpdump' }, limits)
  return { descriptors: [], limits, open: () => capture, release: () => {} }
}

/** `any` is all interfaces at once, which the ring does not do: their frames differ. */
function isRingPossible(interfaces: readonly string[]): boolean {
  return process.platform === 'linux' && !interfaces.includes('any')
}

function pipeCommand(way: Exclude<Way, 'ring'>, options: LiveOptions): PipeCommand {
  switch (way) {
    case 'tcpdump':
      return tcpdumpCommand(options)
    case 'dumpcap':
      return dumpcapCommand(options)
    case 'cap':
    case 'pcap':
      return packageCommand(way, options)
  }
}

function prepareRing(source: LiveSource, lock: boolean): PreparedLive {
  const { interfaces } = source
  const opened = ringSockets(interfaces, source, lock)
  const { sockets } = opened
  const limits = [...opened.limits, ...launcherLimits()]
  const open = interfaces.map((name) => ({ name, socket: sockets.get(name) }))
  return {
    descriptors: open.map(({ socket }) => socket?.descriptor ?? -1),
    limits,
    open: () =>
      joined(open.map(({ name, socket }) => new RingCapture(name, source, socket, limits))),
    release: () => {
      for (const { socket } of open) socket?.close()
    },
  }
}

function joined(captures: readonly Capture[]): Capture {
  const [only] = captures
  return captures.length === 1 && only !== undefined ? only : new SeveralCaptures(captures)
}

/** In this process as it is: nothing is given up. Nothing runs before the first batch. */
export function openLive(source: LiveSource, limits: readonly string[] = []): Capture {
  const { interfaces, way = 'tcpdump', command } = source
  if (command !== undefined) {
    return new PipeCapture(command.join(' '), userCommand(command), false)
  }
  if (way === 'ring') return joined(interfaces.map((name) => new RingCapture(name, source)))
  const by = pipeCommand(way, source)
  return joined(interfaces.map((name) => new PipeCapture(name, by, name !== 'any', limits)))
}
