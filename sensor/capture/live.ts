/** The ways of live capture, one file each behind one contract. */
import { CaptureError } from './capture.ts'
import type { LiveCapture, LiveOptions } from './capture.ts'
import { ringSockets } from './linux/privilege.ts'
import { RingCapture } from './linux/ring.ts'
import { openTcpdump } from './tcpdump-capture.ts'

export const ways = ['ring', 'tcpdump'] as const
export type Way = (typeof ways)[number]

export interface LiveSource extends LiveOptions {
  readonly interfaces: readonly string[]
  /** Undefined: the ring where it can be had, else tcpdump. */
  readonly way: Way | undefined
}

export interface PreparedSource {
  /** In the order of the interfaces; empty for ways that open nothing before. */
  readonly descriptors: readonly number[]
  open(): LiveCapture
  /** A child has them: here they are closed, or they would stay open after its end. */
  release(): void
}

/** What the interface itself lacks: no other way would do better. */
const final = new Set(['INTERFACE_NOT_FOUND', 'INTERFACE_DOWN', 'FILTER_INVALID'])

/**
 * Opens what needs a privilege and gives it up, which starts this program again from its
 * beginning; `lock` takes the ability to send as well (see linux/privilege.ts).
 */
export function prepareLive(source: LiveSource, lock: boolean): PreparedSource {
  const { interfaces, way } = source
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
  const name = interfaces[0] ?? ''
  return { descriptors: [], open: () => openTcpdump(name, source), release: () => {} }
}

function isRingPossible(interfaces: readonly string[]): boolean {
  return process.platform === 'linux' && !interfaces.includes('any')
}

function prepareRing(source: LiveSource, lock: boolean): PreparedSource {
  const { interfaces } = source
  const { sockets, limits } = ringSockets(interfaces, source, lock)
  const captures = interfaces.map(
    (name) => new RingCapture(name, source, sockets.get(name), limits),
  )
  return {
    descriptors: interfaces.map((name) => sockets.get(name)?.descriptor ?? -1),
    open: () => captures[0] as LiveCapture,
    release: () => sockets.forEach((socket) => socket.close()),
  }
}

/** On one interface, in this process as it is: nothing is given up. */
export function openInterface(
  name: string,
  options: LiveOptions & { way?: Way | undefined } = {},
): LiveCapture {
  return options.way === 'ring' ? new RingCapture(name, options) : openTcpdump(name, options)
}
