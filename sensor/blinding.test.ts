/** What somebody might do so that the sensor sees something else than the server, or nothing. */
import { describe, expect, test } from 'vitest'
import { C, S, START, Scene, answer, bytesOf, batchOf, handshake, request, says } from './scene.ts'
import type { Frame } from './scene.ts'

const again = (seq: number, data: string): Frame => ({ flags: 'PA', seq, ack: 500, data })

describe('what the client said comes again', () => {
  const next = again(108, says(1, 8, 'after'))
  const rows: [string, Frame[], string[]][] = [
    ['the same is a duplicate', [again(100, says(1, 7, 'speed')), next], []],
    ['something else is told', [again(100, says(1, 7, 'fires')), next], ['overlap']],
    ['a part of it too', [again(104, 'XY'), next], ['overlap']],
    ['and where new bytes follow', [again(107, `X${next.data ?? ''}`)], ['overlap']],
    ['one byte is compared while it is not acknowledged', [again(107, 'X'), next], ['overlap']],
    [
      'a keep-alive probe may carry any byte once all is acknowledged',
      [{ from: S, to: C, flags: 'A', seq: 500, ack: 108 }, again(107, 'X'), next],
      [],
    ],
  ]
  test.each(rows)('%s', (_, frames, codes) => {
    const scene = new Scene().play([...handshake(), request, ...frames])
    expect(scene.codes).toEqual(codes)
    expect(scene.targets).toEqual(['speed', 'after'])
  })

  test('answers are not compared', () => {
    const answers = ['fast', 'slow'].map((text) => {
      return { from: S, to: C, flags: 'PA', seq: 500, ack: 108, data: says(2, 7, text) }
    })
    expect(new Scene().play([...handshake(), request, ...answers]).codes).toEqual([])
  })
})

describe('who begins a connection that goes on', () => {
  test('a forged SYN, which the bytes of the client do not follow', () => {
    const forged: Frame = { flags: 'S', seq: 0x40000000 }
    const scene = new Scene().play([...handshake(), request, forged, again(108, says(1, 8, 'go'))])
    expect(scene.codes).toEqual(['overlap'])
  })

  test('a SYN after which the network lost some is none', () => {
    const scene = new Scene().play([...handshake(), again(200, says(1, 8, 'go'))])
    expect(scene.codes).not.toContain('overlap')
  })
})

test('nonsense on a registered port, joined late, is told when it goes on for minutes', () => {
  const minute = (at: number): Frame[] =>
    Array.from({ length: 40 }, (_, i) => ({
      ...again(1000 + 8 * (40 * at + i), '\u00ff'.repeat(8)),
      at: at * 60_000_000 + i * 1_600_000,
    }))
  const played = (minutes: number) =>
    new Scene().play(Array.from({ length: minutes }, (_, i) => minute(i)).flat()).codes
  expect(played(2)).toEqual([])
  expect(played(8)).toEqual(['wrong-protocol-on-port'])
})

test('a frame that ends before its datagram is dropped by hosts, and moves nothing here', () => {
  const scene = new Scene().play([...handshake(), request], false)
  const short = bytesOf({ ...again(108, says(1, 8, 'never')), id: 70 })
  short.writeUInt16BE(short.readUInt16BE(16) + 400, 16)
  const next = bytesOf({ ...again(108, says(1, 8, 'after')), id: 71 })
  scene.sensor.batch(batchOf([short, next], [START + 9000, START + 10_000], 5))
  scene.sensor.end()
  expect(scene.targets).toEqual(['speed', 'after'])
  expect(scene.anomalies[0]).toMatchObject({ code: 'length-mismatch', layer: 'ipv4', packet: 5 })
  expect(scene.codes).toHaveLength(1)
})

test('what the snap length cut is no gap: the next message is read, and the limit is told', () => {
  const scene = new Scene().play([...handshake(), request], false)
  const [cut, next] = [108, 118].map((seq, i) => {
    return bytesOf({ ...again(seq, says(1, 8 + i, 'further')), id: 70 + i })
  }) as [Buffer, Buffer]
  const batch = batchOf([cut.subarray(0, -4), next], [START + 9000, START + 10_000], 5)
  scene.sensor.batch({ ...batch, wire: Int32Array.of(cut.length, next.length) })
  scene.sensor.end()
  expect([scene.targets, scene.codes]).toEqual([['speed', 'further'], []])
  expect(scene.health.map(({ fields }) => fields)).toEqual([{ table: 'snap-length', count: 1 }])
  expect(scene.completed.map((one) => one.notAssessable)).toEqual([['limit'], ['limit']])
  expect(scene.sensor.counters()).toMatchObject({ cuts: 1, cutBytes: 4, gaps: 0, partialBytes: 6 })
})

describe('what is not read is told', () => {
  const tables = ({ health }: Scene) => {
    return health.map(({ event, fields }) => `${event} ${String(fields['table'])}`)
  }

  const long = says(1, 1, 'x'.repeat(60))

  test.each([
    ['its length known at once', [long.slice(0, 30), long.slice(30)]],
    ['its length in the next segment', [long.slice(0, 1), long.slice(1)]],
  ])('a message longer than the bound: %s', (_, pieces) => {
    let seq = 108
    const frames = pieces.map((data) => {
      seq += data.length
      return again(seq - data.length, data)
    })
    const scene = new Scene().play([...handshake(), request, ...frames])
    expect(scene.codes).toEqual(['work-limit'])
    expect(scene.anomalies[0]).toMatchObject({ layer: 'ask', protocol: 'ask', fromClient: true })
  })

  test('a split message that found no room', () => {
    const scene = new Scene({ heldBytes: 600 })
    const halves = Array.from({ length: 4 }, (_, i): Frame[] => {
      const from = `10.0.0.9:400${i}`
      const start = handshake(S, from)
      const half = { ...request, from, to: S, data: says(1, 7, 'speed').slice(0, 5) }
      return [...start, { ...request, from, to: S }, { ...half, seq: 108 }]
    })
    scene.play(halves.flat())
    expect(tables(scene)).toEqual(['limit held-bytes'])
    expect(scene.sensor.counters()['carryRefused']).toBe(2)
  })

  test('requests that nobody answers, of all connections together', () => {
    const asked = Array.from({ length: 40 }, (_, i): Frame[] => {
      const ends = { from: `10.0.0.9:${4000 + (i % 10)}`, to: S }
      return [
        { ...ends, flags: 'PA', seq: 100 + 8 * Math.floor(i / 10), data: says(1, i, 'speed') },
      ]
    })
    const scene = new Scene({ operations: 40 }).play([...handshake(), ...asked.flat()], false)
    // One for each connection: what is more than a quarter of the room makes way.
    expect(scene.sensor.counters()).toMatchObject({
      operations: 40,
      operationsOpen: 10,
      operationsOverLimit: 30,
      requestsDropped: 30,
    })
    // Who is answered asks several things at once all the same.
    const many = Array.from({ length: 8 }, (_, i) => again(132 + 8 * i, says(1, 40 + i, 'after')))
    scene.play([{ ...answer, data: says(2, 30, 'fast') }, ...many])
    expect(tables(scene)).toEqual(['limit pending-requests'])
    expect(scene.health[0]?.fields['count']).toBe(30)
    expect(scene.codes).toEqual([])
  })

  test('connections reset within a minute, more than are remembered', () => {
    const resetOf = (i: number, at: number): Frame[] => {
      const from = `10.0.${i >> 8}.${i & 255}:4000`
      return [...handshake(S, from), { from, flags: 'R', seq: 100 }].map((frame) => {
        return { ...frame, at }
      })
    }
    const played = (every: number): Scene => {
      const frames = Array.from({ length: 3 * 4096 }, (_, i) => resetOf(i, i * every))
      return new Scene({ flows: 65_536 }).play(frames.flat())
    }
    // Each generation holds 4096: when the third is full, the first makes way.
    const scene = played(1000)
    expect(scene.sensor.counters()['resetsForgotten']).toBe(4096)
    expect(tables(scene)).toEqual(['limit resets'])
    // What is a minute old says nothing any more, and is no loss.
    expect(played(20_000).sensor.counters()['resetsForgotten']).toBe(0)
  })

  test('fragments, and more VLAN tags than anybody uses', () => {
    const fragment = bytesOf({ data: 'x' })
    fragment[20] = 0x20
    const tags = Buffer.from('81000001'.repeat(9), 'hex')
    const plain = bytesOf({ data: 'x' })
    const tagged = Buffer.concat([plain.subarray(0, 12), tags, plain.subarray(12)])
    const scene = new Scene()
    scene.sensor.batch(batchOf([fragment, tagged, fragment], [1e6, 1.1e6, 1.2e6]))
    scene.sensor.end()
    expect(tables(scene)).toEqual(['limit ip-fragments', 'limit vlan-tags'])
    // The second is a copy of the first, and the rest of the datagram never comes.
    expect(scene.health[0]?.fields['count']).toBe(1)
  })
})
