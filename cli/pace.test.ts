import { describe, expect, test } from 'vitest'
import type { PacketBatch } from '#sensor'
import { Pace } from './pace.ts'

function batchAt(times: readonly number[]): PacketBatch {
  const count = times.length
  return {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    count,
    first: 5,
    offset: Int32Array.from(times, (_, index) => index * 100),
    captured: new Int32Array(count).fill(60),
    wire: new Int32Array(count).fill(60),
    time: Float64Array.from(times),
    linkType: new Uint16Array(count).fill(1),
  }
}

async function slicesOf(speed: number, times: readonly number[]): Promise<number[][]> {
  const pace = new Pace(speed)
  const slices: number[][] = []
  for await (const part of pace.slices(batchAt(times), new AbortController().signal)) {
    slices.push([part.first, ...part.time])
  }
  return slices
}

describe('a paced replay', () => {
  test('gives every packet once, in order, with its number', async () => {
    const times = [0, 50_000, 100_000, 150_000, 200_000, 10_000_000]
    const slices = await slicesOf(1000, times)
    expect(slices.flatMap(([, ...rest]) => rest)).toEqual(times)
    expect(slices.map(([first]) => first)).toEqual([5])
  })

  test('cuts where capture time passes a slice', async () => {
    const slices = await slicesOf(10, [0, 500_000, 1_500_000, 1_600_000])
    expect(slices).toEqual([
      [5, 0, 500_000],
      [7, 1_500_000, 1_600_000],
    ])
  })

  test('bears times that go backwards', async () => {
    const slices = await slicesOf(100, [5_000_000, 4_000_000, 9_000_000])
    expect(slices.flatMap(([, ...rest]) => rest)).toEqual([5_000_000, 4_000_000, 9_000_000])
  })

  test('as fast as it can be read: one slice', async () => {
    const slices = await slicesOf(Number.POSITIVE_INFINITY, [0, 3_600e6, 7_200e6])
    expect(slices).toHaveLength(1)
  })

  test('stops when it is told to', async () => {
    const stop = new AbortController()
    let seen = 0
    for await (const part of new Pace(1).slices(batchAt([0, 60e6, 120e6]), stop.signal)) {
      seen += part.count
      stop.abort()
    }
    expect(seen).toBe(1)
  })
})
