import { beforeEach, describe, expect, test } from 'vitest'
import type { Anomaly, Flow, Identity, Operation, SensorEvent, Sink } from '../operation.ts'
import type { Answer, Dissector, Message } from './dissector.ts'
import { ANSWER_US_MAX, Exchange } from './exchange.ts'
import { OPERATIONS_MAX, PENDING_MAX, UNANSWERED_MAX } from './pending.ts'
import type { Waiting } from './pending.ts'

/** A protocol of nothing but what the exchange asks for. */
interface Word extends Message {
  readonly kind: string
  readonly items?: number
  readonly fits?: boolean
  readonly says?: string
}

let gaps: boolean[] = []

const dissector: Dissector<Word, null, null, null> = {
  name: 'word',
  specification: 'none',
  transports: ['tcp'],
  ports: [],
  messageBytesMax: 1,
  server: () => null,
  open: () => null,
  frame: () => -1,
  speaker: () => undefined,
  gap: (_state, fromClient) => void gaps.push(fromClient),
  decode: () => ({ malformed: 'cut-short', at: 0, layer: 'word' }),
  operations: ({ kind, items = 1 }) =>
    Array.from({ length: items }, (_, item) => ({
      action: kind,
      classes: ['read'],
      targets: [`word:${item}`],
      kind,
      fields: {},
    })),
  answer: (_request, { fits = true, kind }, item): Answer | undefined =>
    fits ? { outcome: 'success', status: `${kind}${item}` } : undefined,
  identities: ({ says }) =>
    says === undefined ? [] : [{ of: 'server', attribute: 'name', value: says, confidence: 'A' }],
  tally: () => null,
  count: () => undefined,
  counts: () => ({}),
  summary: ({ kind }) => kind,
}

const SECOND = 1_000_000
const clientEnd = { ip: '192.0.2.1', port: 40000, mac: '' }
const serverEnd = { ip: '192.0.2.2', port: 7, mac: '' }

class Recorder implements Sink {
  readonly seen: Operation[] = []
  readonly done: Operation[] = []
  readonly odd: string[] = []
  readonly anomalies: Anomaly[] = []
  readonly identities: Identity[] = []
  readonly events: SensorEvent[] = []
  requested(operation: Operation): void {
    this.seen.push(operation)
  }
  completed(operation: Operation): void {
    this.done.push(operation)
  }
  identity(identity: Identity): void {
    this.identities.push(identity)
  }
  conversation(): void {}
  anomaly(anomaly: Anomaly): void {
    this.anomalies.push(anomaly)
    this.odd.push(`${anomaly.code}@${anomaly.packet}`)
  }
  health(event: SensorEvent): void {
    this.events.push(event)
  }
}

let sink: Recorder
let flow: Flow
let exchange: Exchange
let waiting: Waiting

/** `max` and `others`: the room of all connections, and what others take of it. */
function open(midstream = false, max = OPERATIONS_MAX, others = 0): void {
  waiting = { operations: others, dropped: 0, max }
  sink = new Recorder()
  gaps = []
  flow = {
    number: 1,
    transport: 'tcp',
    client: clientEnd,
    server: serverEnd,
    initiatorReason: 'syn',
    proven: false,
    vlans: [],
    id: '1:x',
    slot: undefined,
  }
  let sequence = 0
  exchange = new Exchange(dissector, null, flow, {
    sink,
    nextSequence: () => ++sequence,
    midstream,
    waiting,
  })
}

type Rest = Partial<Omit<Word, 'role' | 'exchange'>>
const word = (role: Word['role'], key: string | number, rest: Rest): Word => ({
  protocol: 'word',
  role,
  exchange: key,
  kind: 'k',
  ...rest,
})

function ask(key: string | number, at: number, packet: number, rest: Rest = {}): void {
  exchange.message(word('request', key, rest), true, at * SECOND, packet)
}

function answer(key: string | number, at: number, packet: number, rest: Rest = {}): void {
  exchange.message(word('response', key, rest), false, at * SECOND, packet)
}

const packets = () => sink.done.map((operation) => operation.packets)

beforeEach(() => open())

describe('joining', () => {
  test('tells a request at once and completes it with its answer', () => {
    ask(1, 0, 10, { items: 2 })
    expect(sink.seen.map(({ item, sequence }) => [item, sequence])).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect([sink.done.length, flow.proven]).toEqual([0, false])
    answer(1, 0.5, 11, { kind: 'a' })
    expect(flow.proven).toBe(true)
    expect(sink.done.map(({ answer }) => answer?.status)).toEqual(['a0', 'a1'])
    expect(sink.done.every(({ answered }) => answered === 0.5 * SECOND)).toBe(true)
    expect(packets()).toEqual([
      [10, 11],
      [10, 11],
    ])
    expect(sink.done[0]?.client).toBe(clientEnd)
    expect(sink.odd).toEqual([])
  })

  test('answers equal keys first in, first out, and others in any order', () => {
    ask('a', 0, 1)
    ask('b', 0, 2)
    ask('a', 0, 3)
    answer('b', 0.1, 4)
    answer('a', 0.1, 5)
    answer('a', 0.1, 6)
    expect(packets()).toEqual([
      [2, 4],
      [1, 5],
      [3, 6],
    ])
    expect(sink.odd).toEqual([])
  })

  test('completes a notice at once', () => {
    exchange.message(word('notice', 0, {}), true, 0, 1)
    expect(sink.done).toEqual(sink.seen)
    expect(sink.done[0]?.answer).toBeUndefined()
  })

  test('names the client by who asks, and by the message where the server asks', () => {
    exchange.message(word('request', 1, {}), false, 0, 1)
    exchange.message(word('request', 2, { fromServer: true }), false, 0, 2)
    expect(sink.seen.map(({ client }) => client)).toEqual([serverEnd, clientEnd])
    exchange.message(word('response', 1, { says: 'x' }), true, 0, 3)
    exchange.message(word('response', 2, { says: 'y', fromServer: true }), true, 0, 4)
    expect(sink.identities.map(({ endpoint }) => endpoint)).toEqual([clientEnd, serverEnd])
  })

  test('takes the first request that an answer fits', () => {
    const first = word('request', 1, { kind: 'a' })
    exchange.message(first, true, 0, 1)
    exchange.message(word('response', 1, { fits: false }), false, 1, 2)
    expect(sink.odd).toEqual(['response-mismatch@2'])
    answer(1, 2, 3)
    expect(packets()).toEqual([[1, 3]])
  })
})

describe('what is odd', () => {
  test('an answer that nobody asked for, and one that comes twice', () => {
    ask(1, 0, 1)
    answer(1, 0, 2)
    answer(1, 0, 3)
    answer(9, 0, 4)
    expect(sink.odd).toEqual(['duplicate-response@3', 'unsolicited-response@4'])
  })

  test('nothing is unsolicited before the two directions were seen to fit', () => {
    open(true)
    answer(1, 0, 1)
    ask(2, 0, 2)
    answer(2, 0, 3)
    answer(3, 0, 4)
    expect(sink.odd).toEqual(['unsolicited-response@4'])
  })

  test('no answer within the time, told with the request and not for silent ones', () => {
    ask(1, 0, 1)
    answer(1, 0, 2)
    ask(2, 1, 3)
    ask(3, 1, 4, { silent: true })
    ask(4, 1, 5, { patience: 60 * SECOND })
    exchange.tick(1 * SECOND + ANSWER_US_MAX - 1)
    expect(sink.done.length).toBe(1)
    exchange.tick(1 * SECOND + ANSWER_US_MAX)
    expect(sink.odd).toEqual(['no-response@3'])
    expect(packets()).toEqual([[1, 2], [3], [4]])
    expect(sink.done[1]?.answer).toBeUndefined()
    expect(sink.done[1]?.notAssessable).toEqual([])
    answer(4, 30, 6)
    expect(packets().at(-1)).toEqual([5, 6])
  })

  test('capture time of messages is enough: no tick is needed', () => {
    ask(1, 0, 1)
    answer(1, 0, 2)
    ask(2, 0, 3)
    ask(3, 10, 4)
    expect(sink.odd).toEqual(['no-response@3'])
  })

  test('a mirror of one direction makes silence invisible, not odd', () => {
    ask(1, 0, 1)
    ask(2, 1, 2)
    exchange.tick(100 * SECOND)
    expect(sink.odd).toEqual([])
    expect(sink.done.map(({ notAssessable }) => notAssessable)).toEqual([
      ['not-visible'],
      ['not-visible'],
    ])
  })

  test('a key that is used again for something else while it waits', () => {
    ask(1, 0, 1, { kind: 'a' })
    ask(1, 0.01, 2, { kind: 'a' })
    expect(sink.odd).toEqual([])
    ask(1, 0.02, 3, { kind: 'b' })
    expect(sink.odd).toEqual(['tid-reuse@3'])
  })

  test('a client that gave up does not shift all later answers by one', () => {
    ask(0, 0, 1, { kind: 'a' })
    answer(0, 0.01, 2)
    ask(0, 1, 3, { kind: 'b' })
    ask(0, 2, 4, { kind: 'c' })
    expect(sink.odd).toEqual(['no-response@3'])
    answer(0, 2.01, 5)
    expect(packets()).toEqual([[1, 2], [3], [4, 5]])
  })

  test('anomalies of messages and malformed ones keep place and side', () => {
    const odd = { anomalies: [{ code: 'value-invalid', at: 3 }] } as const
    exchange.message(word('part', 0, odd), false, 7, 1)
    exchange.malformed({ malformed: 'cut-short', at: 5, layer: 'mbap' }, true, 8, 2)
    expect(sink.anomalies).toMatchObject([
      { code: 'value-invalid', offset: 3, layer: 'word', fromClient: false, time: 7, packet: 1 },
      { code: 'cut-short', offset: 5, layer: 'mbap', fromClient: true, time: 8, packet: 2 },
    ])
    answer(1, 1, 3)
    expect(sink.odd.length).toBe(2)
  })
})

describe('gaps and bounds', () => {
  test('an anomaly after a gap says that bytes are missing before it', () => {
    const malformed = { malformed: 'length-mismatch', at: 4, layer: 'word' } as const
    exchange.malformed(malformed, true, SECOND, 1)
    exchange.gap(true)
    exchange.malformed(malformed, true, 2 * SECOND, 2)
    expect(sink.anomalies.map(({ notAssessable }) => notAssessable)).toEqual([[], ['gap']])
  })

  test('a gap ends what waits and marks what follows until a pair is seen', () => {
    ask(1, 0, 1)
    exchange.gap(false)
    expect(gaps).toEqual([false])
    expect(sink.done[0]?.notAssessable).toEqual(['gap'])
    answer(1, 0.1, 2)
    ask(2, 0.2, 3)
    answer(2, 0.3, 4)
    ask(3, 0.4, 5)
    expect(sink.odd).toEqual([])
    expect(sink.seen.map(({ notAssessable }) => notAssessable)).toEqual([['gap'], ['gap'], []])
  })

  test('the end completes what waits, without a word', () => {
    ask(1, 0, 1)
    ask(2, 0, 2)
    exchange.close(SECOND)
    expect(packets()).toEqual([[1], [2]])
    expect(sink.odd).toEqual([])
  })

  test('requests that wait are bounded, and those that made way are counted', () => {
    ask('first', 0, 1000)
    answer('first', 0, 1001)
    for (let i = 0; i < PENDING_MAX + 5; i++) ask(`key ${i}`, 0, i)
    expect(packets().slice(1)).toEqual([[0], [1], [2], [3], [4]])
    expect(sink.done[1]?.notAssessable).toEqual(['limit'])
    expect(waiting).toMatchObject({ operations: PENDING_MAX, dropped: 5 })
    answer(`key ${PENDING_MAX}`, 0, 999)
    expect(packets().at(-1)).toEqual([PENDING_MAX, 999])
    exchange.close(1)
    expect(waiting).toMatchObject({ operations: 0, dropped: 5 })
  })
})

describe('what nobody answers', () => {
  const reasons = () => sink.done.map(({ notAssessable }) => notAssessable.join())

  test('keeps few, and what is asked at once is over the limit', () => {
    for (let i = 0; i < UNANSWERED_MAX + 2; i++) ask(i, 0, i)
    expect(packets()).toEqual([[0], [1]])
    expect([reasons(), waiting.dropped]).toEqual([['limit', 'limit'], 2])
    // What was dropped may be answered yet, and that is nothing odd; then there is more room.
    answer(0, 0.1, 100)
    for (let i = 100; i < 100 + UNANSWERED_MAX; i++) ask(i, 0.1, i)
    expect([sink.odd, waiting.dropped]).toEqual([[], 2])
  })

  test('over some time it is what the mirror does not show', () => {
    for (let i = 0; i < UNANSWERED_MAX + 2; i++) ask(i, i / 10, i)
    expect([reasons(), waiting.dropped]).toEqual([['not-visible', 'not-visible'], 0])
  })
})

describe('the room of all connections', () => {
  const answered = (max: number, others: number) => {
    open(false, max, others)
    ask('first', 0, 1000)
    answer('first', 0, 1001)
    sink.done.length = 0
  }

  test('is counted in operations, and left as it was found', () => {
    answered(100, 90)
    ask(1, 0, 1, { items: 6 })
    ask(2, 0, 2, { items: 0 })
    expect(waiting.operations).toBe(97)
    answer(1, 0, 3)
    expect(waiting.operations).toBe(91)
    exchange.gap(true)
    expect(waiting.operations).toBe(90)
  })

  test.each<[string, number, number[], number[], number]>([
    ['the oldest makes way', 97, [1, 1, 1, 1], [0], 100],
    ['as many as it takes', 97, [1, 1, 1, 3], [0, 1, 2], 100],
    ['one is kept in any case', 100, [1, 1, 1], [0, 1], 101],
    ['but none that asks for many', 100, [1, 2], [0, 1, 1], 100],
  ])('%s', (_, others, items, gone, operations) => {
    answered(100, others)
    for (const [packet, count] of items.entries()) ask(packet, 0, packet, { items: count })
    expect(packets()).toEqual(gone.map((packet) => [packet]))
    expect(sink.done.every((one) => one.notAssessable.join() === 'limit')).toBe(true)
    expect(waiting).toMatchObject({ operations, dropped: new Set(gone).size })
  })

  test('is less where no answer was seen', () => {
    open(true, 100, 24)
    ask(0, 0, 0)
    ask(1, 0, 1)
    expect([packets(), waiting.operations]).toEqual([[[0]], 25])
    // The answer to what made way shows that somebody answers.
    answer(0, 0, 2)
    ask(2, 0, 3)
    expect([sink.odd, waiting.operations, waiting.dropped]).toEqual([[], 26, 1])
  })
})
