import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { exampleConversation, modbus } from '../inventory/examples.ts'
import { EDGE, HMI, asset, at, load, short, source, ua, zones } from './examples.ts'
import type { Zones } from './zones.ts'

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
      fc.property(
        fc.uniqueArray(prefix, { minLength: 1, maxLength: 6, selector: textOf }),
        (all) => {
          const text = all.map((item, at) => `- {id: Z${at}, members: [{cidr: ${textOf(item)}}]}`)
          const made = load(`apiVersion: zones/v1\nzones:\n${text.join('\n')}\n`)
          const ip = '10.1.1.1'
          const holding = all
            .map((item, at) => ({ ...item, at }))
            .filter((item) => holds(item, [10, 1, 1, 1]))
            .sort((a, b) => b.length - a.length)
          expect(made.zoneOf(ip).id).toBe(holding[0] ? `Z${holding[0].at}` : 'unassigned')
        },
      ),
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

describe('defaults', () => {
  const wide = (defaults: string): Zones =>
    load(source.replace('assets:', `defaults: ${defaults}\nassets:`))

  test.each<[string, Operation, string]>([
    ['{intraZone: deny}', modbus(3, [], { client: '10.10.1.5' }), 'violation V-NOCONDUIT'],
    ['{intraZone: allow}', modbus(3, [], { client: '10.10.1.5' }), 'allowed'],
    ['{unassigned: observe}', modbus(3, [], { client: '10.99.0.1' }), 'not-declared'],
    [
      '{interZone: observe, observeUntil: 2026-12-01}',
      modbus(3, [], { client: '10.30.0.4', time: at('2026-12-01T23:00Z') }),
      'not-declared',
    ],
    [
      '{interZone: observe, observeUntil: 2026-12-01}',
      modbus(3, [], { client: '10.30.0.4', time: at('2026-12-02') }),
      'violation V-NOCONDUIT',
    ],
    [
      '{opaque: violation}',
      ua('', { classes: ['other'], notAssessable: ['encrypted'] }),
      'violation V-OPERATION C-MES',
    ],
  ])('%s', (defaults, operation, expected) => {
    expect(short(operation, wide(defaults))).toBe(expected)
  })
})

describe('conversations without operations', () => {
  const ask = (given: Parameters<typeof exampleConversation>[0]) => {
    const facts = zones.judgeConversation(exampleConversation(given), asset(''), asset(''))
    return [facts['ot.zone.verdict'], facts['ot.zone.code']].filter(Boolean).join(' ')
  }

  test.each<[string, Parameters<typeof exampleConversation>[0], string]>([
    ['an attempt on an allowed port', { ...HMI, state: 'attempted', serverBytes: 0 }, 'allowed'],
    ['an attempt on another port', { ...HMI, port: 22, state: 'attempted' }, 'violation V-PORT'],
    [
      'an attempt without a conduit',
      { ...HMI, client: '10.30.0.4', state: 'attempted' },
      'violation V-NOCONDUIT',
    ],
    ['unknown bytes on an allowed port', HMI, 'violation V-PROTOCOL'],
    ['a little of what was joined late', { ...HMI, undecided: true }, 'allowed'],
    ['opened and closed, nothing said', { ...HMI, clientBytes: 200, serverBytes: 130 }, 'allowed'],
    ['nothing said, as counted', { ...HMI, payloadBytes: 0 }, 'allowed'],
    [
      'little said, as counted',
      { ...HMI, payloadBytes: 1, clientBytes: 200 },
      'violation V-PROTOCOL',
    ],
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
