/**
 * `event.sequence` is the order of observations of one sensor, whatever the number of its shards.
 * A shard cannot know it: it says which packet an observation was told at and the how-manyth of
 * that packet it was. The thread that judges knows how many each packet had, and counts them up.
 */

/** Observations of one packet that are told apart; a message has fewer items than bytes. */
const ORDINALS = 65_536
/** Batches whose numbers are remembered: what is answered later is numbered as it comes. */
const BATCHES_MAX = 256

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

interface Batch {
  readonly first: number
  /** Numbers given before each packet, and before the end. */
  readonly before: Float64Array
}

/** Where everything comes together. */
export class Numbering {
  #last = 0
  readonly #batches: Batch[] = []
  #open: Batch = { first: 1, before: new Float64Array(1) }
  #counts: readonly Uint16Array[] = []
  #reached = 0

  /** A batch of `count` packets begins: what each shard counted. */
  begin(first: number, count: number, counts: readonly Uint16Array[]): void {
    this.#reach(Infinity)
    this.#counts = counts
    this.#reached = 0
    this.#open = { first, before: new Float64Array(count + 1) }
    this.#batches.push(this.#open)
    if (this.#batches.length > BATCHES_MAX) this.#batches.shift()
  }

  /** Of what a tick before `packet` or the end tells, which has no code: the next. */
  next(packet: number): number {
    this.#reach(packet)
    return ++this.#last
  }

  /** Of what was told at a packet, by its code. */
  of(code: number): number {
    const packet = Math.floor(code / ORDINALS)
    const ordinal = code % ORDINALS
    this.#reach(packet + 1)
    for (let i = this.#batches.length - 1; i >= 0; i--) {
      const { first, before } = this.#batches[i] as Batch
      if (packet >= first) return (before[packet - first] ?? this.#last) + ordinal
    }
    return ++this.#last
  }

  /** The observations of all packets before `packet` get their numbers. */
  #reach(packet: number): void {
    const { first, before } = this.#open
    while (this.#reached < before.length - 1 && first + this.#reached < packet) {
      this.#count(this.#reached++)
    }
  }

  #count(index: number): void {
    this.#open.before[index] = this.#last
    for (const counts of this.#counts) this.#last += counts[index] ?? 0
  }
}
