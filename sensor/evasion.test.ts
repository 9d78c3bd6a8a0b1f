/**
 * What a device discards and a sensor believes: segments with a bad checksum or too few hops left,
 * resets and SYNs from outside the window. Whatever comes before the true bytes, the write is read,
 * or it is told that something was said that could not be held against what was read.
 */
import { describe, expect, test } from 'vitest'
import { C, S, Scene, handshake, says } from './scene.ts'
import type { Frame } from './scene.ts'

/** From the client, at a place of its stream. */
const asks = (at: number, ...texts: string[]): Frame => {
  return { flags: 'PA', seq: 100 + at, ack: 500, data: texts.map((t) => says(1, 1, t)).join('') }
}

const reset: Frame = { flags: 'R', seq: 100 }
const play = (...frames: Frame[]): Scene => new Scene().play(frames)

describe('a SYN with the number of the one before', () => {
  const again = (after: Frame[], data: Frame[]): Scene =>
    play(...handshake(), asks(0, 'aaaa'), ...after, ...handshake(), ...data)
  const end: Frame[] = [
    { flags: 'FA', seq: 107, ack: 500 },
    { from: S, to: C, flags: 'FA', seq: 500, ack: 108 },
  ]

  test.each([
    ['after the end', end],
    ['after a reset', [{ ...reset, seq: 107 }]],
    ['after bytes', []],
  ])('%s begins another connection', (_, after) => {
    const { targets, conversations } = again(after, [asks(0, 'fire')])
    expect(targets).toEqual(['aaaa', 'fire'])
    expect(conversations.filter(({ phase }) => phase === 'begin')).toHaveLength(2)
  })

  test('before any bytes it is the same SYN, sent again', () => {
    const { conversations } = play(...handshake(), ...handshake(), asks(0, 'fire'))
    expect(conversations.filter(({ phase }) => phase === 'begin')).toHaveLength(1)
  })
})

describe('a reset, and seconds later bytes', () => {
  const late = (frame: Frame, at = 4_000_000): Frame => ({ ...frame, at })

  test('of its sender: somebody else sent the reset', () => {
    const { targets, codes } = play(...handshake(), reset, late(asks(0, 'fire')))
    expect([targets, codes]).toEqual([['fire'], ['reset-injected']])
  })

  test('of the other end, which did not hear of it: nothing is said against the reset', () => {
    const other = { ...reset, from: S, to: C, seq: 500 }
    expect(play(...handshake(), other, late(asks(0, 'fire'))).codes).toEqual([])
    const goesOn = { from: S, to: C, flags: 'PA', seq: 500, ack: 107, data: says(2, 1, 'done') }
    const scene = play(...handshake(), other, late(asks(0, 'fire')), late(goesOn, 5_000_000))
    expect(scene.codes).toEqual(['reset-injected'])
  })

  test('an hour later: a connection that began before us', () => {
    expect(play(...handshake(), reset, late(asks(0, 'fire'), 3600_000_000)).codes).toEqual([])
  })

  test('after a SYN of its own it is another connection', () => {
    const [syn, ...rest] = handshake()
    const opened = [late({ ...syn, seq: 99 }), ...rest]
    expect(play(...handshake(), reset, ...opened, asks(0, 'fire')).codes).toEqual([])
  })
})
