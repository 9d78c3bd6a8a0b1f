import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PacketBatch } from '#sensor'
import { PacketRate } from './packet-rate.ts'

const START = Date.UTC(2026, 10, 21, 8) * 1000

/** Packets at these seconds. */
function batch(...seconds: number[]): PacketBatch {
  const time = Float64Array.from(seconds, (second) => START + second * 1e6)
  return { time, count: seconds.length } as unknown as PacketBatch
}

function told(...batches: PacketBatch[]): ReturnType<PacketRate['told']> {
  const rate = new PacketRate()
  for (const one of batches) rate.add(one)
  return rate.told()
}

test('nothing before the first packet', () => {
  expect(told()).toBeUndefined()
})

test.each<[string, PacketBatch[], string, number[]]>([
  ['one minute', [batch(1, 2), batch(59)], '08:00', [3]],
  ['a batch over two', [batch(1, 59, 60, 61)], '08:01', [2, 2]],
  ['silence between', [batch(0), batch(200)], '08:03', [1, 0, 0, 1]],
  ['a clock that is a bit behind', [batch(120), batch(61, 5), batch(125)], '08:02', [1, 1, 2]],
  ['before the first', [batch(300), batch(130)], '08:05', [1, 0, 0, 1]],
  ['a clock set back by hours', [batch(100_000), batch(0), batch(60)], '08:01', [1, 1]],
])('%s', (_, batches, minute, packets) => {
  expect(told(...batches)).toEqual({ last: `2026-11-21T${minute}:00.000000Z`, packets })
})

test('an hour at most, and nothing of what was before', () => {
  const rate = told(batch(0, 0, 0), batch(59 * 60), batch(60 * 60))
  expect(rate?.packets).toHaveLength(60)
  expect(rate?.packets.slice(-2)).toEqual([1, 1])
  expect(rate?.packets.reduce((sum, value) => sum + value)).toBe(2)
  expect(told(batch(0, 0, 0), batch(86_400))?.packets).toEqual([
    ...Array.from({ length: 59 }, () => 0),
    1,
  ])
})

test('within an hour no packet is left out, whatever the order', () => {
  const seconds = fc.array(fc.array(fc.integer({ min: 0, max: 1800 }), { minLength: 1 }))
  fc.assert(
    fc.property(seconds, (batches) => {
      const all = batches.flat().length
      const { packets = [] } = told(...batches.map((one) => batch(...one))) ?? {}
      expect(packets.length).toBeLessThanOrEqual(60)
      expect(packets.reduce((sum, value) => sum + value, 0)).toBe(all)
    }),
  )
})
