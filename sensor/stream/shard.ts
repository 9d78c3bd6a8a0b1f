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

/** The packets of one shard. */
export class Share {
  /** What has neither addresses nor ports, and what is counted once, is the first one's. */
  readonly isFirst: boolean
  readonly #index: number
  readonly #of: number
  /** Marks the ports of protocols that are read. */
  readonly #registered = new Uint8Array(PORTS)

  constructor({ index, of }: Shard, dissectors: readonly { ports: readonly number[] }[]) {
    this.isFirst = index === 0
    this.#index = index
    this.#of = of
    for (const { ports } of dissectors) for (const port of ports) this.#registered[port] = 1
  }

  has(p: Packet, outcome: number): boolean {
    if (outcome !== TCP && outcome !== UDP) return this.isFirst
    return this.#shardOf(p) === this.#index
  }

  /** By the end with a registered port, else with the lower one: nearly always the server. */
  #shardOf(p: Packet): number {
    const { sourcePort, destinationPort } = p
    const registered = this.#registered
    const more = (registered[sourcePort] as number) - (registered[destinationPort] as number)
    const isLess = sourcePort === destinationPort ? isLower(p) : sourcePort < destinationPort
    const bySource = more === 0 ? isLess : more > 0
    const port = bySource ? sourcePort : destinationPort
    const address = bySource
      ? p.source0 ^ p.source1 ^ p.source2 ^ p.source3
      : p.destination0 ^ p.destination1 ^ p.destination2 ^ p.destination3
    let hash = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b)
    hash ^= hash >>> 13
    hash = Math.imul(hash, 0xc2b2ae35)
    return ((hash ^ (hash >>> 16)) >>> 0) % this.#of
  }
}

function isLower(p: Packet): boolean {
  if (p.source0 !== p.destination0) return p.source0 < p.destination0
  if (p.source1 !== p.destination1) return p.source1 < p.destination1
  if (p.source2 !== p.destination2) return p.source2 < p.destination2
  return p.source3 <= p.destination3
}
