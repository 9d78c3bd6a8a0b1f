/**
 * What a device discards and a sensor believes: segments with a bad checksum or too few hops left,
 * resets and SYNs from outside the window. Whatever comes before the true bytes, the write is read,
 * or it is told that something was said that could not be held against what was read.
 */
import { describe, expect, test } from 'vitest'
import { C, ODD, S, Scene, handshake, moved, says } from './scene.ts'
import type { Frame } from './scene.ts'

/** From the client, at a place of its stream. */
const asks = (at: number, ...texts: string[]): Frame => {
  const data = texts.map((text, i) => says(1, (at + i) & 0x7f, text)).join('')
  return { flags: 'PA', seq: 100 + at, ack: 500, data }
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
    const goesOn = { from: S, to: C, flags: 'PA', seq: 500, ack: 107, data: says(2, 0, 'done') }
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

describe('bytes that were handed on come again', () => {
  const many = (count: number): string[] => Array.from({ length: count }, () => 'a'.repeat(37))
  const read = many(300)
  /** 12,000 bytes in segments of 1200, whether or not the device acknowledges them. */
  const segments = (acknowledges: boolean): Frame[] =>
    Array.from({ length: 10 }, (_, i) => [
      asks(1200 * i, ...read.slice(30 * i, 30 * i + 30)),
      ...(acknowledges
        ? [{ from: S, to: C, flags: 'A', seq: 500, ack: 100 + 1200 * (i + 1) }]
        : []),
    ]).flat()

  test('and differ, however far back, while the device has not acknowledged them', () => {
    const { codes } = play(...handshake(), ...segments(false), asks(0, 'fire'))
    expect(codes).toEqual(['overlap'])
  })

  test('and are the same: that is nothing', () => {
    const { codes, targets } = play(...handshake(), ...segments(false), ...segments(false))
    expect([codes, targets]).toEqual([[], read])
  })

  test('and are kept no more: told once a minute', () => {
    const again = [asks(0, 'fire'), asks(7, 'fire'), { ...asks(0, 'fire'), at: 61_000_000 }]
    const { codes, targets } = play(...handshake(), ...segments(true), ...again)
    expect([codes, targets]).toEqual([['overlap', 'overlap'], read])
  })
})

describe('bytes before all that was seen', () => {
  const ahead = 1_000_000
  const texts = ['one', 'two', 'tri', 'for', 'fiv', 'six']
  const stream = texts.map((text, i) => asks(6 * i, text))

  test('a SYN far ahead: told, and believed no more when several follow on each other', () => {
    const forged = { flags: 'S', seq: 99 + ahead }
    const { codes, targets } = play(...handshake(), forged, ...stream)
    expect([codes, targets]).toEqual([['overlap'], texts.slice(3)])
  })

  test('a first segment far ahead, of a connection that began before us', () => {
    const { codes, targets } = play(asks(ahead, 'decoy'), ...stream)
    expect([codes, targets]).toEqual([
      ['overlap', 'gap'],
      ['decoy', ...texts.slice(3)],
    ])
  })

  test('numbers of half the space away, after one message under them', () => {
    const far = 1 << 30
    const forged = [{ flags: 'S', seq: 99 + far }, asks(far, 'decoy')]
    expect(play(...handshake(), ...forged, asks(0, 'fire')).codes).toEqual(['overlap'])
  })

  test('what the peer sends again from before us is nothing to tell', () => {
    const says2 = (at: number): Frame => {
      return { from: S, to: C, flags: 'PA', seq: 500 + at, ack: 107, data: says(2, 0, 'done') }
    }
    expect(play(asks(0, 'fire'), says2(7), says2(0)).codes).toEqual([])
  })

  test('garbage over the start of a message, before anything is known of the flow', () => {
    const garbage: Frame = { flags: 'PA', seq: 100, ack: 500, data: '\xff'.repeat(6) }
    expect(play(garbage, asks(0, 'fire')).targets).toEqual(['fire'])
  })
})

describe('before a message is whole', () => {
  const half = (text: string): Frame => ({ ...asks(0, text), data: says(1, 0, text).slice(0, 5) })

  test.each([
    ['on a port of ours', S],
    ['elsewhere', ODD],
  ])('what differs from its start is told: %s', (_, server) => {
    const frames = [...handshake(), half('aaaa'), asks(0, 'fire'), asks(7, 'more')]
    expect(play(...moved(frames, C, server)).codes).toEqual(['overlap'])
  })

  test('what repeats its start is nothing', () => {
    const { targets, codes } = play(...handshake(), half('fire'), asks(0, 'fire'))
    expect([targets, codes]).toEqual([['fire'], []])
  })

  test('also with the SYN', () => {
    const [syn] = handshake()
    const data = says(1, 0, 'aaaa').slice(0, 5)
    expect(play({ ...syn, data }, asks(0, 'fire')).codes).toEqual(['overlap'])
  })

  test('urgent data within it is told', () => {
    const rest = { ...asks(5), flags: 'PAU', data: says(1, 0, 'fire').slice(5) }
    expect(play(...handshake(), half('fire'), rest).codes).toEqual(['ambiguous-length'])
    const urgent = { ...half('fire'), flags: 'PAU' }
    expect(play(...handshake(), urgent, asks(0, 'fire')).codes).toEqual(['ambiguous-length'])
  })
})

test('in a protocol that is none of ours none of it is told', () => {
  const texts = ['\xff'.repeat(9), '\xfe'.repeat(9), '\xfd'.repeat(9)]
  const says3 = texts.map((data): Frame => ({ flags: 'PA', seq: 100, ack: 500, data }))
  const forged = { flags: 'S', seq: 99 + 1_000_000 }
  expect(play(...moved([...handshake(), forged, ...says3], C, ODD)).codes).toEqual([])
})

describe('garbage for a server that has spoken a protocol away from its port', () => {
  const known = moved([...handshake(), asks(0, 'one', 'two')], C, ODD)
  const garbage = (count: number): Frame[] =>
    Array.from({ length: count }, (_, i) => {
      return { flags: 'PA', seq: 100 + 9 * i, ack: 500, data: '\xff'.repeat(9) }
    })
  const other = '10.0.0.66:4000'

  test.each([
    [1, ['wrong-protocol-on-port', 'overlap']],
    [12, ['wrong-protocol-on-port']],
  ])('%i pieces over a request: told', (count, expected) => {
    const frames = [...handshake(), ...garbage(count), asks(0, 'fire')]
    const { codes } = play(...known, ...moved(frames, other, ODD))
    expect(codes).toEqual(expected)
  })

  test('joined late: at its end it counts as undecided', () => {
    const { codes, conversations } = play(...known, ...moved(garbage(12), other, ODD))
    expect(codes).toEqual([])
    expect(conversations.at(-1)).toMatchObject({ phase: 'end', undecided: true })
  })

  test('another server of no known protocol: nothing', () => {
    const frames = moved([...handshake(), ...garbage(12)], other, '10.0.0.3:7777')
    expect(play(...known, ...frames).codes).toEqual([])
  })
})
