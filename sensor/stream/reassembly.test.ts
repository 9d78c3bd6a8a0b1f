import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACK, FIN, Packet, SYN } from '../packet/packet.ts'
import { streamCounters } from './context.ts'
import { Reassembly } from './reassembly.ts'
import { SEGMENTS_MAX } from './segments.ts'

interface Step {
  readonly fromLow?: boolean
  readonly sequence: number
  readonly ack?: number
  readonly flags?: number
  readonly text?: string
  readonly missing?: number
  readonly time?: number
}

/** Plays packets and writes down what comes out: `>` is low's bytes, `<` high's. */
class Player {
  readonly counters = streamCounters()
  readonly held = { bytes: 0, waiting: 0, max: 1 << 20 }
  readonly log: string[] = []
  readonly streams = { low: '', high: '' }
  readonly reassembly: Reassembly
  #number = 0

  constructor() {
    const note = (text: string) => void this.log.push(text)
    this.reassembly = new Reassembly(
      {
        data: (fromLow, bytes, view, start, end) => {
          expect(view.getUint8(start)).toBe(bytes[start])
          const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
          this.streams[fromLow ? 'low' : 'high'] += text
          note((fromLow ? '>' : '<') + text)
        },
        gap: (fromLow, bytes) => note(`${fromLow ? '>' : '<'}gap ${bytes}`),
        cut: (fromLow, bytes) => note(`${fromLow ? '>' : '<'}cut ${bytes}`),
        overlap: (fromLow) => note(`${fromLow ? '>' : '<'}overlap`),
      },
      this.held,
      this.counters,
    )
  }

  play(...steps: Step[]): this {
    const p = new Packet()
    for (const {
      fromLow = true,
      sequence,
      ack,
      flags = 0,
      text = '',
      missing = 0,
      time,
    } of steps) {
      // The bytes lie anywhere in a buffer that is used again: what is kept must be a copy.
      p.bytes = Buffer.from(`##${text}##`, 'latin1')
      p.view = new DataView(p.bytes.buffer, p.bytes.byteOffset, p.bytes.length)
      p.payload = 2
      p.payloadEnd = 2 + text.length
      p.missing = missing
      p.sequence = sequence | 0
      p.acknowledgement = (ack ?? 0) | 0
      p.flags = flags | (ack === undefined ? 0 : ACK)
      p.number = ++this.#number
      p.time = time ?? this.#number * 1000
      this.reassembly.packet(p, fromLow)
      p.bytes.fill(0x21)
    }
    return this
  }

  flush(): this {
    this.reassembly.flush(1e9, this.#number)
    return this
  }
}

const syn = (sequence: number): Step[] => [
  { sequence, flags: SYN },
  { fromLow: false, sequence: 5000, ack: sequence + 1, flags: SYN },
]

describe('properties', () => {
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
})

describe('cases', () => {
  const rows: [string, Step[], string[]][] = [
    [
      'a keep-alive probe is nothing',
      [
        ...syn(100),
        { sequence: 101, text: 'ab' },
        { sequence: 102, text: 'x' },
        { sequence: 103, text: 'c' },
      ],
      ['>ab', '>c'],
    ],
    [
      'a retransmission that brings more is trimmed',
      [...syn(100), { sequence: 101, text: 'ab' }, { sequence: 101, text: 'abcd' }],
      ['>ab', '>cd'],
    ],
    [
      'data in SYN (RFC 7413) begins after it',
      [
        { sequence: 100, flags: SYN, text: 'ab' },
        { sequence: 103, text: 'c' },
      ],
      ['>ab', '>c'],
    ],
    [
      'joined late: the first segment says where it stands',
      [
        { sequence: 777, text: 'ab' },
        { sequence: 779, text: 'c' },
      ],
      ['>ab', '>c'],
    ],
    [
      'joined late at a keep-alive probe',
      [
        { sequence: 776, text: '\0' },
        { sequence: 777, text: 'ab' },
      ],
      ['>ab'],
    ],
    [
      'a lost segment: acknowledged past, and the sender has moved on',
      [
        ...syn(100),
        { sequence: 101, text: 'ab' },
        { sequence: 105, text: 'ef' },
        { fromLow: false, sequence: 5001, ack: 107 },
        { fromLow: false, sequence: 5001, ack: 107 },
        { fromLow: false, sequence: 5001, ack: 107 },
      ],
      ['>ab', '>gap 2', '>ef'],
    ],
    [
      'a segment lost in the network is waited for',
      [
        ...syn(100),
        { sequence: 103, text: 'cd' },
        ...Array.from({ length: 8 }, () => ({ fromLow: false, sequence: 5001, ack: 101 })),
        { sequence: 101, text: 'ab', time: 300_000 },
      ],
      ['>ab', '>cd'],
    ],
    [
      'data after its own acknowledgement is taken',
      [
        ...syn(100),
        ...Array.from({ length: 5 }, () => ({ fromLow: false, sequence: 5001, ack: 105 })),
        { sequence: 101, text: 'abcd' },
      ],
      ['>abcd'],
    ],
    [
      'an answer waits for the request that it acknowledges',
      [
        ...syn(100),
        { fromLow: false, sequence: 5001, ack: 103, text: 'yes' },
        { sequence: 101, ack: 5001, text: 'ab' },
      ],
      ['>ab', '<yes'],
    ],
    [
      'a request that never comes does not hold the answers for ever',
      [
        ...syn(100),
        { fromLow: false, sequence: 5001, ack: 103, text: 'a1' },
        { sequence: 103, ack: 5003 },
        { sequence: 103, ack: 5003, text: 'q2' },
        { fromLow: false, sequence: 5003, ack: 105, text: 'a2' },
      ],
      ['>gap 2', '<a1', '>q2', '<a2'],
    ],
    [
      'one direction alone: a hole is given up after a second',
      [
        { sequence: 100, text: 'ab' },
        { sequence: 105, text: 'f', time: 10_000 },
        { sequence: 106, text: 'g', time: 20_000 },
        { sequence: 107, text: 'h', time: 1_020_000 },
      ],
      ['>ab', '>gap 3', '>f', '>g', '>h'],
    ],
    [
      'a copy that differs is told, the first wins',
      [
        ...syn(100),
        { sequence: 103, text: 'cd' },
        { sequence: 103, text: 'cX' },
        { sequence: 101, text: 'ab' },
      ],
      ['>overlap', '>ab', '>cd'],
    ],
    [
      'what the snap length cut is told at once',
      [...syn(100), { sequence: 101, text: 'ab', missing: 10 }, { sequence: 113, text: 'c' }],
      ['>ab', '>cut 10', '>c'],
    ],
    [
      'also of a segment that waited',
      [
        ...syn(100),
        { sequence: 103, text: 'cd', missing: 5 },
        { sequence: 101, text: 'ab' },
        { sequence: 110, text: 'e', flags: FIN },
      ],
      ['>ab', '>cd', '>cut 5', '>e'],
    ],
    [
      'FIN counts one, and its acknowledgement is no doubt',
      [
        ...syn(100),
        { sequence: 101, text: 'ab', flags: FIN },
        { fromLow: false, sequence: 5001, ack: 104, text: 'x' },
      ],
      ['>ab', '<x'],
    ],
    [
      'FIN before its data',
      [...syn(100), { sequence: 103, flags: FIN }, { sequence: 101, text: 'ab' }],
      ['>ab'],
    ],
    [
      'numbers far off are believed once they follow on each other',
      [
        ...syn(100),
        { sequence: 101, text: 'ab' },
        { sequence: 0x70000000, text: 'X' },
        { sequence: 103, text: 'c' },
        { sequence: 0x60000000, text: 'D' },
        { sequence: 0x60000001, text: 'E' },
        { sequence: 0x60000002, text: 'F' },
        { sequence: 0x60000003, text: 'G' },
      ],
      ['>ab', '>c', '>gap 0', '>G'],
    ],
  ]
  test.each(rows)('%s', (_, steps, log) => {
    expect(new Player().play(...steps).log).toEqual(log)
  })

  test('what the peer acknowledged was lost at the mirror, what came twice in the network', () => {
    const hole = [...syn(100), { sequence: 103, text: 'cd' }]
    const acks = [0, 1, 2].map(() => ({ fromLow: false, sequence: 5001, ack: 105 }))
    expect(new Player().play(...hole, ...acks).counters).toMatchObject({
      gapBytes: 2,
      lostBytes: 2,
      losses: 1,
      retransmissions: 0,
    })
    const again = { sequence: 101, text: 'ab' }
    expect(new Player().play(...hole, again, again).flush().counters).toMatchObject({
      gapBytes: 0,
      lostBytes: 0,
      losses: 0,
      retransmissions: 1,
    })
    // Who sees one direction only knows of a hole, and not whose it is.
    const late = { sequence: 106, text: 'f', time: 2e6 }
    expect(new Player().play(...hole, late).flush().counters).toMatchObject({
      gapBytes: 3,
      lostBytes: 0,
      losses: 0,
    })
  })

  test('a tick gives up what no packet asks for any more', () => {
    const player = new Player().play(...syn(100), {
      fromLow: false,
      sequence: 5001,
      ack: 103,
      text: 'yes',
      time: 10_000,
    })
    expect(player.log).toEqual([])
    expect(player.reassembly.waiting).toBe(true)
    player.reassembly.tick(1_010_000)
    expect(player.log).toEqual(['<yes'])
    expect(player.reassembly.waiting).toBe(false)
  })

  test('the bound on what waits ends the wait', () => {
    const player = new Player().play(...syn(100))
    for (let i = 0; i < SEGMENTS_MAX + 5; i++) {
      player.play({ sequence: 110 + i * 2, text: String.fromCharCode(48 + (i % 10)) })
    }
    player.flush()
    expect(player.counters.boundReached).toBeGreaterThan(0)
    expect(player.streams.low).toHaveLength(SEGMENTS_MAX + 5)
    expect(player.held.bytes).toBe(0)
  })

  test('what a segment costs beside its bytes is part of what is held, not of what waits', () => {
    const player = new Player().play(...syn(100))
    for (let i = 0; i < 20; i++) player.play({ sequence: 110 + i * 2, text: 'x' })
    expect(player.held.waiting).toBe(20)
    expect(player.held.bytes).toBeGreaterThan(20 * 300)
    player.play({ sequence: 101, text: '123456789' })
    expect([player.held.waiting, player.streams.low]).toEqual([19, '123456789x'])
    const each = player.held.bytes / 19
    player.play({ sequence: 111, text: '-' })
    expect(player.held.bytes).toBe(18 * each)
    player.flush()
    expect([player.held.waiting, player.held.bytes]).toEqual([0, 0])
  })

  test('the bound over all connections ends the wait too', () => {
    const player = new Player()
    player.held.bytes = player.held.max
    player.play(...syn(100), { sequence: 105, text: 'late' })
    expect(player.log).toEqual(['>gap 4', '>late'])
  })
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
