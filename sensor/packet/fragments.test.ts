/** Fragments in every order, copied, contradicting, too many: what is put together, and the fates. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentOf, fragment, fragments } from '../../pcaps/build/fragment.ts'
import { UDP, ip, udp } from '../../pcaps/build/ip.ts'
import type { FragmentCounters } from './fragments.ts'
import { Fragments, PENDING } from './fragments.ts'
import type { Outcome } from './outcome.ts'
import { FRAGMENT, outcomes } from './outcome.ts'
import { Packet } from './packet.ts'

const RAW = 101
const ends4 = ['10.0.0.1', '10.0.0.2'] as const
const ends6 = ['fd00::1', 'fd00::2'] as const

function packetOf(payload: Uint8Array, [source, destination]: readonly string[] = ends4, id = 1) {
  const [from, to] = [source ?? '', destination ?? '']
  const ends = { source: from, destination: to, sourcePort: 50_000, destinationPort: 502 }
  return ip(UDP, from, to, udp(ends, payload), id)
}

const count = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => from + i)

/** Plays packets, and says what came of them. */
class Play {
  readonly fragments = new Fragments()
  /** Payloads of the datagrams that were complete. */
  readonly payloads: string[] = []
  readonly outcomes: Outcome[] = []
  differs = 0
  refused = 0
  readonly p = new Packet()
  #time = 0

  packet(bytes: Uint8Array, kept = bytes.length, linkType = RAW, wire = bytes.length): this {
    const p = this.p
    const copy = Uint8Array.from(bytes.subarray(0, kept))
    p.time = this.#time += 1000
    const first = p.decode(copy, new DataView(copy.buffer), 0, kept, wire, linkType)
    expect(first).toBe(FRAGMENT)
    const outcome = this.fragments.packet(p)
    if (this.fragments.differs) this.differs++
    if (outcome === PENDING) return this
    if (this.fragments.refused) this.refused++
    this.outcomes.push(outcomes[outcome] as Outcome)
    this.payloads.push(Buffer.from(p.bytes.subarray(p.payload, p.payloadEnd)).toString('hex'))
    return this
  }

  all(packets: readonly Uint8Array[]): this {
    for (const one of packets) this.packet(one)
    return this
  }

  wait(microseconds: number): this {
    this.#time += microseconds
    this.fragments.advance(this.#time)
    return this
  }

  get counters(): FragmentCounters {
    const counters = this.fragments.counters()
    const { joined, repeated, malformed, cut, incomplete, evicted, waiting } = counters
    expect(joined + repeated + malformed + cut + incomplete + evicted + waiting).toBe(counters.seen)
    return counters
  }
}

const payload = count(0, 60)
const text = Buffer.from(payload).toString('hex')
const whole = packetOf(payload)
const [one, two, three, four, five] = fragments(whole, 16) as Uint8Array[]
const list = [one, two, three, four, five] as Uint8Array[]

describe('put together', () => {
  const rows: readonly (readonly [string, readonly Uint8Array[]])[] = [
    ['in order', list],
    ['reversed', list.toReversed()],
    ['each twice', list.flatMap((piece) => [piece, piece])],
    ['all twice', [...list, ...list]],
    ['copies after all of it', [...list, two as Uint8Array, four as Uint8Array]],
    ['overlapping with the same bytes', [fragment(whole, 0, 40), fragment(whole, 24, 68)]],
    ['one within another', [two as Uint8Array, fragment(whole, 0, 64), fragment(whole, 64, 68)]],
    ['IPv6', fragments(packetOf(payload, ends6), 16)],
    ['IPv6 reversed', fragments(packetOf(payload, ends6), 16).toReversed()],
  ]
  test.each(rows)('%s', (_, packets) => {
    const play = new Play().all(packets)
    expect([play.outcomes, play.payloads, play.differs]).toEqual([['udp'], [text], 0])
    expect(play.counters.datagrams).toBe(1)
    expect(play.counters.incomplete + play.counters.malformed).toBe(0)
  })

  test('the datagram has the ports, the identification and the bytes of all frames', () => {
    const { p } = new Play().all(list)
    expect([p.sourcePort, p.destinationPort, p.transport]).toEqual([50_000, 502, 17])
    expect(p.wire).toBe(list.reduce((sum, { length }) => sum + length, 0))
    expect([p.identification, p.missing]).toEqual([1, 0])
  })

  test('addresses of the frame stay with it', () => {
    const play = new Play()
    const frame = Buffer.from('00005e00530200005e0053010800', 'hex')
    for (const piece of list) play.packet(Buffer.concat([frame, piece]), undefined, 1)
    const { bytes, sourceMac, destinationMac } = play.p
    expect([bytes[sourceMac + 5], bytes[destinationMac + 5]]).toEqual([1, 2])
  })

  test('the same identification between others, or of another protocol, is another datagram', () => {
    const other = fragments(packetOf(count(100, 60), ['10.0.0.1', '10.0.0.3']), 16)
    const icmp = list.map((piece) => Uint8Array.from(piece).fill(1, 9, 10))
    const mixed = list.flatMap((piece, i) => [piece, other[i] as Uint8Array, icmp[i] as Uint8Array])
    expect(new Play().all(mixed).outcomes).toEqual(['udp', 'udp', 'other-transport'])
  })
})

describe('contradictions', () => {
  const lie = fragment(whole, 16, 40, contentOf(packetOf(count(7, 60))).subarray(16, 40))
  const rest = list.slice(2)

  test('IPv4: what came first is read, and the contradiction told once', () => {
    const play = new Play().all([one as Uint8Array, two as Uint8Array, lie, lie, ...rest])
    expect([play.differs, play.refused, play.counters.overlapsDifferent]).toEqual([1, 0, 1])
    expect(play.payloads[0]?.slice(0, 48)).toBe(text.slice(0, 48))
  })

  test('IPv6: it is told and not read (RFC 5722)', () => {
    const six = packetOf(payload, ends6)
    const lie6 = fragment(six, 16, 40, contentOf(packetOf(count(7, 60), ends6)).subarray(16, 40))
    const play = new Play().all([
      ...fragments(six, 16).slice(0, 2),
      lie6,
      ...fragments(six, 16).slice(2),
    ])
    expect([play.differs, play.refused, play.outcomes]).toEqual([1, 1, ['udp']])
  })

  test('two ends, whichever comes first, and beyond the end', () => {
    const early = fragment(whole, 48, 60, undefined, false)
    expect(new Play().all([one as Uint8Array, early, five as Uint8Array]).differs).toBe(1)
    expect(new Play().all([one as Uint8Array, five as Uint8Array, early]).differs).toBe(1)
    // Complete with the false end: the true one is a contradiction still.
    const play = new Play().all([
      ...list.slice(0, 3),
      early,
      four as Uint8Array,
      five as Uint8Array,
    ])
    expect([play.differs, play.outcomes]).toEqual([1, ['malformed-udp']])
    expect([play.p.sourcePort, play.p.destinationPort]).toEqual([50_000, 502])
  })

  test('a datagram that was complete does not hide the next with its identification', () => {
    const next = fragments(packetOf(count(100, 60)), 16)
    const again = fragments(packetOf(payload.with(50, 9)), 16)
    expect(new Play().all([...list, ...next]).payloads).toHaveLength(2)
    // Even where its first fragments are those of the one before.
    expect(new Play().all([...list, ...again]).payloads).toHaveLength(2)
  })
})

describe('hostile', () => {
  const rows: readonly (readonly [string, Uint8Array, Partial<FragmentCounters>])[] = [
    ['empty', fragment(whole, 8, 8, new Uint8Array(0), true), { malformed: 1 }],
    ['IPv6 of 13 bytes', fragment(packetOf(payload, ends6), 8, 21), { malformed: 1 }],
    ['IPv4 of 5 bytes', fragment(whole, 8, 13), { malformed: 1 }],
    ['IPv4 of 13 bytes is trimmed to 8', fragment(whole, 8, 21), { malformed: 0, waiting: 1 }],
    [
      'beyond 65,535',
      fragment(whole, 65_528, 65_536, payload.subarray(0, 8), false),
      { malformed: 1 },
    ],
    [
      'the last bytes that fit',
      fragment(whole, 65_504, 65_515, payload.subarray(0, 11), false),
      { malformed: 0, waiting: 1 },
    ],
    ['a first one without ports', fragment(whole, 0, 8), { tiny: 0, waiting: 1 }],
  ]
  test.each(rows)('%s', (_, piece, expected) => {
    expect(new Play().packet(piece).counters).toMatchObject(expected)
  })

  test('a first fragment that ends within the header of TCP is told apart', () => {
    const tcp = fragments(ip(6, ...ends4, count(0, 40), 1), 8)
    const play = new Play().all(tcp)
    expect([play.counters.tiny, play.counters.datagrams]).toEqual([1, 1])
  })

  test('cut by the snap length: the first tells who spoke, the others nothing', () => {
    const play = new Play()
    for (const piece of list) play.packet(piece, 30)
    expect([play.outcomes, play.payloads]).toEqual([['udp'], ['0001']])
    expect(play.counters).toMatchObject({ cut: 4, waiting: 1, malformed: 0 })
    expect(new Play().packet(one as Uint8Array, 30).p.missing).toBe(58)
  })

  test('a frame that ends before its header says is discarded, and hides no true one', () => {
    const play = new Play().packet(one as Uint8Array, 30, RAW, 30)
    expect(play.counters).toMatchObject({ cut: 0, malformed: 1 })
    expect(play.all(list).outcomes).toEqual(['udp'])
  })

  test('what is not complete after 30 s is given up', () => {
    const play = new Play().all(list.slice(0, 4)).wait(30_500_000)
    expect(play.counters).toMatchObject({ incomplete: 4, datagramsIncomplete: 1, waiting: 0 })
    expect(play.packet(five as Uint8Array).outcomes).toEqual([])
  })

  test('a clock set back ends the wait too', () => {
    expect(new Play().all(list.slice(0, 4)).wait(-3_600_000_000).counters.incomplete).toBe(4)
  })

  test('a flood evicts the oldest, and says so', () => {
    const play = new Play()
    for (let i = 0; i < 1500; i++) play.packet(fragment(packetOf(payload, ends4, i), 0, 8))
    expect(play.counters).toMatchObject({ evicted: 476, datagramsEvicted: 476, waiting: 1024 })
  })

  test('a flood of large ones is bounded by bytes', () => {
    const play = new Play()
    const big = packetOf(new Uint8Array(60_000))
    for (let i = 0; i < 400; i++) {
      const piece = Uint8Array.from(fragment(big, 0, 59_992))
      piece[4] = i >> 8
      piece[5] = i & 255
      play.packet(piece)
    }
    expect(play.counters.waiting).toBeLessThan(150)
    expect(play.counters.evicted).toBeGreaterThan(250)
  })

  test('a datagram in a thousand pieces is given up', () => {
    const big = packetOf(new Uint8Array(20_000))
    const play = new Play()
    for (let i = 0; i < 600; i++) play.packet(fragment(big, i * 16, i * 16 + 8))
    expect(play.counters.evicted).toBeGreaterThan(250)
  })
})

/** Pieces as anybody might cut them, with bytes of their own where `lies`. */
const cuts = fc.array(
  fc.record({ from: fc.nat(11), size: fc.integer({ min: 1, max: 6 }), lies: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 30,
  },
)

test('the first byte of each place wins, as in a table of bytes', () => {
  let complete = 0
  fc.assert(
    fc.property(cuts, (pieces) => {
      const content = contentOf(packetOf(count(0, 88)))
      const model: (number | undefined)[] = Array.from({ length: content.length })
      const play = new Play()
      let differs = false
      for (const { from, size, lies } of pieces) {
        if (play.outcomes.length > 0) break
        const start = from * 8
        const end = Math.min(start + size * 8, content.length)
        if (start >= end) continue
        const bytes = content
          .subarray(start, end)
          .map((byte) => (lies && start > 0 ? byte ^ 0x55 : byte))
        bytes.forEach((byte, i) => {
          differs ||= model[start + i] !== undefined && model[start + i] !== byte
          model[start + i] ??= byte
        })
        play.packet(fragment(packetOf(count(0, 88)), start, end, bytes))
        expect(play.differs > 0).toBe(differs)
      }
      const isFull = model.every((byte) => byte !== undefined)
      expect(play.outcomes.length).toBe(isFull ? 1 : 0)
      expect(play.counters.seen).toBeGreaterThan(0)
      if (!isFull) return
      complete++
      expect(play.payloads[0]).toBe(Buffer.from(model.slice(8) as number[]).toString('hex'))
    }),
    { numRuns: 2000, seed: 9 },
  )
  expect(complete).toBeGreaterThan(200)
})

test('any fragment headers: nothing throws, and every fragment has one fate', () => {
  const header = fc.record({
    six: fc.boolean(),
    start: fc.oneof(fc.nat(8), fc.nat(8191)),
    length: fc.oneof(fc.nat(40), fc.nat(1500)),
    more: fc.boolean(),
    kept: fc.integer({ min: 60, max: 1600 }),
    gap: fc.oneof(fc.constant(0), fc.nat(70_000_000)),
  })
  fc.assert(
    fc.property(fc.array(header, { maxLength: 60 }), (headers) => {
      const play = new Play()
      for (const { six, start, length, more, kept, gap } of headers) {
        if (!more && start === 0) continue
        const base = six ? packetOf(payload, ends6) : whole
        const piece = fragment(base, start * 8, 0, count(start, length), more)
        if (gap > 0) play.wait(gap)
        play.packet(piece, Math.min(kept, piece.length))
      }
      play.fragments.end()
      expect(play.counters.waiting).toBe(0)
    }),
    { numRuns: 2000, seed: 10 },
  )
})
