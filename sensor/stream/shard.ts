/**
 * Which of several sensors a packet belongs to: both directions of a connection, and as a rule all
 * connections of a server, to the same one. Every sensor sees every packet and asks this.
 */
import { TCP, UDP } from '../packet/outcome.ts'
import type { Packet } from '../packet/packet.ts'

export interface Shard {
  /** From 0. */
  readonly index: number
  readonly of: number
}

const PORTS = 65_536

/** Marks the ports of protocols that are read. */
export function registeredPorts(dissectors: readonly { ports: readonly number[] }[]): Uint8Array {
  const registered = new Uint8Array(PORTS)
  for (const { ports } of dissectors) for (const port of ports) registered[port] = 1
  return registered
}

/** What has no ports is the first one's. */
export function isOwn(
  p: Packet,
  outcome: number,
  { index, of }: Shard,
  registered: Uint8Array,
): boolean {
  if (outcome !== TCP && outcome !== UDP) return index === 0
  return shardOf(p, of, registered) === index
}

/** By the end with a registered port, else with the lower one: nearly always the server. */
function shardOf(p: Packet, of: number, registered: Uint8Array): number {
  const more = (registered[p.sourcePort] as number) - (registered[p.destinationPort] as number)
  const isLess = p.sourcePort === p.destinationPort ? isLower(p) : p.sourcePort < p.destinationPort
  const bySource = more === 0 ? isLess : more > 0
  const port = bySource ? p.sourcePort : p.destinationPort
  const address = bySource
    ? p.source0 ^ p.source1 ^ p.source2 ^ p.source3
    : p.destination0 ^ p.destination1 ^ p.destination2 ^ p.destination3
  let hash = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % of
}

function isLower(p: Packet): boolean {
  if (p.source0 !== p.destination0) return p.source0 < p.destination0
  if (p.source1 !== p.destination1) return p.source1 < p.destination1
  if (p.source2 !== p.destination2) return p.source2 < p.destination2
  return p.source3 <= p.destination3
}
