import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import type { Asset } from '../inventory/asset.ts'
import { exampleConversation, exampleOperation, modbus } from '../inventory/examples.ts'
import type { ExampleOperation } from '../inventory/examples.ts'
import { loadPolicy } from './load.ts'
import { Zones } from './zones.ts'

const source = `
apiVersion: zones/v1
metadata: {site: plant-a, version: 7}
assets:
- {name: hmi1, ip: 10.20.0.5}
- {name: scada-a, ip: 10.20.0.6}
- {name: scada-b, ip: 10.20.0.7}
- {name: PLC-1, ip: 10.10.1.10, mac: "00:80:f4:01:02:03"}
- {name: eng1, ip: 10.30.0.4}
- {name: mes, ip: 10.40.0.9}
- {name: UA-1, ip: 10.10.1.30}
- {name: broker1, ip: 10.40.0.10}
groups:
- {name: scada, members: [scada-a, scada-b]}
zones:
- {id: Z-CELL1, kind: control, members: [{cidr: 10.10.1.0/24}, {gateway: 10.10.1.20, units: {"4": Z-SAFETY}}]}
- {id: Z-SAFETY, kind: safety, members: [{ip: 10.10.1.99}]}
- {id: Z-SCADA, kind: supervisory, members: [{cidr: 10.20.0.0/16}]}
- {id: Z-MES, kind: enterprise, members: [{cidr: 10.40.0.0/24}]}
- {id: Z-ENG, kind: temporary, members: [{cidr: 10.30.0.0/24}]}
- {id: Z-VENDOR, kind: external, members: [{cidr: 203.0.113.0/24}]}
conduits:
- id: C-SCADA
  from: [Z-SCADA]
  to: [Z-CELL1, Z-SAFETY]
  channels:
  - protocol: modbus
    clients: [hmi1, scada]
    servers: [PLC-1, 10.10.1.20]
    ports: [502]
    allow:
    - {ops: [read], units: [1, 4], ranges: {holding: ["0-199"]}}
    - {ops: [fc6, fc16, fc23], units: [1], ranges: {holding: ["40-59"]}}
    deny:
    - {id: D-1, ops: [control, fc43/13]}
- id: C-MES
  from: [Z-MES]
  to: [Z-CELL1]
  channels:
  - protocol: opcua
    servers: [UA-1]
    ports: [4840]
    security: {modes: [SignAndEncrypt], policies: [Basic256Sha256, "Aes*"], anonymous: false}
    allow:
    - {services: [Read, Browse, CreateSubscription]}
    - {services: [Write], nodes: ["nsu=urn:acme:line;s=Line1.SP.*"]}
- id: C-BROKER
  from: [Z-CELL1]
  to: [Z-MES]
  channels:
  - protocol: mqtt
    servers: [broker1]
    ports: [1883]
    allow:
    - {clientIds: ["edge-*"], publish: ["spBv1.0/G1/+/E1/#"], qosMax: 1, retain: false}
    - {clientIds: [viewer], subscribe: ["spBv1.0/G1/#"], commands: [{types: [NCMD], edges: [G1/E1], metrics: ["SP*"]}]}
  - {protocol: other, transport: udp, ports: [123]}
maintenance:
- {id: MW-1, from: "2026-11-22T06:00Z", to: "2026-11-22T10:00Z", conduits: [C-SCADA], permits: [{protocol: modbus, ops: [write, control]}], clients: [eng1], lifts: [D-1], owner: lead}
exceptions:
- {id: EX-4, match: {from: Z-VENDOR, to: Z-CELL1, protocol: modbus}, reason: pump 4, owner: ot, notBefore: 2026-11-01, expires: 2027-01-31}
`

function load(text: string): Zones {
  const { policy, errors } = loadPolicy(text, 'policy.yaml')
  expect(errors).toEqual([])
  return new Zones(policy)
}

const zones = load(source)

function asset(ip: string, mac: string[] = []): Asset {
  return { id: ip, ip: [ip], mac, macBound: mac.length > 0, name: '' } as unknown as Asset
}

function judge(operation: Operation, in_: Zones = zones, macs: string[] = []) {
  return in_.judge(operation, asset(operation.client.ip), asset(operation.server.ip, macs))
}

function short(operation: Operation, in_: Zones = zones): string {
  const facts = judge(operation, in_)
  const parts = ['verdict', 'code', 'reason', 'conduit', 'window', 'exception']
  return parts
    .map((name) => facts[`ot.zone.${name}`])
    .filter((value) => value !== undefined)
    .join(' ')
}

function line(text: string): number {
  return source.split('\n').findIndex((item) => item.includes(text)) + 1
}

describe('zone resolution', () => {
  test.each([
    ['10.10.1.10', 'Z-CELL1'],
    ['10.10.1.99', 'Z-SAFETY'],
    ['10.20.255.1', 'Z-SCADA'],
    ['203.0.113.9', 'Z-VENDOR'],
    ['10.99.0.1', 'unassigned'],
    ['192.0.2.7', 'external'],
    ['2001:db8::1', 'external'],
    ['fd00::1', 'unassigned'],
    ['fe80::1', ''],
    ['224.0.0.251', ''],
    ['169.254.3.4', ''],
    ['0.0.0.0', ''],
    ['', ''],
  ])('%j is in %j', (ip, zone) => {
    expect(zones.zoneOf(ip).id).toBe(zone)
  })

  test('the longest prefix goes first, whatever the order in the file', () => {
    const prefix = fc.record({ a: fc.nat(3), b: fc.nat(3), length: fc.constantFrom(8, 16, 24, 32) })
    fc.assert(
      fc.property(fc.uniqueArray(prefix, { minLength: 1, maxLength: 6, selector: textOf }), (all) => {
        const text = all.map((item, at) => `- {id: Z${at}, members: [{cidr: ${textOf(item)}}]}`)
        const made = load(`apiVersion: zones/v1\nzones:\n${text.join('\n')}\n`)
        const ip = '10.1.1.1'
        const holding = all
          .map((item, at) => ({ ...item, at }))
          .filter((item) => holds(item, [10, 1, 1, 1]))
          .sort((a, b) => b.length - a.length)
        expect(made.zoneOf(ip).id).toBe(holding[0] ? `Z${holding[0].at}` : 'unassigned')
      }),
    )
  })

  test('a VLAN tells apart what the prefix leaves open, and else decides nothing', () => {
    const made = load(`
apiVersion: zones/v1
zones:
- {id: A, members: [{cidr: 10.1.0.0/24, vlan: 10}, {cidr: 10.2.0.0/24, vlan: 10}]}
- {id: B, members: [{cidr: 10.1.0.0/24, vlan: 20}, {vlan: 30}]}
`)
    expect(made.zoneOf('10.1.0.1', '', 10).id).toBe('A')
    expect(made.zoneOf('10.1.0.1', '', 20).id).toBe('B')
    expect(made.zoneOf('10.1.0.1', '', 99).id).toBe('unassigned')
    expect(made.zoneOf('10.2.0.1', '', 20).id).toBe('A')
    expect(made.zoneOf('10.9.0.1', '', 30).id).toBe('B')
    expect(made.zoneOf('198.51.100.1', '', 30).id).toBe('external')
  })
})

function textOf({ a, b, length }: { a: number; b: number; length: number }): string {
  return `${[10, length > 8 ? a : 0, length > 16 ? b : 0, length > 24 ? 1 : 0].join('.')}/${length}`
}

function holds({ a, b, length }: { a: number; b: number; length: number }, ip: number[]): boolean {
  const own = [10, a, b, 1]
  return own.slice(0, length / 8).every((octet, at) => octet === ip[at])
}

const HMI = { client: '10.20.0.5', server: '10.10.1.10' }
const MES = { client: '10.40.0.9', server: '10.10.1.30', port: 4840 }
const EDGE = { client: '10.10.1.50', server: '10.40.0.10', port: 1883 }

function ua(service: string, given: ExampleOperation = {}, more: Record<string, string> = {}) {
  const fields = {
    'opcua.service': service,
    'opcua.security_mode': 'SignAndEncrypt',
    'opcua.security_policy': 'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
    ...more,
  }
  return exampleOperation({ protocol: 'opcua', action: service, ...MES, ...given, fields })
}

function mq(given: ExampleOperation, id?: string) {
  const own = id === undefined ? {} : { 'mqtt.client_id': id }
  const fields = { ...own, ...given.fields }
  return exampleOperation({ protocol: 'mqtt', ...EDGE, ...given, fields })
}

const NCMD = { 'sparkplug.message_type': 'NCMD', 'sparkplug.group_id': 'G1' }

describe('verdicts', () => {
  test.each<[string, Operation, string]>([
    ['a declared read', modbus(3, ['holding:0-9'], HMI), 'allowed C-SCADA'],
    ['a member of a group', modbus(3, ['holding:0'], { ...HMI, client: '10.20.0.7' }), 'allowed C-SCADA'],
    ['a declared write', modbus(6, ['holding:40'], HMI), 'allowed C-SCADA'],
    ['both halves of FC 23', modbus(23, ['holding:40', 'holding:0-9'], HMI), 'allowed C-SCADA'],
    ['FC 23 that writes elsewhere', modbus(23, ['holding:9', 'holding:40'], HMI), 'violation V-TARGET C-SCADA'],
    ['a read beyond its range', modbus(3, ['holding:190-200'], HMI), 'violation V-TARGET C-SCADA'],
    ['a table without a range', modbus(3, ['coil:1'], HMI), 'violation V-TARGET C-SCADA'],
    ['another unit', modbus(6, ['holding:40'], { ...HMI, unit: 2 }), 'violation V-TARGET C-SCADA'],
    ['an operation not declared', modbus(43, [], { ...HMI, sub: 14 }), 'violation V-OPERATION C-SCADA'],
    ['a denied class', modbus(8, [], { ...HMI, sub: 1 }), 'violation V-OPERATION C-SCADA'],
    ['a denied MEI type', modbus(43, [], { ...HMI, sub: 13 }), 'violation V-OPERATION C-SCADA'],
    ['another client', modbus(3, [], { ...HMI, client: '10.20.9.9' }), 'violation V-ENDPOINT C-SCADA'],
    ['another server', modbus(3, [], { ...HMI, server: '10.10.1.11' }), 'violation V-ENDPOINT C-SCADA'],
    ['another port', modbus(3, [], { ...HMI, port: 503 }), 'violation V-PORT C-SCADA'],
    ['another protocol', ua('Read', { ...HMI, port: 502 }), 'violation V-PROTOCOL C-SCADA'],
    ['no conduit', modbus(3, [], { ...HMI, client: '10.30.0.4' }), 'violation V-NOCONDUIT'],
    ['the wrong direction', modbus(3, [], { client: '10.10.1.10', server: '10.20.0.5' }), 'violation V-DIRECTION C-SCADA'],
    ['an unassigned client', modbus(3, [], { ...HMI, client: '10.99.0.1' }), 'violation V-UNASSIGNED'],
    ['from outside', modbus(3, [], { ...HMI, client: '192.0.2.1' }), 'violation V-NOCONDUIT'],
    ['inside one zone', modbus(6, [], { ...HMI, client: '10.10.1.5' }), 'not-declared'],
    ['a link-local client', modbus(3, [], { ...HMI, client: 'fe80::1' }), ''],
    ['a unit of another zone', modbus(3, ['holding:0'], { ...HMI, client: '10.10.1.5', server: '10.10.1.20', unit: 4 }), 'violation V-NOCONDUIT'],
    ['an allowed unit of it', modbus(3, ['holding:0'], { ...HMI, server: '10.10.1.20', unit: 4 }), 'allowed C-SCADA'],
    ['a direction that is a guess', modbus(3, ['holding:0'], { ...HMI, reason: 'port', proven: false }), 'allowed midstream C-SCADA'],
    ['a direction that was shown', modbus(3, ['holding:0'], { ...HMI, reason: 'port', proven: true }), 'allowed C-SCADA'],
    ['an OPC UA read', ua('Read', { classes: ['read'], targets: ['node:i=1'] }), 'allowed C-MES'],
    ['what a subscription needs', ua('SetPublishingMode', { classes: ['subscribe'] }), 'allowed C-MES'],
    ['another\'s subscription', ua('TransferSubscriptions', { classes: ['subscribe'] }), 'violation V-OPERATION C-MES'],
    ['a node declared', ua('Write', { classes: ['write'], targets: ['node:nsu=urn:acme:line;s=Line1.SP.a'] }), 'allowed C-MES'],
    ['a node not declared', ua('Write', { classes: ['write'], targets: ['node:nsu=urn:acme:line;s=Line1.PV'] }), 'violation V-TARGET C-MES'],
    ['a method call', ua('Call', { classes: ['command'] }), 'violation V-OPERATION C-MES'],
    ['mode None', ua('Read', { classes: ['read'] }, { 'opcua.security_mode': 'None' }), 'violation V-SECURITY C-MES'],
    ['an old policy', ua('Read', { classes: ['read'] }, { 'opcua.security_policy': 'Basic256' }), 'violation V-SECURITY C-MES'],
    ['an anonymous session', ua('ActivateSession', { classes: ['session'] }, { 'opcua.session.identity': 'anonymous' }), 'violation V-SECURITY C-MES'],
    ['discovery in mode None', ua('GetEndpoints', { classes: ['discover'] }, { 'opcua.security_mode': 'None' }), 'allowed C-MES'],
    ['what is encrypted', ua('', { classes: ['other'], notAssessable: ['encrypted'] }), 'not-assessable encrypted C-MES'],
    ['a session of a declared client id', mq({ classes: ['session'] }, 'edge-7'), 'allowed C-BROKER'],
    ['a session of another client id', mq({ classes: ['session'] }, 'rogue'), 'violation V-ENDPOINT C-BROKER'],
    ['a declared topic', mq({ classes: ['publish'], targets: ['topic:spBv1.0/G1/NDATA/E1'] }, 'edge-7'), 'allowed C-BROKER'],
    ['another topic', mq({ classes: ['publish'], targets: ['topic:spBv1.0/G1/NDATA/E2'] }, 'edge-7'), 'violation V-TARGET C-BROKER'],
    ['a retained message', mq({ classes: ['publish'], targets: ['topic:spBv1.0/G1/NDATA/E1'], fields: { 'mqtt.retain': true } }, 'edge-7'), 'violation V-TARGET C-BROKER'],
    ['a wildcard', mq({ classes: ['subscribe'], targets: ['topic:#'] }, 'viewer'), 'violation V-TARGET C-BROKER'],
    ['a client id never seen', mq({ classes: ['publish'], targets: ['topic:x'] }), 'not-assessable midstream C-BROKER'],
    ['a declared command', mq({ protocol: 'sparkplug', classes: ['write'], targets: ['metric:G1/E1/SP 1'], fields: { ...NCMD, 'sparkplug.edge_node_id': 'E1', 'sparkplug.metric': 'SP 1' } }, 'viewer'), 'allowed C-BROKER'],
    ['a command to another edge', mq({ protocol: 'sparkplug', classes: ['write'], targets: ['metric:G1/E2/SP 1'], fields: { ...NCMD, 'sparkplug.edge_node_id': 'E2', 'sparkplug.metric': 'SP 1' } }, 'viewer'), 'violation V-TARGET C-BROKER'],
  ])('%s', (_, operation, expected) => {
    expect(short(operation)).toBe(expected)
  })

  const vendor = { client: '203.0.113.9', server: '10.10.1.10' }
  const at = (text: string): number => Date.parse(text) * 1000

  test.each<[string, Operation, string]>([
    ['an exception', modbus(3, [], { ...vendor, time: at('2026-12-01') }), 'accepted EX-4'],
    ['on its last day', modbus(3, [], { ...vendor, time: at('2027-01-31T23:59Z') }), 'accepted EX-4'],
    ['after it', modbus(3, [], { ...vendor, time: at('2027-02-01') }), 'violation V-NOCONDUIT'],
    ['before it', modbus(3, [], { ...vendor, time: at('2026-10-31') }), 'violation V-NOCONDUIT'],
    ['another protocol', ua('Read', { ...vendor, time: at('2026-12-01') }), 'violation V-NOCONDUIT'],
    ['a window', modbus(6, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T07:00Z') }), 'permitted MW-1'],
    ['not who it names', modbus(6, ['holding:9'], { client: '10.30.0.5', time: at('2026-11-22T07:00Z') }), 'violation V-NOCONDUIT'],
    ['not what it permits', modbus(3, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T07:00Z') }), 'violation V-NOCONDUIT'],
    ['after the window', modbus(6, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T10:00Z') }), 'violation V-NOCONDUIT'],
    ['allowed traffic inside one', modbus(6, ['holding:40'], { ...HMI, time: at('2026-11-22T07:00Z') }), 'allowed C-SCADA'],
  ])('waivers: %s', (_, operation, expected) => {
    expect(short(operation)).toBe(expected)
  })

  test('a deny line is lifted only by the window or exception that names it', () => {
    const text = source.replace('- {id: EX-4', "- {id: EX-5, match: {from: Z-SCADA, to: Z-CELL1}, lifts: [D-1], reason: x, owner: y, notBefore: 2026-11-01, expires: 2026-11-02}\n- {id: EX-6, match: {from: Z-SCADA, to: Z-CELL1}, reason: x, owner: y, notBefore: 2026-11-03, expires: 2026-11-03}\n- {id: EX-4")
    const lifted = load(text)
    const control = (time: string) => modbus(8, [], { ...HMI, sub: 1, time: at(time) })
    expect(short(control('2026-11-01T12:00Z'), lifted)).toBe('accepted C-SCADA EX-5')
    expect(short(control('2026-11-03T12:00Z'), lifted)).toBe('violation V-OPERATION C-SCADA')
    expect(lifted.slice(at('2026-11-01T12:00Z'))).not.toBe(lifted.slice(at('2026-11-03T12:00Z')))
  })

  test('the deciding line is told: of the allow, the deny, the channel, the default', () => {
    const lineOf = (operation: Operation) => judge(operation)['ot.zone.line']
    expect(lineOf(modbus(3, ['holding:1'], HMI))).toBe(`policy.yaml:${line('ops: [read]')}`)
    expect(lineOf(modbus(8, [], HMI))).toBe(`policy.yaml:${line('id: D-1')}`)
    expect(lineOf(modbus(3, [], { ...HMI, port: 503 }))).toBe(
      `policy.yaml:${line('protocol: modbus')}`,
    )
    expect(lineOf(modbus(3, [], { ...HMI, client: '10.30.0.4' }))).toBe('policy.yaml:1')
  })

  test('a declared MAC is held against the one that is shown to have the address', () => {
    const read = modbus(3, ['holding:1'], HMI)
    expect(judge(read, zones, ['00:80:f4:01:02:03'])['ot.zone.code']).toBeUndefined()
    expect(judge(read, zones, [])['ot.zone.code']).toBeUndefined()
    expect(judge(read, zones, ['00:00:5e:00:01:07'])['ot.zone.code']).toBeUndefined()
    expect(judge(read, zones, ['de:ad:be:00:00:01'])['ot.zone.code']).toBe('V-IDENTITY')
  })

  test('a reverse connect is judged both ways: who asks, and who opens', () => {
    const operation = ua('Read', { classes: ['read'], client: '10.10.1.30', server: '10.40.0.9' })
    const reversed = { ...operation, client: operation.server, server: operation.client }
    expect(short(reversed)).toMatch(/^violation V-/)
  })

  test('without a policy there is nothing to say', () => {
    expect(judge(modbus(3, [], HMI), new Zones(undefined))).toEqual({})
    expect(new Zones(undefined).declared()).toEqual([])
  })

  test('judging is a function of its input', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    const ip = fc.tuple(fc.constantFrom(10, 192, 203, 224, 0), octet, octet, octet)
    fc.assert(
      fc.property(ip, ip, fc.integer({ min: 0, max: 65_535 }), (client, server, port) => {
        const given = { client: client.join('.'), server: server.join('.'), port }
        const operation = modbus(6, ['holding:40'], given)
        const first = judge(operation)
        expect(judge(operation)).toEqual(first)
        expect(judge(operation, load(source))).toEqual(first)
      }),
      { numRuns: 50 },
    )
  })
})

describe('defaults', () => {
  const at = (text: string): number => Date.parse(text) * 1000
  const wide = (defaults: string): Zones => load(source.replace('assets:', `defaults: ${defaults}\nassets:`))

  test.each<[string, Operation, string]>([
    ['{intraZone: deny}', modbus(3, [], { client: '10.10.1.5' }), 'violation V-NOCONDUIT'],
    ['{intraZone: allow}', modbus(3, [], { client: '10.10.1.5' }), 'allowed'],
    ['{unassigned: observe}', modbus(3, [], { client: '10.99.0.1' }), 'not-declared'],
    ['{interZone: observe, observeUntil: 2026-12-01}', modbus(3, [], { client: '10.30.0.4', time: at('2026-12-01T23:00Z') }), 'not-declared'],
    ['{interZone: observe, observeUntil: 2026-12-01}', modbus(3, [], { client: '10.30.0.4', time: at('2026-12-02') }), 'violation V-NOCONDUIT'],
    ['{opaque: violation}', ua('', { classes: ['other'], notAssessable: ['encrypted'] }), 'violation V-OPERATION C-MES'],
  ])('%s', (defaults, operation, expected) => {
    expect(short(operation, wide(defaults))).toBe(expected)
  })
})

describe('conversations without operations', () => {
  const ask = (given: Parameters<typeof exampleConversation>[0]) => {
    const facts = zones.judgeConversation(exampleConversation(given), asset(''), asset(''))
    return `${facts['ot.zone.verdict'] ?? ''} ${facts['ot.zone.code'] ?? ''}`.trim()
  }

  test.each<[string, Parameters<typeof exampleConversation>[0], string]>([
    ['an attempt on an allowed port', { ...HMI, state: 'attempted', serverBytes: 0 }, 'allowed'],
    ['an attempt on another port', { ...HMI, port: 22, state: 'attempted' }, 'violation V-PORT'],
    ['an attempt without a conduit', { ...HMI, client: '10.30.0.4', state: 'attempted' }, 'violation V-NOCONDUIT'],
    ['unknown bytes on an allowed port', HMI, 'violation V-PROTOCOL'],
    ['its beginning, when nothing is known', { ...HMI, phase: 'begin' }, 'allowed'],
    ['declared as other', { ...EDGE, transport: 'udp', port: 123 }, 'allowed'],
    ['multicast', { ...HMI, server: '224.0.0.251', transport: 'udp' }, ''],
    ['inside one zone', { ...HMI, client: '10.10.1.2', port: 22 }, 'not-declared'],
    ['between addresses outside', { client: '192.0.2.1', server: '192.0.2.2' }, 'not-declared'],
  ])('%s', (_, given, expected) => {
    expect(ask(given)).toBe(expected)
  })
})

test('what is declared is told for reports', () => {
  expect(zones.declared().map(({ id, visible }) => [id, visible])).toEqual([
    ['C-SCADA', true],
    ['C-MES', true],
    ['C-BROKER', true],
  ])
  expect(zones.aliases()).toEqual(
    new Map([
      ['10.20.0.6', 'scada'],
      ['10.20.0.7', 'scada'],
    ]),
  )
  expect(zones.nameOf('10.10.1.10')).toBe('PLC-1')
})
