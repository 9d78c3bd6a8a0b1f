/**
 * Opens what needs a privilege, and gives every privilege up before anything is read. Linux has
 * capabilities per thread, and Node has many: only a program that replaces itself, execve(2), has
 * none left in any of them. The sockets stay open and are named in the environment.
 */
import { closeSync, openSync } from 'node:fs'
import { readFileSync } from 'node:fs'
import { CaptureError } from '../capture.ts'
import type { LiveOptions } from '../capture.ts'
import { errorName, native } from './libc.ts'
import { PacketSocket } from './packet-socket.ts'
import { openRingSocket } from './ring.ts'
import { refuseSending } from './seccomp.ts'

const VARIABLE = 'FIELDTAP_SOCKETS'
const [PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL] = [
  24, 38, 47, 4,
] as const
const [F_SETFD] = [2] as const
/** linux/capability.h: sets of two words each, effective, permitted, inheritable. */
const CAPABILITY_VERSION = 0x20080522
const CAPABILITIES_MAX = 64

/** What one image of this program hands to the next, or to a child of it. */
interface Handed {
  sockets: Record<string, number>
  /** Nothing is left to give up. */
  sealed: boolean
  /** What could not be locked, in words. */
  limits: string[]
}

export interface RingSockets {
  readonly sockets: ReadonlyMap<string, PacketSocket>
  readonly limits: readonly string[]
}

/**
 * The sockets of these interfaces, in a process that holds no privilege: the first call opens them
 * and replaces this program by itself, and the same call in the new one returns. `lock` also takes
 * the ability to send, and with it every socket but local ones.
 */
export function ringSockets(
  names: readonly string[],
  options: LiveOptions,
  lock: boolean,
): RingSockets {
  const handed = takeHanded()
  const sockets = adopted(names, handed) ?? opened(names, options)
  const isReady = handed !== undefined && (handed.sealed || !lock)
  if (isReady) return { sockets, limits: [...handed.limits, ...capabilitiesLeft()] }
  const descriptors = [...sockets].map(([name, { descriptor }]) => [name, descriptor] as const)
  replaceSelf({ sockets: Object.fromEntries(descriptors), sealed: lock, limits: [] }, [
    ...sockets.values(),
  ])
}

/** For a child: what it inherits at these numbers, in the order of the sockets. */
export function handedTo(names: readonly string[], firstDescriptor: number): NodeJS.ProcessEnv {
  const pairs = names.map((name, i) => [name, firstDescriptor + i])
  const handed = { sockets: Object.fromEntries(pairs) as object, sealed: false, limits: [] }
  return { ...process.env, [VARIABLE]: JSON.stringify(handed) }
}

function takeHanded(): Handed | undefined {
  const text = process.env[VARIABLE]
  delete process.env[VARIABLE]
  if (text === undefined) return undefined
  try {
    const { sockets, sealed, limits } = JSON.parse(text) as Partial<Handed>
    return { sockets: sockets ?? {}, sealed: sealed === true, limits: limits ?? [] }
  } catch {
    return undefined
  }
}

function adopted(
  names: readonly string[],
  handed: Handed | undefined,
): Map<string, PacketSocket> | undefined {
  const found = new Map<string, PacketSocket>()
  for (const name of names) {
    const descriptor = handed?.sockets[name]
    const socket =
      typeof descriptor === 'number'
        ? PacketSocket.adopt(descriptor, handed?.sealed === true)
        : undefined
    if (socket === undefined) return undefined
    found.set(name, socket)
  }
  return found
}

function opened(names: readonly string[], options: LiveOptions): Map<string, PacketSocket> {
  const sockets = new Map<string, PacketSocket>()
  try {
    for (const name of names) sockets.set(name, openRingSocket(name, options))
  } catch (error) {
    for (const socket of sockets.values()) socket.close()
    throw error
  }
  return sockets
}

function replaceSelf(handed: Handed, sockets: readonly PacketSocket[]): never {
  const { libc } = native()
  giveUp()
  if (handed.sealed) {
    const reason = refuseSending(sockets.map(({ descriptor }) => descriptor))
    if (reason !== undefined) {
      handed.limits.push(`sending is not refused by the kernel (seccomp: ${reason})`)
    }
  }
  for (const socket of sockets) socket.keepOpen()
  const { channel } = process
  const environment: NodeJS.ProcessEnv = { ...process.env, [VARIABLE]: JSON.stringify(handed) }
  // Node has marked its standard streams, and the channel to its parent, to end with it.
  const streams = [0, 1, 2]
  const channelDescriptor = (channel as { fd?: number } | undefined)?.fd
  if (channelDescriptor !== undefined && channelDescriptor >= 0) {
    environment['NODE_CHANNEL_FD'] = String(channelDescriptor)
    streams.push(channelDescriptor)
  }
  for (const stream of streams) libc.fcntl(stream, F_SETFD, 'int', 0)
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const envp = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''}`)
  libc.execve(process.execPath, [...argv, null], [...envp, null])
  throw new CaptureError(
    'PRIVILEGE_KEPT',
    `this program could not start itself again without its privileges (${errorName()})`,
    'capture another way: --capture tcpdump',
  )
}

/** Of this thread, which is the one that goes on. Lowered first, so that it can be undone. */
function giveUp(): void {
  const { libc } = native()
  const header = new Uint32Array([CAPABILITY_VERSION, 0])
  const [head, sets] = [new Uint8Array(header.buffer), new Uint32Array(6)]
  const data = new Uint8Array(sets.buffer)
  libc.capget(head, data)
  const [low, high] = [sets[0] ?? 0, sets[3] ?? 0]
  sets[0] = 0
  sets[3] = 0
  libc.capset(head, data)
  const unreadable = [process.execPath, process.argv[1] ?? ''].find((path) => !isReadable(path))
  if (unreadable !== undefined) {
    sets[0] = low
    sets[3] = high
    libc.capset(head, data)
    throw unreadableWithout(unreadable)
  }
  libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
  libc.prctl(PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL, 0, 0, 0)
  sets[0] = low
  sets[3] = high
  libc.capset(head, data)
  // The bounding set can be emptied by root only; without it nothing can be gained from the set.
  for (let capability = 0; capability < CAPABILITIES_MAX; capability++) {
    if (libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) !== 0) break
  }
  libc.capset(head, new Uint8Array(24))
}

function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'))
    return true
  } catch {
    return false
  }
}

function unreadableWithout(path: string): CaptureError {
  return new CaptureError(
    'PROGRAM_UNREADABLE',
    `root without its capabilities may not read ${path}, which belongs to another user`,
    'put fieldtap where all may read it (/opt), or run it as that user: setpriv --reuid USER ' +
      '--clear-groups --inh-caps +net_raw --ambient-caps +net_raw fieldtap …',
  )
}

/** Says so, should the kernel have left something. */
function capabilitiesLeft(): string[] {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    const left = /^CapPrm:\s*0*([1-9a-f][0-9a-f]*)$/m.exec(status)?.[1]
    return left === undefined ? [] : [`capabilities are left: ${left}`]
  } catch {
    return []
  }
}
