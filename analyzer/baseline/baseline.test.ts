import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import type { Asset } from '../inventory/asset.ts'
import { exampleConversation, exampleFlow, exampleOperation, modbus } from '../inventory/examples.ts'
import type { ExampleOperation } from '../inventory/examples.ts'
import { Baseline } from './baseline.ts'
import { serializeBaseline } from './file.ts'

function asset(ip: string): Asset {
  return { id: ip, ip: ip === '' ? [] : [ip], mac: [], name: '', roles: [] } as unknown as Asset
}

const known = new Map<string, Asset>()
function ends(operation: Operation): [Operation, Asset, Asset] {
  const of = (ip: string): Asset => {
    const found = known.get(ip) ?? asset(ip)
    known.set(ip, found)
    return found
  }
  return [operation, of(operation.client.ip), of(operation.server.ip)]
}

function learned(operations: readonly Operation[], aliases?: Map<string, string>): Baseline {
  const baseline = new Baseline({ phase: 'learning', ...(aliases ? { aliases } : {}) })
  for (const operation of operations) {
    baseline.learn(...ends(operation))
    baseline.judgeValue(...ends(operation))
  }
  baseline.phase = 'watching'
  return baseline
}

function news(baseline: Baseline, operation: Operation): string {
  const list = baseline.judge(...ends(operation)).facts['ot.baseline.first_seen']
  return Array.isArray(list) ? list.join(' ') : ''
}

const OTHER = { client: '10.20.0.99' }
const poll = [
  modbus(3, ['holding:0-99'], { unit: 1 }),
  modbus(3, ['holding:100-119'], { unit: 1 }),
  modbus(6, ['holding:40'], { unit: 1 }),
]

describe('what is new', () => {
  const baseline = learned(poll)

  test.each<[string, Operation, string]>([
    ['nothing of what was learned', modbus(3, ['holding:0-99']), ''],
    ['nothing of a part of it', modbus(3, ['holding:7-9']), ''],
    ['nothing across two blocks that touch', modbus(3, ['holding:90-110']), ''],
    ['a target', modbus(3, ['holding:110-130']), 'target'],
    ['a target never written, though read', modbus(6, ['holding:41']), 'target'],
    ['a target behind another unit', modbus(3, ['holding:0'], { unit: 2 }), 'target unit'],
    ['an operation', modbus(16, ['holding:40']), 'operation'],
    ['a class', modbus(43), 'client-of-class operation'],
    ['a client', modbus(3, ['holding:0'], OTHER), 'talker port client-of-class operation target'],
    ['a port', modbus(3, ['holding:0'], { port: 503 }), 'port service'],
    ['a server', modbus(3, ['holding:0'], { server: '10.10.1.77' }), 'talker port service client-of-class operation target unit'],
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
        'usual clients of 10.10.1.10: 10.20.0.5',
        'usual clients for write at 10.10.1.10: 10.20.0.5',
      ]),
    )
    const target = baseline.judge(...ends(modbus(3, ['holding:500']))).facts
    expect(target['ot.baseline.precedent']).toEqual(['10.20.0.5 usually has for read: holding:0-119'])
    expect(target['ot.baseline.other_writer']).toBeUndefined()
  })

  test('members of a group share what is usual', () => {
    const aliases = new Map([['10.20.0.5', 'scada pair'], ['10.20.0.6', 'scada pair']])
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
    const anomaly = { flow: ssh.flow, time: 0, sequence: 0, packet: 1, code: 'length-mismatch', layer: 'mbap', offset: 4, protocol: 'modbus', fromClient: true } as const
    const facts = (judged: { facts: object }) => Object.entries(judged.facts).at(-1)
    expect(learning.judgeConversation(ssh, ...both).facts['ot.baseline.first_seen']).toEqual(['talker', 'port', 'service'])
    expect(learning.judgeAnomaly(anomaly, ...both).facts['ot.baseline.first_seen']).toEqual(['anomaly'])
    learning.phase = 'watching'
    expect(facts(learning.judgeConversation(ssh, ...both))).toEqual(['ot.baseline.phase', 'watching'])
    expect(facts(learning.judgeAnomaly(anomaly, ...both))).toEqual(['ot.baseline.phase', 'watching'])
    const other = learning.judgeAnomaly({ ...anomaly, code: 'bad-utf8' }, ...both)
    expect(other.facts['ot.baseline.first_seen']).toEqual(['anomaly'])
  })
})

function mqtt(id: string, given: ExampleOperation = {}): Operation {
  const fields = { 'mqtt.client_id': id, ...given.fields }
  const base = { protocol: 'mqtt', port: 1883, classes: ['session' as const], action: 'CONNECT' }
  return exampleOperation({ ...base, ...given, fields })
}

function publish(topic: string, id = 'edge-1', more: Record<string, string> = {}): Operation {
  const fields = { 'mqtt.topic': topic, 'mqtt.payload_type': 'json', ...more }
  return mqtt(id, { classes: ['publish'], action: 'PUBLISH', targets: [`topic:${topic}`], fields })
}

function sparkplug(type: string, given: ExampleOperation = {}): Operation {
  const fields = { 'sparkplug.group_id': 'G1', 'sparkplug.edge_node_id': 'E1', 'sparkplug.message_type': type }
  const classes = ['publish' as const]
  return mqtt('edge-1', { classes, action: type, fields, ...given, protocol: 'sparkplug' })
}

describe('MQTT', () => {
  const baseline = learned([
    mqtt('mqttjs_8f3a2b1c'),
    mqtt('edge-1'),
    publish('plant/a/temperature'),
    publish('plant/a/8f3a2b1c44/x'),
    sparkplug('NBIRTH'),
  ])

  test.each<[string, Operation, string]>([
    ['an id that differs in its made-up end', mqtt('mqttjs_00ff11ee'), ''],
    ['a new id', mqtt('edge-2'), 'client-id'],
    ['an id of another asset', mqtt('edge-1', OTHER), 'talker port binding'],
    ['a made-up id of another asset', mqtt('mqttjs_00ff11ee', OTHER), 'talker port client-id'],
    ['another topic of the branch', publish('plant/a/pressure'), ''],
    ['a made-up level', publish('plant/a/99ff00aa11/x'), ''],
    ['another branch', publish('plant/b/temperature'), 'topic-branch payload-type'],
    ['another payload', publish('plant/a/temperature', 'edge-1', { 'mqtt.payload_type': 'binary' }), 'payload-type'],
    ['a rebirth, a death', sparkplug('NDEATH'), ''],
    ['the edge node from another asset', sparkplug('NBIRTH', { client: '10.20.0.98' }), 'talker port client-of-class binding topic-branch'],
    ['a delivery to who subscribed', mqtt('edge-1', { classes: ['deliver'], action: 'PUBLISH', targets: ['topic:x/y/z'] }), ''],
    ['a ping', mqtt('edge-1', { classes: ['other'], action: 'PINGREQ' }), ''],
    ['a wildcard', mqtt('edge-1', { classes: ['subscribe'], action: 'SUBSCRIBE', targets: ['topic:#'] }), 'client-of-class operation target'],
  ])('%s', (_, operation, expected) => {
    expect(news(baseline, operation)).toBe(expected)
  })
})

function ua(service: string, given: ExampleOperation = {}, more: Record<string, string> = {}) {
  const fields = { 'opcua.service': service, 'opcua.security_mode': 'Sign', ...more }
  const base = { protocol: 'opcua', port: 4840, action: service }
  return exampleOperation({ ...base, ...given, fields })
}

describe('OPC UA', () => {
  const baseline = learned([
    ua('GetEndpoints', { classes: ['discover'] }, { 'opcua.security_mode': 'None' }),
    ua('ActivateSession', { classes: ['session'], user: 'op' }, { 'opcua.session.identity': 'username' }),
    ua('Read', { classes: ['read'], targets: ['node:i=1', 'node:i=2'] }),
    ua('CreateSubscription', { classes: ['subscribe'] }),
  ])

  test.each<[string, Operation, string]>([
    ['the upkeep of a subscription', ua('DeleteSubscriptions', { classes: ['subscribe'] }), ''],
    ['a session closed', ua('CloseSession', { classes: ['session'] }), ''],
    ['a node', ua('Read', { classes: ['read'], targets: ['node:i=3'] }), 'target'],
    ['a write', ua('Write', { classes: ['write'], targets: ['node:i=1'] }), 'client-of-class operation target'],
    ['a mode, though discovery used it', ua('Read', { classes: ['read'] }, { 'opcua.security_mode': 'None' }), 'security'],
    ['an anonymous session', ua('ActivateSession', { classes: ['session'] }, { 'opcua.session.identity': 'anonymous' }), 'identity'],
    ['the user at another asset', ua('ActivateSession', { classes: ['session'], user: 'op', ...OTHER }, { 'opcua.session.identity': 'username' }), 'talker port security identity binding'],
  ])('%s', (_, operation, expected) => {
    expect(news(baseline, operation)).toBe(expected)
  })
})

describe('values', () => {
  const write = (...numbers: number[]) =>
    modbus(16, [`holding:40-${39 + numbers.length}`], { numbers })
  const baseline = learned(Array.from({ length: 30 }, (_, at) => write(300 + (at % 7), at, 5)))

  test.each<[string, Operation, object | undefined]>([
    ['usual', write(303, 31, 5), { 'ot.baseline.value': 'no-envelope' }],
    ['far outside', write(900, 31, 5), { 'ot.baseline.value': 'out-of-range', 'ot.baseline.value_low': 300, 'ot.baseline.value_high': 306, 'ot.baseline.value_excess': 99, 'ot.baseline.samples': 30 }],
    ['one register of the block', modbus(6, ['holding:42'], { numbers: [9] }), { 'ot.baseline.value': 'out-of-range', 'ot.baseline.shape': 'constant' }],
    ['in range', modbus(6, ['holding:42'], { numbers: [5] }), undefined],
    ['a register never written', modbus(6, ['holding:77'], { numbers: [5] }), undefined],
    ['no number', modbus(6, ['holding:42'], { numbers: [Number.NaN] }), undefined],
    ['by whomever', modbus(6, ['holding:42'], { ...OTHER, numbers: [9] }), { 'ot.baseline.value': 'out-of-range' }],
  ])('%s', (_, operation, expected) => {
    const facts = baseline.judgeValue(...ends(operation))
    if (expected === undefined) expect(facts).toBeUndefined()
    else expect(facts).toMatchObject(expected)
  })

  test('an odd value is approved by its entry, and taken back', () => {
    const odd = modbus(6, ['holding:42'], { numbers: [9] })
    expect(baseline.judgeValue(...ends(odd))).toBeDefined()
    const [, , destination] = ends(odd)
    const entries = baseline.valueEntries(odd, { destination })
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

describe('the file', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('a -> b', '"', '\\', '" x', '= 5', 'holding:1-9', '__proto__', '\u2028', '\ud800', 'a: b', '- x', '#', ' ', '\r\n', '\0', 'x'.repeat(500)),
  )

  test('saved and loaded, it judges the same, whatever the wire said', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (names) => {
        const operations = names.flatMap((name, at) => [
          mqtt(name, { user: name, classes: ['subscribe'], targets: [`topic:${name}`] }),
          publish(`${name}/a/b`, name),
          ua(name, { classes: ['write'], targets: [`node:${name}`], numbers: [at], user: name }),
          ...poll,
        ])
        const baseline = learned(operations)
        const text = serializeBaseline(baseline.export({ site: names[0]! }))
        const { file, errors } = Baseline.load(text, 'b.yaml')
        expect(errors).toEqual([])
        const again = new Baseline({ phase: 'watching', file: file! })
        for (const operation of operations) expect(news(again, operation)).toBe('')
        expect(news(again, mqtt(`other ${names[0]}`, OTHER))).toContain('talker')
        expect(serializeBaseline(again.export({ site: names[0]! }))).toBe(text)
      }),
      { numRuns: 60 },
    )
  })

  test('it is for people: grouped, sorted, one line an entry', () => {
    const text = serializeBaseline(learned(poll.toReversed()).export({ site: 'plant-a' }))
    expect(text).toBe(serializeBaseline(learned(poll).export({ site: 'plant-a' })))
    expect(text.slice(text.indexOf('pairs:'))).toBe(`pairs:
- client: "10.20.0.5"
  server: "10.10.1.10"
  entries:
  - client-of-class modbus read
  - client-of-class modbus write
  - operation modbus "Read Holding Registers"
  - operation modbus "Write Single Register"
  - port modbus tcp/502
  - talker
  - target modbus unit 1 read holding:0-119
  - target modbus unit 1 write holding:40
servers:
- server: "10.10.1.10"
  entries:
  - service modbus tcp/502
  - unit modbus 1
site_wide: []
`)
  })

  test('JSON is read as well, and values judge the same', () => {
    const write = (value: number) => modbus(6, ['holding:40'], { numbers: [value] })
    const baseline = learned(Array.from({ length: 40 }, (_, at) => write(100 + ((at * 7) % 40))))
    const file = JSON.parse(JSON.stringify(baseline.export({ site: 's' })), (_, value) =>
      value === null ? undefined : value,
    )
    const loaded = Baseline.load(JSON.stringify(file), 'b.json')
    expect(loaded.errors).toEqual([])
    const again = new Baseline({ phase: 'watching', file: loaded.file! })
    for (const value of [0, 99, 100, 120, 139, 140, 1000]) {
      expect(again.judgeValue(...ends(write(value)))).toEqual(baseline.judgeValue(...ends(write(value))))
    }
  })

  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1 empty']],
    ['a wrong version', 'apiVersion: x\npairs: []', ['1:13 choice']],
    ['an unknown key', 'apiVersion: baseline/v1\npairs: []\npair: []', ['3:1 unknown-key']],
    ['no entry', 'apiVersion: baseline/v1\npairs:\n- {client: a, server: b, entries: [talkre]}', ['3:36 entry']],
    ['an entry of another place', 'apiVersion: baseline/v1\npairs: []\nsite_wide: [talker]', ['3:13 entry']],
    ['a range upside down', 'apiVersion: baseline/v1\npairs:\n- {client: a, server: b, entries: ["target modbus unit 1 read holding:9-3"]}', ['3:36 entry']],
  ])('%s is an error with its place', (_, text, expected) => {
    const { file, errors } = Baseline.load(text, 'b.yaml')
    expect(file).toBeUndefined()
    expect(errors.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(expected)
  })
})

test('a register sweep is a few entries, and what is beyond the bound is counted', () => {
  const baseline = new Baseline({ phase: 'learning' })
  for (let at = 0; at < 10_000; at++) baseline.learn(...ends(modbus(3, [`holding:${at}`])))
  expect(baseline.export({ site: '' }).pairs[0]?.entries).toHaveLength(5)
  for (let at = 0; at < 20_000; at += 2) baseline.learn(...ends(modbus(3, [`input:${at}`])))
  expect(baseline.counters().entriesRefused).toBeGreaterThan(0)
})
