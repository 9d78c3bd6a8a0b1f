/** Tunnels byte by byte, and that no change of their bytes does harm. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cases } from '../../pcaps/build/cases.ts'
import { Tape } from '../../pcaps/build/tape.ts'
import { labelsOf } from './labels.ts'
import type { Outcome } from './outcome.ts'
import { outcomes } from './outcome.ts'
import { Packet } from './packet.ts'

interface Seen {
  readonly outcome: Outcome
  readonly p: Packet
}

/** In a buffer of its own size, so that reading past its end throws. */
function decode(frame: Uint8Array, linkType: number, kept = frame.length, p = new Packet()): Seen {
  const bytes = Uint8Array.from(frame.subarray(0, kept))
  const view = new DataView(bytes.buffer)
  const outcome = p.decode(bytes, view, 0, kept, frame.length, linkType)
  return { outcome: outcomes[outcome] as Outcome, p }
}

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

const macs = '00005e005302 00005e005301'
const segment = 'c350 01f6 00000001 00000002 5018 faf0 0000 0000 deadbeef'
const ip4 = `4500 002c 0001 4000 40 06 0000 0a000001 0a000002 ${segment}`
const frame = `${macs} 0800 ${ip4}`
const bytesIn = (text: string): number => hex(text).length

function inIp(protocol: number, content: string): string {
  const total = (20 + bytesIn(content)).toString(16).padStart(4, '0')
  const number = protocol.toString(16).padStart(2, '0')
  return `${macs} 0800 4500 ${total} 0001 0000 40 ${number} 0000 c6336401 c6336402 ${content}`
}

function inUdp(port: number, content: string): string {
  const length = (8 + bytesIn(content)).toString(16).padStart(4, '0')
  return inIp(17, `c000 ${port.toString(16).padStart(4, '0')} ${length} 0000 ${content}`)
}

const wrapped: readonly (readonly [name: string, frame: string, ids: readonly string[]])[] = [
  ['VXLAN', inUdp(4789, `08 000000 001388 00 ${frame}`), ['vxlan:5000']],
  ['VXLAN at the port of Linux', inUdp(8472, `08 000000 001388 00 ${frame}`), ['vxlan:5000']],
  ['VXLAN with a group', inUdp(4789, `88 00 0011 001388 00 ${frame}`), ['vxlan:5000']],
  [
    'VXLAN, reserved bits set around a frame',
    inUdp(4789, `0c 000001 001388 07 ${frame}`),
    ['vxlan:5000'],
  ],
  ['GENEVE', inUdp(6081, `00 00 6558 000001 00 ${frame}`), ['geneve:1']],
  [
    'GENEVE with options',
    inUdp(6081, `02 40 6558 000001 00 0102 80 01 00000000 ${frame}`),
    ['geneve:1'],
  ],
  ['GENEVE of IPv4', inUdp(6081, `00 00 0800 ffffff 00 ${ip4}`), ['geneve:16777215']],
  ['GRE', inIp(47, `0000 0800 ${ip4}`), []],
  ['GRE with a checksum', inIp(47, `8000 0800 0000 0000 ${ip4}`), []],
  ['GRE with a key', inIp(47, `2000 0800 ffffffff ${ip4}`), ['gre:4294967295']],
  ['GRE with a sequence number', inIp(47, `1000 0800 00000001 ${ip4}`), []],
  ['GRE with routes', inIp(47, `4000 0800 0000 0000 0800 00 04 0a000001 0000 00 00 ${ip4}`), []],
  ['NVGRE', inIp(47, `2000 6558 001388 01 ${frame}`), ['nvgre:5000']],
  ['Ethernet in GRE with a small key', inIp(47, `2000 6558 00000005 ${frame}`), ['gre:5']],
  ['ERSPAN I', inIp(47, `0000 88be ${frame}`), []],
  ['ERSPAN II', inIp(47, `1000 88be 00000001 1000 03ff 00000000 ${frame}`), []],
  ['ERSPAN III', inIp(47, `1000 22eb 00000001 2000 03ff 00000000 0000 0000 ${frame}`), []],
  ['IP in IP', inIp(4, ip4), []],
  ['MPLS in IP', inIp(137, `00010140 ${ip4}`), ['mpls:16']],
  ['MPLS', `${macs} 8847 00010040 00020140 ${ip4}`, ['mpls:16', 'mpls:32']],
  ['MPLS pseudowire', `${macs} 8847 00010140 00000000 ${frame}`, ['mpls:16']],
  ['MPLS pseudowire without a control word', `${macs} 8847 00010140 ${frame}`, ['mpls:16']],
  ['PPPoE', `${macs} 8864 1100 0007 002e 0021 ${ip4}`, ['pppoe:7']],
  ['PPPoE of MPLS', `${macs} 8864 1100 0007 0032 0281 00010140 ${ip4}`, ['pppoe:7', 'mpls:16']],
  ['HSR, Cisco metadata', `${macs} 892f 0034 0001 8909 01 01 0001 0005 0800 ${ip4}`, []],
  ['HSR', `${macs} 892f 0034 0001 0800 ${ip4}`, []],
  ['PRP', `${frame} 0001 a02c 88fb`, ['prp:a']],
  ['PRP of LAN B, the size with the trailer', `${frame} 0001 b032 88fb`, ['prp:b']],
]

describe('every tunnel to the same segment', () => {
  test.each(wrapped)('%s', (_, text, ids) => {
    const { outcome, p } = decode(hex(text), 1)
    expect(outcome).toBe('tcp')
    expect([p.source0, p.destination0, p.sourcePort]).toEqual([0x0a000001, 0x0a000002, 50_000])
    const payload = Buffer.from(p.bytes.subarray(p.payload, p.payloadEnd)).toString('hex')
    expect([payload, p.missing]).toEqual(['deadbeef', 0])
    expect(labelsOf(p)?.encapsulationIds).toEqual(ids)
  })

  test.each(wrapped)('%s, cut anywhere, is cut and not malformed', (_, text) => {
    const whole = hex(text)
    for (let kept = 0; kept < whole.length; kept++) {
      const { outcome, p } = decode(whole, 1, kept)
      expect(outcome, `${kept} bytes`).toMatch(/^(cut-|tcp$|udp$|other-ethertype$)/)
      if (outcome === 'tcp') expect(p.payloadEnd - p.payload + p.missing).toBe(4)
      // The pseudowire and what is behind GRE's unknown types are not known before their content.
      if (outcome === 'other-ethertype') expect(text).toContain('8847')
      if (outcome === 'udp') expect(p.missing).toBeGreaterThan(0)
    }
  })
})

describe('what the mirror says of itself', () => {
  const rows: readonly (readonly [string, string, object])[] = [
    ['type I', `0000 88be ${frame}`, { type: 'erspan-1', session: -1, source: '198.51.100.1' }],
    [
      'type II',
      `1000 88be 00000001 1000 03ff 00000000 ${frame}`,
      { type: 'erspan-2', session: 1023, source: '198.51.100.1' },
    ],
    [
      'type III with a platform header',
      `1000 22eb 00000001 2000 0001 00000000 0000 0001 0000000000000000 ${frame}`,
      { type: 'erspan-3', session: 1, source: '198.51.100.1' },
    ],
  ]
  test.each(rows)('%s', (_, content, mirror) => {
    const { outcome, p } = decode(hex(inIp(47, content)), 1)
    expect([outcome, labelsOf(p)?.mirror]).toEqual(['tcp', mirror])
  })

  test('its truncated bit makes a short frame cut, not malformed', () => {
    const erspan = (bits: string, bytes: number): Seen => {
      const kept = frame.replaceAll(/\s/g, '').slice(0, bytes * 2)
      return decode(hex(inIp(47, `1000 88be 00000001 1000 ${bits} 00000000 ${kept}`)), 1)
    }
    expect(erspan('0401', 40).outcome).toBe('cut-transport')
    expect(erspan('0401', 20).outcome).toBe('cut-network')
    expect(erspan('0401', 8).outcome).toBe('cut-link')
    expect(erspan('0001', 20).outcome).toBe('malformed-ipv4')
    expect(erspan('0401', 56).p.missing).toBe(2)
  })
})

test('what a packet was wrapped in is not left to the next one', () => {
  const p = new Packet()
  decode(hex(inUdp(4789, `08 000000 001388 00 ${frame}`)), 1, undefined, p)
  expect(labelsOf(p)?.encapsulations).toEqual(['vxlan'])
  decode(hex(frame), 1, undefined, p)
  expect([labelsOf(p), p.vlans(), p.sourceMac]).toEqual([undefined, [], 6])
})

test('the VLAN of a tunnel is not that of the hosts within', () => {
  const tagged = hex(inUdp(4789, `08 000000 001388 00 ${frame}`).replace('0800', '8100 012c 0800'))
  const { outcome, p } = decode(tagged, 1)
  expect([outcome, p.vlans(), labelsOf(p)?.vlans]).toEqual(['tcp', [], [300]])
  // More tags than are kept, outside: those of the inner frame still count.
  const many = inUdp(4789, `08 000000 001388 00 ${macs} 8100 0014 ${frame.slice(macs.length)}`)
  const { p: deep } = decode(hex(many.replace('0800', `${'8100 0001'.repeat(5)} 0800`)), 1)
  expect([deep.vlans(), labelsOf(deep)?.vlans]).toEqual([[20], [1, 1, 1, 20]])
})

describe('what is no tunnel', () => {
  const rows: readonly (readonly [string, Outcome, string])[] = [
    ['VXLAN without the valid bit', 'udp', inUdp(4789, `00 000000 001388 00 ${frame}`)],
    [
      'VXLAN with reserved bits and no frame',
      'udp',
      inUdp(4789, `0c 000000 001388 00 ${'00'.repeat(40)}`),
    ],
    ['a Modbus answer to port 4789', 'udp', inUdp(4789, '0801 0000 0006 01 06 0010 0064')],
    ['less than a header on the port', 'udp', inUdp(4789, '08 000000')],
    ['GENEVE of another version', 'udp', inUdp(6081, `40 00 6558 000001 00 ${frame}`)],
    ['GENEVE of an unknown type', 'udp', inUdp(6081, `00 00 1234 000001 00 ${frame}`)],
    ['GENEVE with options past its end', 'udp', inUdp(6081, '3f 00 6558 000001 00')],
    ['GRE of PPTP', 'other-transport', inIp(47, '3001 880b 0004 0001 00000001 ff03c021')],
    ['GRE of an unknown type', 'other-ethertype', inIp(47, '0000 1234 0000')],
    ['GRE cut short', 'malformed-tunnel', inIp(47, '0000')],
    ['GRE without its key', 'malformed-tunnel', inIp(47, '2000 0800 00')],
    [
      'GRE with routes that do not end',
      'malformed-tunnel',
      inIp(47, `4000 0800 00000000 ${'0800 00 00'.repeat(12)}`),
    ],
    [
      'ERSPAN II of version 2',
      'malformed-tunnel',
      inIp(47, `1000 88be 00000001 2000 0001 00000000 ${frame}`),
    ],
    ['ERSPAN III cut short', 'malformed-tunnel', inIp(47, '1000 22eb 00000001 2000 0001')],
    [
      'ERSPAN III of another frame type',
      'other-ethertype',
      inIp(47, `1000 22eb 00000001 2000 0001 00000000 0000 0400 ${frame}`),
    ],
    ['labels without an end', 'malformed-tunnel', `${macs} 8847 ${'00010040'.repeat(20)}`],
    ['a stack without its bottom', 'malformed-tunnel', `${macs} 8847 00010040`],
    ['MPLS of what nobody knows', 'other-ethertype', `${macs} 8847 00010140 ${'10'.repeat(40)}`],
    ['PPPoE of version 2', 'malformed-tunnel', `${macs} 8864 2100 0007 0002 0021`],
    ['PPPoE of LCP', 'other-ethertype', `${macs} 8864 1100 0007 0006 c021 01000004`],
    ['PPPoE discovery', 'other-ethertype', `${macs} 8863 1109 0000 0000`],
  ]
  test.each(rows)('%s', (_, outcome, text) => {
    expect(decode(hex(text), 1).outcome).toBe(outcome)
  })
})

test('four tunnels are taken off, and not five', () => {
  const nested = (count: number): string => {
    let content = ip4
    for (let i = 1; i < count; i++) content = inIp(4, content).slice(macs.length + 6)
    return inIp(4, content)
  }
  expect(decode(hex(nested(4)), 1).outcome).toBe('tcp')
  expect(decode(hex(nested(5)), 1).outcome).toBe('tunnel-depth')
  expect(decode(hex(nested(60)), 1).outcome).toBe('tunnel-depth')
})

/** Every frame of the golden captures of this layer, with its link type. */
const golden = cases
  .filter(({ name }) => /^(packet|transport)\//.test(name))
  .flatMap(({ play, linkType = 1 }) => {
    const tape = new Tape()
    play(tape)
    return tape.frames.map(({ bytes }) => ({ bytes, linkType }))
  })

test('no change, cut or mixture of golden frames makes it throw or read too far', () => {
  const seen = new Set<string>()
  const p = new Packet()
  const change = fc.tuple(fc.nat(200), fc.nat(255))
  fc.assert(
    fc.property(
      fc.constantFrom(...golden),
      fc.array(change, { maxLength: 4 }),
      fc.nat(220),
      fc.option(fc.constantFrom(...golden.map(({ linkType }) => linkType))),
      ({ bytes, linkType }, changes, kept, otherLink) => {
        const mutated = Uint8Array.from(bytes)
        for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value
        const { outcome } = decode(mutated, otherLink ?? linkType, Math.min(kept, bytes.length), p)
        seen.add(outcome)
        expect(outcomes).toContain(outcome)
        const labels = labelsOf(p)
        expect(labels?.encapsulations.length ?? 0).toBeLessThan(9)
        if (outcome !== 'tcp' && outcome !== 'udp') return
        expect(p.payload).toBeLessThanOrEqual(p.payloadEnd)
        expect(p.payloadEnd).toBeLessThanOrEqual(p.bytes.length)
        expect(p.missing).toBeGreaterThanOrEqual(0)
        expect(p.around.depth).toBeLessThanOrEqual(4)
      },
    ),
    { numRuns: 20_000, seed: 5 },
  )
  expect(seen.size).toBeGreaterThan(15)
})

test('any bytes on any link', () => {
  const p = new Packet()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(300), (bytes, linkType) => {
      expect(outcomes).toContain(decode(bytes, linkType, undefined, p).outcome)
    }),
    { numRuns: 5000, seed: 6 },
  )
})
