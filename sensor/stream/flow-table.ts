/**
 * Every flow in typed arrays, found by open addressing: keyed by both endpoints, ports and
 * transport, the same for both directions and whatever the VLAN. 92 bytes for each flow over IPv4
 * with its part of a full index, 24 more over IPv6, in chunks that are made as they are needed.
 *
 * Slots are handed out in an order that does not depend on the hash, so the seed (which keeps
 * chosen addresses from colliding) never shows in what the sensor says.
 */
import type { Packet } from '../packet/packet.ts'
import { HIGH, IPV6, KIND, LOW, META, PORTS, TAIL_WORDS, UDP, hashOf, isLow } from './flow-key.ts'

/** Words of a slot that packets touch, after those of the key: one line of a cache. */
export const STATE = 4
/** A counter of packets, and two words further that of bytes. */
const LOW_PACKETS = 8
const HIGH_PACKETS = 9
const BYTES = 2
/** Where a direction stands: the number after its SYN, or its first one seen. */
const LOW_NEXT = 5
const HIGH_NEXT = 12
/** Which adapters and VLANs (links.ts). */
export const LINK = 13
/** Ordinal of the flow, 0 while it was not told. */
export const NUMBER = 14
/** Neighbour in the list of those looked at together; the other has an array of its own. */
const BEFORE = 15
const HOT_WORDS = 16
/** Time of the last packet, in doubles from the start of the slot. */
const LAST = 3

/** Doubles that are touched when a flow begins, is told and ends: time and number of a packet. */
const START = 0
const FIRST = 1
const COLD_DOUBLES = 2
/** Packets and bytes that an interval record told: of few flows at a time. */
const TOLD_DOUBLES = 2

/** In the first word, beside the key's: which dissector is likely, which connection reads it. */
const HINT_SHIFT = 2
const HINT_MASK = 0x3f
const CONNECTION_SHIFT = 12

const CHUNK_BITS = 12
const CHUNK = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK - 1
const INDEX_MIN = 1024
const WORD = 0x1_0000_0000

const NO_TAIL = new Int32Array(0)
const NOTHING_TOLD = new Float64Array(0)

export class FlowTable {
  readonly capacity: number
  size = 0
  /** Slots below this number have been in use. */
  used = 0
  /** Of the last `find`: the packet's source is the lower endpoint of the key. */
  fromLow = false

  readonly #seed: number
  /** Slot plus one, 0 where empty. */
  #index = new Int32Array(INDEX_MIN)
  readonly #hot: Int32Array[] = []
  readonly #times: Float64Array[] = []
  readonly #cold: Float64Array[] = []
  readonly #after: Int32Array[] = []
  readonly #tails: Int32Array[] = []
  readonly #told: Float64Array[] = []
  #free = -1
  /** Of counters that outgrew their word, by slot: a few flows of any network. */
  readonly #carries = new Map<number, Float64Array>()
  /** Key of the last `find`: kind, ports, addresses, then their tails; and its hash. */
  readonly #wanted = new Int32Array(10)
  #hash = 0

  constructor(capacity: number, seed: number) {
    this.capacity = capacity
    this.#seed = seed | 0
  }

  get full(): boolean {
    return this.size >= this.capacity
  }

  /** Slot of the packet's flow, or -1. */
  find(p: Packet): number {
    this.#normalise(p)
    const wanted = this.#wanted
    const index = this.#index
    const mask = index.length - 1
    const kind = wanted[META] as number
    const ports = wanted[PORTS] as number
    const low = wanted[LOW] as number
    const high = wanted[HIGH] as number
    let at = this.#hash & mask
    for (;;) {
      const slot = (index[at] as number) - 1
      if (slot < 0) return -1
      const hot = this.#hot[slot >>> CHUNK_BITS] as Int32Array
      const base = (slot & CHUNK_MASK) * HOT_WORDS
      if (
        hot[base + PORTS] === ports &&
        hot[base + LOW] === low &&
        hot[base + HIGH] === high &&
        ((hot[base] as number) & KIND) === kind &&
        (kind < IPV6 || this.#tailEqual(slot))
      ) {
        return slot
      }
      at = (at + 1) & mask
    }
  }

  #tailEqual(slot: number): boolean {
    const tails = this.#tails[slot >>> CHUNK_BITS] as Int32Array
    const base = (slot & CHUNK_MASK) * TAIL_WORDS
    for (let i = 0; i < TAIL_WORDS; i++) if (tails[base + i] !== this.#wanted[4 + i]) return false
    return true
  }

  /** Takes a slot for the packet of the last `find`; the table must not be full. */
  add(p: Packet): number {
    if ((this.size + 1) * 2 > this.#index.length) this.#grow()
    const slot = this.#take()
    const wanted = this.#wanted
    const chunk = slot >>> CHUNK_BITS
    const hot = this.#hot[chunk] as Int32Array
    const base = (slot & CHUNK_MASK) * HOT_WORDS
    hot.fill(0, base, base + HOT_WORDS)
    for (let i = META; i <= HIGH; i++) hot[base + i] = wanted[i] as number
    if ((wanted[META] as number) >= IPV6) this.#keepTail(slot)
    const cold = this.#cold[chunk] as Float64Array
    const at = (slot & CHUNK_MASK) * COLD_DOUBLES
    cold[at + START] = p.time
    cold[at + FIRST] = p.number
    if ((this.#told[chunk] as Float64Array).length > 0) this.tell(slot, 0, 0)
    this.#place(this.#index, slot, this.#hash)
    this.size++
    return slot
  }

  #take(): number {
    const slot = this.#free
    if (slot < 0) {
      if ((this.used & CHUNK_MASK) === 0) this.#addChunk()
      return this.used++
    }
    this.#free = this.after(slot)
    return slot
  }

  #addChunk(): void {
    const hot = new Int32Array(CHUNK * HOT_WORDS)
    this.#hot.push(hot)
    this.#times.push(new Float64Array(hot.buffer))
    this.#cold.push(new Float64Array(CHUNK * COLD_DOUBLES))
    this.#after.push(new Int32Array(CHUNK))
    this.#tails.push(NO_TAIL)
    this.#told.push(NOTHING_TOLD)
  }

  #keepTail(slot: number): void {
    const chunk = slot >>> CHUNK_BITS
    let tails = this.#tails[chunk] as Int32Array
    if (tails.length === 0) this.#tails[chunk] = tails = new Int32Array(CHUNK * TAIL_WORDS)
    const base = (slot & CHUNK_MASK) * TAIL_WORDS
    for (let i = 0; i < TAIL_WORDS; i++) tails[base + i] = this.#wanted[4 + i] as number
  }

  #place(index: Int32Array, slot: number, hash: number): void {
    const mask = index.length - 1
    let at = hash & mask
    while (index[at] !== 0) at = (at + 1) & mask
    index[at] = slot + 1
  }

  #grow(): void {
    const larger = new Int32Array(this.#index.length * 2)
    // By slot, as these lie side by side: half a million flows cost 20 ms.
    for (let slot = 0; slot < this.used; slot++) {
      if (this.first(slot) > 0) this.#place(larger, slot, this.#hashOf(slot))
    }
    this.#index = larger
  }

  /** Gives the slot back; entries behind it move up, so that no tombstones gather. */
  remove(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#hashOf(slot) & mask
    while (index[hole] !== slot + 1) {
      if (index[hole] === 0) return
      hole = (hole + 1) & mask
    }
    let at = hole
    for (;;) {
      at = (at + 1) & mask
      const other = index[at] as number
      if (other === 0) break
      const home = this.#hashOf(other - 1) & mask
      // It may move up only if its home is not between the hole and where it stands.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = other
        hole = at
      }
    }
    index[hole] = 0
    this.#doubles(slot)[(slot & CHUNK_MASK) * COLD_DOUBLES + FIRST] = 0
    this.#carries.delete(slot)
    this.setAfter(slot, this.#free)
    this.#free = slot
    this.size--
  }

  /** One more packet of a flow. */
  count(slot: number, fromLow: boolean, bytes: number, time: number): void {
    const chunk = slot >>> CHUNK_BITS
    const hot = this.#hot[chunk] as Int32Array
    const base = (slot & CHUNK_MASK) * HOT_WORDS
    const times = this.#times[chunk] as Float64Array
    times[(base >>> 1) + LAST] = time
    const at = base + (fromLow ? LOW_PACKETS : HIGH_PACKETS)
    const packets = ((hot[at] as number) + 1) | 0
    hot[at] = packets
    if (packets === 0) this.#carry(slot, at - base)
    const sum = ((hot[at + BYTES] as number) >>> 0) + bytes
    hot[at + BYTES] = sum | 0
    if (sum >= WORD) this.#carry(slot, at - base + BYTES)
  }

  #carry(slot: number, word: number): void {
    const carries = this.#carries.get(slot) ?? new Float64Array(HOT_WORDS)
    carries[word] = (carries[word] as number) + WORD
    this.#carries.set(slot, carries)
  }

  #counter(slot: number, word: number): number {
    const kept = this.get(slot, word) >>> 0
    return this.#carries.size === 0 ? kept : kept + (this.#carries.get(slot)?.[word] ?? 0)
  }

  packetsOf(slot: number, low: boolean): number {
    return this.#counter(slot, low ? LOW_PACKETS : HIGH_PACKETS)
  }

  bytesOf(slot: number, low: boolean): number {
    return this.#counter(slot, (low ? LOW_PACKETS : HIGH_PACKETS) + BYTES)
  }

  /** Any of the words that are named above. */
  get(slot: number, word: number): number {
    const hot = this.#hot[slot >>> CHUNK_BITS] as Int32Array
    return hot[(slot & CHUNK_MASK) * HOT_WORDS + word] as number
  }

  set(slot: number, word: number, value: number): void {
    const hot = this.#hot[slot >>> CHUNK_BITS] as Int32Array
    hot[(slot & CHUNK_MASK) * HOT_WORDS + word] = value
  }

  next(slot: number, low: boolean): number {
    return this.get(slot, low ? LOW_NEXT : HIGH_NEXT)
  }

  setNext(slot: number, low: boolean, next: number): void {
    this.set(slot, low ? LOW_NEXT : HIGH_NEXT, next)
  }

  isUdp(slot: number): boolean {
    return (this.get(slot, META) & UDP) !== 0
  }

  /** Index of what reads its payload, or -1. */
  connection(slot: number): number {
    return (this.get(slot, META) >>> CONNECTION_SHIFT) - 1
  }

  setConnection(slot: number, index: number): void {
    const meta = this.get(slot, META) & ((1 << CONNECTION_SHIFT) - 1)
    this.set(slot, META, meta | ((index + 1) << CONNECTION_SHIFT))
  }

  /** Index of the dissector that a port makes likely, or -1. */
  hint(slot: number): number {
    return ((this.get(slot, META) >>> HINT_SHIFT) & HINT_MASK) - 1
  }

  setHint(slot: number, index: number): void {
    const meta = this.get(slot, META) & ~(HINT_MASK << HINT_SHIFT)
    this.set(slot, META, meta | ((index + 1) << HINT_SHIFT))
  }

  last(slot: number): number {
    const times = this.#times[slot >>> CHUNK_BITS] as Float64Array
    return times[(((slot & CHUNK_MASK) * HOT_WORDS) >>> 1) + LAST] as number
  }

  start(slot: number): number {
    return this.#doubles(slot)[(slot & CHUNK_MASK) * COLD_DOUBLES + START] as number
  }

  /** Number of its first packet: no two flows have the same; 0 where there is none. */
  first(slot: number): number {
    return this.#doubles(slot)[(slot & CHUNK_MASK) * COLD_DOUBLES + FIRST] as number
  }

  #doubles(slot: number): Float64Array {
    return this.#cold[slot >>> CHUNK_BITS] as Float64Array
  }

  toldPackets(slot: number): number {
    const told = this.#told[slot >>> CHUNK_BITS] as Float64Array
    return told[(slot & CHUNK_MASK) * TOLD_DOUBLES] ?? 0
  }

  toldBytes(slot: number): number {
    const told = this.#told[slot >>> CHUNK_BITS] as Float64Array
    return told[(slot & CHUNK_MASK) * TOLD_DOUBLES + 1] ?? 0
  }

  tell(slot: number, packets: number, bytes: number): void {
    const chunk = slot >>> CHUNK_BITS
    let told = this.#told[chunk] as Float64Array
    if (told.length === 0) this.#told[chunk] = told = new Float64Array(CHUNK * TOLD_DOUBLES)
    told[(slot & CHUNK_MASK) * TOLD_DOUBLES] = packets
    told[(slot & CHUNK_MASK) * TOLD_DOUBLES + 1] = bytes
  }

  /** Neighbours of a list that somebody else keeps. */
  before(slot: number): number {
    return this.get(slot, BEFORE)
  }

  setBefore(slot: number, other: number): void {
    this.set(slot, BEFORE, other)
  }

  after(slot: number): number {
    return (this.#after[slot >>> CHUNK_BITS] as Int32Array)[slot & CHUNK_MASK] as number
  }

  setAfter(slot: number, other: number): void {
    ;(this.#after[slot >>> CHUNK_BITS] as Int32Array)[slot & CHUNK_MASK] = other
  }

  /** One word of an address of the key, four to an IPv6 address. */
  address(slot: number, low: boolean, word: number): number {
    if (word === 0) return this.get(slot, low ? LOW : HIGH)
    const tails = this.#tails[slot >>> CHUNK_BITS] as Int32Array
    return tails[(slot & CHUNK_MASK) * TAIL_WORDS + (low ? 0 : 3) + word - 1] as number
  }

  isIpv6(slot: number): boolean {
    return (this.get(slot, META) & IPV6) !== 0
  }

  port(slot: number, low: boolean): number {
    const ports = this.get(slot, PORTS)
    return low ? ports >>> 16 : ports & 0xffff
  }

  /** The key is ordered: the lower endpoint first, whichever sent this packet. */
  #normalise(p: Packet): void {
    const wanted = this.#wanted
    const fromLow = isLow(p)
    this.fromLow = fromLow
    const { source0: s, destination0: d, sourcePort: from, destinationPort: to } = p
    const kind = (p.transport === 6 ? 0 : UDP) | (p.family === 6 ? IPV6 : 0)
    wanted[META] = kind
    wanted[PORTS] = fromLow ? (from << 16) | to : (to << 16) | from
    wanted[LOW] = fromLow ? s : d
    wanted[HIGH] = fromLow ? d : s
    if (kind >= IPV6) {
      const low = fromLow ? 4 : 7
      const high = fromLow ? 7 : 4
      wanted[low] = p.source1
      wanted[low + 1] = p.source2
      wanted[low + 2] = p.source3
      wanted[high] = p.destination1
      wanted[high + 1] = p.destination2
      wanted[high + 2] = p.destination3
    }
    this.#hash = hashOf(this.#seed, wanted, 0, wanted, 4)
  }

  #hashOf(slot: number): number {
    const chunk = slot >>> CHUNK_BITS
    const at = slot & CHUNK_MASK
    const hot = this.#hot[chunk] as Int32Array
    const tails = this.#tails[chunk] as Int32Array
    return hashOf(this.#seed, hot, at * HOT_WORDS, tails, at * TAIL_WORDS)
  }
}
