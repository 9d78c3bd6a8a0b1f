import { expect, it } from 'vitest'
import { sumSparks } from './spark.ts'

it('sums lines at their newest end', () => {
  expect(sumSparks([[1, 2, 3], [10], []])).toEqual([1, 2, 13])
  expect(sumSparks([])).toEqual([])
})
