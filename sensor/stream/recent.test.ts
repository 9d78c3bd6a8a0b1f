import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recent } from './recent.ts'

const base = 0xfffffff0

/** Pieces of a stream handed on one after the other, from a sequence number that wraps soon. */
function filled(pieces: readonly Uint8Array[]): Recent {
  const recent = new Recent()
  let next = base | 0
  for (const piece of pieces) {
    next = (next + piece.length) | 0
    recent.add(Uint8Array.of(9, ...piece, 9), 1, 1 + piece.length, next)
  }
  return recent
}

const stream = fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), {
  minLength: 1,
  maxLength: 12,
})

test('what is said again, in whatever pieces, does not differ', () => {
  fc.assert(
    fc.property(stream, fc.nat(), fc.nat(), (pieces, a, b) => {
      const all = Buffer.concat(pieces)
      const from = a % all.length
      const length = 1 + (b % (all.length - from))
      expect(filled(pieces).differs(all, from, length, (base + from) | 0)).toBe(false)
    }),
    { numRuns: 150, seed: 1 },
  )
})

test('one other byte among the newest 2048 differs, beyond it nobody knows', () => {
  fc.assert(
    fc.property(stream, fc.nat(), fc.integer({ min: 1, max: 255 }), (pieces, a, flip) => {
      const all = Buffer.concat(pieces)
      const at = a % all.length
      const recent = filled(pieces)
      all[at] = (all[at] as number) ^ flip
      expect(recent.differs(all, 0, all.length, base | 0)).toBe(all.length - at <= 2048)
    }),
    { numRuns: 150, seed: 1 },
  )
})

test('after a hole the bytes before it are forgotten', () => {
  const recent = new Recent()
  recent.add(Buffer.from('before'), 0, 6, 106)
  recent.add(Buffer.from('after'), 0, 5, 211)
  expect(recent.differs(Buffer.from('xxxxxx'), 0, 6, 100)).toBe(false)
  expect(recent.differs(Buffer.from('afteX'), 0, 5, 206)).toBe(true)
})
