import { expect, test } from 'vitest'
import { BREAKER_FAILURES, Breaker } from './breaker.ts'

function plant(): { breaker: Breaker; pass: (ms: number) => void } {
  let now = 0
  const breaker = new Breaker({ now: () => now, random: () => 1 })
  return { breaker, pass: (ms) => (now += ms) }
}

test('it opens after failures in a row, and each of them is followed by a pause', () => {
  const { breaker, pass } = plant()
  const pauses: number[] = []
  for (let i = 1; i < BREAKER_FAILURES; i++) {
    breaker.failed()
    expect(breaker.state).toBe('closed')
    pauses.push(breaker.pauseMs)
    pass(breaker.pauseMs)
  }
  breaker.failed()
  expect(breaker.state).toBe('open')
  pauses.push(breaker.pauseMs)
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000])
})

test('half-open when its time is over; one success closes it, one failure opens it for longer', () => {
  const { breaker, pass } = plant()
  for (let i = 0; i < BREAKER_FAILURES; i++) breaker.failed()
  pass(15_999)
  expect(breaker.state).toBe('open')
  pass(1)
  expect(breaker.state).toBe('half-open')
  breaker.failed()
  expect([breaker.state, breaker.pauseMs]).toEqual(['open', 32_000])
  pass(32_000)
  breaker.succeeded()
  expect([breaker.state, breaker.pauseMs]).toEqual(['closed', 0])
  for (let i = 1; i < BREAKER_FAILURES; i++) breaker.failed()
  expect(breaker.state).toBe('closed')
})

test('what people must mend opens it at once', () => {
  const { breaker, pass } = plant()
  breaker.refused()
  expect(breaker.state).toBe('open')
  for (let i = 0; i < 9; i++) {
    pass(breaker.pauseMs)
    breaker.refused()
  }
  expect(breaker.pauseMs).toBe(60_000)
})
