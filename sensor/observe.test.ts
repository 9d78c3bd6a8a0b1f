import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Frame } from './scene.ts'
import {
  C,
  ODD,
  S,
  START,
  Scene,
  answer,
  batchOf,
  bytesOf,
  handshake,
  moved,
  request,
  says,
} from './scene.ts'

describe('who is the client', () => {
  const both = [request, answer]
  const rows: [string, Frame[], string, string][] = [
    ['who sent SYN', [...moved(handshake(), C, ODD), ...moved(both, C, ODD)], C, 'syn'],
    [
      'who got SYN and ACK',
      [...moved(handshake().slice(1), C, ODD), ...moved(both, C, ODD)],
      C,
      'syn',
    ],
    [
      'SYN goes before a lower port',
      [...moved([...handshake(), ...both], '10.0.0.9:80', ODD)],
      '10.0.0.9:80',
      'syn',
    ],
    ['not the registered port, joined late', both, C, 'port'],
    ['not the registered port, joined at an answer', [answer, { ...request, seq: 108 }], C, 'port'],
    [
      'who asks, joined late on a port of its own',
      moved(both, '10.0.0.9:80', ODD),
      '10.0.0.9:80',
      'shape',
    ],
    [
      'not the lower port, where nothing tells',
      moved([{ ...request, data: 'hello' }], C, ODD),
      ODD,
      'port',
    ],
    [
      'not who opens from the registered port',
      moved([...handshake(), request, answer], S, C),
      C,
      'port',
    ],
  ]
  test.each(rows)('%s', (_, frames, client, reason) => {
    const { conversations } = new Scene().play(frames)
    const flow = conversations[0]?.flow
    expect(`${flow?.client.ip}:${flow?.client.port}`).toBe(client)
    expect(flow?.initiatorReason).toBe(reason)
    expect(conversations.map(({ phase }) => phase)).toEqual(['begin', 'end'])
  })

  test('a group address never asks', () => {
    const frames: Frame[] = [{ udp: true, from: '10.0.0.9:300', to: '224.0.0.251:5353', data: 'x' }]
    expect(new Scene().play(frames).conversations[0]?.flow.server.ip).toBe('224.0.0.251')
  })
})

describe('recognition', () => {
  test('one message is enough on the registered port, two elsewhere', () => {
    expect(new Scene().play([...handshake(), request]).targets).toEqual(['speed'])
    const odd = (...frames: Frame[]) => new Scene().play(moved([...handshake(), ...frames], C, ODD))
    expect(odd(request).targets).toEqual([])
    expect(odd(request, answer).targets).toEqual(['speed'])
    expect(odd({ ...request, data: says(1, 1, 'a') + says(1, 2, 'b') }).targets).toEqual(['a', 'b'])
  })

  test('a first message in single bytes loses nothing', () => {
    const data = says(1, 7, 'speed')
    for (const server of [S, ODD]) {
      const bytes = data.split('').map((byte, i) => ({ ...request, seq: 100 + i, data: byte }))
      const scene = new Scene().play(moved([...handshake(), ...bytes, answer], C, server))
      expect(scene.targets).toEqual(['speed'])
      expect(scene.completed[0]?.answer?.values).toEqual(['fast'])
      // The time is that of the first byte, the packet the one that made it whole.
      expect(scene.operations[0]?.time).toBe(START + 4000)
      expect(scene.operations[0]?.packets[0]).toBe(11)
    }
  })

  test('another protocol on the port is told once, and costs nothing more', () => {
    const other = Array.from({ length: 20 }, (_, i) => ({
      ...request,
      seq: 100 + i * 6,
      data: 'GET / ',
    }))
    const scene = new Scene().play([...handshake(), ...other])
    expect(scene.codes).toEqual(['wrong-protocol-on-port'])
    expect(scene.anomalies[0]).toMatchObject({ protocol: 'ask', fromClient: true, packet: 4 })
    expect(scene.sensor.counters()).toMatchObject({ flowsUnknown: 1, unknownBytes: 120 })
  })

  test('joined in the middle of a message, it begins with the next segment', () => {
    const rest = { ...request, data: 'eed' }
    const scene = new Scene().play([rest, { ...request, seq: 103 }])
    expect([scene.targets, scene.codes]).toEqual([['speed'], []])
  })

  test('joined within a long transfer, it is recognised a minute later', () => {
    const piece = (i: number): Frame => ({ ...request, seq: i * 8, data: 'not here' })
    const transfer = Array.from({ length: 30 }, (_, i) => piece(i))
    const later = [70, 71, 72].map((second, i) => ({
      ...request,
      seq: 240 + i * 8,
      at: second * 1e6,
    }))
    const scene = new Scene().play([...transfer, { ...piece(30), at: 61e6 }, ...later])
    expect(scene.targets.slice(-2)).toEqual(['speed', 'speed'])
    expect(scene.codes).toEqual([])
  })

  test('datagrams are whole messages', () => {
    const ask2 = { ...request, udp: true, data: says(1, 1, 'a') + says(1, 2, 'b') }
    const cut = { ...request, udp: true, data: says(1, 3, 'c').slice(0, 3) }
    const scene = new Scene().play([ask2, { ...answer, udp: true, data: says(2, 2, 'x') }, cut])
    expect(scene.targets).toEqual(['a', 'b'])
    expect(scene.operations[0]?.flow.transport).toBe('udp')
    expect(scene.sensor.coverage()[0]).toMatchObject({ messages: 4, malformed: 1 })
  })
})

describe('messages', () => {
  test('several in a segment, split over segments, in any cut', () => {
    const texts = ['alpha', 'b', 'gamma', '', 'delta']
    const stream = texts.map((text, i) => says(1, i, text)).join('')
    const size = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 12 }), (sizes) => {
        const frames: Frame[] = handshake()
        for (let at = 0, i = 0; at < stream.length; i++) {
          const data = stream.slice(at, at + (sizes[i % sizes.length] as number))
          frames.push({ ...request, seq: 100 + at, data })
          at += data.length
        }
        const scene = new Scene().play(frames)
        expect(scene.targets).toEqual(texts)
        expect(scene.sensor.counters()['parsedBytes']).toBe(stream.length)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('one that is too long is passed over, what follows is read', () => {
    const long = says(1, 1, 'x'.repeat(100)) + says(1, 2, 'next')
    for (const cut of [1, 2, 50, 103, 104, 200]) {
      const frames = [
        ...handshake(),
        request,
        { ...request, seq: 108, data: long.slice(0, cut) },
        { ...request, seq: 108 + cut, data: long.slice(cut) },
      ]
      const scene = new Scene().play(frames.filter(({ data }) => data !== ''))
      expect(scene.targets.at(-1)).toBe('next')
      if (cut < 103)
        expect(scene.sensor.counters()).toMatchObject({ messagesSkipped: 1, skippedBytes: 103 })
    }
  })

  test('nonsense is told, and reading goes on with the next segment', () => {
    const bad = { ...request, seq: 108, data: `${says(1, 8, 'ok')}\x07junk` }
    const scene = new Scene().play([...handshake(), request, bad, { ...request, seq: 118 }])
    expect(scene.targets).toEqual(['speed', 'ok', 'speed'])
    expect(scene.sensor.coverage()[0]).toMatchObject({ messages: 4, malformed: 1 })
  })

  test('joined late on a port of its own, a little that begins no message decides nothing', () => {
    const rest: Frame = { flags: 'PA', seq: 100, ack: 500, data: '\x07rest of a message' }
    const told = (frames: Frame[]) => new Scene().play(frames).conversations.at(-1)?.undecided
    expect(told([rest])).toBe(true)
    expect(told([{ ...rest, to: ODD }])).toBeUndefined()
    expect(told([...handshake(), rest])).toBeUndefined()
    expect(told([request, answer])).toBeUndefined()
  })

  test('a message that is decoded and not what the standard says is malformed too', () => {
    const scene = new Scene().play([
      ...handshake(),
      request,
      { ...request, seq: 108, data: says(1, 8, 'invalid') },
      { ...request, seq: 118, data: says(1, 9, 'unheard') },
    ])
    expect(scene.targets).toEqual(['speed', 'invalid', 'unheard'])
    expect(scene.sensor.coverage()[0]).toMatchObject({ messages: 3, malformed: 1, decoded: 2 })
  })

  test('after a gap the partial message is dropped and the next segment begins one', () => {
    const half = { ...request, seq: 108, data: says(1, 8, 'lostlost').slice(0, 6) }
    const later = [0, 1, 2].map((i) => ({
      ...request,
      seq: 150 + i * 8,
      data: says(1, 20 + i, 'later'),
    }))
    const acks = [0, 1, 2].map(() => ({ from: S, to: C, flags: 'A', seq: 500, ack: 174 }))
    const scene = new Scene().play([...handshake(), request, half, ...later, ...acks])
    expect(scene.targets).toEqual(['speed', 'later', 'later', 'later'])
    expect(scene.codes).toContain('gap')
    expect(scene.operations.at(-1)?.notAssessable).toEqual(['gap'])
    expect(scene.sensor.counters()).toMatchObject({ partialBytes: 6, gaps: 1, gapBytes: 36 })
  })
})

describe('limits', () => {
  const flood = Array.from({ length: 500 }, (_, i) => ({
    from: `10.1.${i >> 8}.${i & 255}:5000`,
    flags: 'S',
    seq: i,
  }))

  test('the table of flows is bounded, and says so once', () => {
    const scene = new Scene({ flows: 64 }).play([...handshake(), request, ...flood])
    const counters = scene.sensor.counters()
    expect(counters['flowsEvicted']).toBe(501 - 64)
    expect(scene.health).toHaveLength(1)
    expect(scene.health[0]).toMatchObject({
      event: 'limit',
      fields: { table: 'flows', count: 437 },
    })
    expect(scene.conversations.filter(({ phase }) => phase === 'end')).toHaveLength(501)
    // Attempts make way before what is established.
    const ends = scene.conversations.filter(({ phase }) => phase === 'end')
    expect(ends.findIndex(({ flow }) => flow.number === 1)).toBeGreaterThan(400)
  })

  test('bytes that wait are bounded over all connections', () => {
    const holes = Array.from({ length: 50 }, (_, i) => ({
      from: `10.2.0.${i}:5000`,
      flags: 'PA',
      seq: 1000,
      data: says(1, 1, 'a'.repeat(30)).slice(0, 20),
    }))
    const scene = new Scene({ heldBytes: 2048 }).play(holes)
    expect(scene.sensor.counters()['heldBytes']).toBe(0)
    expect(scene.sensor.counters()['unknownBytes'] ?? 0).toBeGreaterThan(0)
  })
})

describe('time', () => {
  test('it may go on without a packet', () => {
    const scene = new Scene().play([...handshake(), request], false)
    scene.sensor.advance(START + 1e6)
    expect(scene.completed).toHaveLength(0)
    scene.sensor.advance(START + 10e6)
    expect(scene.completed.map(({ answer }) => answer)).toEqual([undefined])
    scene.sensor.advance(START)
    expect(scene.health).toEqual([])
  })

  test('a clock set back is told and breaks nothing', () => {
    const back = { ...answer, at: -3600e6 }
    const scene = new Scene().play([...handshake(), { ...request, at: 5e6 }, back])
    expect(scene.health.map(({ event }) => event)).toEqual(['clock'])
    expect(scene.completed[0]?.answer?.values).toEqual(['fast'])
  })
})

test('VLAN does not part the directions, and is kept', () => {
  const scene = new Scene().play([
    ...handshake().map((frame) => ({ ...frame, vlan: 10 })),
    { ...request, vlan: 10 },
    { ...answer, vlan: 20 },
  ])
  expect(scene.completed[0]?.answer?.outcome).toBe('success')
  expect(scene.operations[0]?.flow.vlans).toEqual([10])
  expect(scene.operations[0]?.flow).toMatchObject({
    proven: true,
    id: expect.stringMatching(/^1:/),
  })
})

test('batches and seeds change nothing, and the sequence counts every observation once', () => {
  const frames = [
    ...handshake(),
    request,
    answer,
    ...moved([...handshake(), request, answer], '10.0.0.7:5', ODD),
  ]
  const whole = new Scene().play(frames)
  const split = new Scene({}, 12_345)
  const times = frames.map((_, i) => START + (i + 1) * 1000)
  frames.forEach((frame, i) =>
    split.sensor.batch(batchOf([bytesOf(frame)], [times[i] as number], i + 1)),
  )
  split.sensor.end()
  expect(split.conversations).toEqual(whole.conversations)
  expect(split.completed).toEqual(whole.completed)
  expect(whole.sequences).toEqual(whole.sequences.map((_, i) => i + 1))
})

test('random packets of a few connections never throw, and every byte has its fate', () => {
  const ends = fc.constantFrom(C, S, ODD, '10.0.0.9:700')
  const frame = fc.record({
    from: ends,
    to: ends,
    udp: fc.boolean(),
    flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'PA', 'FA', 'R'),
    seq: fc.integer({ min: 90, max: 140 }),
    ack: fc.integer({ min: 90, max: 140 }),
    data: fc.oneof(
      fc.tuple(fc.constantFrom(1, 2), fc.nat(9)).map(([kind, id]) => says(kind, id, 'abc')),
      fc.string({ unit: 'binary-ascii', maxLength: 20 }),
      fc.constant(''),
    ),
    at: fc.integer({ min: 0, max: 200e6 }),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      const { sensor } = new Scene({ flows: 4, connections: 2 }).play(frames)
      const c = sensor.counters() as Record<string, number>
      expect((c['flowsEnded'] as number) + (c['flowsEvicted'] as number)).toBe(c['flows'])
      expect(c['connectionsOpen']).toBe(0)
      const fates = ['parsed', 'malformed', 'skipped', 'unknown', 'partial', 'duplicate', 'stray']
      const sum = fates.reduce((total, name) => total + (c[`${name}Bytes`] as number), 0)
      expect(sum).toBe(c['payloadBytes'])
      expect(c['heldBytes']).toBe(0)
      expect(c['flowsOpen']).toBe(0)
    }),
    { numRuns: 1500, seed: 9 },
  )
})
