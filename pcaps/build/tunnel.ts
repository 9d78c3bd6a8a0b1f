/** Encapsulations as links: what goes in is an IP packet, what comes out is a frame. */
import type { Part } from './bytes.ts'
import { join, u16, u32, u8 } from './bytes.ts'
import { UDP, ip, udp } from './ip.ts'
import type { Host, Link } from './link.ts'
import { IPV4, IPV6, ethernet, raw, station } from './link.ts'

/** Ends of tunnels; the switch that mirrors and where it sends its copies. */
const near: Host = { mac: '00005e005311', ip: '198.51.100.1' }
const far: Host = { mac: '00005e005312', ip: '198.51.100.2' }
const near6: Host = { mac: near.mac, ip: '2001:db8:1::1' }
const far6: Host = { mac: far.mac, ip: '2001:db8:1::2' }

export const GRE = 47
/** Identification of all outer packets: nothing depends on it. */
const ID = 0x100

type Inner = (from: Host, to: Host, etherType: number, payload: Uint8Array) => Uint8Array

/** The client's packets go from near to far, those of the server back. */
function through(
  outer: Link,
  ends: readonly [Host, Host],
  make: (packet: Uint8Array, source: Host, destination: Host) => readonly [number, Uint8Array],
  inner: Inner,
): Link {
  return {
    type: outer.type,
    wrap: (from, to, etherType, payload) => {
      const back = from.mac !== station.mac
      const [source, destination] = back ? [ends[1], ends[0]] : ends
      const [protocol, content] = make(inner(from, to, etherType, payload), source, destination)
      const packet = ip(protocol, source.ip, destination.ip, content, ID)
      const type = source.ip.includes(':') ? IPV6 : IPV4
      return outer.wrap(source, destination, type, packet)
    },
  }
}

export interface Through {
  readonly inner?: Link
  readonly outer?: Link
}

/** A frame behind `header` in UDP to `port`. */
export function inUdp(
  port: number,
  header: Part,
  { inner = ethernet(), outer = ethernet() }: Through = {},
): Link {
  return through(
    outer,
    [near, far],
    (frame, { ip: source }, { ip: destination }) => {
      const ports = { source, destination, sourcePort: 49_152, destinationPort: port }
      return [UDP, udp(ports, join(header, frame))]
    },
    inner.wrap,
  )
}

/** RFC 7348 section 5. */
export function vxlan(vni: number, options: Through = {}): Link {
  return inUdp(4789, join('08 000000', u32(vni << 8)), options)
}

/** RFC 8926 section 3.4, with `words` of four bytes of options. */
export function geneve(vni: number, words: number, options: Through = {}): Link {
  const option = join('0102 80', u8(words - 1), new Uint8Array(Math.max(0, words - 1) * 4))
  const head = join(u8(words, 0), '6558', u32(vni << 8))
  return inUdp(6081, words === 0 ? head : join(head, option), options)
}

/** GRE: flags and fields as given, then the inner packet. */
export function gre(flags: number, type: number, fields: Part, options: Through = {}): Link {
  const { inner = raw, outer = ethernet() } = options
  const header = join(u16(flags), u16(type), fields)
  return through(outer, [near, far], (packet) => [GRE, join(header, packet)], inner.wrap)
}

/** An IP packet in another, by protocol number; `family` of the outer one. */
export function inIp(
  protocol: number,
  family: 4 | 6,
  { inner = raw, outer = ethernet() } = {},
): Link {
  const ends = family === 4 ? ([near, far] as const) : ([near6, far6] as const)
  return through(outer, ends, (packet) => [protocol, packet], inner.wrap)
}

/** Between the addresses of the frame and the packet: EtherType, then `header`. */
export function tagged(type: number, header: Part, inner: Link = raw): Link {
  return {
    type: 1,
    wrap: (from, to, etherType, payload) => {
      const content = inner.wrap(from, to, etherType, payload)
      return ethernet().wrap(from, to, type, join(header, content))
    },
  }
}

/** RFC 3032 section 2.1: labels, the outermost first, 64 hops. */
export function mpls(...labels: readonly number[]): Uint8Array {
  return join(
    ...labels.map((label, i) => {
      return u32((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | 64)
    }),
  )
}

/** A header before each packet, on a link of `type`. */
export function headed(type: number, header: (etherType: number) => Part): Link {
  return { type, wrap: (_from, _to, etherType, payload) => join(header(etherType), payload) }
}

/** PPP's numbers for IPv4 and IPv6. */
export function pppType(etherType: number): Uint8Array {
  return u16(etherType === IPV6 ? 0x0057 : 0x0021)
}

/** RFC 2516 section 4. */
export const pppoe = (session: number): Link['wrap'] => {
  return (_from, _to, etherType, payload) => {
    const content = join(pppType(etherType), payload)
    return join('1100', u16(session), u16(content.length), content)
  }
}
