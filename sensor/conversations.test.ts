import { describe, expect, test } from 'vitest'
import type { Frame } from './scene.ts'
import { C, S, START, Scene, handshake, request } from './scene.ts'

describe('conversations', () => {
  const fin = (from: string, to: string, seq: number, ack: number): Frame => ({
    from,
    to,
    flags: 'FA',
    seq,
    ack,
  })
  const rows: [string, Frame[], string][] = [
    ['attempted', handshake().slice(0, 1), 'attempted'],
    ['refused', [handshake()[0] as Frame, { from: S, to: C, flags: 'RA', ack: 100 }], 'refused'],
    ['established', handshake(), 'established'],
    ['closed', [...handshake(), fin(C, S, 100, 500), fin(S, C, 500, 101)], 'closed'],
    ['reset', [...handshake(), { flags: 'R', seq: 100 }], 'reset'],
  ]
  test.each(rows)('%s', (_, frames, state) => {
    const last = new Scene().play(frames).conversations.at(-1)
    expect(last).toMatchObject({ state, phase: 'end', packet: 1 })
    expect((last?.clientPackets ?? 0) + (last?.serverPackets ?? 0)).toBe(frames.length)
  })

  test('begin, every minute while there is something new, end; operations by class', () => {
    const polls = [0, 30, 61, 125, 400].map((second, i) => ({
      ...request,
      seq: 100 + i * 8,
      at: second * 1e6,
    }))
    const { conversations } = new Scene().play([...handshake(), ...polls])
    expect(conversations.map(({ phase, operations }) => [phase, operations.read ?? 0])).toEqual([
      ['begin', 0],
      ['interval', 2],
      ['interval', 3],
      ['interval', 4],
      ['end', 5],
    ])
    expect(conversations.at(-1)).toMatchObject({
      protocol: 'ask',
      start: START + 1000,
      end: START + 4e8,
    })
  })

  test('the same ports with another initial number are another connection', () => {
    const again = handshake().map((frame) => ({ ...frame, seq: (frame.seq ?? 0) + 5000, ack: 0 }))
    const { conversations } = new Scene().play([...handshake(), request, ...again])
    expect(conversations.map(({ phase, flow }) => [phase, flow.number])).toEqual([
      ['begin', 1],
      ['end', 1],
      ['begin', 2],
      ['end', 2],
    ])
    // A repeated SYN is not.
    const same = new Scene().play([handshake()[0] as Frame, ...handshake()])
    expect(same.conversations).toHaveLength(2)
  })

  test('late ends begin nothing, data after a reset tells that it was forged', () => {
    const scene = new Scene().play([
      ...handshake(),
      fin(C, S, 100, 500),
      fin(S, C, 500, 101),
      { ...fin(S, C, 500, 101), at: 30e6 },
      { ...fin(S, C, 500, 101), at: 60e6 },
    ])
    expect(scene.conversations).toHaveLength(2)
    const forged = new Scene().play([...handshake(), { flags: 'R', seq: 100 }, request])
    expect(forged.codes).toEqual(['reset-injected'])
    expect(forged.targets).toEqual(['speed'])
  })

  test('silence ends a connection, and capture time alone decides it', () => {
    const later: Frame = {
      from: '10.0.0.3:1:1',
      udp: true,
      to: '10.0.0.4:9',
      data: 'x',
      at: 5000e6,
    }
    const { conversations } = new Scene().play([...handshake(), later], false)
    expect(conversations.map(({ phase }) => phase)).toEqual(['begin', 'interval', 'end'])
  })
})
