import { describe, expect, it } from 'vitest'
import { duration, exactUtc, siteClock, span } from './time.ts'

const now = '2026-11-21T10:00:00.000000Z'

describe('the site clock', () => {
  const berlin = siteClock('Europe/Berlin', now)
  it('gives the time alone for today', () => {
    expect(berlin.short('2026-11-21T08:14:02.123456Z')).toBe('09:14:02')
  })
  it('judges the day in the zone of the site', () => {
    expect(berlin.short('2026-11-20T23:30:00.000000Z')).toBe('00:30:00')
    expect(berlin.short('2026-11-20T22:30:00.000000Z')).toBe('20 Nov 23:30')
  })
  it('gives the year where it differs', () => {
    expect(berlin.short('2025-06-01T10:00:00.000000Z')).toBe('01 Jun 2025 12:00')
  })
  it('knows the offset of the moment, not of today', () => {
    expect(berlin.offset(now)).toBe('UTC+01:00')
    expect(berlin.offset('2026-06-21T10:00:00Z')).toBe('UTC+02:00')
    expect(siteClock('UTC', now).offset(now)).toBe('UTC+00:00')
  })
  it('reads an unknown zone as UTC and says so', () => {
    const clock = siteClock('Mars/Olympus', now)
    expect(clock.zone).toBe('UTC')
    expect(clock.long(now)).toBe('21 Nov 2026 10:00:00')
  })
  it('reads and writes date fields in the zone of the site', () => {
    expect(berlin.field('2026-06-21T10:00:00Z')).toBe('2026-06-21T12:00')
    expect(berlin.moment('2026-06-21T12:00')).toBe('2026-06-21T10:00:00.000Z')
    expect(berlin.moment('2026-10-25T03:30')).toBe('2026-10-25T02:30:00.000Z')
    expect(berlin.moment('')).toBe('')
  })
  it('has no opinion about what is no time', () => {
    expect(berlin.short('')).toBe('–')
  })
})

describe('exact time', () => {
  it('keeps the microseconds', () => {
    expect(exactUtc('2026-11-21T08:14:02.123456Z')).toBe('2026-11-21 08:14:02.123456 UTC')
    expect(exactUtc('soon')).toBe('soon')
  })
})

describe('durations', () => {
  it.each([
    [0, 'less than a second'],
    [1000, '1 second'],
    [61_000, '1 minute 1 second'],
    [12_000_000, '3 hours 20 minutes'],
    [86_400_000, '1 day'],
    [90_060_000, '1 day 1 hour'],
  ])('%d ms', (ms, words) => expect(duration(ms)).toBe(words))
  it('spans two times', () => {
    expect(span('2026-11-21T08:00:00Z', '2026-11-21T09:00:00Z')).toBe(3_600_000)
    expect(span('', now)).toBe(0)
  })
})
