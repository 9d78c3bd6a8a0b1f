/**
 * Packets that a mirror shows twice: as received and as sent, in two VLANs, before and behind a
 * router (protocols.md section 4.3). A copy is the same from the transport header on and has the
 * same identification; adapters, VLANs, hops left and the checksum of IP are no part of it. What
 * a host sends again has another identification, or comes later than a mirror's copy.
 *
 * The first is kept. What is found here may still be no copy: who compares payload says so.
 */
import type { Packet } from '../packet/packet.ts'
import { finish } from './flow-key.ts'

/** µs of capture time: mirrors and routers take less, retransmission takes more (RFC 6298). */
export const COPY_WINDOW = 50_000
/** Packets that are remembered: a full gigabit of the smallest in that time. */
const ENTRIES_MAX = 65_536
const ENTRIES_MIN = 1024
/** A packet may stand in two buckets of so many: the oldest makes way. */
const WAYS = 4

/** Of a datagram, to tell where it stands. */
const SAMPLE_BYTES = 64

/** Words of an entry: its place, then a hash that nobody can foresee. */
const TAG = 1
const TIME = 2
/** Outer VLAN, hops left, and twelve bits of the adapters. */
const WAY = 3
const WORDS = 4

/** Segments that contradict others or are out of place, of the last while. */
const ODD_MAX = 64

/** Of both VLANs, in pairs: as many as one mirror joins. */
const VLAN_PAIRS_MAX = 64

export class Duplicates {
  /** Copies of TCP and UDP, and of ARP. */
  packets = 0
  arp = 0
  /** Of the copies: with other adapters, in another VLAN, with one hop less, and more of them. */
  otherAdapters = 0
  otherVlan = 0
  routed = 0
  otherHops = 0
  /** Packets that were forgotten within the window, for want of room. */
  forgotten = 0
  readonly #secret: Int32Array
  #entries = new Int32Array(ENTRIES_MIN * WORDS)
  readonly #vlanPairs = new Int32Array(VLAN_PAIRS_MAX)
  readonly #vlanCounts = new Float64Array(VLAN_PAIRS_MAX)
  #pairs = 0
  readonly #oddNumbers = new Int32Array(ODD_MAX)
  readonly #oddHashes = new Int32Array(ODD_MAX)
  readonly #oddTimes = new Float64Array(ODD_MAX).fill(-Infinity)
  #odd = 0
  /** How the last one came that was found, and how its copy did. */
  #found = 0
  #way = 0

  constructor(seed: number) {
    this.#secret = secretOf(seed)
  }

  /** Was a TCP or UDP packet like this seen just before? If not, it is remembered. */
  has(p: Packet): boolean {
    const { sequence, acknowledgement, view } = p
    const ports = (p.sourcePort << 16) | p.destinationPort
    const mark = (p.identification << 16) | p.checksum
    const length = p.payloadEnd - p.payload + p.missing
    // Not secret: where packets share a bucket shows in what is forgotten.
    let place = mix(mix(p.source0 ^ turned(p.destination0), ports), mark)
    let tag =
      Math.imul(ports ^ turned(p.source0), 0x85ebca6b) ^ Math.imul(mark + length, 0xc2b2ae35)
    if (p.transport === 6) {
      place = mix(place, sequence ^ turned(acknowledgement))
      // Offset, control bits and window.
      const head = view.getInt32(p.transportAt + 12)
      tag ^= Math.imul(sequence ^ head, 0x27d4eb2f) ^ Math.imul(acknowledgement, 0x9e3779b1)
    } else {
      place = mix(mix(place, sampleOf(p)), length)
      // Nobody compares datagrams later on, so that their content is part of what is compared.
      tag = mix(tag, this.#hash(p, p.payload, p.payloadEnd))
    }
    if (p.family === 6) {
      place = mix(mix(mix(place, p.source1), p.source2), p.source3)
      place = mix(mix(mix(place, p.destination1), p.destination2), p.destination3)
    }
    return this.#seek(p, finish(place), tag)
  }

  /** Was an ARP packet like this seen just before? */
  hasArp(p: Packet): boolean {
    const at = p.payload
    const place = mix(p.view.getInt32(at + 14), p.view.getInt32(at + 24))
    return this.#seek(p, finish(place), this.#hash(p, at, p.payloadEnd))
  }

  #seek(p: Packet, place: number, tag: number): boolean {
    const now = p.time | 0
    const vlan = p.vlanCount > 0 ? p.vlan0 : 0
    const way = (vlan << 20) | (p.ttl << 12) | (adaptersOf(p) & 0xfff)
    let entries = this.#entries
    const first = bucketOf(entries, place)
    const second = bucketOf(entries, other(place))
    if (holds(entries, first, place) || holds(entries, second, place)) {
      const found = seen(entries, first, place, tag, now) || seen(entries, second, place, tag, now)
      if (found !== 0) {
        this.#found = entries[found - 1 + WAY] as number
        this.#way = way
        return true
      }
    }
    let at = roomOf(entries, first, second, now)
    if (isRecent(entries, at, now)) {
      if (entries.length < ENTRIES_MAX * WORDS) {
        this.#entries = entries = grown(entries, now)
        at = roomFor(entries, place, now)
      } else this.forgotten++
    }
    entries[at] = place
    entries[at + TAG] = tag
    entries[at + TIME] = now
    entries[at + WAY] = way
    return false
  }

  /** Its payload contradicts what was read, or was not read at all: so will that of its copy. */
  keepOdd(p: Packet): void {
    const at = this.#odd++ % ODD_MAX
    this.#oddNumbers[at] = p.sequence
    this.#oddHashes[at] = this.#hash(p, p.payload, p.payloadEnd)
    this.#oddTimes[at] = p.time
  }

  /** Was it so with a packet of this payload just before? */
  wasOdd(p: Packet): boolean {
    if (this.#odd === 0) return false
    const hash = this.#hash(p, p.payload, p.payloadEnd)
    for (let at = 0; at < ODD_MAX; at++) {
      const isNear = Math.abs(p.time - (this.#oddTimes[at] as number)) <= COPY_WINDOW
      if (isNear && this.#oddNumbers[at] === p.sequence && this.#oddHashes[at] === hash) return true
    }
    return false
  }

  /** The last one that was found is a copy. */
  count(isArp: boolean): void {
    if (isArp) this.arp++
    else this.packets++
    const before = this.#found
    const after = this.#way
    if (((before ^ after) & 0xfff) !== 0) this.otherAdapters++
    if (before >>> 20 !== after >>> 20) this.#countVlans(before >>> 20, after >>> 20)
    const hops = isArp ? 0 : Math.abs(((before >>> 12) & 255) - ((after >>> 12) & 255))
    if (hops === 1) this.routed++
    else if (hops > 0) this.otherHops++
  }

  #countVlans(a: number, b: number): void {
    this.otherVlan++
    const pair = (Math.min(a, b) << 12) | Math.max(a, b)
    let i = this.#vlanPairs.subarray(0, this.#pairs).indexOf(pair)
    if (i < 0) {
      if (this.#pairs === VLAN_PAIRS_MAX) return
      i = this.#pairs++
      this.#vlanPairs[i] = pair
    }
    this.#vlanCounts[i]!++
  }

  /** By name, VLAN 0 being none. */
  counters(): Record<string, number> {
    const { packets, arp, otherAdapters, otherVlan, routed, otherHops, forgotten } = this
    const counters: Record<string, number> = {
      duplicates: packets,
      duplicatesArp: arp,
      duplicatesOtherAdapters: otherAdapters,
      duplicatesOtherVlan: otherVlan,
      duplicatesRouted: routed,
      duplicatesOtherHops: otherHops,
      duplicatesForgotten: forgotten,
    }
    for (let i = 0; i < this.#pairs; i++) {
      const pair = this.#vlanPairs[i] as number
      counters[`duplicates.vlans.${pair >>> 12}-${pair & 0xfff}`] = this.#vlanCounts[i] as number
    }
    return counters
  }

  /** By tables of secret words, so that nobody can choose other bytes with the same hash. */
  #hash(p: Packet, start: number, end: number): number {
    const { view, bytes } = p
    const t = this.#secret
    let hash = t[2] as number
    let at = start
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at)
      const low = (t[word & 255] as number) ^ (t[256 | ((word >>> 8) & 255)] as number)
      const high = (t[512 | ((word >>> 16) & 255)] as number) ^ (t[768 | (word >>> 24)] as number)
      hash = Math.imul(hash ^ low ^ high, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    for (; at < end; at++) {
      hash = Math.imul(hash ^ (t[bytes[at] as number] as number), 0x85ebca6b)
      hash ^= hash >>> 13
    }
    return hash
  }
}

/** What tells the datagrams apart of a host that numbers none of them: mostly near their start. */
function sampleOf({ view, payload, payloadEnd }: Packet): number {
  if (payloadEnd - payload < 4) return 0
  let hash = view.getInt32(payloadEnd - 4)
  const end = Math.min(payload + SAMPLE_BYTES, payloadEnd) - 3
  for (let at = payload; at < end; at += 4) hash = mix(hash, view.getInt32(at))
  return hash
}

function bucketOf(entries: Int32Array, place: number): number {
  return (place & (entries.length / (WORDS * WAYS) - 1)) * WORDS * WAYS
}

/** Where else what belongs at `place` may stand. */
function other(place: number): number {
  return Math.imul(place, 0x9e3779b1) >>> 15
}

function holds(entries: Int32Array, bucket: number, place: number): boolean {
  return (
    entries[bucket] === place ||
    entries[bucket + WORDS] === place ||
    entries[bucket + 2 * WORDS] === place ||
    entries[bucket + 3 * WORDS] === place
  )
}

/** One more than where it stands in the bucket, or 0. */
function seen(
  entries: Int32Array,
  bucket: number,
  place: number,
  tag: number,
  now: number,
): number {
  for (let i = bucket; i < bucket + WAYS * WORDS; i += WORDS) {
    if (entries[i] === place && entries[i + TAG] === tag && isRecent(entries, i, now)) return i + 1
  }
  return 0
}

/** The entry of two buckets that makes way: one of the first that is old, else the oldest. */
function roomOf(entries: Int32Array, first: number, second: number, now: number): number {
  const at = oldestOf(entries, first, now)
  if (!isRecent(entries, at, now)) return at
  const or = oldestOf(entries, second, now)
  return ageOf(entries, at, now) >= ageOf(entries, or, now) ? at : or
}

function roomFor(entries: Int32Array, place: number, now: number): number {
  return roomOf(entries, bucketOf(entries, place), bucketOf(entries, other(place)), now)
}

/** µs; an entry that was never taken is older than any. */
function ageOf(entries: Int32Array, at: number, now: number): number {
  if (entries[at] === 0 && entries[at + TAG] === 0) return Infinity
  return Math.abs((now - (entries[at + TIME] as number)) | 0)
}

function isRecent(entries: Int32Array, at: number, now: number): boolean {
  return ageOf(entries, at, now) <= COPY_WINDOW
}

/** The entry of a bucket that makes way. */
function oldestOf(entries: Int32Array, bucket: number, now: number): number {
  const first = ageOf(entries, bucket, now)
  const second = ageOf(entries, bucket + WORDS, now)
  const third = ageOf(entries, bucket + 2 * WORDS, now)
  const fourth = ageOf(entries, bucket + 3 * WORDS, now)
  if (first >= second) {
    if (first >= third) return first >= fourth ? bucket : bucket + 3 * WORDS
  } else if (second >= third) return bucket + (second >= fourth ? WORDS : 3 * WORDS)
  return bucket + (third >= fourth ? 2 * WORDS : 3 * WORDS)
}

/** Twice the table, with what may still be copied. */
function grown(entries: Int32Array, now: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(entries.length * 2)
  for (let at = 0; at < entries.length; at += WORDS) {
    if (!isRecent(entries, at, now)) continue
    const to = roomFor(larger, entries[at] as number, now)
    for (let i = 0; i < WORDS; i++) larger[to + i] = entries[at + i] as number
  }
  return larger
}

function adaptersOf(p: Packet): number {
  if (p.sourceMac < 0 || p.destinationMac < 0) return p.sourceMac < 0 ? 0 : 1
  return (adapterAt(p, p.sourceMac) + turned(adapterAt(p, p.destinationMac))) >>> 20
}

function adapterAt({ view }: Packet, at: number): number {
  return Math.imul(view.getInt32(at + 2) ^ (view.getUint16(at) << 8), 0x9e3779b1)
}

function turned(word: number): number {
  return (word << 13) | (word >>> 19)
}

function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0xcc9e2d51)
  return (h << 15) | (h >>> 17)
}

/** Sebastiano Vigna's splitmix, 32 bits. */
function secretOf(seed: number): Int32Array {
  let state = seed | 0
  return Int32Array.from({ length: 1024 }, () => {
    state = (state + 0x9e3779b9) | 0
    return finish(state)
  })
}
