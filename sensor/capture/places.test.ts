import { expect, test } from 'vitest'
import { Places, RUNS_MAX } from './places.ts'

test('a packet is found in its run; of nothing, nothing is known', () => {
  const places = new Places()
  expect(places.of(1)).toBeUndefined()
  places.begin(1, 0, 1)
  places.begin(3, 1, 1)
  // Goes on where it was: no new run.
  places.begin(5, 1, 3)
  places.begin(6, 0, 3)
  expect([1, 2, 3, 4, 5, 6, 9].map((packet) => places.of(packet))).toEqual([
    { part: 0, number: 1 },
    { part: 0, number: 2 },
    { part: 1, number: 1 },
    { part: 1, number: 2 },
    { part: 1, number: 3 },
    { part: 0, number: 3 },
    { part: 0, number: 6 },
  ])
})

test('the newest runs are kept, as many as the bound says', () => {
  const places = new Places()
  const runs = RUNS_MAX + 5000
  for (let run = 0; run < runs; run++) places.begin(run * 2 + 1, run % 3, run + 7)
  for (const run of [runs - 1, runs - 2000, runs - RUNS_MAX]) {
    expect(places.of(run * 2 + 2)).toEqual({ part: run % 3, number: run + 8 })
  }
  expect(places.of((runs - RUNS_MAX) * 2)).toBeUndefined()
})
