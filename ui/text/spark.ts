/** Packets by minute, as the API gives them: sixty values, of which the last is of `last`. */
export interface Line {
  spark: readonly number[]
  last: string
}

/** The minutes that are shown: the last hour, or as much of it as was captured. */
export interface Minutes {
  /** The newest, in minutes since 1970. */
  end: number
  length: number
}

const HOUR = 60

const minuteOf = (iso: string): number => Math.floor(Date.parse(iso) / 60_000)

/** What is before the capture is not silence. */
export function capturedMinutes(first: string, last: string): Minutes {
  const end = minuteOf(last)
  const length = end - minuteOf(first) + 1
  if (Number.isNaN(end)) return { end: 0, length: 0 }
  return { end, length: Number.isNaN(length) ? HOUR : Math.max(1, Math.min(HOUR, length)) }
}

/** A line on the minutes shown: one that ended before the newest is silent since. */
export function sparkOn({ spark, last }: Line, { end, length }: Minutes): number[] {
  const newest = minuteOf(last)
  const start = end - length + 1
  return Array.from({ length }, (_, at) => spark[spark.length - 1 - newest + start + at] ?? 0)
}

export function sumSparks(lines: readonly Line[], minutes: Minutes): number[] {
  const sum = Array.from({ length: minutes.length }, () => 0)
  for (const line of lines) {
    for (const [at, value] of sparkOn(line, minutes).entries()) sum[at] = (sum[at] ?? 0) + value
  }
  return sum
}
