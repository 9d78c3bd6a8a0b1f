/** Fragments of a Modbus write: in order and not, copied, contradicting, missing, too large. */
import { join, u16 } from '../bytes.ts'
import type { Case } from '../case.ts'
import { contentOf, fragment, fragments } from '../fragment.ts'
import { TCP, UDP, ip, tcp, udp } from '../ip.ts'
import type { Host, Link } from '../link.ts'
import { IPV4, IPV6, device, ethernet, station } from '../link.ts'
import { MODBUS_PORT, adu } from '../modbus.ts'
import type { Tape } from '../tape.ts'
import { gre, vxlan } from '../tunnel.ts'

const station6: Host = { mac: station.mac, ip: '2001:db8::10' }
const device6: Host = { mac: device.mac, ip: '2001:db8:0:1::20' }

/** 16 registers from 16: 47 bytes, so that UDP has 55. */
const WRITE = `10 0010 0010 20 ${'0064'.repeat(16)}`
const OTHER = `10 0010 0010 20 ${'0063'.repeat(16)}`

const endsOf = ([from, to]: readonly [Host, Host]) => ({
  source: from.ip,
  destination: to.ip,
  sourcePort: 50_000,
  destinationPort: MODBUS_PORT,
})

type Hosts = readonly [Host, Host]
const hosts4: Hosts = [station, device]
const hosts6: Hosts = [station6, device6]

/** The write as one packet of UDP. */
function write(hosts = hosts4, pdu = WRITE, id = 1): Uint8Array {
  const ends = endsOf(hosts)
  return ip(UDP, ends.source, ends.destination, udp(ends, adu(1, 1, pdu)), id)
}

/** Frames with these packets, one after the other. */
function send(
  tape: Tape,
  packets: readonly Uint8Array[],
  link = ethernet(),
  snap = Infinity,
): void {
  for (const packet of packets) {
    const isIpv6 = (packet[0] ?? 0) >>> 4 === 6
    const [from, to] = isIpv6 ? hosts6 : hosts4
    tape.frame(link.wrap(from, to, isIpv6 ? IPV6 : IPV4, packet), snap)
  }
}

const plays = (name: string, play: Case['play']): Case => ({
  name: `packet/fragments-${name}`,
  play,
})

const sends = (name: string, packets: readonly Uint8Array[], link?: Link): Case =>
  plays(name, (tape) => send(tape, packets, link))

const whole = write()
const pieces = fragments(whole, 16)
const pieces6 = fragments(write(hosts6), 16)
const [one, two, three, four] = pieces as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const { length } = contentOf(whole)
const others = contentOf(write(hosts4, OTHER))
const others6 = contentOf(write(hosts6, OTHER))
const whole6 = write(hosts6)

/** One segment of TCP, whose first fragment ends within its header (RFC 1858 section 3). */
function tiny(): Uint8Array[] {
  const ends = endsOf(hosts4)
  const payload = adu(1, 1, WRITE)
  const segment = { ...ends, flags: ['P', 'A'] as const, sequence: 1, acknowledgement: 1, payload }
  return fragments(ip(TCP, ends.source, ends.destination, tcp(segment), 1), 8)
}

export const fragmentCases: readonly Case[] = [
  sends('in-order', pieces),
  sends('reversed', pieces.toReversed()),
  sends('shuffled', [three, one, four, two]),
  // The mirror shows each twice, at once and when all is over.
  sends(
    'mirrored-twice',
    pieces.flatMap((piece) => [piece, piece]),
  ),
  sends('mirrored-after', [...pieces, ...pieces]),
  sends('overlap-same', [one, fragment(whole, 8, 32), three, four]),
  sends('overlap-different', [
    one,
    two,
    fragment(whole, 16, 40, others.subarray(16, 40)),
    three,
    four,
  ]),
  // A last fragment before the true one; what is beyond it is not believed.
  sends('two-ends', [one, fragment(whole, 48, length - 2, undefined, false), two, three, four]),
  sends('hole', [one, three, four]),
  // A fragment lost, and the same identification 31 seconds later.
  plays('too-late', (tape) => {
    send(tape, [one, two, three])
    tape.wait(31_000)
    send(tape, [four, one])
  }),
  sends('tiny', tiny()),
  sends('empty-and-odd', [
    fragment(whole, 0, 0, new Uint8Array(0), true),
    // The host trims it to 8 bytes.
    fragment(whole, 0, 13),
    fragment(whole, 8, length),
  ]),
  // 65,528 + 40 bytes: more than a packet may have.
  sends('beyond-65535', [one, fragment(whole, 65_528, 65_568, others.subarray(0, 40), false)]),
  sends('ipv6', pieces6),
  sends('ipv6-reversed', pieces6.toReversed()),
  sends('ipv6-overlap-different', [
    ...pieces6.slice(0, 2),
    fragment(whole6, 16, 40, others6.subarray(16, 40)),
    ...pieces6.slice(2),
  ]),
  sends('in-vxlan', pieces, vxlan(5000)),
  // The tunnel's packets are in fragments, and what they carry is one too.
  plays('of-a-tunnel', (tape) => {
    const carried = pieces.map((piece, i) => {
      const tunnelled = gre(0, IPV4, '').wrap(station, device, IPV4, piece).subarray(14)
      const size = (tunnelled[2] ?? 0) * 256 + (tunnelled[3] ?? 0)
      const packet = join(tunnelled.subarray(0, 4), u16(100 + i), tunnelled.subarray(6, size))
      return fragments(packet, 24)
    })
    send(tape, carried.flat())
  }),
  plays('cut', (tape) => send(tape, pieces, ethernet(), 46)),
  // Each fragment in a VLAN of its own.
  plays('over-vlans', (tape) => {
    pieces.forEach((piece, i) => send(tape, [piece], ethernet([0x8100, 10 + i])))
  }),
]
