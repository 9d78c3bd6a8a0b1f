/**
 * Addresses of which it is not known who is there: asked and never answered, or strangers that
 * are too many to be told apart. Two generations: what is seen again moves into the young one.
 */
import type { Asset } from './asset.ts'

/** In each of two generations; some 1 KB each. */
export const CANDIDATES_MAX = 16_384

export interface Known {
  readonly asset: Asset
  /** Somebody is there: shown as an asset, and told as new. */
  state: 'candidate' | 'shown' | 'told'
  /** It is judged as itself, and not as one of many strangers. */
  apart: boolean
  /** The adapter that it is shown with, where that carries no other address. */
  mac: string
}

interface CandidateCounters {
  candidatesEvicted: number
}

export class Candidates {
  readonly #counters: CandidateCounters
  #young = new Map<string, Known>()
  #old = new Map<string, Known>()

  constructor(counters: CandidateCounters) {
    this.#counters = counters
  }

  get(ip: string): Known | undefined {
    const young = this.#young.get(ip)
    if (young !== undefined) return young
    const old = this.#old.get(ip)
    if (old === undefined) return undefined
    this.#old.delete(ip)
    this.keep(ip, old)
    return old
  }

  keep(ip: string, known: Known): void {
    if (this.#young.size >= CANDIDATES_MAX) {
      this.#counters.candidatesEvicted += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(ip, known)
  }

  delete(ip: string): void {
    this.#young.delete(ip)
    this.#old.delete(ip)
  }

  *shown(): Generator<Asset> {
    for (const all of [this.#old, this.#young]) {
      for (const { asset, state } of all.values()) if (state === 'shown') yield asset
    }
  }
}
