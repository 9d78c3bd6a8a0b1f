import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIN, SYN } from '../packet/packet.ts'
import { Player, syn } from './player.ts'
import type { Step } from './player.ts'
import { SEGMENTS_MAX } from './segments.ts'

const text = Array.from({ length: 600 }, (_, i) => String.fromCharCode(33 + ((i * 7) % 90))).join(
  '',
)
const cuts = fc.array(fc.integer({ min: 1, max: 599 }), { maxLength: 30 })
const starts = fc.constantFrom(1000, 0x7fffff00, 0xffffff00, 0xfffffffe)

function segments(at: readonly number[], base: number): Step[] {
  const bounds = [0, ...new Set(at), text.length].sort((a, b) => a - b)
  return bounds.slice(1).map((end, i) => {
    const start = bounds[i] as number
    return { sequence: base + 1 + start, text: text.slice(start, end) }
  })
}

test('any split gives the same bytes, without a copy', () => {
  fc.assert(
    fc.property(cuts, starts, (at, base) => {
      const player = new Player().play(...syn(base), ...segments(at, base))
      expect(player.streams.low).toBe(text)
      expect(player.counters).toMatchObject({ outOfOrder: 0, duplicateBytes: 0, gaps: 0 })
    }),
    { numRuns: 150, seed: 1 },
  )
})

test('any order, repetition and overlap of its segments gives the same bytes', () => {
  const shuffled = fc.tuple(cuts, cuts, starts).chain(([a, b, base]) => {
    // Two splits of the same bytes: segments that overlap each other in every way.
    const all = [...segments(a, base), ...segments(b, base)].slice(0, SEGMENTS_MAX - 2)
    const rest = segments(a, base).concat(segments(b, base))
    return fc.tuple(
      fc.constant(base),
      fc.constant(rest.length),
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.constant(rest),
    )
  })
  fc.assert(
    fc.property(shuffled, ([base, , order, rest]) => {
      const player = new Player().play(...syn(base), ...order, ...rest)
      expect(player.streams.low).toBe(text)
      expect(player.counters).toMatchObject({ gaps: 0, overlaps: 0 })
      expect(player.held.bytes).toBe(0)
    }),
    { numRuns: 200, seed: 2 },
  )
})

test('whatever is lost, what comes out is in order, and every byte is accounted for', () => {
  const lossy = fc.tuple(cuts, starts, fc.integer({ min: 0, max: 0xffffffff }))
  let gaps = 0
  fc.assert(
    fc.property(lossy, ([at, base, losses]) => {
      const kept = segments(at, base).filter((_, i) => ((losses >>> (i % 32)) & 1) === 0)
      const player = new Player().play(...syn(base), ...kept).flush()
      const sent = kept.map((step) => step.text).join('')
      expect(player.streams.low).toBe(sent)
      expect(player.held.bytes).toBe(0)
      const missing = player.counters.gapBytes
      expect(missing).toBeLessThanOrEqual(text.length - sent.length)
      gaps += player.counters.gaps
    }),
    { numRuns: 150, seed: 3 },
  )
  expect(gaps).toBeGreaterThan(100)
})

test('both directions come out in the order of cause, whatever the mirror did to it', () => {
  // Low asks, high answers; the mirror delays one direction by up to five packets.
  const exchange = (i: number): [Step, Step] => [
    { sequence: 1001 + i * 2, ack: 5001 + i * 2, text: `q${i % 10}` },
    { fromLow: false, sequence: 5001 + i * 2, ack: 1003 + i * 2, text: `a${i % 10}` },
  ]
  const steps = Array.from({ length: 10 }, (_, i) => exchange(i))
  const order = steps.map((_, i) => `>q${i} <a${i}`).join(' ')
  for (let delay = 0; delay <= 1; delay++) {
    const player = new Player().play(...syn(1000))
    const low = steps.map(([q]) => q)
    const high = steps.map(([, a]) => a)
    for (let i = 0; i < 10 + delay; i++) {
      // The answer is captured before its request.
      if (high[i] !== undefined) player.play(high[i] as Step)
      if (low[i - delay] !== undefined) player.play(low[i - delay] as Step)
    }
    expect(player.log.join(' ')).toBe(order)
    expect(player.counters.gaps).toBe(0)
  }
})

test('random packets never make it throw or lose count of bytes', () => {
  const near = fc.integer({ min: -40, max: 40 })
  const step = fc.record({
    fromLow: fc.boolean(),
    sequence: fc.oneof(
      near.map((n) => 1000 + n),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    ack: fc.oneof(
      near.map((n) => 1000 + n),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    flags: fc.constantFrom(0, 0, 0, SYN, FIN, 4),
    text: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    missing: fc.constantFrom(0, 0, 0, 5),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const player = new Player().play(...steps).flush()
      const payload = steps.reduce((sum, { text }) => sum + text.length, 0)
      const { duplicateBytes, strayBytes } = player.counters
      const delivered = player.streams.low.length + player.streams.high.length
      expect(delivered + duplicateBytes + strayBytes).toBe(payload)
      expect([player.held.bytes, player.held.waiting]).toEqual([0, 0])
    }),
    { numRuns: 1500, seed: 5 },
  )
})
