/**
 * Bounds that were reached are an observation: what a full table forgets, or no room was left to
 * read, is told with its table, once a minute for each while it goes on.
 */
import type { SensorEvent } from './operation.ts'

/** What reached its bound so far, by table. */
export type Reached = Readonly<Record<string, number>>

const REPEAT = 60_000_000

export class Limits {
  readonly #told = new Map<string, { count: number; at: number }>()
  readonly #tell: (event: Omit<SensorEvent, 'sequence'>) => void

  constructor(tell: (event: Omit<SensorEvent, 'sequence'>) => void) {
    this.#tell = tell
  }

  /** Tells what is new since the last time; at the `end` of a capture without delay. */
  look(reached: Reached, now: number, end = false): void {
    for (const table in reached) {
      const count = reached[table] ?? 0
      const told = this.#told.get(table)
      if (count === (told?.count ?? 0)) continue
      if (told !== undefined && !end && Math.abs(now - told.at) < REPEAT) continue
      this.#told.set(table, { count, at: now })
      const fields = { table, count: count - (told?.count ?? 0) }
      this.#tell({ time: now, event: 'limit', fields })
    }
  }
}
