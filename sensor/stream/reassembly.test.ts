import { expect, test } from 'vitest'
import { FIN, SYN } from '../packet/packet.ts'
import { Player, syn } from './player.ts'
import type { Step } from './player.ts'
import { SEGMENTS_MAX } from './segments.ts'

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
