/** Every link and every encapsulation, with a Modbus write inside (protocols.md section 4.1). */
import { hex, join, u16, u32, u8 } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import type { Options } from '../connection.ts'
import { ip } from '../ip.ts'
import type { Host, Link } from '../link.ts'
import { IPV4, IPV6, device, ethernet, raw, station } from '../link.ts'
import { MODBUS_PORT, adu } from '../modbus.ts'
import type { Tape } from '../tape.ts'
import { geneve, gre, headed, inIp, inUdp, mpls, pppType, pppoe, tagged, vxlan } from '../tunnel.ts'

const WRITE = '06 0010 0064'

const station6: Host = { mac: station.mac, ip: '2001:db8::10' }
const device6: Host = { mac: device.mac, ip: '2001:db8:0:1::20' }
const over6: Partial<Options> = { client: station6, server: device6 }

/** One write, from SYN to FIN. */
function oneWrite(tape: Tape, options: Partial<Options>): void {
  new Connection(tape, { serverPort: MODBUS_PORT, ...options })
    .open()
    .ask(adu(1, 1, WRITE))
    .answer(adu(1, 1, WRITE))
    .close()
}

const over = (name: string, link: Link, options: Partial<Options> = {}): Case => ({
  name: `packet/${name}`,
  linkType: link.type,
  play: (tape) => oneWrite(tape, { ...options, link }),
})

const typed = (etherType: number): Uint8Array => u16(etherType)
const plain = (type: number, before = ''): Link => headed(type, () => before)

/** A frame with `tag` bytes between its addresses and its EtherType. */
const chip = (type: number, before: string, tag: string): Link => ({
  type,
  wrap: (from, to, etherType, payload) =>
    join(before, to.mac, from.mac, tag, u16(etherType), payload),
})

/** IEEE 802.3 with LLC and SNAP (RFC 1042): the length counts both. */
const snap: Link = {
  type: 1,
  wrap: (from, to, etherType, payload) => {
    const content = join('aaaa03 000000', u16(etherType), payload)
    return ethernet().wrap(from, to, content.length, content)
  },
}

/** macOS: a header of 108 bytes, type 1, then the link type it holds. */
const tap: Link = {
  type: 258,
  wrap: (from, to, etherType, payload) => {
    const head = join('6c000000 01000000 01000000', new Uint8Array(96))
    return join(head, ethernet().wrap(from, to, etherType, payload))
  },
}

/** Family, version, resource; a prefix; the packet, in little-endian attributes. */
const nflog: Link = {
  type: 239,
  wrap: (_from, _to, etherType, payload) => {
    const length = payload.length + 4
    const size = u8(length & 255, length >>> 8)
    return join(
      u8(etherType === IPV6 ? 10 : 2),
      '00 0000 0500 0a00 00 000000',
      size,
      '0900',
      payload,
    )
  },
}

const links: readonly Case[] = [
  over('raw-ip-12', plain(12)),
  over('raw-ip-14', plain(14), over6),
  over('ipv4-228', plain(228)),
  over('ipv6-229', plain(229), over6),
  over(
    'null-big-endian',
    headed(0, (type) => u32(type === IPV6 ? 30 : 2)),
  ),
  over(
    'loop',
    headed(108, (type) => u32(type === IPV6 ? 24 : 2)),
    over6,
  ),
  over(
    'ppp',
    headed(9, (type) => join('ff03', pppType(type))),
  ),
  // RFC 1661 section 6: without address and control, and with a protocol of one octet.
  over('ppp-compressed', plain(9, '21')),
  over(
    'ppp-hdlc',
    headed(50, (type) => join('ff03', pppType(type))),
  ),
  over('ppp-over-ethernet-link', { type: 51, wrap: pppoe(9) }),
  over(
    'cisco-hdlc',
    headed(104, (type) => join('0f00', typed(type))),
  ),
  over(
    'atm',
    headed(100, (type) => join('aaaa03 000000', typed(type))),
  ),
  over(
    'infiniband',
    headed(242, (type) => join(new Uint8Array(40), typed(type), '0000')),
  ),
  over('netfilter-log', nflog),
  over('packet-tap', tap),
  over('broadcom-tag', chip(281, '', '20000001')),
  over('broadcom-tag-prepended', chip(282, '20000001', '')),
  // Port 1, VLAN 100 in the place of a tag.
  over('marvell-dsa', chip(284, '', '20 08 0064')),
  over('marvell-dsa-with-type', chip(285, '', 'dada 0000 20 08 0064')),
]

const tags: readonly Case[] = [
  over('qinq-9100', ethernet([0x9100, 1000], [0x8100, 100])),
  over('qinq-9200', ethernet([0x9200, 1000], [0x8100, 100])),
  over('snap', snap),
  over('pppoe', tagged(0x8864, '', { type: 1, wrap: pppoe(7) })),
  over('pppoe-in-vlan', {
    type: 1,
    wrap: (from, to, etherType, payload) =>
      ethernet([0x8100, 35]).wrap(from, to, 0x8864, pppoe(7)(from, to, etherType, payload)),
  }),
  over('mpls', tagged(0x8847, mpls(16, 32))),
  over('mpls-ipv6', tagged(0x8848, mpls(2)), over6),
  over('mpls-pseudowire', tagged(0x8847, join(mpls(16, 99), '00000000'), ethernet([0x8100, 100]))),
  over('mpls-pseudowire-without-control-word', tagged(0x8847, mpls(99), ethernet())),
  // Path 0, size 0x34, sequence number 1.
  over('hsr', {
    type: 1,
    wrap: (from, to, etherType, payload) =>
      ethernet().wrap(
        from,
        to,
        0x892f,
        join(u16(payload.length + 6), '0001', u16(etherType), payload),
      ),
  }),
  // LAN A; the size counts the trailer, as Linux does.
  over('prp', {
    type: 1,
    wrap: (from, to, etherType, payload) => {
      const frame = ethernet().wrap(from, to, etherType, payload)
      return join(frame, '0001', u16(0xa000 | (frame.length - 14 + 6)), '88fb')
    },
  }),
]

const tunnels: readonly Case[] = [
  over('vxlan', vxlan(5000)),
  over(
    'vxlan-vlans',
    vxlan(5000, { inner: ethernet([0x8100, 20]), outer: ethernet([0x8100, 300]) }),
  ),
  // Group policy: G set, group 17.
  over('vxlan-group-policy', inUdp(4789, '88 00 0011 001388 00')),
  over('geneve', geneve(5001, 0)),
  over('geneve-options', geneve(5001, 3)),
  over('gre', gre(0, IPV4, '')),
  over('gre-ipv6', gre(0, IPV6, ''), over6),
  // Checksum, routing of two entries, key and sequence number.
  over(
    'gre-all-fields',
    gre(
      0xf000,
      IPV4,
      '0000 0000 00000007 00000001 0800 00 04 c6336401 0800 00 04 c6336402 0000 00 00',
    ),
  ),
  over('gre-mpls', gre(0, 0x8847, mpls(17))),
  over('gre-ethernet', gre(0x2000, 0x6558, '00000005', { inner: ethernet() })),
  over('nvgre', gre(0x2000, 0x6558, '00138801', { inner: ethernet() })),
  over('ip-in-ip', inIp(4, 4)),
  over('6in4', inIp(41, 4), over6),
  over('4in6', inIp(4, 6)),
  over('6in6', inIp(41, 6), over6),
  over('mpls-in-ip', inIp(137, 4, { inner: headed(1, () => mpls(18)) })),
  over('erspan-1', gre(0, 0x88be, '', { inner: ethernet([0x8100, 100]) })),
  // Version 1, VLAN 100; encapsulation 802.1Q, session 5; index 7.
  over('erspan-2', gre(0x1000, 0x88be, '00000001 1064 1005 00000007', { inner: ethernet() })),
  // The frame kept the tag that the header names.
  over(
    'erspan-2-vlan-in-frame',
    gre(0x1000, 0x88be, '00000002 1064 1805 00000007', {
      inner: ethernet([0x8100, 100]),
      outer: ethernet([0x8100, 900]),
    }),
  ),
  over(
    'erspan-3',
    gre(0x1000, 0x22eb, '00000001 2064 0006 00000000 0000 0000', { inner: ethernet() }),
  ),
  over(
    'erspan-3-platform',
    gre(0x1000, 0x22eb, '00000001 2064 0006 00000000 0000 0001 0400000000000000', {
      inner: ethernet(),
    }),
  ),
  // Frame type 2: an IP packet without its frame.
  over('erspan-3-ip', gre(0x1000, 0x22eb, '00000001 2000 0006 00000000 0000 0800')),
  over('erspan-of-vxlan', {
    type: 1,
    wrap: gre(0x1000, 0x88be, '00000001 1000 0008 00000000', { inner: vxlan(5000) }).wrap,
  }),
  over('erspan-truncated', {
    type: 1,
    // T: the mirror sends the first 66 bytes of each frame.
    wrap: gre(0x1000, 0x88be, '00000001 1000 0405 00000000', {
      inner: {
        type: 1,
        wrap: (from, to, etherType, payload) =>
          ethernet().wrap(from, to, etherType, payload).subarray(0, 64),
      },
    }).wrap,
  }),
]

/** `count` times IP in IP. */
function nested(count: number): Link {
  const outer = Array.from({ length: count - 1 }).reduce<Link>(
    (inner) => ({
      type: 101,
      wrap: (from, to, _type, payload) =>
        inner.wrap(from, to, IPV4, ip(4, '198.51.100.3', '198.51.100.4', payload, 1)),
    }),
    inIp(4, 4),
  )
  return { ...outer, type: 1 }
}

/** UDP to the ports of tunnels without their form; GRE of PPTP; all of them stay what they are. */
const notTunnels: readonly Link[] = [
  inUdp(4789, '00 000000 00138800'),
  inUdp(4789, '18 000000 00138800', { inner: raw }),
  inUdp(6081, '40 00 6558 00138900'),
  inUdp(6081, '00 00 1234 00138900'),
  gre(0x3001, 0x880b, '00000000 00000000'),
]

const malformed: readonly Link[] = [
  // Source routes without an end; ERSPAN of version 3; a stack of labels without an end.
  gre(0x4000, IPV4, `0000 0000 ${'0800 00 00'.repeat(12)}`),
  gre(0x1000, 0x88be, '00000001 3064 1005 00000007'),
  gre(0x1000, 0x22eb, '00000001 3064 1005 00000007 0000 0000'),
  tagged(0x8847, '00010040'.repeat(17)),
  // PPPoE of version 2.
  tagged(0x8864, '2100 0007 0020 0021'),
]

const odd: readonly Case[] = [
  over('depth-4', nested(4)),
  over('depth-5', nested(5)),
  {
    name: 'packet/no-tunnels',
    play(tape) {
      for (const link of notTunnels) oneWrite(tape, { link })
    },
  },
  {
    name: 'packet/malformed-tunnels',
    play(tape) {
      for (const link of malformed) oneWrite(tape, { link })
      // A GRE header, and no more than its first half.
      tape.frame(
        ethernet().wrap(station, device, IPV4, ip(47, station.ip, device.ip, hex('0000'), 1)),
      )
    },
  },
  {
    name: 'packet/snap-length-in-tunnels',
    play(tape) {
      const cut = [vxlan(5000), geneve(5001, 3), gre(0xb000, IPV4, '000000000000000700000001')]
      cut.push(gre(0x1000, 0x88be, '00000001 1064 1005 00000007', { inner: ethernet() }))
      cut.push(tagged(0x8847, mpls(16, 32)), tagged(0x8864, '', { type: 1, wrap: pppoe(7) }))
      let clientPort = 51_000
      for (const link of cut) {
        // Every fourth byte, from the outer header to the end of the write.
        for (let snap = 14; snap < 124; snap += 4) {
          const connection = new Connection(tape, {
            serverPort: MODBUS_PORT,
            link,
            snap,
            clientPort: clientPort++,
          })
          connection.ask(adu(1, 1, WRITE))
        }
      }
    },
  },
]

export const packetCases: readonly Case[] = [...links, ...tags, ...tunnels, ...odd]
