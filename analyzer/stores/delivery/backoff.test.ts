import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BACKOFF_MS_MAX, backoffMs } from './backoff.ts'

test.each([
  [1, 1, 1000],
  [2, 1, 2000],
  [3, 0.5, 2000],
  [6, 1, 32_000],
  [7, 1, 60_000],
  [5000, 1, 60_000],
  [5000, 0.25, 15_000],
  [1, 0, 50],
])('after failure %i with chance %d it waits %i ms', (tries, chance, ms) => {
  expect(backoffMs(tries, () => chance)).toBe(ms)
})

test('it is never without a pause and never longer than a minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 1 }),
      (tries, chance) => {
        const ms = backoffMs(tries, () => (Number.isNaN(chance) ? 0 : chance))
        expect(ms).toBeGreaterThanOrEqual(50)
        expect(ms).toBeLessThanOrEqual(BACKOFF_MS_MAX)
      },
    ),
  )
})
