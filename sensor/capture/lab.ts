/**
 * A mirror port for tests: a veth pair, one end here and silent, the other in a namespace of its
 * own with nothing but a sender. Needs root, ip, ethtool and tcpreplay; tests without fail.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { interfaceIndex } from './interfaces.ts'

const run = promisify(execFile)
const PATIENCE_MS = 20_000

export function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' })
}

export interface Lab {
  /** The mirror port. */
  readonly near: string
  readonly far: string
  readonly space: string
}

/** `tag` keeps the interfaces of several labs apart; names have 15 letters at most. */
export function makeLab(tag: string): Lab {
  const id = process.pid % 100_000
  const lab = { near: `${tag}n${id}`, far: `${tag}f${id}`, space: `fieldtap-${tag}${process.pid}` }
  ip('netns', 'add', lab.space)
  makePair(lab)
  return lab
}

/** Nothing of the system's own may leave by either end: no IPv6, no ARP, no multicast. */
export function makePair({ near, far, space }: Lab): void {
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', space)
  silence(near, [])
  silence(far, ['-n', space])
}

function silence(name: string, where: string[]): void {
  const space = where[1]
  const inside = space === undefined ? [] : ['ip', 'netns', 'exec', space]
  const words = (...more: string[]): [string, string[]] => {
    const [first = '', ...rest] = [...inside, ...more]
    return [first, rest]
  }
  const options = { stdio: 'pipe' } as const
  execFileSync(...words('sysctl', '-qw', `net.ipv6.conf.${name}.disable_ipv6=1`), options)
  const offload = ['tx', 'off', 'rx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']
  execFileSync(...words('ethtool', '-K', name, ...offload), options)
  ip(...where, 'link', 'set', name, 'addrgenmode', 'none', 'arp', 'off', 'multicast', 'off')
  ip(...where, 'link', 'set', name, 'up')
}

export function removeLab({ near, space }: Lab): void {
  if (interfaceIndex(near) !== undefined) ip('link', 'del', near)
  ip('netns', 'del', space)
}

/** What the far end has heard: nothing may come from a mirror port. */
export function heardByPeer({ far, space }: Lab): number {
  const text = execFileSync('ip', ['-n', space, '-s', '-j', 'link', 'show', far], {
    encoding: 'utf8',
  })
  const [link] = JSON.parse(text) as { stats64: { rx: { packets: number } } }[]
  return link?.stats64.rx.packets ?? Number.NaN
}

export interface Sent {
  readonly packets: number
  readonly perSecond: number
}

/** Sends the packets of a capture file from the far end, as fast as `speed` says. */
export async function replay(
  { far, space }: Lab,
  file: string,
  speed: readonly string[] = ['--topspeed'],
): Promise<Sent> {
  const words = ['netns', 'exec', space, 'tcpreplay', '-q', '-K', ...speed, '-i', far, file]
  const { stdout } = await run('ip', words, { maxBuffer: 1 << 24 })
  const packets = Number(/Successful packets: +(\d+)/.exec(stdout)?.[1])
  const perSecond = Number(/([\d.]+) pps/.exec(stdout)?.[1])
  return { packets, perSecond }
}

/** A capture file of these frames, for `replay`. */
export function writeFrames(path: string, frames: readonly Uint8Array[]): void {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262_144, 16)
  header.writeUInt32LE(1, 20)
  const records = frames.flatMap((frame, i) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_767_225_600, 0)
    record.writeUInt32LE(i % 1_000_000, 4)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    return [record, frame]
  })
  rmSync(path, { force: true })
  writeFileSync(path, Buffer.concat([header, ...records]))
}

/** An Ethernet frame with UDP in IPv4, `tags` before it as [protocol, control] each. */
export function frame(
  length: number,
  port: number,
  tags: readonly (readonly [number, number])[] = [],
): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + length + port) & 0xff
  let at = 12
  for (const [protocol, control] of tags) {
    bytes.writeUInt16BE(protocol, at)
    bytes.writeUInt16BE(control, at + 2)
    at += 4
  }
  bytes.writeUInt16BE(0x0800, at)
  const [start, size] = [at + 2, length - at - 2]
  bytes.set([0x45, 0, size >> 8, size & 0xff, 0, 1, 0, 0, 64, 17, 0, 0], start)
  bytes.set([10, 9, 8, 1, 10, 9, 8, 2], start + 12)
  bytes.writeUInt16BE(9999, start + 20)
  bytes.writeUInt16BE(port, start + 22)
  bytes.writeUInt16BE(size - 20, start + 24)
  return bytes
}

/** Somebody listens on the interface: packet(7) sockets are listed with its number. */
export async function listening(name: string): Promise<void> {
  await until(() => {
    const index = interfaceIndex(name)
    const rows = readFileSync('/proc/net/packet', 'utf8').split('\n').slice(1)
    const isBound = rows.some((row) => Number(row.trim().split(/\s+/)[4]) === index)
    return isBound ? true : undefined
  })
  // A filter is set a moment after the socket is bound.
  await sleep(300)
}

export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(50)
  }
  throw new Error('it did not come')
}
