/** The steps of a histogram: every store cuts time in the same places. */
import { BUCKETS_MAX } from './counts.ts'
import { isoTime } from './rows.ts'

export interface Range {
  first: string
  last: string
}

/** Where each bucket begins, and where the last one ends. */
export function edgesOf(
  query: { from?: string | undefined; to?: string | undefined },
  found: Range | undefined,
  buckets: number,
): string[] {
  const first = query.from ?? found?.first
  const last = query.to ?? found?.last
  if (first === undefined || last === undefined || last < first) return []
  const count = Math.min(Math.max(1, buckets), BUCKETS_MAX)
  const begin = microseconds(first)
  const width = Math.ceil((microseconds(last) - begin + 1) / count)
  return Array.from({ length: count + 1 }, (_, i) => isoTime(begin + i * width))
}

/** Of ISO 8601 with six digits, as the sensor writes it. */
export function microseconds(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26))
}
