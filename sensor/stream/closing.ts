/** Flows that ended by FIN or RST and linger for what still belongs to them. */
import type { FlowTable } from './flow-table.ts'

/** µs: last acknowledgements, repeated FINs. */
const LINGER = 2_000_000
const FIRST_ENTRIES = 64

export class Closing {
  readonly #table: FlowTable
  #length = 0
  #slots = new Int32Array(FIRST_ENTRIES)
  /** What tells whether the slot still holds the flow. */
  #firsts = new Float64Array(FIRST_ENTRIES)
  #times = new Float64Array(FIRST_ENTRIES)

  constructor(table: FlowTable) {
    this.#table = table
  }

  get empty(): boolean {
    return this.#length === 0
  }

  add(slot: number, time: number): void {
    if (this.#length === this.#slots.length) this.#makeRoom()
    const at = this.#length++
    this.#slots[at] = slot
    this.#firsts[at] = this.#table.first(slot)
    this.#times[at] = time
  }

  /** Takes out those that have lingered long enough, in the order in which they began. */
  due(now: number): number[] {
    const due: number[] = []
    this.#keep((at) => {
      const time = this.#times[at] as number
      if (now - time < LINGER && now >= time) return true
      due.push(this.#slots[at] as number)
      return false
    })
    // One that was reset, went on and closed again is there twice.
    return [...new Set(due)].sort((a, b) => this.#table.first(a) - this.#table.first(b))
  }

  /** Room for one more: entries of flows that are gone make way first. */
  #makeRoom(): void {
    this.#keep(() => true)
    const size = this.#slots.length
    if (this.#length * 2 <= size) return
    this.#slots = grown(this.#slots, new Int32Array(size * 2))
    this.#firsts = grown(this.#firsts, new Float64Array(size * 2))
    this.#times = grown(this.#times, new Float64Array(size * 2))
  }

  #keep(keeps: (at: number) => boolean): void {
    let kept = 0
    for (let at = 0; at < this.#length; at++) {
      const slot = this.#slots[at] as number
      const first = this.#firsts[at] as number
      if (this.#table.first(slot) !== first || !keeps(at)) continue
      this.#slots[kept] = slot
      this.#firsts[kept] = first
      this.#times[kept++] = this.#times[at] as number
    }
    this.#length = kept
  }
}

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
