/** Adds up what several sensors counted: a tally is numbers, tables, sets and maps of such. */
import type { AnyDissector } from './protocols/dissector.ts'

/** The sum of tallies of one protocol, whatever its shape, undefined where there are none. */
export function mergeTallies(tallies: readonly unknown[]): unknown {
  return tallies.reduce((sum, tally) => merge(sum, tally), undefined)
}

/** In the keys of the corpus' oracle: absent means zero. */
export function talliedCounts(
  dissectors: readonly AnyDissector[],
  tallies: readonly unknown[],
): Record<string, unknown> {
  const counts: Record<string, unknown> = {}
  for (const [at, dissector] of dissectors.entries()) {
    const tally = tallies[at]
    const own = tally === undefined ? undefined : withoutZeros(dissector.counts(tally))
    if (own !== undefined) counts[dissector.name] = own
  }
  return counts
}

function merge(a: unknown, b: unknown): unknown {
  if (a === undefined || b === undefined) return a ?? b
  if (typeof a === 'number') return a + Number(b)
  if (a instanceof Set) return new Set([...a, ...(b as Set<unknown>)])
  if (a instanceof Map) return mergeMaps(a, b as Map<unknown, unknown>)
  if (ArrayBuffer.isView(a))
    return (a as Int32Array).map((value, at) => value + ((b as Int32Array)[at] ?? 0))
  if (Array.isArray(a)) return mergeLists(a, b as unknown[])
  if (typeof a === 'object' && a !== null) return mergeObjects(a, b as object)
  return a
}

function mergeMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>): Map<unknown, unknown> {
  const sum = new Map(a)
  for (const [key, value] of b) sum.set(key, merge(sum.get(key), value))
  return sum
}

function mergeLists(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => merge(a[at], b[at]))
}

function mergeObjects(a: object, b: object): object {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return Object.fromEntries([...keys].map((key) => [key, merge(left[key], right[key])]))
}

/** Zeros and empty objects are left out; undefined where nothing is left. */
function withoutZeros(counts: Record<string, unknown>): Record<string, unknown> | undefined {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(counts)) {
    if (value === 0 || value === undefined) continue
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) continue
    kept[key] = value
  }
  return Object.keys(kept).length === 0 ? undefined : kept
}
