/** IPv6 and its extension headers (RFC 8200 sections 3 and 4). */
import { CUT_NETWORK, FRAGMENT, MALFORMED_IPV6 } from './outcome.ts'
import type { Packet } from './packet.ts'
import { decodeTransport } from './transport.ts'

export function decodeIpv6(p: Packet, from: number): number {
  const view = p.view
  if (from + 40 > p.end) return short(p)
  if (view.getUint8(from) >>> 4 !== 6) return MALFORMED_IPV6
  const length = view.getUint16(from + 4)
  // Length 0: a jumbogram (RFC 2675) or a large send cut by the card.
  const end = length === 0 ? p.end : from + 40 + length
  if (end <= p.end) {
    p.end = end
    p.missing = 0
  } else {
    p.missing = end - p.end
  }
  p.family = 6
  p.source0 = view.getInt32(from + 8)
  p.source1 = view.getInt32(from + 12)
  p.source2 = view.getInt32(from + 16)
  p.source3 = view.getInt32(from + 20)
  p.destination0 = view.getInt32(from + 24)
  p.destination1 = view.getInt32(from + 28)
  p.destination2 = view.getInt32(from + 32)
  p.destination3 = view.getInt32(from + 36)
  p.identification = -1
  p.ttl = view.getUint8(from + 7)
  return decodeExtensions(p, from + 40, view.getUint8(from + 6))
}

/** The chain of headers that begins with `first` at `from`, up to the transport. */
export function decodeExtensions(p: Packet, from: number, first: number): number {
  const view = p.view
  let at = from
  let next = first
  // Hosts read as many as there are, and each is eight bytes at least.
  for (;;) {
    let length: number
    // IANA protocol numbers: hop-by-hop 0, routing 43, fragment 44, AH 51, destination 60.
    if (next === 0 || next === 43 || next === 60) {
      if (at + 8 > p.end) return short(p)
      length = (view.getUint8(at + 1) + 1) << 3
    } else if (next === 51) {
      if (at + 8 > p.end) return short(p)
      length = (view.getUint8(at + 1) + 2) << 2
    } else if (next === 44) {
      if (at + 8 > p.end) return short(p)
      // An atomic fragment (RFC 6946) is the whole packet.
      if ((view.getUint16(at + 2) & 0xfff9) !== 0) return fragment(p, at)
      length = 8
    } else {
      p.transport = next
      return decodeTransport(p, at)
    }
    next = view.getUint8(at)
    at += length
    if (at > p.end) return short(p)
  }
}

/** RFC 8200 section 4.5. */
function fragment(p: Packet, at: number): number {
  const part = p.view.getUint16(at + 2)
  p.transport = p.view.getUint8(at)
  p.fragment.id = p.view.getUint32(at + 4)
  p.fragment.offset = part & 0xfff8
  p.fragment.more = (part & 1) !== 0
  p.payload = at + 8
  p.payloadEnd = p.end
  return FRAGMENT
}

function short(p: Packet): number {
  return p.cut || p.missing > 0 ? CUT_NETWORK : MALFORMED_IPV6
}
