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

/** What has no ports is the first one's. */
export function isOwn(p: Packet, outcome: number, { index, of }: Shard): boolean {
  if (outcome !== TCP && outcome !== UDP) return index === 0
  return shardOf(p, of) === index
}

/** By the end with the lower port, which nearly always is the server. */
function shardOf(p: Packet, of: number): number {
  const bySource =
    p.sourcePort === p.destinationPort ? isLower(p) : p.sourcePort < p.destinationPort
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
