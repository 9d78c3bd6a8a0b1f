/**
 * `event.sequence` is the order of observations of one sensor, whatever the number of its shards.
 * A shard cannot know it: it says which packet an observation was told at and the how-manyth of
 * that packet it was. The thread that judges knows how many each packet had, and counts them up.
 */

/** Observations of one packet that are told apart; a message has fewer items than bytes. */
const ORDINALS = 65_536
/**
 * Packets whose numbers are remembered: a minute at a full gigabit of usual frames, as long as the
 * newest of repeats may wait for their summary.
 */
const PACKETS_MAX = 1 << 23
const PACKETS_MIN = 1 << 16

/** In a shard. */
export class Ordinals {
  /** Observations of each packet of the batch. */
  counts = new Uint16Array(0)
  #first = 1

  /** A batch of `count` packets begins; `first` is the ordinal of its first one in the run. */
  begin(first: number, count: number): void {
    this.#first = first
    this.counts = new Uint16Array(count)
  }

  /** A code in place of the number of the next observation of `packet`. */
  next(packet: number): number {
    const index = packet - this.#first
    const ordinal = Math.min((this.counts[index] ?? 0) + 1, ORDINALS - 1)
    if (index < this.counts.length) this.counts[index] = ordinal
    return packet * ORDINALS + ordinal
  }
}

/** Where everything comes together. */
export class Numbering {
  #last = 0
  /** Numbers given before each packet, of the newest packets, modulo 2^32. */
  #before = new Uint32Array(PACKETS_MIN)
  /** The first packet of the batch, and the one after its last. */
  #first = 1
  #end = 1
  /** The next packet whose observations are to be numbered. */
  #next = 1
  #counts: readonly Uint16Array[] = []

  /** A batch of `count` packets begins: what each shard counted. */
  begin(first: number, count: number, counts: readonly Uint16Array[]): void {
    this.#reach(Infinity)
    this.#counts = counts
    this.#first = this.#next = first
    this.#end = first + count
  }

  /** Of what a tick before `packet` or the end tells, which has no code: the next. */
  next(packet: number): number {
    this.#reach(packet)
    return ++this.#last
  }

  /** Of what was told at a packet, by its code. What is too old has a number of others near it. */
  of(code: number): number {
    const packet = Math.floor(code / ORDINALS)
    const ordinal = code % ORDINALS
    this.#reach(packet + 1)
    const before = this.#before
    if (packet >= this.#next || packet < this.#next - before.length) return this.#last
    const low = before[packet & (before.length - 1)] as number
    return this.#last - ((this.#last - low) >>> 0) + ordinal
  }

  /** The observations of all packets before `packet` get their numbers. */
  #reach(packet: number): void {
    const end = Math.min(packet, this.#end)
    if (end > this.#before.length && this.#before.length < PACKETS_MAX) this.#grow(end)
    while (this.#next < end) {
      const index = this.#next - this.#first
      this.#before[this.#next & (this.#before.length - 1)] = this.#last
      for (const counts of this.#counts) this.#last += counts[index] ?? 0
      this.#next++
    }
  }

  #grow(end: number): void {
    const before = this.#before
    let size = before.length
    while (size < end && size < PACKETS_MAX) size *= 2
    this.#before = new Uint32Array(size)
    for (let packet = Math.max(0, this.#next - before.length); packet < this.#next; packet++) {
      this.#before[packet & (size - 1)] = before[packet & (before.length - 1)] as number
    }
  }
}
