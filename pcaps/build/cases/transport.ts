/** Everything below the protocols, with Modbus inside because it is short. */
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import type { Options } from '../connection.ts'
import type { Host, Link } from '../link.ts'
import { IPV4, IPV6, arp, cooked, cooked2, device, ethernet, loopback, raw } from '../link.ts'
import { station, third } from '../link.ts'
import { MODBUS_PORT, adu } from '../modbus.ts'
import { hex, join, pieces } from '../bytes.ts'
import type { Tape } from '../tape.ts'

const opened = (tape: Tape, options: Partial<Options> = {}): Connection =>
  new Connection(tape, { serverPort: MODBUS_PORT, ...options }).open()

const READ = '03 0000 0002'
const VALUES = '03 04 0001 0002'
const WRITE = '06 0010 0064'

/** One read, from SYN to FIN. */
function oneRead(tape: Tape, options: Partial<Options> = {}): void {
  opened(tape, options).ask(adu(1, 1, READ)).answer(adu(1, 1, VALUES)).close()
}

const over = (name: string, link: Link, options: Partial<Options> = {}): Case => ({
  name: `transport/${name}`,
  linkType: link.type,
  play: (tape) => oneRead(tape, { ...options, link }),
})

const station6: Host = { mac: station.mac, ip: '2001:db8::10' }
const device6: Host = { mac: device.mac, ip: '2001:db8:0:1::20' }

const links: readonly Case[] = [
  over('vlan', ethernet([0x8100, 100])),
  // Each direction in a VLAN of its own, as a mirror of a routed pair shows it.
  over('vlan-per-direction', ethernet([0x8100, 100]), { serverLink: ethernet([0x8100, 200]) }),
  over('qinq', ethernet([0x88a8, 1000], [0x8100, 100])),
  over('linux-cooked', cooked),
  over('linux-cooked-2', cooked2),
  over('loopback', loopback),
  over('raw-ip', raw),
  over('ipv6', ethernet(), { client: station6, server: device6 }),
  over('loopback-ipv6', loopback, { client: station6, server: device6 }),
]

const files: readonly Case[] = [
  {
    name: 'transport/pcap-nanoseconds-big-endian',
    format: { kind: 'pcap', order: 'big', unit: 'ns' },
    play: (tape) => oneRead(tape),
  },
  {
    name: 'transport/pcapng-little-endian',
    format: { kind: 'pcapng', order: 'little', unit: 'µs' },
    play: (tape) => oneRead(tape),
  },
  {
    name: 'transport/pcapng-nanoseconds-big-endian',
    format: { kind: 'pcapng', order: 'big', unit: 'ns' },
    play: (tape) => oneRead(tape),
  },
]

const streams: readonly Case[] = [
  {
    name: 'transport/out-of-order',
    play(tape) {
      const connection = opened(tape)
      const requests = [adu(1, 1, READ), adu(2, 1, WRITE), adu(3, 1, '03 0064 0001')]
      connection.shuffled('client', pieces(join(...requests), 10), [1, 0, 3, 2])
      // An answer that the mirror shows before its request.
      connection.answer(adu(1, 1, VALUES), adu(2, 1, WRITE), adu(3, 1, '03 02 0005')).close()
    },
  },
  {
    name: 'transport/answer-before-request',
    play(tape) {
      const connection = opened(tape)
      const request = adu(1, 1, READ)
      connection
        .lost('client', request.length)
        .answer(adu(1, 1, VALUES))
        .again('client', request)
        .ask(adu(2, 1, READ))
        .answer(adu(2, 1, VALUES))
        .close()
    },
  },
  {
    name: 'transport/gap',
    play(tape) {
      const connection = opened(tape).ask(adu(1, 1, READ)).answer(adu(1, 1, VALUES))
      // A write and its answer were not captured.
      const write = adu(2, 1, WRITE)
      connection.lost('client', write.length).lost('server', write.length)
      for (let i = 3; i < 8; i++) connection.ask(adu(i, 1, READ)).answer(adu(i, 1, VALUES))
      connection.close()
    },
  },
  {
    name: 'transport/gap-within-a-message',
    play(tape) {
      const connection = opened(tape).ask(adu(1, 1, READ)).answer(adu(1, 1, VALUES))
      const write = adu(2, 1, '10 0000 0004 08 0001 0002 0003 0004')
      connection.ask(write.subarray(0, 10)).lost('client', write.length - 10)
      connection.answer(adu(2, 1, '10 0000 0004'))
      for (let i = 3; i < 8; i++) connection.ask(adu(i, 1, READ)).answer(adu(i, 1, VALUES))
      connection.close()
    },
  },
  {
    name: 'transport/snap-length',
    play(tape) {
      // 66 bytes of each frame: requests are whole, answers are not.
      const connection = opened(tape, { snap: 66 })
      for (let i = 1; i < 4; i++) {
        connection
          .ask(adu(i, 1, '03 0000 0004'))
          .answer(adu(i, 1, '03 08 0001 0002 0003 0004'))
      }
      connection.close()
    },
  },
  {
    name: 'transport/retransmission',
    play(tape) {
      const [request, response] = [adu(1, 1, READ), adu(1, 1, VALUES)]
      opened(tape)
        .ask(request)
        .again('client', request)
        .answer(response)
        .again('server', response)
        .ask(adu(2, 1, WRITE))
        .answer(adu(2, 1, WRITE))
        .close()
    },
  },
  {
    name: 'transport/overlap',
    play(tape) {
      // Two copies of the same bytes, while a byte before them is missing: they differ.
      const read = adu(1, 1, READ)
      const other = adu(1, 1, '03 0000 0003')
      const connection = opened(tape)
      const [first, rest, wrong] = [read.subarray(0, 1), read.subarray(1), other.subarray(1)]
      connection.segment('client', ['P', 'A'], rest, 1002)
      connection.segment('client', ['P', 'A'], wrong, 1002)
      connection.segment('client', ['P', 'A'], first, 1001)
      connection.lost('client', read.length).answer(adu(1, 1, VALUES)).close()
    },
  },
  {
    name: 'transport/port-reuse',
    play(tape) {
      oneRead(tape)
      tape.wait(500)
      oneRead(tape, { clientStart: 700_000, serverStart: 800_000 })
    },
  },
  {
    name: 'transport/sequence-wrap',
    play(tape) {
      opened(tape, { clientStart: 0xfffffff8, serverStart: 0xfffffffe })
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .ask(adu(2, 1, WRITE))
        .answer(adu(2, 1, WRITE))
        .close()
    },
  },
  {
    name: 'transport/refused-and-reset',
    play(tape) {
      new Connection(tape, { serverPort: 4840 }).control('client', 'S').reset('server')
      new Connection(tape, { serverPort: 1883, clientPort: 50_001 }).control('client', 'S')
      opened(tape, { clientPort: 50_002 }).ask(adu(1, 1, READ)).reset('server')
    },
  },
  {
    name: 'transport/syn-resend',
    play(tape) {
      // Before anybody answers, a SYN with another number for the same ports.
      new Connection(tape, { serverPort: MODBUS_PORT }).control('client', 'S')
      oneRead(tape, { clientStart: 500_000 })
    },
  },
  {
    name: 'transport/data-after-reset',
    play(tape) {
      opened(tape)
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .reset('server')
        .ask(adu(2, 1, READ))
        .answer(adu(2, 1, VALUES))
        .close()
    },
  },
  {
    name: 'transport/clock-set-back',
    play(tape) {
      const connection = opened(tape).ask(adu(1, 1, READ)).answer(adu(1, 1, VALUES))
      tape.wait(-3_600_000)
      connection.ask(adu(2, 1, READ)).answer(adu(2, 1, VALUES)).close()
    },
  },
  {
    name: 'transport/interval',
    play(tape) {
      const connection = opened(tape)
      for (let i = 1; i < 5; i++) {
        connection.ask(adu(i, 1, READ)).answer(adu(i, 1, VALUES))
        tape.wait(40_000)
      }
      connection.close()
    },
  },
]

/** IPv4 packets of no protocol above, by hand: what is wrong with each stands beside it. */
const IP = 'c000020a c0000214'
const oddFrames: readonly (readonly [etherType: number, payload: string])[] = [
  // The first of two fragments of UDP; ICMP; LLDP.
  [IPV4, `4500 0024 0001 2000 40 11 0000 ${IP} c350 01f6 0010 0000 0000000000000000`],
  [IPV4, `4500 001c 0002 0000 40 01 0000 ${IP} 0800 f7ff 0000 0000`],
  [0x88cc, '0207 04 00005e005301 0402 0731 0602 0078 0000'],
  // A header of 16 bytes; IPv6 of version 4; TCP with a header of 16 bytes; UDP of length 7.
  [IPV4, `4400 001c 0003 0000 40 11 0000 ${IP} 0000 0000 0000 0000`],
  [IPV6, `40000000 0000 3b 40 ${'00'.repeat(32)}`],
  [IPV4, `4500 0028 0004 0000 40 06 0000 ${IP} c350 01f6 00000000 00000000 4002 ffff 0000 0000`],
  [IPV4, `4500 001c 0005 0000 40 11 0000 ${IP} c350 01f6 0007 0000`],
  // ARP for hardware addresses of 8 bytes; ten VLAN tags.
  [0x0806, `0001 0800 08 04 0001 ${'00'.repeat(20)}`],
  [0x8100, `${'0001 8100'.repeat(9)} 0001 0800`],
]

const LINKTYPE_IEEE802_11 = 105

const ignored: readonly Case[] = [
  {
    name: 'transport/not-for-us',
    play(tape) {
      for (const [etherType, payload] of oddFrames) {
        tape.frame(ethernet().wrap(station, device, etherType, hex(payload)))
      }
      // A frame that is shorter than its addresses.
      tape.frame(hex('00005e005302 0000'))
    },
  },
  {
    name: 'transport/snap-length-within-headers',
    play(tape) {
      for (const snap of [10, 30, 50]) opened(tape, { snap }).ask(adu(1, 1, READ))
    },
  },
  {
    name: 'transport/other-link',
    linkType: LINKTYPE_IEEE802_11,
    play: (tape) => tape.frame(hex('8000 0000 ffffffffffff 00005e005301 00005e005301 0000')),
  },
]

const arps: readonly Case[] = [
  {
    name: 'transport/arp',
    play(tape) {
      tape.frame(arp('request', station, device))
      tape.frame(arp('reply', device, station))
      // The same within a minute is not told again.
      tape.frame(arp('request', station, device))
      // Another machine claims the device's address.
      tape.frame(arp('reply', { ...third, ip: device.ip }, station))
      // A probe (RFC 5227 section 1.1), then the announcement.
      tape.frame(arp('request', { ...third, ip: '0.0.0.0' }, third))
      tape.frame(arp('request', third, third))
    },
  },
]

export const transportCases: readonly Case[] = [...links, ...files, ...streams, ...ignored, ...arps]
