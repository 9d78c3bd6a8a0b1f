/**
 * Which flows that nobody answered are told one by one. Ordinary traffic and ordinary scans are,
 * when they end or are a minute old. Whether they were part of a flood is known by then: of one
 * from forged addresses none is told, and all are counted. Whom somebody has answered before, and
 * who comes again and again, is told of even then, so that no flood hides who scans.
 */
import { finish } from './flow-key.ts'

/** Unanswered flows that began in a minute and its neighbours: more are a flood. */
export const ATTEMPTS_MAX = 4096
const MINUTE = 60_000_000
/** Minutes that are remembered: what nobody answers is decided in its second. */
const MINUTES = 8

/** Sources of a flood, in cells: whoever comes most often keeps a cell. */
const CELLS = 1024
/** Flows of such a source within a minute, after which it is none of many forged ones. */
const INSISTS = 8
/** And told of it in that minute: several times what rules count to. */
const TOLD_EACH = 64
/** Hosts that were answered, one to a place. */
const KNOWN = 16_384

export class Attempts {
  readonly #begun = new Int32Array(MINUTES)
  /** The minute that stands in each place. */
  readonly #minutes = new Float64Array(MINUTES)
  readonly #known = new Int32Array(KNOWN)
  readonly #sources = new Int32Array(CELLS)
  readonly #counts = new Int32Array(CELLS)
  readonly #told = new Int32Array(CELLS)
  #minute = 0

  /** A flow began; nobody has answered yet. */
  begin(time: number): void {
    const minute = Math.floor(time / MINUTE)
    const place = placeOf(minute)
    if (this.#minutes[place] !== minute) {
      this.#minutes[place] = minute
      this.#begun[place] = 0
    }
    this.#begun[place]!++
  }

  /** The flow that began at `start` was answered. */
  answer(start: number, source: number): void {
    const minute = Math.floor(start / MINUTE)
    const place = placeOf(minute)
    if (this.#minutes[place] === minute && (this.#begun[place] as number) > 0) this.#begun[place]!--
    this.#known[finish(source) & (KNOWN - 1)] = source
  }

  /** Is the flow of this source, unanswered since `start`, told? */
  allows(start: number, now: number, source: number): boolean {
    const minute = Math.floor(start / MINUTE)
    let begun = 0
    for (let i = minute - 1; i <= minute + 1; i++) {
      if (this.#minutes[placeOf(i)] === i) begun += this.#begun[placeOf(i)] as number
    }
    return begun <= ATTEMPTS_MAX || this.#insists(now, source)
  }

  /** A cell counts its source up and all others down, so that it ends with who comes most. */
  #insists(now: number, source: number): boolean {
    const minute = Math.floor(now / MINUTE)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#counts.fill(0)
      this.#told.fill(0)
    }
    // Not the secret hash of the flow table: which sources share a cell shows in what is told.
    const hash = finish(source)
    const cell = (hash >>> 16) & (CELLS - 1)
    const count = this.#counts[cell] as number
    if (this.#sources[cell] === source) this.#counts[cell] = count + 1
    else if (count > 0) this.#counts[cell] = count - 1
    else {
      this.#sources[cell] = source
      this.#counts[cell] = 1
      this.#told[cell] = 0
    }
    const isKnown = this.#known[hash & (KNOWN - 1)] === source
    const isMost = this.#sources[cell] === source && count >= INSISTS
    if ((!isKnown && !isMost) || (this.#told[cell] as number) >= TOLD_EACH) return false
    this.#told[cell]!++
    return true
  }
}

function placeOf(minute: number): number {
  return ((minute % MINUTES) + MINUTES) % MINUTES
}
