/** TCP (RFC 9293 section 3.1) and UDP (RFC 768) headers. */
import {
  CUT_TRANSPORT,
  MALFORMED_TCP,
  MALFORMED_UDP,
  OTHER_TRANSPORT,
  TCP,
  UDP,
} from './outcome.ts'
import type { Packet } from './packet.ts'

/** What the IP header's protocol number says is at `at`. Tunnels in IP belong in this switch. */
export function decodeTransport(p: Packet, at: number): number {
  switch (p.transport) {
    case 6:
      return tcp(p, at)
    case 17:
      return udp(p, at)
    default:
      return OTHER_TRANSPORT
  }
}

function tcp(p: Packet, at: number): number {
  const view = p.view
  if (at + 20 > p.end) return short(p, MALFORMED_TCP)
  const word = view.getUint16(at + 12)
  const header = (word >>> 12) << 2
  if (header < 20) return MALFORMED_TCP
  if (at + header > p.end) return short(p, MALFORMED_TCP)
  p.transportAt = at
  p.sourcePort = view.getUint16(at)
  p.destinationPort = view.getUint16(at + 2)
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
  return UDP
}

function short(p: Packet, malformed: number): number {
  return p.cut || p.missing > 0 ? CUT_TRANSPORT : malformed
}
