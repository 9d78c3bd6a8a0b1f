/**
 * Overlapping segments (T7 of the evasion catalogue): which of two versions a server reads depends
 * on its stack (first, last, BSD, Linux, Windows, ...). In whatever way they overlap, in whatever
 * order they come: what the sensor read holds the write, or the contradiction is told.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Scene, handshake, request, says } from './scene.ts'
import type { Frame } from './scene.ts'

/** The stream as a harmless client sends it, and with a write in the place of one message. */
const texts = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee']
const harmless = texts.map((text, i) => says(1, i, text)).join('')
const hostile = harmless.replace('cccc', 'fire')
const WHOLE = harmless.length

interface Span {
  readonly from: number
  readonly to: number
  readonly text: string
}

const frameOf = ({ from, to, text }: Span, id: number): Frame => {
  return { ...request, id, seq: 100 + from, data: text.slice(from, to) }
}

/** Begins and ends before, with and behind the other: nine in all. */
const bounds = [-5, 0, 5]
const shapes = bounds.flatMap((start) => bounds.map((end): [number, number] => [start, end]))

/** Around the message that differs. */
const [START_AT, END_AT] = [12, 23] as const

describe.each(shapes)('starting %i, ending %i bytes from the other', (start, end) => {
  const one = { from: START_AT, to: END_AT, text: harmless }
  const two = { from: START_AT + start, to: END_AT + end, text: hostile }
  const before = { from: 0, to: START_AT + Math.min(0, start), text: harmless }
  const after = { from: END_AT + Math.max(0, end), to: WHOLE, text: harmless }
  // What a shape leaves out comes after both of them.
  const rest = { from: 0, to: WHOLE, text: harmless }
  const orders: [string, Span[]][] = [
    ['in order, the harmless one first', [before, one, two, after, rest]],
    ['in order, the write first', [before, two, one, after, rest]],
    ['behind a hole, the harmless one first', [one, two, after, before, rest]],
    ['behind a hole, the write first', [two, one, after, before, rest]],
    ['the end first', [after, two, one, before, rest]],
    ['the end first, turned', [after, one, two, before, rest]],
  ]
  test.each(orders)('%s', (_, spans) => {
    const frames = spans.filter(({ from, to }) => from < to).map((one, i) => frameOf(one, 10 + i))
    const { targets, codes } = new Scene().play([...handshake(), ...frames])
    expect(codes.includes('overlap') || targets.includes('fire')).toBe(true)
    expect(codes.includes('overlap')).toBe(true)
    expect(targets).toHaveLength(texts.length)
  })
})

describe('the same bytes, cut and overlapped in any way', () => {
  test.each(shapes)('starting %i, ending %i bytes from the other', (start, end) => {
    const one = { from: START_AT, to: END_AT, text: harmless }
    const two = { from: START_AT + start, to: END_AT + end, text: harmless }
    const rest = { from: 0, to: WHOLE, text: harmless }
    const frames = [one, two, rest].map((span, i) => frameOf(span, 10 + i))
    const { targets, codes } = new Scene().play([...handshake(), ...frames])
    expect([targets, codes]).toEqual([texts, []])
  })
})

test('any split, order and repetition of both directions gives the same operations', () => {
  const asked = texts.map((text, i) => says(1, i, text)).join('')
  const cuts = fc.array(fc.integer({ min: 1, max: WHOLE - 1 }), { maxLength: 12 })
  const pieces = fc.tuple(cuts, cuts).chain(([a, b]) => {
    const spans = [a, b].flatMap((at) => {
      const ends = [0, ...new Set(at), WHOLE].sort((x, y) => x - y)
      return ends.slice(1).map((to, i) => ({ from: ends[i] as number, to, text: asked }))
    })
    return fc.shuffledSubarray(spans, { minLength: spans.length })
  })
  const expected = new Scene().play([...handshake(), { ...request, data: asked }])
  fc.assert(
    fc.property(pieces, fc.boolean(), (spans, twice) => {
      const frames = spans.flatMap((span, i) => {
        const frame = frameOf(span, 10 + i)
        return twice ? [frame, { ...frame, vlan: 7 }] : [frame]
      })
      const scene = new Scene().play([...handshake(), ...frames])
      expect([scene.targets, scene.codes]).toEqual([expected.targets, []])
      expect(scene.sensor.counters()).toMatchObject({ duplicates: twice ? spans.length : 0 })
    }),
    { numRuns: 300, seed: 4 },
  )
})

test('urgent data: what a server takes for its stream is not certain, and that is told', () => {
  const urgent = { ...request, flags: 'PAU', seq: 107, data: says(1, 8, 'fire') }
  const scene = new Scene().play([...handshake(), { ...request, data: says(1, 1, 'aaaa') }, urgent])
  expect([scene.targets, scene.codes]).toEqual([['aaaa', 'fire'], ['ambiguous-length']])
  expect(scene.anomalies[0]).toMatchObject({ layer: 'tcp', fromClient: true })
})
