/** Addresses of one table that were seen, as sorted ranges that never touch. */

/** A device is polled in some dozen blocks; a sweep of every other register stops here. */
const RANGES_MAX = 4096

export interface Range {
  readonly first: number
  readonly last: number
}

export class Coverage {
  #ranges: Range[] = []

  get ranges(): readonly Range[] {
    return this.#ranges
  }

  covers(first: number, last: number): boolean {
    const range = this.#ranges[this.#at(first)]
    return range !== undefined && range.first <= first && range.last >= last
  }

  overlaps(first: number, last: number): boolean {
    const range = this.#ranges[this.#at(first)]
    return range !== undefined && range.first <= last
  }

  /** False where the table is full. */
  add(first: number, last: number): boolean {
    const from = this.#at(first - 1)
    let to = from
    let low = first
    let high = last
    while (to < this.#ranges.length && this.#ranges[to]!.first <= last + 1) {
      low = Math.min(low, this.#ranges[to]!.first)
      high = Math.max(high, this.#ranges[to]!.last)
      to++
    }
    if (to === from && this.#ranges.length >= RANGES_MAX) return false
    this.#ranges.splice(from, to - from, { first: low, last: high })
    return true
  }

  remove(first: number, last: number): void {
    this.#ranges = this.#ranges.flatMap((range) => {
      if (range.last < first || range.first > last) return [range]
      const left = range.first < first ? [{ first: range.first, last: first - 1 }] : []
      const right = range.last > last ? [{ first: last + 1, last: range.last }] : []
      return [...left, ...right]
    })
  }

  /** Index of the first range that ends at or after an address. */
  #at(address: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ranges[middle]!.last < address) low = middle + 1
      else high = middle
    }
    return low
  }
}
