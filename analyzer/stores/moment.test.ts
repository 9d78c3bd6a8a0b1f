import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isInstant, momentAfter } from './moment.ts'
import { isoTime } from './rows.ts'

const NOW = Date.UTC(2026, 10, 21, 8) * 1000
const instant = fc.integer({ min: 0, max: 2e9 }).map((us) => isoTime(NOW + us))

test('an act comes after what was seen when it was done, whatever the clock', () => {
  const id = fc.stringMatching(/^[\da-z]{1,40}$/)
  fc.assert(
    fc.property(fc.record({ time: instant, id }), instant, (last, time) => {
      const next = momentAfter(last, time)
      expect(isInstant(next.time)).toBe(true)
      expect(next.time >= time).toBe(true)
      expect([next.time, next.id] > [last.time, last.id]).toBe(true)
    }),
  )
})

test('acts of one moment stay in the order in which they were done', () => {
  let last = momentAfter(undefined, isoTime(NOW))
  for (let i = 0; i < 10_000; i++) {
    const next = momentAfter(last, isoTime(NOW))
    expect(next.time).toBe(isoTime(NOW))
    expect(next.id > last.id).toBe(true)
    expect(next.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    last = next
  }
})

test.each([
  '',
  'tomorrow',
  '2026-11-21',
  '+012026-11-21T08:00:00.000000Z',
  '2026-13-41T08:00:00.000000Z',
])('%j is no instant, and moves none', (time) => {
  expect(isInstant(time)).toBe(false)
  expect(momentAfter({ time, id: 'a' }, isoTime(NOW)).time).toBe(isoTime(NOW))
})
