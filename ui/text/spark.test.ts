import { describe, expect, it } from 'vitest'
import { capturedMinutes, sparkOn, sumSparks } from './spark.ts'

const first = '2026-11-21T12:41:06.120753Z'
const last = '2026-11-21T12:43:18.671729Z'
const hour = (values: readonly number[]): number[] => [
  ...Array.from({ length: 60 - values.length }, () => 0),
  ...values,
]

describe('packets by minute', () => {
  it('begin with the capture, at most an hour ago', () => {
    const { end, length } = capturedMinutes(first, last)
    expect(length).toBe(3)
    expect(new Date(end * 60_000).toISOString()).toBe('2026-11-21T12:43:00.000Z')
    expect(capturedMinutes('2026-11-20T00:00:00Z', last).length).toBe(60)
    expect(capturedMinutes('', '').length).toBe(0)
    expect(capturedMinutes('', last).length).toBe(60)
  })
  it('stand at their minute, also when the line ended before the capture did', () => {
    const minutes = capturedMinutes(first, last)
    expect(sparkOn({ spark: hour([4, 5, 6]), last }, minutes)).toEqual([4, 5, 6])
    const ended = { spark: hour([7]), last: '2026-11-21T12:41:59Z' }
    expect(sparkOn(ended, minutes)).toEqual([7, 0, 0])
    expect(sumSparks([ended, { spark: hour([1, 2]), last }], minutes)).toEqual([7, 1, 2])
    expect(sparkOn({ spark: [3], last: '' }, minutes)).toEqual([0, 0, 0])
  })
})
