/**
 * Times in the site's zone; the exact time in UTC beside them. Inputs are the API's: ISO, UTC,
 * µs.
 */

export interface SiteClock {
  zone: string
  /** `09:14:02`, with the day where it is not that of `now`. */
  short(iso: string): string
  /** `21 Nov 2026 09:14:02`. */
  long(iso: string): string
  /** `UTC+01:00` as of that moment; '' where it is none. */
  offset(iso: string): string
  /** `2026-11-21T09:14`, as a date field writes a time of the site. */
  field(iso: string): string
  /** The moment that a date field means. '' where it means none. */
  moment(field: string): string
}

const options: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'longOffset',
}

/** A zone this browser does not know is read as UTC, and said so by `zone`. */
function formatter(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
  } catch {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
  }
}

interface Fields {
  day: string
  clock: string
  year: string
  offset: string
}

export function siteClock(zone: string, now: string): SiteClock {
  const format = formatter(zone)
  const fields = (iso: string): Fields | undefined => {
    const ms = Date.parse(iso)
    if (Number.isNaN(ms)) return undefined
    const part = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
    const of = (type: Intl.DateTimeFormatPartTypes): string => part.get(type) ?? ''
    return {
      day: `${of('day')} ${of('month')}`,
      year: of('year'),
      clock: `${of('hour')}:${of('minute')}:${of('second')}`,
      offset: of('timeZoneName').replace('GMT', 'UTC'),
    }
  }
  const today = fields(now)
  return {
    zone: format.resolvedOptions().timeZone,
    short(iso) {
      const at = fields(iso)
      if (at === undefined) return '–'
      if (at.year !== today?.year) return `${at.day} ${at.year} ${at.clock.slice(0, 5)}`
      return at.day === today.day ? at.clock : `${at.day} ${at.clock.slice(0, 5)}`
    },
    long(iso) {
      const at = fields(iso)
      return at === undefined ? '–' : `${at.day} ${at.year} ${at.clock}`
    },
    offset: (iso) => fields(iso)?.offset ?? '',
    field(iso) {
      const ms = Date.parse(iso)
      if (Number.isNaN(ms)) return ''
      return new Date(ms + offsetMs(fields(iso)?.offset ?? '')).toISOString().slice(0, 16)
    },
    moment(field) {
      const asUtc = Date.parse(`${field}Z`)
      if (Number.isNaN(asUtc)) return ''
      const at = (ms: number): number => offsetMs(fields(new Date(ms).toISOString())?.offset ?? '')
      // The offset of the guess, then of the moment itself: they differ when clocks are changed.
      const guess = asUtc - at(asUtc)
      return new Date(asUtc - at(guess)).toISOString()
    },
  }
}

function offsetMs(offset: string): number {
  const match = /([+-])(\d\d):(\d\d)/.exec(offset)
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}

/** `2026-11-21 08:14:02.123456 UTC`: what the sensor wrote, to the microsecond. */
export function exactUtc(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(iso)
  return match === null ? iso : `${match[1]} ${match[2]} UTC`
}

const units: readonly (readonly [number, string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** In words, two units at most: `3 hours 20 minutes`. */
export function duration(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds === 0) return 'less than a second'
  const words: string[] = []
  for (const [size, name] of units) {
    const whole = Math.floor(seconds / size)
    if (whole === 0) {
      if (words.length > 0) break
      continue
    }
    words.push(`${whole} ${name}${whole === 1 ? '' : 's'}`)
    seconds -= whole * size
    if (words.length === 2) break
  }
  return words.join(' ')
}

export function span(first: string, last: string): number {
  const ms = Date.parse(last) - Date.parse(first)
  return Number.isNaN(ms) ? 0 : ms
}
