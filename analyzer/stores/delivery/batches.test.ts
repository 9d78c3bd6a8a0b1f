import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batches, halves } from './batches.ts'

const limits = { docs: 3, bytes: 10, requests: 1 }
const cut = (sizes: number[]): number[][] => batches(sizes, limits, (size) => size)

test.each<[string, number[], number[][]]>([
  ['nothing', [], []],
  ['by number', [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ['by bytes', [6, 4, 1], [[6, 4], [1]]],
  ['what is too large goes alone', [1, 11, 1], [[1], [11], [1]]],
])('%s', (_name, sizes, expected) => {
  expect(cut(sizes)).toEqual(expected)
})

test('nothing is left out, the order stays, the bounds hold', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 14 })), (sizes) => {
      const all = cut(sizes)
      expect(all.flat()).toEqual(sizes)
      for (const batch of all) {
        expect(batch.length).toBeLessThanOrEqual(limits.docs)
        const bytes = batch.reduce((a, b) => a + b, 0)
        expect(bytes <= limits.bytes || batch.length === 1).toBe(true)
      }
    }),
  )
})

test.each<[number[], number[][]]>([
  [
    [1, 2, 3],
    [[1, 2], [3]],
  ],
  [
    [1, 2],
    [[1], [2]],
  ],
  [[1], [[1]]],
])('halves of %j', (items, expected) => {
  expect(halves(items)).toEqual(expected)
})
