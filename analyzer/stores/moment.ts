/**
 * When an act was done, and its id. Acts are in the order of both, whichever store they reach
 * first: one that is done comes after all that was seen when it was, whatever the clocks say.
 */
import { randomBytes } from 'node:crypto'
import { isoTime } from './rows.ts'

export interface Moment {
  time: string
  id: string
}

/** Ids of one millisecond: RFC 9562, section 6.2, method 1. */
const COUNTS = 4096
let newest = 0

/** Grows with each: RFC 9562, section 5.7. */
function nextId(): string {
  newest = Math.max(newest + 1, Date.now() * COUNTS)
  const ms = Math.floor(newest / COUNTS)
    .toString(16)
    .padStart(12, '0')
  const count = (newest % COUNTS).toString(16).padStart(3, '0')
  const chance = randomBytes(8)
  chance[0] = 0x80 | ((chance[0] ?? 0) & 0x3f)
  const rest = chance.toString('hex')
  const parts = [ms.slice(0, 8), ms.slice(8), `7${count}`, rest.slice(0, 4), rest.slice(4)]
  return parts.join('-')
}

/** ISO 8601 in UTC with microseconds, of four digits for the year: so that texts are in order. */
export const isInstant = (time: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time) && !Number.isNaN(Date.parse(time))

/** Of an act done now, after `last`; its time is moved where clocks differ. */
export function momentAfter(last: Moment | undefined, time: string): Moment {
  const id = nextId()
  if (last === undefined || last.time < time || !isInstant(last.time)) return { time, id }
  if (last.time === time && last.id < id) return { time, id }
  const us = Date.parse(last.time) * 1000 + Number(last.time.slice(23, 26))
  return { time: isoTime(us + 1), id }
}
