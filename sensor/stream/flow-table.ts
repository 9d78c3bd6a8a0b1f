/**
 * Which connection a packet belongs to: open addressing on typed arrays, keyed by both endpoints,
 * ports and transport, the same for both directions and whatever the VLAN.
 *
 * Slots are handed out from a list that does not depend on the hash, so the seed (which keeps
 * chosen addresses from colliding) never shows in what the sensor says.
 */
import type { Packet } from '../packet/packet.ts'

/** One cache line: transport and family, ports, two addresses of four words, the hash. */
const KEY_WORDS = 16
const META = 0
const PORTS = 1
const LOW = 2
const HIGH = 6
const HASH = 10

export class FlowTable {
  readonly capacity: number
  size = 0
  /** Slots below this number have been in use. */
  used = 0
  /** Of the last `find`: the packet's source is the lower endpoint of the key. */
  fromLow = false

  readonly #seed: number
  readonly #mask: number
  /** Slot plus one, 0 where empty. */
  readonly #index: Int32Array
  readonly #keys: Int32Array
  readonly #free: number[] = []
  /** Key of the last `find`. */
  readonly #wanted = new Int32Array(KEY_WORDS)

  constructor(capacity: number, seed: number) {
    this.capacity = capacity
    this.#seed = seed | 0
    let size = 16
    while (size < capacity * 2) size *= 2
    this.#mask = size - 1
    this.#index = new Int32Array(size)
    this.#keys = new Int32Array(capacity * KEY_WORDS)
  }

  get full(): boolean {
    return this.size >= this.capacity
  }

  /** Slot of the packet's connection, or -1. */
  find(p: Packet): number {
    this.#normalise(p)
    const wanted = this.#wanted
    const keys = this.#keys
    const index = this.#index
    const hash = wanted[HASH] as number
    let at = hash & this.#mask
    for (;;) {
      const slot = (index[at] as number) - 1
      if (slot < 0) return -1
      const base = slot * KEY_WORDS
      if (
        keys[base + HASH] === hash &&
        keys[base + PORTS] === wanted[PORTS] &&
        keys[base + LOW] === wanted[LOW] &&
        keys[base + HIGH] === wanted[HIGH] &&
        keys[base + META] === wanted[META] &&
        (wanted[META] === 4 || this.#tailEqual(base))
      ) {
        return slot
      }
      at = (at + 1) & this.#mask
    }
  }

  #tailEqual(base: number): boolean {
    const keys = this.#keys
    const wanted = this.#wanted
    for (let i = LOW; i < HASH; i++) if (keys[base + i] !== wanted[i]) return false
    return true
  }

  /** Takes a slot for the packet of the last `find`; the table must not be full. */
  add(): number {
    const slot = this.#free.pop() ?? this.used++
    this.#keys.set(this.#wanted, slot * KEY_WORDS)
    this.#place(slot, this.#wanted[HASH] as number)
    this.size++
    return slot
  }

  #place(slot: number, hash: number): void {
    let at = hash & this.#mask
    while (this.#index[at] !== 0) at = (at + 1) & this.#mask
    this.#index[at] = slot + 1
  }

  /** Gives the slot back; entries behind it move up, so that no tombstones gather. */
  remove(slot: number): void {
    const index = this.#index
    const mask = this.#mask
    let hole = (this.#keys[slot * KEY_WORDS + HASH] as number) & mask
    while (index[hole] !== slot + 1) {
      if (index[hole] === 0) return
      hole = (hole + 1) & mask
    }
    let at = hole
    for (;;) {
      at = (at + 1) & mask
      const other = index[at] as number
      if (other === 0) break
      const home = (this.#keys[(other - 1) * KEY_WORDS + HASH] as number) & mask
      // It may move up only if its home is not between the hole and where it stands.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = other
        hole = at
      }
    }
    index[hole] = 0
    this.#free.push(slot)
    this.size--
  }

  /** The key is ordered: the lower endpoint first, whichever sent this packet. */
  #normalise(p: Packet): void {
    const wanted = this.#wanted
    const fromLow = isLow(p)
    this.fromLow = fromLow
    const s = fromLow ? LOW : HIGH
    const d = fromLow ? HIGH : LOW
    wanted[s] = p.source0
    wanted[d] = p.destination0
    wanted[PORTS] = fromLow
      ? (p.sourcePort << 16) | p.destinationPort
      : (p.destinationPort << 16) | p.sourcePort
    // 4 alone is TCP over IPv4, so that the common case compares no empty words.
    wanted[META] = p.transport === 6 ? p.family : (p.transport << 8) | p.family
    wanted[s + 1] = p.source1
    wanted[s + 2] = p.source2
    wanted[s + 3] = p.source3
    wanted[d + 1] = p.destination1
    wanted[d + 2] = p.destination2
    wanted[d + 3] = p.destination3
    wanted[HASH] = this.#hash()
  }

  /** MurmurHash3's mixing (public domain) from a secret start. */
  #hash(): number {
    const w = this.#wanted
    let h = mix(this.#seed ^ (w[META] as number), w[LOW] as number)
    h = mix(h, w[HIGH] as number)
    h = mix(h, w[PORTS] as number)
    if (w[META] !== 4 && ((w[META] as number) & 0xff) === 6) {
      h = mix(mix(mix(h, w[3] as number), w[4] as number), w[5] as number)
      h = mix(mix(mix(h, w[7] as number), w[8] as number), w[9] as number)
    }
    h ^= h >>> 16
    h = Math.imul(h, 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    return h ^ (h >>> 16)
  }
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function isLow(p: Packet): boolean {
  if (p.source0 !== p.destination0) return p.source0 < p.destination0
  if (p.source1 !== p.destination1) return p.source1 < p.destination1
  if (p.source2 !== p.destination2) return p.source2 < p.destination2
  if (p.source3 !== p.destination3) return p.source3 < p.destination3
  return p.sourcePort <= p.destinationPort
}
