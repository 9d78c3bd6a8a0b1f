/** What names a flow in the table: its words, and their hash from a secret start. */
import type { Packet } from '../packet/packet.ts'

/** Kind, ports, the first word of each address: all there is of IPv4. */
export const META = 0
export const PORTS = 1
export const LOW = 2
export const HIGH = 3
/** The rest of two IPv6 addresses. */
export const TAIL_WORDS = 6

/** Bits of the kind. */
export const UDP = 1
export const IPV6 = 2
export const KIND = 3

/** MurmurHash3's mixing (public domain). */
export function hashOf(
  seed: number,
  words: Int32Array,
  at: number,
  tails: Int32Array,
  tail: number,
): number {
  const kind = (words[at + META] as number) & KIND
  let h = mix(seed ^ kind, words[at + LOW] as number)
  h = mix(h, words[at + HIGH] as number)
  h = mix(h, words[at + PORTS] as number)
  if (kind >= IPV6) {
    for (let i = 0; i < TAIL_WORDS; i++) h = mix(h, tails[tail + i] as number)
  }
  return finish(h)
}

export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

/** The lower endpoint of a key comes first, whichever sent this packet. */
export function isLow(p: Packet): boolean {
  if (p.source0 !== p.destination0) return p.source0 < p.destination0
  if (p.source1 !== p.destination1) return p.source1 < p.destination1
  if (p.source2 !== p.destination2) return p.source2 < p.destination2
  if (p.source3 !== p.destination3) return p.source3 < p.destination3
  return p.sourcePort <= p.destinationPort
}
