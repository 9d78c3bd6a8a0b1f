/** Times that no clock can have had: an offset of ages, ticks of ages. */
import { describe, expect, test } from 'vitest'
import { openStream } from './file.ts'
import { description, enhanced, once, option, section } from './written.ts'

const TIME_MAX = 8.64e18

async function timesOf(options: Buffer): Promise<number[]> {
  const packets = [0, 1].map((low) => enhanced(true, 0, 0x7fffffff, low, '00'.repeat(60)))
  const bytes = Buffer.concat([section(true), description(true, 1, options), ...packets])
  const times: number[] = []
  for await (const batch of openStream(once(bytes), 'ages').batches()) {
    times.push(...batch.time.subarray(0, batch.count))
  }
  return times
}

function offset(seconds: bigint): Buffer {
  const value = Buffer.alloc(8)
  value.writeBigInt64LE(seconds)
  return option(true, 14, value)
}

describe('a time is one that a date can have', () => {
  test.each([
    ['offset of 2^60 s', offset(1n << 60n), TIME_MAX],
    ['offset of -2^60 s', offset(-(1n << 60n)), -TIME_MAX],
    ['ticks of a second', option(true, 9, Buffer.from([0])), TIME_MAX],
  ])('%s', async (_, options, time) => {
    expect(await timesOf(options)).toEqual([time, time])
  })
})
