import fc from 'fast-check'
import { expect, test } from 'vitest'
import { valueOf } from './datatypes.ts'

test.each([
  ['a float under Int8', 33.79999923706055, 1, ['33.79999923706055']],
  ['not a number under Int32', Number.NaN, 3, ['NaN']],
  ['infinity under Int64', Number.POSITIVE_INFINITY, 4, ['Infinity']],
  ['Int8 of -1', 0xff, 1, ['-1']],
  ['Int64 of -5', 0xfffffffffffffffbn, 4, ['-5']],
])('%s', (_name, raw, datatype, texts) => {
  expect(valueOf(raw, datatype).texts).toEqual(texts)
})

test('any value under any datatype is read without a throw', () => {
  const raw = fc.oneof(
    fc.double(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat(),
    fc.string(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 64 }),
    fc.constant(undefined),
  )
  fc.assert(
    fc.property(raw, fc.integer({ min: -1, max: 300 }), (value, datatype) => {
      const { texts, numbers } = valueOf(value, datatype)
      expect(Array.isArray(texts) && Array.isArray(numbers)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
