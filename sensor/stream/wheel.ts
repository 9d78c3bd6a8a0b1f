/**
 * Flows by the second in which they are looked at next, once a minute each: lists through the
 * flow table, in the order in which the flows began. So what is told by the clock depends on the
 * flow alone, and not on its slot or its neighbours.
 */
import type { FlowTable } from './flow-table.ts'

/** Seconds between two looks at a flow. */
const ROUND = 60

export class Wheel {
  readonly #table: FlowTable
  readonly #first = new Int32Array(ROUND).fill(-1)
  readonly #last = new Int32Array(ROUND).fill(-1)

  constructor(table: FlowTable) {
    this.#table = table
  }

  /** Looked at in the second after its first, and each minute from then on. */
  add(slot: number): void {
    const table = this.#table
    const part = partOf(table.start(slot))
    const last = this.#last[part] as number
    table.setBefore(slot, last)
    table.setAfter(slot, -1)
    if (last < 0) this.#first[part] = slot
    else table.setAfter(last, slot)
    this.#last[part] = slot
  }

  remove(slot: number): void {
    const table = this.#table
    const part = partOf(table.start(slot))
    const before = table.before(slot)
    const after = table.after(slot)
    if (before < 0) this.#first[part] = after
    else table.setAfter(before, after)
    if (after < 0) this.#last[part] = before
    else table.setBefore(after, before)
  }

  /** Is there nothing to look at in this second? */
  isEmpty(second: number): boolean {
    return (this.#first[mod(second)] as number) < 0
  }

  /** The one that began first of those due in this second; -1 where there is none. */
  first(second: number): number {
    return this.#first[mod(second)] as number
  }
}

function partOf(start: number): number {
  return mod(Math.floor(start / 1_000_000) + 1)
}

function mod(second: number): number {
  return ((second % ROUND) + ROUND) % ROUND
}
