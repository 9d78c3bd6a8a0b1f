/** New findings never move the row under the cursor: rows are updated where they stand. */
import type { FindingRow } from '../../analyzer/api/schema.ts'

export interface Merged {
  /** The rows taken in, in their order, each as it is now known. */
  rows: FindingRow[]
  /** Rows of the head that are not shown yet. */
  fresh: number
  /** Rows shown that the view would no longer hold: acknowledged, closed. */
  left: number
}

/**
 * From when on a row of the head that is not shown is new, and not merely further down the list:
 * a list read to its end shows all there was; one in order of time, all to its last row; of any
 * other, what came after it was read is new.
 */
export function newSince(
  taken: readonly FindingRow[],
  list: { complete: boolean; newestFirst: boolean; asOf: string },
): string {
  if (list.complete) return ''
  return list.newestFirst ? (taken.at(-1)?.last ?? '') : list.asOf
}

export function merge(
  taken: readonly FindingRow[],
  head: readonly FindingRow[],
  since: string,
  states: readonly string[],
): Merged {
  const newest = new Map(head.map((row) => [row.id, row]))
  const shown = new Set<string>()
  let left = 0
  const rows: FindingRow[] = []
  for (const row of taken) {
    // A finding that repeated while pages were read may come on two of them.
    if (shown.has(row.id)) continue
    shown.add(row.id)
    const now = newest.get(row.id) ?? row
    rows.push(now)
    if (states.length > 0 && !states.includes(now.state)) left++
  }
  const fresh = head.filter((row) => !shown.has(row.id) && row.last > since).length
  return { rows, fresh, left }
}
