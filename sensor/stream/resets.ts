/**
 * Connections of our protocols that a reset ended not long ago. Whose sender goes on without a SYN
 * did not send the reset: devices discard one with a bad checksum, or from outside the window.
 */
import { RESET_HIGH, RESET_LOW } from './flow-state.ts'
import { STATE } from './flow-table.ts'
import type { FlowTable } from './flow-table.ts'

/** Per generation: more than a plant resets in a minute. */
const RESETS_MAX = 4096
/** µs. */
const REMEMBERED = 60_000_000

interface Ended {
  readonly time: number
  /** Who sent the reset, as the state of a flow says it. */
  readonly by: number
}

export class Resets {
  /** Those of the last minute that made way for others. */
  forgotten = 0
  readonly #table: FlowTable
  #young = new Map<string, Ended>()
  #old = new Map<string, Ended>()

  constructor(table: FlowTable) {
    this.#table = table
  }

  /** The flow ended by a reset. */
  add(slot: number, time: number): void {
    if (this.#young.size >= RESETS_MAX) this.#turn(time)
    const by = this.#table.get(slot, STATE) & (RESET_LOW | RESET_HIGH)
    this.#young.set(this.#key(slot), { time, by })
  }

  /** Who reset the connection that this flow, begun without a SYN, seems to go on with; or 0. */
  before(slot: number, time: number): number {
    if (this.#young.size === 0) return 0
    const key = this.#key(slot)
    const ended = this.#young.get(key) ?? this.#old.get(key)
    if (ended === undefined || time - ended.time > REMEMBERED) return 0
    return ended.by
  }

  #turn(now: number): void {
    for (const [key, { time }] of this.#old) {
      if (now - time <= REMEMBERED && !this.#young.has(key)) this.forgotten++
    }
    this.#old = this.#young
    this.#young = new Map()
  }

  #key(slot: number): string {
    const table = this.#table
    let key = `${table.port(slot, true)} ${table.port(slot, false)}`
    for (let i = 0; i < (table.isIpv6(slot) ? 4 : 1); i++) {
      key += ` ${table.address(slot, true, i)} ${table.address(slot, false, i)}`
    }
    return key
  }
}
