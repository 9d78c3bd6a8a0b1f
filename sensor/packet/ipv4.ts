/** IPv4 (RFC 791 section 3.1). */
import { CUT_NETWORK, FRAGMENT, MALFORMED_IPV4 } from './outcome.ts'
import type { Packet } from './packet.ts'
import { decodeTcp, decodeTransport } from './transport.ts'

export function decodeIpv4(p: Packet, at: number): number {
  const view = p.view
  if (at + 20 > p.end) return short(p)
  const first = view.getUint8(at)
  const header = (first & 15) << 2
  if (first >>> 4 !== 4 || header < 20) return MALFORMED_IPV4
  if (at + header > p.end) return short(p)
  // Length 0 comes from cards that cut large sends themselves: the frame's end is the packet's.
  const total = view.getUint16(at + 2) || p.end - at
  if (total < header) return MALFORMED_IPV4
  const end = at + total
  if (end <= p.end) {
    p.end = end
    p.missing = 0
  } else {
    p.missing = end - p.end
  }
  p.family = 4
  p.source0 = view.getInt32(at + 12)
  p.destination0 = view.getInt32(at + 16)
  p.source1 = p.source2 = p.source3 = 0
  p.destination1 = p.destination2 = p.destination3 = 0
  const middle = view.getInt32(at + 4)
  p.identification = middle >>> 16
  const hops = view.getUint16(at + 8)
  p.ttl = hops >>> 8
  const transport = hops & 255
  p.transport = transport
  // More Fragments, or an offset.
  const part = middle & 0x3fff
  if (part === 0) {
    return transport === 6 ? decodeTcp(p, at + header) : decodeTransport(p, at + header)
  }
  p.fragment.id = p.identification
  p.fragment.offset = (part & 0x1fff) << 3
  p.fragment.more = part > 0x1fff
  p.payload = at + header
  p.payloadEnd = p.end
  return FRAGMENT
}

function short(p: Packet): number {
  return p.cut || p.missing > 0 ? CUT_NETWORK : MALFORMED_IPV4
}
