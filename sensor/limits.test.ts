import { expect, test } from 'vitest'
import { Limits } from './limits.ts'

const MINUTE = 60_000_000

test('what is new is told at once, then once a minute, and at the end', () => {
  const told: string[] = []
  const limits = new Limits(({ time, fields }) => {
    told.push(`${time / MINUTE} ${String(fields['table'])} ${String(fields['count'])}`)
  })
  limits.look({ a: 0, b: 2 }, 0)
  limits.look({ a: 0, b: 5 }, MINUTE / 2)
  limits.look({ a: 1, b: 5 }, MINUTE)
  limits.look({ a: 1, b: 5 }, 3 * MINUTE)
  limits.look({ a: 2, b: 5 }, 3 * MINUTE)
  limits.look({ a: 4, b: 5 }, 3 * MINUTE, true)
  expect(told).toEqual(['0 b 2', '1 a 1', '1 b 3', '3 a 1', '3 a 2'])
})

test('a clock that goes back silences nobody', () => {
  const told: number[] = []
  const limits = new Limits(({ time }) => told.push(time))
  limits.look({ a: 1 }, 100 * MINUTE)
  limits.look({ a: 2 }, 10 * MINUTE)
  expect(told).toEqual([100 * MINUTE, 10 * MINUTE])
})
