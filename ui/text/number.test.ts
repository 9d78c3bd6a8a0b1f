import { describe, expect, it } from 'vitest'
import { bytes, count, plural, rough, share } from './number.ts'

describe('numbers', () => {
  it.each([
    [0, '0'],
    [9999, '9999'],
    [10_000, '10\u202F000'],
    [1_234_567, '1\u202F234\u202F567'],
    [-12_345, '−12\u202F345'],
  ])('%d is written %s', (value, shown) => expect(count(value)).toBe(shown))

  it.each([
    [950, '950'],
    [1_200_000, '1.2\u202FM'],
    [250_000, '250\u202Fk'],
  ])('%d is roughly %s', (value, shown) => expect(rough(value)).toBe(shown))

  it.each([
    [12, '12\u202FB'],
    [1500, '1.5\u202FkB'],
    [2_000_000, '2.0\u202FMB'],
  ])('%d bytes are %s', (value, shown) => expect(bytes(value)).toBe(shown))

  it('never rounds a share up to all of it', () => {
    expect(share(0.9999)).toBe('99.9\u202F%')
    expect(share(1)).toBe('100\u202F%')
    expect(share(0)).toBe('0.0\u202F%')
  })

  it('says one and many', () => {
    expect(plural(1, 'finding')).toBe('1 finding')
    expect(plural(20_000, 'finding')).toBe('20\u202F000 findings')
  })
})
