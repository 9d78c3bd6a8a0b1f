import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ip4Text, ip6Text, macText } from './address.ts'
import type { Outcome } from './outcome.ts'
import { outcomes } from './outcome.ts'
import { Packet } from './packet.ts'

const macs = '0080f41020010080f4102002'
const ip4 = '4500002c00014000400600000a0000010a000002'
const tcp = 'c3500 1f6 00000001 00000002 5018 faf0 0000 0000'.replaceAll(' ', '')
const data = 'deadbeef'
const udp = 'c35001f6000c0000' + data
const ip4Udp = `4500002000014000401100000a0000010a000002${udp}`
const ip4Tcp = ip4 + tcp + data
const fe80 = 'fe800000000000000000000000000001fe800000000000000000000000000002'
const ip6Tcp = `6000000000180640${fe80}${tcp}${data}`

function decode(hex: string, linkType: number, cutBy = 0): [Outcome, Packet] {
  const bytes = Buffer.from(hex, 'hex')
  const packet = new Packet()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const captured = bytes.length - cutBy
  const outcome = packet.decode(bytes, view, 0, captured, bytes.length, linkType)
  return [outcomes[outcome] as Outcome, packet]
}

function payload(p: Packet): string {
  return Buffer.from(p.bytes.subarray(p.payload, p.payloadEnd)).toString('hex')
}

describe('every way to the same TCP segment', () => {
  const rows: [string, number, string, readonly number[]][] = [
    ['Ethernet II', 1, `${macs}0800${ip4Tcp}`, []],
    ['Ethernet II with padding', 1, `${macs}0800${ip4Tcp}000000000000`, []],
    ['802.1Q', 1, `${macs}810000640800${ip4Tcp}`, [100]],
    ['priority bits are not the VLAN', 1, `${macs}8100e0640800${ip4Tcp}`, [100]],
    ['802.1ad in 802.1Q', 1, `${macs}88a8000a8100000b0800${ip4Tcp}`, [10, 11]],
    ['0x9100', 1, `${macs}9100000a8100000b0800${ip4Tcp}`, [10, 11]],
    ['five tags keep four', 1, `${macs}${'8100000a'.repeat(5)}0800${ip4Tcp}`, [10, 10, 10, 10]],
    ['802.3 with SNAP', 1, `${macs}0034aaaa030000000800${ip4Tcp}`, []],
    ['SNAP behind a tag', 1, `${macs}8100000a0034aaaa030000000800${ip4Tcp}`, [10]],
    ['IPv6', 1, `${macs}86dd${ip6Tcp}`, []],
    ['raw 101', 101, ip4Tcp, []],
    ['raw 12', 12, ip6Tcp, []],
    ['raw 14', 14, ip4Tcp, []],
    ['IPv4 228', 228, ip4Tcp, []],
    ['IPv6 229', 229, ip6Tcp, []],
    ['NULL little-endian', 0, `02000000${ip4Tcp}`, []],
    ['NULL big-endian', 0, `00000002${ip4Tcp}`, []],
    ['NULL IPv6 of macOS', 0, `1e000000${ip6Tcp}`, []],
    ['LOOP', 108, `00000018${ip6Tcp}`, []],
    ['SLL', 113, `0000000100060080f410200100000800${ip4Tcp}`, []],
    ['SLL with a tag', 113, `0000000100060080f41020010000810000070800${ip4Tcp}`, [7]],
    ['SLL2', 276, `08000000000000020001040 60080f41020010000${ip4Tcp}`.replaceAll(' ', ''), []],
    ['PPP', 9, `ff030021${ip4Tcp}`, []],
    ['PPP without address', 9, `0057${ip6Tcp}`, []],
    [
      'IPv4 options',
      1,
      `${macs}0800460000300001400040060000${ip4.slice(24)}01010101${tcp}${data}`,
      [],
    ],
    ['TCP options', 1, tcpOptions(), []],
    ['IPv6 extension headers', 229, extensions(), []],
    ['more of them than anybody needs', 229, manyExtensions(), []],
    ['an atomic fragment', 229, atomic(), []],
    ['large send offload: length 0', 1, `${macs}0800${ip4Tcp.replace('002c', '0000')}`, []],
  ]
  test.each(rows)('%s', (_, linkType, hex, vlans) => {
    const [outcome, p] = decode(hex, linkType)
    expect(outcome).toBe('tcp')
    expect([p.sourcePort, p.destinationPort, p.sequence, p.flags]).toEqual([50_000, 502, 1, 0x18])
    expect(payload(p)).toBe(data)
    expect(p.vlans()).toEqual(vlans)
    expect(p.missing).toBe(0)
  })

  function tcpOptions(): string {
    const long = tcp.replace('5018', '8018')
    return `${macs}0800${ip4.replace('002c', '0038')}${long}0101080a0000000100000002${data}`
  }

  function extensions(): string {
    const hops = '2b00010400000000'
    const routing = '3c00000000000000'
    const options = '3301' + '01'.repeat(14)
    const authentication = '06040000' + '00'.repeat(20)
    const chain = hops + routing + options + authentication
    const length = (24 + chain.length / 2).toString(16).padStart(4, '0')
    return `60000000${length}0040${fe80}${chain}${tcp}${data}`
  }

  function manyExtensions(): string {
    const chain = '3c00010400000000'.repeat(49) + '0600010400000000'
    const length = (24 + chain.length / 2).toString(16).padStart(4, '0')
    return `60000000${length}3c40${fe80}${chain}${tcp}${data}`
  }

  function atomic(): string {
    return `6000000000202c40${fe80}0600000000000001${tcp}${data}`
  }
})

test('addresses are those of the headers', () => {
  const [, p] = decode(`${macs}0800${ip4Tcp}`, 1)
  expect([ip4Text(p.source0), ip4Text(p.destination0)]).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(macText(p.bytes, p.sourceMac)).toBe('00-80-F4-10-20-02')
  expect(macText(p.bytes, p.destinationMac)).toBe('00-80-F4-10-20-01')
  const [, sll] = decode(`0000000100060080f410200100000800${ip4Tcp}`, 113)
  expect(macText(sll.bytes, sll.sourceMac)).toBe('00-80-F4-10-20-01')
  expect(macText(sll.bytes, sll.destinationMac)).toBe('')
})

test('what tells a copy of a packet from another one is kept', () => {
  const marked = ip4Tcp.replace('faf00000', 'faf0beef').replace('00014000', 'abcd4000')
  const [, p] = decode(`${macs}0800${marked}`, 1)
  expect([p.identification, p.ttl, p.checksum, p.transportAt]).toEqual([0xabcd, 64, 0xbeef, 34])
  const [, u] = decode(`${macs}0800${ip4Udp.replace('01f6000c0000', '01f6000c1234')}`, 1)
  expect([u.identification, u.ttl, u.checksum, u.transportAt]).toEqual([1, 64, 0x1234, 34])
  const [, six] = decode(`${macs}86dd${ip6Tcp}`, 1)
  expect([six.identification, six.ttl, six.checksum, six.transportAt]).toEqual([-1, 64, 0, 54])
})

describe('outcomes', () => {
  const rows: [Outcome, string, number, number][] = [
    ['udp', `${macs}0800${ip4Udp}`, 1, 0],
    ['arp', `${macs}0806${'0001080006040001' + '00'.repeat(20)}`, 1, 0],
    ['fragment', `${macs}0800${ip4Tcp.replace('4000', '2000')}`, 1, 0],
    ['fragment', `${macs}0800${ip4Tcp.replace('4000', '0010')}`, 1, 0],
    ['fragment', `6000000000202c40${fe80}0600000800000001${tcp}${data}`, 229, 0],
    ['other-transport', `${macs}0800${ip4Tcp.replace('4006', '4001')}`, 1, 0],
    ['other-ethertype', `${macs}88cc0207`, 1, 0],
    ['other-ethertype', `${macs}0003424203`, 1, 0],
    ['other-link', 'ffff', 147, 0],
    ['malformed-link', '0080f4', 1, 0],
    ['cut-link', `${macs}0800${ip4Tcp}`, 1, 50],
    ['cut-network', `${macs}0800${ip4Tcp}`, 1, 30],
    ['cut-transport', `${macs}0800${ip4Tcp}`, 1, 10],
    ['malformed-link', '70', 101, 0],
    ['malformed-vlan', `${macs}${'8100000a'.repeat(9)}0800${ip4Tcp}`, 1, 0],
    ['malformed-ipv4', `${macs}0800${ip4Tcp.replace('4500', '4400')}`, 1, 0],
    ['malformed-ipv4', `${macs}0800${ip4Tcp.replace('4500', '5500')}`, 1, 0],
    ['malformed-ipv4', `${macs}0800${ip4Tcp.replace('002c', '0013')}`, 1, 0],
    ['malformed-ipv4', `${macs}080045`, 1, 0],
    ['malformed-ipv6', `${macs}86dd60`, 1, 0],
    ['malformed-ipv6', `6000000000a00040${fe80}${'0000000000000000'.repeat(20)}`, 229, 0],
    ['malformed-tcp', `${macs}0800${ip4Tcp.replace('5018', '4018')}`, 1, 0],
    ['malformed-tcp', `${macs}0800${ip4.replace('002c', '001e')}${tcp}`, 1, 0],
    ['malformed-udp', `${macs}0800${ip4Udp.replace('01f6000c', '01f60007')}`, 1, 0],
    ['malformed-udp', `${macs}0800${ip4Udp.replace('01f6000c', '01f6ffff')}`, 1, 0],
    ['malformed-arp', `${macs}080600010800`, 1, 0],
    ['malformed-arp', `${macs}0806${'0001080008040001' + '00'.repeat(20)}`, 1, 0],
  ]
  test.each(rows)('%s: %s', (outcome, hex, linkType, cutBy) => {
    expect(decode(hex, linkType, cutBy)[0]).toBe(outcome)
  })
})

test('what the snap length cut off is told, and is not padding', () => {
  const [outcome, p] = decode(`${macs}0800${ip4Tcp}`, 1, 3)
  expect([outcome, payload(p), p.missing, p.cut]).toEqual(['tcp', 'de', 3, true])
  const [udpOutcome, u] = decode(`${macs}0800${ip4Udp}`, 1, 1)
  expect([udpOutcome, payload(u), u.missing]).toEqual(['udp', 'deadbe', 1])
})

test('UDP payload ends where UDP says', () => {
  const [, p] = decode(`${macs}0800${ip4Udp.replace('01f6000c', '01f6000a')}`, 1)
  expect(payload(p)).toBe('dead')
})

test.each([
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
])('RFC 5952: %s is %s', (hex, text) => {
  const view = new DataView(Uint8Array.from(Buffer.from(hex, 'hex')).buffer)
  const words = [0, 4, 8, 12].map((at) => view.getUint32(at)) as [number, number, number, number]
  expect(ip6Text(...words)).toBe(text)
})

test('no bytes on any link make it throw or read past what was captured', () => {
  const seen = new Set<string>()
  const frames: [number, string][] = [
    [1, `${macs}0800${ip4Tcp}`],
    [1, `${macs}810000010800${ip4Udp}`],
    [1, `${macs}86dd${ip6Tcp}`],
    [1, `${macs}0806${'0001080006040001' + '00'.repeat(20)}`],
    [0, `02000000${ip4Tcp}`],
    [101, ip6Tcp],
    [113, `0000000100060080f410200100000800${ip4Tcp}`],
    [276, `0800000000000002000104060080f41020010000${ip4Tcp}`],
    [147, ''],
  ]
  const change = fc.tuple(fc.nat(90), fc.nat(255))
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.array(change, { maxLength: 6 }),
      fc.nat(90),
      fc.nat(40),
      ([link, hex], changes, cutAt, wireMore) => {
        const whole = Buffer.from(hex, 'hex')
        for (const [at, value] of changes) if (at < whole.length) whole[at] = value
        const bytes = whole.subarray(0, wireMore % 2 === 0 ? whole.length : cutAt)
        const p = new Packet()
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        const wire = bytes.length + wireMore
        const outcome = outcomes[p.decode(bytes, view, 0, bytes.length, wire, link)]
        seen.add(outcome as string)
        if (outcome === 'tcp' || outcome === 'udp') {
          expect(p.payload).toBeLessThanOrEqual(p.payloadEnd)
          expect(p.payloadEnd).toBeLessThanOrEqual(bytes.length)
          expect(p.missing).toBeGreaterThanOrEqual(0)
        }
      },
    ),
    { numRuns: 5000, seed: 11 },
  )
  // Nearly all outcomes occur: the test reaches what it is about.
  expect(seen.size).toBeGreaterThan(12)
})
