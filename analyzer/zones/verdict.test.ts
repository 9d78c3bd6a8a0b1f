import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { modbus } from '../inventory/examples.ts'
import { HMI, NCMD, at, judge, line, load, mq, short, source, ua, zones } from './examples.ts'
import { Zones } from './zones.ts'

describe('verdicts', () => {
  test.each<[string, Operation, string]>([
    ['a declared read', modbus(3, ['holding:0-9'], HMI), 'allowed C-SCADA'],
    [
      'a member of a group',
      modbus(3, ['holding:0'], { ...HMI, client: '10.20.0.7' }),
      'allowed C-SCADA',
    ],
    ['a declared write', modbus(6, ['holding:40'], HMI), 'allowed C-SCADA'],
    ['both halves of FC 23', modbus(23, ['holding:40', 'holding:0-9'], HMI), 'allowed C-SCADA'],
    [
      'FC 23 that writes elsewhere',
      modbus(23, ['holding:9', 'holding:40'], HMI),
      'violation V-TARGET C-SCADA',
    ],
    ['a read beyond its range', modbus(3, ['holding:190-200'], HMI), 'violation V-TARGET C-SCADA'],
    ['a table without a range', modbus(3, ['coil:1'], HMI), 'violation V-TARGET C-SCADA'],
    ['another unit', modbus(6, ['holding:40'], { ...HMI, unit: 2 }), 'violation V-TARGET C-SCADA'],
    [
      'an operation not declared',
      modbus(43, [], { ...HMI, sub: 14 }),
      'violation V-OPERATION C-SCADA',
    ],
    ['a denied class', modbus(8, [], { ...HMI, sub: 1 }), 'violation V-OPERATION C-SCADA'],
    ['a denied MEI type', modbus(43, [], { ...HMI, sub: 13 }), 'violation V-OPERATION C-SCADA'],
    [
      'another client',
      modbus(3, [], { ...HMI, client: '10.20.9.9' }),
      'violation V-ENDPOINT C-SCADA',
    ],
    [
      'another server',
      modbus(3, [], { ...HMI, server: '10.10.1.11' }),
      'violation V-ENDPOINT C-SCADA',
    ],
    ['another port', modbus(3, [], { ...HMI, port: 503 }), 'violation V-PORT C-SCADA'],
    ['another protocol', ua('Read', { ...HMI, port: 502 }), 'violation V-PROTOCOL C-SCADA'],
    ['no conduit', modbus(3, [], { ...HMI, client: '10.30.0.4' }), 'violation V-NOCONDUIT'],
    [
      'the wrong direction',
      modbus(3, [], { client: '10.10.1.10', server: '10.20.0.5' }),
      'violation V-DIRECTION C-SCADA',
    ],
    [
      'an unassigned client',
      modbus(3, [], { ...HMI, client: '10.99.0.1' }),
      'violation V-UNASSIGNED',
    ],
    ['from outside', modbus(3, [], { ...HMI, client: '192.0.2.1' }), 'violation V-NOCONDUIT'],
    ['inside one zone', modbus(6, [], { ...HMI, client: '10.10.1.5' }), 'not-declared'],
    ['a link-local client', modbus(3, [], { ...HMI, client: 'fe80::1' }), ''],
    [
      'a unit of another zone',
      modbus(3, ['holding:0'], { ...HMI, client: '10.10.1.5', server: '10.10.1.20', unit: 4 }),
      'violation V-NOCONDUIT',
    ],
    [
      'an allowed unit of it',
      modbus(3, ['holding:0'], { ...HMI, server: '10.10.1.20', unit: 4 }),
      'allowed C-SCADA',
    ],
    [
      'a direction that is a guess',
      modbus(3, ['holding:0'], { ...HMI, reason: 'port', proven: false }),
      'allowed midstream C-SCADA',
    ],
    [
      'a direction that was shown',
      modbus(3, ['holding:0'], { ...HMI, reason: 'port', proven: true }),
      'allowed C-SCADA',
    ],
    ['an OPC UA read', ua('Read', { classes: ['read'], targets: ['node:i=1'] }), 'allowed C-MES'],
    [
      'what a subscription needs',
      ua('SetPublishingMode', { classes: ['subscribe'] }),
      'allowed C-MES',
    ],
    [
      "another's subscription",
      ua('TransferSubscriptions', { classes: ['subscribe'] }),
      'violation V-OPERATION C-MES',
    ],
    [
      'a node declared',
      ua('Write', { classes: ['write'], targets: ['node:nsu=urn:acme:line;s=Line1.SP.a'] }),
      'allowed C-MES',
    ],
    [
      'a node not declared',
      ua('Write', { classes: ['write'], targets: ['node:nsu=urn:acme:line;s=Line1.PV'] }),
      'violation V-TARGET C-MES',
    ],
    ['a method call', ua('Call', { classes: ['command'] }), 'violation V-OPERATION C-MES'],
    [
      'mode None',
      ua('Read', { classes: ['read'] }, { 'opcua.security_mode': 'None' }),
      'violation V-SECURITY C-MES',
    ],
    [
      'an old policy',
      ua('Read', { classes: ['read'] }, { 'opcua.security_policy': 'Basic256' }),
      'violation V-SECURITY C-MES',
    ],
    [
      'an anonymous session',
      ua('ActivateSession', { classes: ['session'] }, { 'opcua.session.identity': 'anonymous' }),
      'violation V-SECURITY C-MES',
    ],
    [
      'discovery in mode None',
      ua('GetEndpoints', { classes: ['discover'] }, { 'opcua.security_mode': 'None' }),
      'allowed C-MES',
    ],
    [
      'what is encrypted',
      ua('', { classes: ['other'], notAssessable: ['encrypted'] }),
      'not-assessable encrypted C-MES',
    ],
    [
      'a session of a declared client id',
      mq({ classes: ['session'] }, 'edge-7'),
      'allowed C-BROKER',
    ],
    [
      'a session of another client id',
      mq({ classes: ['session'] }, 'rogue'),
      'violation V-ENDPOINT C-BROKER',
    ],
    [
      'a declared topic',
      mq({ classes: ['publish'], targets: ['topic:spBv1.0/G1/NDATA/E1'] }, 'edge-7'),
      'allowed C-BROKER',
    ],
    [
      'another topic',
      mq({ classes: ['publish'], targets: ['topic:spBv1.0/G1/NDATA/E2'] }, 'edge-7'),
      'violation V-TARGET C-BROKER',
    ],
    [
      'a retained message',
      mq(
        {
          classes: ['publish'],
          targets: ['topic:spBv1.0/G1/NDATA/E1'],
          fields: { 'mqtt.retain': true },
        },
        'edge-7',
      ),
      'violation V-TARGET C-BROKER',
    ],
    [
      'a wildcard',
      mq({ classes: ['subscribe'], targets: ['topic:#'] }, 'viewer'),
      'violation V-TARGET C-BROKER',
    ],
    [
      'a client id never seen',
      mq({ classes: ['publish'], targets: ['topic:x'] }),
      'not-assessable midstream C-BROKER',
    ],
    [
      'a declared command',
      mq(
        {
          protocol: 'sparkplug',
          classes: ['write'],
          targets: ['metric:G1/E1/SP 1'],
          fields: { ...NCMD, 'sparkplug.edge_node_id': 'E1', 'sparkplug.metric': 'SP 1' },
        },
        'viewer',
      ),
      'allowed C-BROKER',
    ],
    ...(
      [
        ['by an alias whose birth was not seen', 'E1', 'not-assessable midstream C-BROKER'],
        ['by such an alias to another edge', 'E2', 'violation V-TARGET C-BROKER'],
      ] as const
    ).map(([name, edge, verdict]): [string, Operation, string] => [
      `a command ${name}`,
      mq(
        {
          protocol: 'sparkplug',
          classes: ['write'],
          targets: [`metric:G1/${edge}/alias:9`],
          fields: { ...NCMD, 'sparkplug.edge_node_id': edge, 'sparkplug.alias': 9 },
          notAssessable: ['midstream'],
        },
        'viewer',
      ),
      verdict,
    ]),
    [
      'a command to another edge',
      mq(
        {
          protocol: 'sparkplug',
          classes: ['write'],
          targets: ['metric:G1/E2/SP 1'],
          fields: { ...NCMD, 'sparkplug.edge_node_id': 'E2', 'sparkplug.metric': 'SP 1' },
        },
        'viewer',
      ),
      'violation V-TARGET C-BROKER',
    ],
  ])('%s', (_, operation, expected) => {
    expect(short(operation)).toBe(expected)
  })

  const vendor = { client: '203.0.113.9', server: '10.10.1.10' }

  test.each<[string, Operation, string]>([
    ['an exception', modbus(3, [], { ...vendor, time: at('2026-12-01') }), 'accepted EX-4'],
    [
      'on its last day',
      modbus(3, [], { ...vendor, time: at('2027-01-31T23:59Z') }),
      'accepted EX-4',
    ],
    ['after it', modbus(3, [], { ...vendor, time: at('2027-02-01') }), 'violation V-NOCONDUIT'],
    ['before it', modbus(3, [], { ...vendor, time: at('2026-10-31') }), 'violation V-NOCONDUIT'],
    [
      'another protocol',
      ua('Read', { ...vendor, time: at('2026-12-01') }),
      'violation V-NOCONDUIT',
    ],
    [
      'a window',
      modbus(6, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T07:00Z') }),
      'permitted MW-1',
    ],
    [
      'not who it names',
      modbus(6, ['holding:9'], { client: '10.30.0.5', time: at('2026-11-22T07:00Z') }),
      'violation V-NOCONDUIT',
    ],
    [
      'not what it permits',
      modbus(3, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T07:00Z') }),
      'violation V-NOCONDUIT',
    ],
    [
      'after the window',
      modbus(6, ['holding:9'], { client: '10.30.0.4', time: at('2026-11-22T10:00Z') }),
      'violation V-NOCONDUIT',
    ],
    [
      'allowed traffic inside one',
      modbus(6, ['holding:40'], { ...HMI, time: at('2026-11-22T07:00Z') }),
      'allowed C-SCADA',
    ],
  ])('waivers: %s', (_, operation, expected) => {
    expect(short(operation)).toBe(expected)
  })

  test('a deny line is lifted only by the window or exception that names it', () => {
    const match = 'match: {from: Z-SCADA, to: Z-CELL1}, reason: x, owner: y'
    const lifting = `- {id: EX-5, ${match}, lifts: [D-1], notBefore: 2026-11-01, expires: 2026-11-02}`
    const other = `- {id: EX-6, ${match}, notBefore: 2026-11-03, expires: 2026-11-03}`
    const text = source.replace('- id: EX-4', `${lifting}\n${other}\n- id: EX-4`)
    const lifted = load(text)
    const control = (time: string) => modbus(8, [], { ...HMI, sub: 1, time: at(time) })
    expect(short(control('2026-11-01T12:00Z'), lifted)).toBe('accepted C-SCADA EX-5')
    expect(short(control('2026-11-03T12:00Z'), lifted)).toBe('violation V-OPERATION C-SCADA')
    expect(lifted.slice(at('2026-11-01T12:00Z'))).not.toBe(lifted.slice(at('2026-11-03T12:00Z')))
  })

  test('slices of time end where a window or exception begins or ends', () => {
    const times = [
      '2026-10-31',
      '2026-11-01',
      '2026-11-22T06:00Z',
      '2026-11-22T10:00Z',
      '2027-02-01',
    ]
    expect(times.map((time) => zones.slice(at(time)))).toEqual([0, 1, 2, 3, 4])
    expect(times.toReversed().map((time) => zones.slice(at(time)))).toEqual([4, 3, 2, 1, 0])
    expect(zones.slice(at('2027-01-31T23:59Z'))).toBe(3)
    expect(new Zones(undefined).slice(0)).toBe(0)
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
