/**
 * Values that normal work writes. In the learning phase they visit both ends of their range, with
 * the whole way between as one step; later phases stay a little inside, so that they differ from
 * what was learned without leaving it.
 */

import type { Random } from '../plan/random.ts'
import type { Phase } from './role.ts'

const MARGIN = 0.08

export function rangeValues(
  low: number,
  high: number,
  phase: Phase,
  chance: Random,
  digits = 0,
): () => number {
  const span = high - low
  const scale = 10 ** digits
  let count = 0
  return () => {
    count += 1
    if (phase === 'learn') {
      // The ends early and again later, next to each other: range and step are both complete.
      if (count % 12 === 2) return low
      if (count % 12 === 3) return high
      if (count % 12 === 4) return low
    }
    const inside = MARGIN + (1 - 2 * MARGIN) * chance.next()
    return Math.round((low + span * inside) * scale) / scale
  }
}

/** Two registers, the high word first. */
export function floatWords(value: number): number[] {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
}

export function clockWords(): number[] {
  const seconds = Math.floor(Date.now() / 1000)
  return [Math.floor(seconds / 65536) % 65536, seconds % 65536]
}
