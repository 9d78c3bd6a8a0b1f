import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recent } from './recent.ts'
import type { HeldBytes } from './segments.ts'

const base = 0xfffffff0
const noneHeld = (): HeldBytes => ({ bytes: 0, waiting: 0, max: 1 << 20 })

/** Pieces of a stream handed on one after the other, from a sequence number that wraps soon. */
function filled(pieces: readonly Uint8Array[], open = 0): Recent {
  const recent = new Recent(noneHeld())
  let next = base | 0
  for (const piece of pieces) {
    next = (next + piece.length) | 0
    recent.add(Uint8Array.of(9, ...piece, 9), 1, 1 + piece.length, next, open)
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
      const likeness = filled(pieces).compare(all, from, length, (base + from) | 0)
      expect(likeness).toBe(all.length - from <= 2048 ? 'same' : 'unknown')
      const open = filled(pieces, all.length)
      expect(open.compare(all, from, length, (base + from) | 0)).toBe('same')
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
      const isKnown = all.length - at <= 2048
      expect(recent.compare(all, 0, all.length, base | 0)).toBe(isKnown ? 'differs' : 'unknown')
      expect(filled(pieces, all.length).compare(all, 0, all.length, base | 0)).toBe('differs')
    }),
    { numRuns: 150, seed: 1 },
  )
})

test('after a hole the bytes before it are forgotten', () => {
  const recent = new Recent(noneHeld())
  recent.add(Buffer.from('before'), 0, 6, 106, 0)
  recent.add(Buffer.from('after'), 0, 5, 211, 0)
  expect(recent.compare(Buffer.from('xxxxxx'), 0, 6, 100)).toBe('unknown')
  expect(recent.compare(Buffer.from('afteX'), 0, 5, 206)).toBe('differs')
})

test('what waits for its acknowledgement is kept, within the room for all of them', () => {
  const held = noneHeld()
  const bytes = new Uint8Array(200_000)
  const rings = Array.from({ length: 6 }, () => new Recent(held))
  const known = rings.map((recent) => {
    for (let at = 0; at < bytes.length; at += 1000) {
      recent.add(bytes, at, at + 1000, at + 1000, at + 1000)
    }
    return [2048, 65_536].filter((n) => recent.compare(bytes, 0, n, 200_000 - n) === 'same').length
  })
  expect(known).toEqual([2, 2, 2, 2, 1, 1])
  expect(held.bytes).toBeLessThanOrEqual(held.max / 4)
  for (const recent of rings) recent.close()
  expect(held.bytes).toBe(0)
})
