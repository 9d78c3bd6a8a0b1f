import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Envelope } from './envelope.ts'

function learned(values: readonly number[]): Envelope {
  const envelope = new Envelope()
  for (const value of values) envelope.learn(value)
  return envelope
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

/** Evenly spread and without a pattern: the golden ratio's multiples. */
function spread(at: number, span: number): number {
  return Math.floor(((at * 0.618_033_988_7) % 1) * span)
}

describe('shapes (quiet.md)', () => {
  test.each<[string, number[], string]>([
    ['one value', times(30, () => 40), 'constant'],
    ['some set-points', times(40, (at) => [40, 45, 50][at % 3]!), 'set'],
    ['a process value', times(200, (at) => 300 + Math.round(90 * Math.sin(at / 20))), 'range'],
    ['a heartbeat', times(30, (at) => at % 2), 'toggle'],
    ['a coil that toggles', times(30, (at) => (at % 2) * 0xff00), 'toggle'],
    ['a coil that is mostly set', times(30, (at) => (at % 10 === 0 ? 0 : 1)), 'set'],
    ['a counter', times(30, (at) => at), 'counter'],
    ['a counter that wraps', times(300, (at) => (65_400 + at) % 65_536), 'counter'],
    ['a clock', times(30, (at) => 1000 + at * 5 + (at % 3)), 'counter'],
    ['the low half of a float', times(100, (at) => spread(at, 65_536)), 'noise'],
    ['packed bits, many of them', times(100, (at) => spread(at, 256) * 256), 'noise'],
    ['two set-points by turns', times(30, (at) => (at % 2 ? 12 : 18)), 'set'],
  ])('%s', (_, values, shape) => {
    expect(learned(values).shape).toBe(shape)
  })
})

describe('verdicts', () => {
  const wave = times(200, (at) => 300 + Math.round(90 * Math.sin(at / 20)))

  test.each<[string, number[], number, string, number]>([
    ['a usual value', wave, 310, 'in-range', 0],
    [
      'a set-point inside the usual range',
      times(40, (at) => [40, 45, 50][at % 3]!),
      47,
      'in-range',
      0,
    ],
    ['within the margin that few samples leave', wave, 400, 'in-range', 0],
    ['a little outside', wave, 420, 'out-of-range', 0.167],
    ['far outside', wave, 900, 'out-of-range', 2.833],
    ['below', wave, 0, 'out-of-range', 1.167],
    ['near a constant', times(30, () => 40), 41, 'out-of-range', 0.25],
    ['far from a constant', times(30, () => 40), 400, 'out-of-range', 90],
    ['a bit that was never set', times(30, () => 0), 1, 'out-of-range', 1],
    ['a counter that goes on', times(30, (at) => at), 31, 'no-envelope', 0],
    ['a heartbeat', times(30, (at) => at % 2), 7, 'no-envelope', 0],
    ['noise', times(100, (at) => spread(at, 65_536)), 65_535, 'no-envelope', 0],
  ])('%s', (_, values, value, verdict, excess) => {
    const judged = learned(values).judge(value)
    expect(judged.verdict).toBe(verdict)
    expect(judged.excess).toBeCloseTo(excess, 2)
  })

  test('a jump through the range is a step, a walk through it is none', () => {
    const envelope = learned(wave)
    envelope.judge(210)
    expect(envelope.judge(390).verdict).toBe('step')
    const walking = learned(wave)
    for (let value = 210; value <= 390; value += 4) {
      expect(walking.judge(value).verdict).toBe('in-range')
    }
  })

  test('a value that is judged aside is no neighbour of the next', () => {
    const [near, far] = [learned(wave), learned(wave)]
    const high = Math.max(...wave)
    const low = Math.min(...wave)
    for (const envelope of [near, far]) envelope.judge(low)
    expect(near.aside(high).verdict).toBe('step')
    expect(near.judge(low).verdict).toBe('in-range')
    expect(far.judge(high).verdict).toBe('step')
    expect(far.judge(low).verdict).toBe('step')
  })

  test('what people approved is in range, until they take it back', () => {
    const envelope = learned(wave)
    envelope.approve(900)
    expect(envelope.judge(850).verdict).toBe('in-range')
    envelope.revoke(900)
    expect(envelope.judge(850).verdict).toBe('out-of-range')
  })

  test('no learned value is ever out of range', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 65_535 }),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    )
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
        const envelope = learned(values)
        for (const each of values) expect(envelope.judge(each).verdict).not.toBe('out-of-range')
      }),
    )
  })
})
