/** TCP (RFC 9293 section 3.1) and UDP (RFC 768) headers. */
import { IP4_IN_IP6, IP6_IN_IP4, IP6_IN_IP6, IP_IN_IP } from './encapsulation.ts'
import { TYPE_IPV4, TYPE_IPV6, enter, note } from './encapsulation.ts'
import { decodeGre } from './gre.ts'
import {
  CUT_TRANSPORT,
  MALFORMED_TCP,
  MALFORMED_UDP,
  OTHER_TRANSPORT,
  TCP,
  UDP,
} from './outcome.ts'
import type { Packet } from './packet.ts'
import {
  GENEVE_PORT,
  VXLAN_LINUX_PORT,
  VXLAN_PORT,
  decodeGeneve,
  decodeVxlan,
} from './udp-tunnel.ts'

/** What the IP header's protocol number (IANA) says is at `at`. */
export function decodeTransport(p: Packet, at: number): number {
  switch (p.transport) {
    case 6:
      return decodeTcp(p, at)
    case 17:
      return udp(p, at)
    case 47:
      return decodeGre(p, at)
    // RFC 2003, RFC 2473.
    case 4:
      note(p, p.family === 4 ? IP_IN_IP : IP4_IN_IP6, -1)
      return enter(p, at, TYPE_IPV4, true)
    // RFC 4213 section 3, RFC 2473.
    case 41:
      note(p, p.family === 4 ? IP6_IN_IP4 : IP6_IN_IP6, -1)
      return enter(p, at, TYPE_IPV6, true)
    // RFC 4023 section 3.
    case 137:
      return enter(p, at, 0x8847, true)
    default:
      p.unread = p.transport
      return OTHER_TRANSPORT
  }
}

export function decodeTcp(p: Packet, at: number): number {
  const view = p.view
  if (at + 20 > p.end) return short(p, MALFORMED_TCP)
  const word = view.getUint16(at + 12)
  const header = (word >>> 12) << 2
  if (header < 20) return MALFORMED_TCP
  if (at + header > p.end) return short(p, MALFORMED_TCP)
  p.transportAt = at
  const ports = view.getInt32(at)
  p.sourcePort = ports >>> 16
  p.destinationPort = ports & 0xffff
  p.checksum = view.getUint16(at + 16)
  p.sequence = view.getInt32(at + 4)
  p.acknowledgement = view.getInt32(at + 8)
  p.flags = word & 0xff
  p.payload = at + header
  p.payloadEnd = p.end
  return TCP
}

function udp(p: Packet, at: number): number {
  const view = p.view
  if (at + 8 > p.end) return short(p, MALFORMED_UDP)
  const length = view.getUint16(at + 4)
  // Length 0: a jumbogram (RFC 2675 section 4).
  if (length !== 0 && length < 8) return MALFORMED_UDP
  const end = length === 0 ? p.end : at + length
  if (end > p.end + p.missing) return MALFORMED_UDP
  p.transportAt = at
  p.sourcePort = view.getUint16(at)
  p.destinationPort = view.getUint16(at + 2)
  p.checksum = view.getUint16(at + 6)
  p.flags = 0
  p.payload = at + 8
  p.missing = end > p.end ? end - p.end : 0
  p.payloadEnd = end > p.end ? p.end : end
  if (p.destinationPort === VXLAN_PORT || p.destinationPort === VXLAN_LINUX_PORT) {
    return decodeVxlan(p)
  }
  if (p.destinationPort === GENEVE_PORT) return decodeGeneve(p)
  return UDP
}

function short(p: Packet, malformed: number): number {
  return p.cut || p.missing > 0 ? CUT_TRANSPORT : malformed
}
