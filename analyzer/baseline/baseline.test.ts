import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import {
  exampleConversation,
  exampleFlow,
  exampleOperation,
  modbus,
} from '../inventory/examples.ts'
import { Baseline } from './baseline.ts'
import { OTHER, asset, ends, learned, news, poll } from './examples.ts'

describe('what is new', () => {
  const baseline = learned(poll)

  test.each<[string, Operation, string]>([
    ['nothing of what was learned', modbus(3, ['holding:0-99']), ''],
    ['nothing of a part of it', modbus(3, ['holding:7-9']), ''],
    ['nothing across two blocks that touch', modbus(3, ['holding:90-110']), ''],
    ['a target', modbus(3, ['holding:110-130']), 'target'],
    ['a target never written, though read', modbus(6, ['holding:41']), 'target'],
    ['a target behind another unit', modbus(3, ['holding:0'], { unit: 2 }), 'target unit'],
    [
      'a target behind a thousand that are usual',
      modbus(3, [...Array.from({ length: 1000 }, () => 'holding:7'), 'holding:900']),
      'target',
    ],
    ['an operation', modbus(16, ['holding:40']), 'operation'],
    ['a class', modbus(43), 'client-of-class operation'],
    ['a client', modbus(3, ['holding:0'], OTHER), 'talker port client-of-class operation target'],
    ['a port', modbus(3, ['holding:0'], { port: 503 }), 'port service'],
    [
      'a server',
      modbus(3, ['holding:0'], { server: '10.10.1.77' }),
      'talker port service client-of-class operation target unit',
    ],
  ])('%s', (_, operation, expected) => {
    expect(news(baseline, operation)).toBe(expected)
  })

  test('it stays new, however often it comes, until somebody approves it', () => {
    const odd = modbus(6, ['holding:90'])
    const version = baseline.version()
    for (let at = 0; at < 100; at++) expect(news(baseline, odd)).toBe('target')
    expect(baseline.version()).toBe(version)
    const { entries } = baseline.judge(...ends(odd))
    expect(entries).toEqual(['target 10.20.0.5 -> 10.10.1.10 modbus unit 1 write holding:90'])
    baseline.approve(entries)
    expect(news(baseline, odd)).toBe('')
    expect(baseline.version()).not.toBe(version)
    baseline.revoke(entries)
    expect(news(baseline, odd)).toBe('target')
  })

  test('taking a decision back takes what it added, and nothing that was learned', () => {
    const mine = learned(poll)
    const across = modbus(3, ['holding:110-130'])
    const { entries } = mine.judge(...ends(across))
    mine.approve(entries)
    mine.approve(entries)
    expect(news(mine, across)).toBe('')
    mine.revoke(entries)
    expect(news(mine, across)).toBe('')
    mine.revoke(entries)
    expect(news(mine, across)).toBe('target')
    expect(news(mine, modbus(3, ['holding:100-119']))).toBe('')
    mine.approve(['talker 10.20.0.5 -> 10.10.1.10'])
    mine.revoke(['talker 10.20.0.5 -> 10.10.1.10'])
    expect(news(mine, poll[0]!)).toBe('')
  })

  test('while learning it is new once', () => {
    const learning = new Baseline({ phase: 'learning' })
    expect(news(learning, poll[0]!)).toContain('talker')
    expect(learning.judge(...ends(poll[0]!)).facts['ot.baseline.phase']).toBe('learning')
    learning.learn(...ends(poll[0]!))
    expect(news(learning, poll[0]!)).toBe('')
  })

  test('the precedent and the other writer are told', () => {
    const { facts } = baseline.judge(...ends(modbus(6, ['holding:40'], OTHER)))
    expect(facts['ot.baseline.other_writer']).toBe('10.20.0.5')
    expect(facts['ot.baseline.precedent']).toEqual(
      expect.arrayContaining([
        'clients of 10.10.1.10 were 10.20.0.5',
        'clients of 10.10.1.10 for write over modbus were 10.20.0.5',
        'it was written by 10.20.0.5',
      ]),
    )
    const target = baseline.judge(...ends(modbus(3, ['holding:500']))).facts
    expect(target['ot.baseline.precedent']).toEqual(['for read 10.20.0.5 used holding:0-119'])
    expect(target['ot.baseline.other_writer']).toBeUndefined()
  })

  test('a precedent calls hosts by their names', () => {
    const mine = learned(poll)
    const names = new Map([
      ['10.20.0.5', 'HMI 1'],
      ['10.10.1.10', 'PLC-1'],
    ])
    mine.nameOf = (ip) => names.get(ip) ?? ''
    const precedent = (operation: Operation) =>
      mine.judge(...ends(operation)).facts['ot.baseline.precedent']
    expect(precedent(modbus(6, ['holding:40'], OTHER))).toEqual([
      'clients of PLC-1 were HMI 1',
      'clients of PLC-1 for write over modbus were HMI 1',
      'it was written by HMI 1',
    ])
    expect(precedent(modbus(43))).toEqual([
      'nobody used PLC-1 for identify over modbus',
      'HMI 1 asked PLC-1 for Read Holding Registers, Write Single Register',
    ])
    expect(precedent(modbus(3, ['holding:0'], { port: 503 }))).toEqual([
      'HMI 1 used at PLC-1 modbus tcp/502',
    ])
  })

  test('while learning there is no precedent and no other writer', () => {
    const learning = new Baseline({ phase: 'learning' })
    for (const operation of poll) learning.learn(...ends(operation))
    const { facts } = learning.judge(...ends(modbus(6, ['holding:40'], OTHER)))
    expect(Object.keys(facts)).toEqual(['ot.baseline.phase', 'ot.baseline.first_seen'])
  })

  test('of what is undecided only that the two talk is news', () => {
    const both = [asset('10.1.0.1'), asset('10.1.0.2')] as const
    const watching = new Baseline({ phase: 'watching' })
    const undecided = { ...exampleConversation({ port: 1883 }), undecided: true }
    expect(watching.judgeConversation(undecided, ...both).entries).toEqual([
      'talker 10.1.0.1 -> 10.1.0.2',
    ])
  })

  test('a conversation joined late is usual if it is so turned round', () => {
    const learning = new Baseline({ phase: 'learning' })
    const [client, server] = [asset('10.1.0.1'), asset('10.1.0.2')]
    learning.judgeConversation(exampleConversation({ port: 44_818 }), client, server)
    learning.phase = 'watching'
    const turned = (reason: 'port' | 'syn', port = 44_818) => {
      const given = exampleConversation({ port: 40_000, reason })
      const flow = { ...given.flow, client: { ...given.flow.client, port } }
      return learning.judgeConversation({ ...given, flow }, server, client).entries
    }
    expect(turned('port')).toEqual([])
    expect(turned('port', 44_819)).toHaveLength(3)
    expect(turned('syn')).toHaveLength(3)
  })

  test('members of a group share what is usual', () => {
    const aliases = new Map([
      ['10.20.0.5', 'scada pair'],
      ['10.20.0.6', 'scada pair'],
    ])
    const shared = learned(poll, aliases)
    expect(news(shared, modbus(6, ['holding:40'], { client: '10.20.0.6' }))).toBe('')
    expect(news(shared, modbus(6, ['holding:40'], { client: '10.20.0.7' }))).toContain('talker')
  })

  test('nobody is compared with nobody: ARP, multicast', () => {
    const flow = exampleFlow({ transport: 'arp' })
    const arp = exampleOperation({ protocol: 'arp', flow })
    expect(baseline.judge(...ends(arp))).toMatchObject({ entries: [] })
    const multicast = baseline.judge(modbus(3), asset('10.20.0.5'), { ...asset(''), id: '' })
    expect(multicast.entries).toEqual([])
  })

  test('conversations and anomalies are learned per pair and per server', () => {
    const learning = new Baseline({ phase: 'learning' })
    const both = [asset('10.1.0.1'), asset('10.1.0.2')] as const
    const ssh = exampleConversation({ port: 22 })
    for (const state of ['attempted', 'refused'] as const) {
      expect(learning.judgeConversation({ ...ssh, state }, ...both).entries).toEqual([])
    }
    const anomaly = {
      flow: ssh.flow,
      time: 0,
      sequence: 0,
      packet: 1,
      code: 'length-mismatch',
      layer: 'mbap',
      offset: 4,
      protocol: 'modbus',
      fromClient: true,
    } as const
    const facts = (judged: { facts: object }) => Object.entries(judged.facts).at(-1)
    expect(learning.judgeConversation(ssh, ...both).facts['ot.baseline.first_seen']).toEqual([
      'talker',
      'port',
      'service',
    ])
    // From the first minute every one counts (quiet.md).
    for (let i = 0; i < 3; i++) {
      expect(learning.judgeAnomaly(anomaly, ...both).facts['ot.baseline.first_seen']).toEqual([
        'anomaly',
      ])
    }
    learning.phase = 'watching'
    const probe = { ...exampleConversation({ port: 23 }), payloadBytes: 0 }
    expect(learning.judgeConversation(probe, ...both).entries).toEqual([])
    expect(facts(learning.judgeConversation(ssh, ...both))).toEqual([
      'ot.baseline.phase',
      'watching',
    ])
    expect(facts(learning.judgeAnomaly(anomaly, ...both))).toEqual([
      'ot.baseline.phase',
      'watching',
    ])
    const other = learning.judgeAnomaly({ ...anomaly, code: 'bad-utf8' }, ...both)
    expect(other.facts['ot.baseline.first_seen']).toEqual(['anomaly'])
  })
})

describe('values', () => {
  const write = (...numbers: number[]) =>
    modbus(16, [`holding:40-${39 + numbers.length}`], { numbers })
  const baseline = learned(Array.from({ length: 30 }, (_, at) => write(300 + (at % 7), at, 5)))

  test.each<[string, Operation, object | undefined]>([
    ['usual', write(303, 31, 5), undefined],
    [
      'far outside',
      write(900, 31, 5),
      {
        'ot.baseline.value': 'out-of-range',
        'ot.baseline.value_low': 300,
        'ot.baseline.value_high': 306,
        'ot.baseline.value_excess': 99,
        'ot.baseline.samples': 30,
      },
    ],
    [
      'one register of the block',
      modbus(6, ['holding:42'], { numbers: [9] }),
      { 'ot.baseline.value': 'out-of-range', 'ot.baseline.shape': 'constant' },
    ],
    ['in range', modbus(6, ['holding:42'], { numbers: [5] }), undefined],
    ['a register never written', modbus(6, ['holding:77'], { numbers: [5] }), undefined],
    ['no number', modbus(6, ['holding:42'], { numbers: [Number.NaN] }), undefined],
    [
      'by whomever',
      modbus(6, ['holding:42'], { ...OTHER, numbers: [9] }),
      { 'ot.baseline.value': 'out-of-range' },
    ],
  ])('%s', (_, operation, expected) => {
    const facts = baseline.judgeValue(...ends(operation))
    if (expected === undefined) expect(facts).toBeUndefined()
    else expect(facts).toMatchObject(expected)
  })

  test('an odd value is approved by its entry, and taken back', () => {
    const odd = modbus(6, ['holding:42'], { numbers: [9] })
    expect(baseline.judgeValue(...ends(odd))).toBeDefined()
    const [, source, destination] = ends(odd)
    const entries = baseline.valueEntries(odd, { source, destination })
    expect(entries).toEqual(['value 10.10.1.10 modbus unit 1 write holding:42 = 9'])
    expect(baseline.approve(entries)).toBe(1)
    expect(baseline.judgeValue(...ends(odd))).toBeUndefined()
    expect(baseline.revoke(entries)).toBe(1)
    expect(baseline.judgeValue(...ends(odd))).toBeDefined()
  })

  test('what is no entry is not approved', () => {
    expect(baseline.approve(['', 'x', 'value', 'talker', 'talker a b c', 'value q = NaN'])).toBe(0)
  })
})

describe('rates', () => {
  const write = (at: number, client = '10.20.0.5', register = 40) =>
    modbus(6, [`holding:${register}`], { numbers: [at % 2], client, time: 1e15 + at * 1e5 })
  // Two writes a second for ten minutes.
  const usual = Array.from({ length: 1200 }, (_, at) => write(at * 5))

  test('what is usual is never above, a burst is, and its approval settles it', () => {
    const baseline = learned(usual)
    for (const operation of usual) expect(baseline.judgeValue(...ends(operation))).toBeUndefined()
    const burst = Array.from({ length: 100 }, (_, at) => write(10_000 + at))
    const facts = burst.map((operation) => baseline.judgeValue(...ends(operation)))
    expect(facts.slice(0, 80)).toEqual(Array.from({ length: 80 }))
    expect(facts[80]).toEqual({
      'ot.baseline.rate': 'above',
      'ot.baseline.rate_of': 'target',
      'ot.baseline.rate_now': 8.1,
      'ot.baseline.rate_usual': 2,
    })
    const [operation, source, destination] = ends(burst[99]!)
    const entries = baseline.valueEntries(operation, { source, destination })
    expect(entries).toEqual([
      'rate 10.10.1.10 modbus unit 1 write holding:40 = 100',
      'rate 10.10.1.10 modbus write from 10.20.0.5 = 100',
    ])
    expect(baseline.approve(entries)).toBe(2)
    expect(baseline.judgeValue(...ends(write(10_099)))).toBeDefined()
    expect(baseline.judgeValue(...ends(write(10_150)))).toBeUndefined()
    expect(baseline.revoke(entries)).toBe(2)
  })

  test('one client that writes many targets in a burst is told by pair', () => {
    const baseline = learned(usual)
    const last = Array.from({ length: 100 }, (_, at) => write(10_000 + at, '10.20.0.5', at))
      .map((operation) => baseline.judgeValue(...ends(operation)))
      .at(-1)
    expect(last).toMatchObject({ 'ot.baseline.rate_of': 'pair-class' })
  })

  test('reads and deliveries have no rate', () => {
    const baseline = learned(usual)
    for (let at = 0; at < 500; at++) {
      const read = modbus(3, ['holding:40'], { numbers: [1], time: 1e15 })
      expect(baseline.judgeValue(...ends(read))).toBeUndefined()
    }
  })
})

test('a register sweep is a few entries, and what is beyond the bound is counted', () => {
  const baseline = new Baseline({ phase: 'learning' })
  for (let at = 0; at < 10_000; at++) baseline.learn(...ends(modbus(3, [`holding:${at}`])))
  expect(baseline.export({ site: '' }).pairs[0]?.entries).toHaveLength(5)
  for (let at = 0; at < 20_000; at += 2) baseline.learn(...ends(modbus(3, [`input:${at}`])))
  expect(baseline.counters().entriesRefused).toBeGreaterThan(0)
})
