import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Identity, Operation } from '#sensor'
import { loadPolicy } from '../zones/load.ts'
import { Zones } from '../zones/zones.ts'
import { exampleConversation, exampleFlow, exampleOperation, modbus } from './examples.ts'
import type { ExampleFlow } from './examples.ts'
import { Inventory, assetId } from './inventory.ts'
import type { AssetChange } from './inventory.ts'
import { vendorOf } from './vendor.ts'

const none = new Zones(undefined)
let changes: AssetChange[]
let inventory: Inventory

beforeEach(() => {
  changes = []
  inventory = made()
})

function made(more: object = {}): Inventory {
  const onChange = (change: AssetChange): void => void changes.push(change)
  return new Inventory({ site: 'plant-a', zones: none, onChange, ...more })
}

function ips(): string[] {
  return inventory.assets().map(({ ip }) => ip.join())
}

function see(operation: Operation): void {
  const { source, destination } = inventory.ends(operation)
  inventory.observe(operation, source, destination)
}

function arp(ip: string, mac: string, vlan?: number): Operation {
  const vlans = vlan === undefined ? [] : [vlan]
  const ends = { client: ip, clientMac: mac, server: '10.0.0.99', vlans }
  const flow = exampleFlow({ ...ends, transport: 'arp' })
  return exampleOperation({ protocol: 'arp', action: 'ARP Request', classes: ['other'], flow })
}

const PLC = '00-80-F4-10-20-01'
const ROUTER = '00-1B-54-00-00-01'

describe('who is an asset', () => {
  test('both ends of a recognised operation over TCP, once', () => {
    see(modbus(3))
    see(modbus(6))
    expect(ips()).toEqual(['10.20.0.5', '10.10.1.10'])
    expect(changes.map(({ event, asset }) => [event, asset.ip[0]])).toEqual([
      ['new', '10.20.0.5'],
      ['new', '10.10.1.10'],
    ])
    expect(inventory.assets()[0]).toMatchObject({ scope: 'private', first: 1e15, evidence: [1] })
  })

  test.each<[string, Parameters<typeof exampleConversation>[0], string[]]>([
    ['an unanswered SYN', { state: 'attempted', serverPackets: 0 }, []],
    ['a refused one shows who asks', { state: 'refused', serverPackets: 1 }, ['10.20.0.5']],
    ['an answered one', {}, ['10.20.0.5', '10.10.1.10']],
    ['one-way UDP', { transport: 'udp', serverPackets: 0 }, []],
    ['answered UDP', { transport: 'udp' }, ['10.20.0.5', '10.10.1.10']],
    ['multicast', { transport: 'udp', server: '224.0.0.251', serverPackets: 0 }, []],
    ['broadcast from nowhere', { client: '0.0.0.0', server: '255.255.255.255' }, []],
  ])('%s', (_, given, expected) => {
    inventory.conversation(exampleConversation(given))
    expect(ips()).toEqual(expected)
  })

  test('a UDP server is one when it has answered', () => {
    const flow = { transport: 'udp', proven: false } as const
    const operation = modbus(3, [], flow)
    const { source, destination } = inventory.ends(operation)
    expect(ips()).toEqual(['10.20.0.5'])
    operation.answer = { outcome: 'success' }
    inventory.answered(operation, source, destination)
    expect(ips()).toEqual(['10.20.0.5', '10.10.1.10'])
    expect(destination.roles).toEqual(['modbus-server'])
  })

  test('ARP shows its sender, not whom it asks for', () => {
    see(arp('10.0.0.1', PLC))
    see(arp('', PLC))
    expect(ips()).toEqual(['10.0.0.1'])
    expect(inventory.assets()[0]).toMatchObject({ mac: ['00:80:f4:10:20:01'] })
  })

  test('what the baseline knows is not new', () => {
    const { source } = inventory.ends(modbus(3))
    changes = []
    inventory = made({ known: source.ip })
    inventory.ends(modbus(3))
    expect(changes.map(({ asset }) => asset.ip[0])).toEqual(['10.10.1.10'])
  })

  test('ids are of site and address, the same in every run', () => {
    const first = inventory.ends(modbus(3)).source.id
    expect(made().ends(modbus(3)).source.id).toBe(first)
    expect(made({ site: 'plant-b' }).ends(modbus(3)).source.id).not.toBe(first)
  })

  test('a scan of addresses that never answer leaves no assets and bounded memory', () => {
    for (let at = 0; at < 50_000; at++) {
      const server = `10.9.${at >> 8}.${at & 255}`
      inventory.conversation(exampleConversation({ server, state: 'attempted', serverPackets: 0 }))
    }
    expect(inventory.assets()).toEqual([])
    expect(inventory.counters.candidatesEvicted).toBeGreaterThan(0)
  })
})

describe('roles', () => {
  const roles = (ip: string) => inventory.assets().find((asset) => asset.ip[0] === ip)?.roles

  test.each<[string, Parameters<typeof exampleOperation>[0], string[]]>([
    ['a client', { protocol: 'modbus' }, ['modbus-client']],
    ['OPC UA', { protocol: 'opcua' }, ['opcua-client']],
    [
      'an edge node',
      {
        protocol: 'sparkplug',
        classes: ['publish'],
        fields: { 'sparkplug.message_type': 'NBIRTH' },
      },
      ['mqtt-client', 'sparkplug-edge-node'],
    ],
    [
      'a host',
      { protocol: 'sparkplug', classes: ['write'], fields: { 'sparkplug.message_type': 'DCMD' } },
      ['mqtt-client', 'sparkplug-host'],
    ],
    [
      'who is only told of a command',
      { protocol: 'sparkplug', classes: ['deliver'], fields: { 'sparkplug.message_type': 'DCMD' } },
      ['mqtt-client'],
    ],
  ])('%s', (_, given, expected) => {
    see(exampleOperation(given))
    expect(roles('10.20.0.5')).toEqual(expected)
  })

  test('a server that never answered has no role', () => {
    see(modbus(3, [], { proven: false }))
    expect(roles('10.10.1.10')).toEqual([])
  })

  test('a gateway has units that answered: a sweep without answers makes none', () => {
    const ask = (unit: number, outcome: 'success' | 'failure'): void => {
      const operation = modbus(3, [], { unit })
      const { source, destination } = inventory.ends(operation)
      operation.answer = { outcome }
      inventory.answered(operation, source, destination)
    }
    for (let unit = 0; unit < 256; unit++) ask(unit, 'failure')
    ask(0, 'success')
    ask(255, 'success')
    ask(1, 'success')
    const { source, destination } = inventory.ends(modbus(3))
    const isGateway = () =>
      inventory.facts(modbus(3), source, destination)['ot.destination.is_gateway']
    expect(isGateway()).toBe(false)
    ask(2, 'success')
    expect(isGateway()).toBe(true)
    expect(destination.roles).toContain('gateway')
  })

  test('a controller that asks is unusual when the baseline knows it as one', () => {
    const { id } = inventory.ends(modbus(3)).destination
    inventory = made({ learnedRoles: new Map([[id, ['modbus-server']]]) })
    const unusual = (client: string, server: string) => {
      const operation = modbus(3, [], { client, server })
      const { source, destination } = inventory.ends(operation)
      return inventory.facts(operation, source, destination)['ot.role.unusual']
    }
    expect(unusual('10.10.1.10', '10.10.1.11')).toBe(true)
    expect(unusual('10.20.0.5', '10.10.1.10')).toBeUndefined()
  })
})

describe('MAC addresses', () => {
  const macs = (ip: string) => inventory.assets().find((asset) => asset.ip[0] === ip)?.mac

  test('one MAC with one address is its own', () => {
    see(modbus(3, [], { serverMac: PLC }))
    expect(macs('10.10.1.10')).toEqual(['00:80:f4:10:20:01'])
    expect(inventory.assets()[1]?.vendor).not.toBe('')
  })

  test('a router before many addresses is none of them', () => {
    const through = (client: string): ExampleFlow => ({ client, clientMac: ROUTER, serverMac: PLC })
    see(modbus(3, [], through('10.20.0.5')))
    see(modbus(3, [], through('10.20.0.6')))
    see(modbus(3, [], through('10.20.0.7')))
    see(modbus(3, [], through('10.20.0.5')))
    expect(macs('10.20.0.5')).toEqual([])
    expect(macs('10.20.0.6')).toEqual([])
    expect(macs('10.20.0.7')).toEqual([])
    expect(macs('10.10.1.10')).toEqual(['00:80:f4:10:20:01'])
    expect(changes.every(({ event }) => event === 'new')).toBe(true)
  })

  test('what ARP says stays, whatever routed traffic carries', () => {
    see(arp('10.20.0.1', ROUTER))
    see(modbus(3, [], { client: '10.20.0.5', clientMac: ROUTER }))
    see(modbus(3, [], { client: '10.20.0.1', clientMac: ROUTER }))
    expect(macs('10.20.0.1')).toEqual(['00:1b:54:00:00:01'])
    expect(macs('10.20.0.5')).toEqual([])
  })

  test('a second holder of an address is a conflict, told once', () => {
    see(arp('10.0.0.1', PLC))
    see(arp('10.0.0.1', 'DE-AD-BE-00-00-01'))
    see(arp('10.0.0.1', PLC))
    see(arp('10.0.0.1', 'DE-AD-BE-00-00-01'))
    const conflicts = changes.filter(({ event }) => event === 'address-conflict')
    expect(conflicts.map(({ detail }) => detail)).toEqual([
      '10.0.0.1: 00:80:f4:10:20:01 and de:ad:be:00:00:01',
    ])
  })

  test('a controller keeps its adapter, another host may get the address of a third', () => {
    const ids = { plc: assetId('plant-a', '10.0.0.1'), pc: assetId('plant-a', '10.0.0.2') }
    inventory = made({
      learnedRoles: new Map([
        [ids.plc, ['modbus-server']],
        [ids.pc, ['modbus-client']],
      ]),
      learnedMacs: new Map([
        [ids.plc, ['00:80:f4:10:20:01']],
        [ids.pc, ['00:80:f4:10:20:02']],
      ]),
    })
    see(arp('10.0.0.1', 'DE-AD-BE-00-00-01'))
    see(arp('10.0.0.2', 'DE-AD-BE-00-00-02'))
    const conflicts = changes.filter(({ event }) => event === 'address-conflict')
    expect(conflicts.map(({ detail }) => detail)).toEqual([
      '10.0.0.1: 00:80:f4:10:20:01 and de:ad:be:00:00:01',
    ])
  })

  test('another VLAN is told once, routed traffic in it is not', () => {
    see(arp('10.0.0.1', PLC, 10))
    see(modbus(3, [], { client: '10.0.0.1', vlans: [20] }))
    see(arp('10.0.0.1', PLC, 20))
    see(arp('10.0.0.1', PLC, 10))
    see(arp('10.0.0.1', PLC, 20))
    const moves = changes.filter(({ event }) => event === 'moved')
    expect(moves.map(({ detail }) => detail)).toEqual(['VLAN 10 -> 20'])
  })

  test('one adapter in two declared zones is told, unless both addresses are declared', () => {
    const text = `apiVersion: zones/v1
assets: [{name: fw-a, ip: 10.1.0.1}, {name: fw-b, ip: 10.2.0.1}]
zones: [{id: A, members: [{cidr: 10.1.0.0/16}]}, {id: B, members: [{cidr: 10.2.0.0/16}]}]`
    inventory = made({ zones: new Zones(loadPolicy(text, 'p.yaml').policy) })
    see(arp('10.1.0.1', ROUTER))
    see(arp('10.2.0.1', ROUTER))
    see(arp('10.1.0.9', PLC))
    see(arp('10.1.0.8', PLC))
    expect(changes.map(({ event }) => event)).not.toContain('bridging')
    see(arp('10.2.0.9', PLC))
    expect(changes.at(-1)).toMatchObject({
      event: 'bridging',
      detail: '10.1.0.9 and 10.2.0.9: 00:80:f4:10:20:01',
    })
  })

  test.each(['00-00-5E-00-01-07', '00-00-0C-07-AC-01', '00-00-0C-9F-F0-01', '00-07-B4-00-01-01'])(
    'the virtual MAC %s takes an address over without a conflict',
    (mac) => {
      see(arp('10.0.0.1', PLC))
      see(arp('10.0.0.1', mac))
      see(modbus(3, [], { client: '10.0.0.8', clientMac: mac }))
      expect(changes.map(({ event }) => event)).not.toContain('address-conflict')
      expect(macs('10.0.0.8')).toEqual([])
    },
  )
})

test.each([
  ['00-80-F4-10-20-01', /telemecanique/i],
  ['70:b3:d5:00:10:01', /soredi/i],
  ['00:1b:1b:aa:bb:cc', /siemens/i],
  ['02-80-F4-10-20-01', /^$/],
  ['01-80-F4-10-20-01', /^$/],
  ['', /^$/],
])('the vendor of %j', (mac, name) => {
  expect(vendorOf(mac)).toMatch(name)
})

describe('identities', () => {
  let packet = 0
  const say = (attribute: string, value: string, more: Partial<Identity> = {}): void => {
    packet++
    const endpoint = { ip: '10.10.1.10', port: 502, mac: '' }
    const base = { time: 1e15 + packet, sequence: packet, packet, endpoint, protocol: 'modbus' }
    inventory.identify({ ...base, attribute, value, confidence: 'A', ...more })
  }

  beforeEach(() => see(modbus(3)))

  test('values are kept with their evidence, the surest first', () => {
    say('vendor', 'Guessed', { confidence: 'B' })
    say('vendor', 'Stated')
    say('vendor', 'Stated')
    const asset = inventory.assets()[1]
    expect(asset?.identity['vendor']?.map(({ value }) => value)).toEqual(['Stated', 'Guessed'])
    expect(asset?.identity['vendor']?.[0]?.packets).toHaveLength(2)
    expect(changes.map(({ event }) => event)).toEqual(['new', 'new'])
  })

  test('another firmware and another model are told, another client id is not', () => {
    say('firmware', 'V1')
    say('firmware', 'V2')
    say('firmware', 'V2')
    say('model', 'A')
    say('model', 'B')
    say('client-id', 'a')
    say('client-id', 'b')
    expect(changes.slice(2).map(({ event, detail }) => `${event} ${detail}`)).toEqual([
      'firmware-changed firmware: V1 -> V2',
      'identity-changed model: A -> B',
    ])
  })

  test('hostile attributes and values stay in their bounds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 600 }), (attribute, value) => {
        say(attribute, value)
      }),
      {
        examples: [
          ['__proto__', 'x'],
          ['constructor', 'y'],
          ['', ''],
        ],
      },
    )
    for (let at = 0; at < 100; at++) say('client-id', `id ${at}`)
    const asset = inventory.assets()[1]!
    expect(asset.identity['client-id']).toHaveLength(16)
    expect(Object.keys(asset.identity).length).toBeLessThanOrEqual(512)
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})

test('declared names and zones are the asset’s', () => {
  const policy = loadPolicy(
    'apiVersion: zones/v1\nassets: [{name: PLC-1, ip: 10.10.1.10}]\nzones: [{id: A, kind: control, members: [{cidr: 10.10.0.0/16}]}]',
    'p.yaml',
  ).policy
  inventory = made({ zones: new Zones(policy) })
  const { source, destination } = inventory.ends(modbus(3))
  expect(destination).toMatchObject({ name: 'PLC-1', zone: 'A', zoneKind: 'control' })
  expect(source).toMatchObject({ name: '', zone: 'unassigned' })
  expect(inventory.facts(modbus(3), source, destination)).toMatchObject({
    'ot.destination.asset.name': 'PLC-1',
    'ot.source.scope': 'private',
  })
})

test.each([
  ['198.51.100.7', 'private'],
  ['203.0.113.7', 'public'],
  ['192.0.2.7', 'public'],
  ['10.0.0.7', 'private'],
  ['fe80::7', 'link-local'],
])('the scope of %s, where declared zones go first, is %s', (client, scope) => {
  const text = `apiVersion: zones/v1
zones:
- {id: A, kind: control, members: [{cidr: 198.51.100.0/24}]}
- {id: B, kind: external, members: [{cidr: 203.0.113.0/24}]}`
  inventory = made({ zones: new Zones(loadPolicy(text, 'p.yaml').policy) })
  expect(inventory.ends(modbus(3, [], { client })).source.scope).toBe(scope)
})
