/** PPP (RFC 1661, RFC 1662) and PPP over Ethernet (RFC 2516). */
import { PPPOE, TYPE_IPV4, TYPE_IPV6, enter, note, shortTunnel } from './encapsulation.ts'
import { MALFORMED_TUNNEL, OTHER_ETHERTYPE } from './outcome.ts'
import type { Packet } from './packet.ts'
import { UNREAD_PPP } from './unread.ts'

/** RFC 2516 section 4: version and type 1, code 0 for a session, session, length. */
export function decodePppoe(p: Packet, at: number): number {
  const view = p.view
  if (at + 6 > p.end) return shortTunnel(p)
  if (view.getUint16(at) !== 0x1100) return MALFORMED_TUNNEL
  note(p, PPPOE, view.getUint16(at + 2))
  const end = at + 6 + view.getUint16(at + 4)
  if (end < p.end) p.end = end
  return decodePpp(p, at + 6)
}

/** RFC 1662 section 3.1, with and without address and control; RFC 1661 section 2. */
export function decodePpp(p: Packet, from: number): number {
  const view = p.view
  let at = from
  if (at + 2 > p.end) return shortTunnel(p)
  if (view.getUint16(at) === 0xff03) at += 2
  if (at >= p.end) return shortTunnel(p)
  // RFC 1661 section 6.5: a compressed protocol field is one octet, and odd.
  let protocol = view.getUint8(at++)
  if ((protocol & 1) === 0) {
    if (at >= p.end) return shortTunnel(p)
    protocol = (protocol << 8) | view.getUint8(at++)
  }
  switch (protocol) {
    case 0x0021:
      return enter(p, at, TYPE_IPV4, false)
    case 0x0057:
      return enter(p, at, TYPE_IPV6, false)
    // RFC 3032 section 4.3.
    case 0x0281:
      return enter(p, at, 0x8847, false)
    case 0x0283:
      return enter(p, at, 0x8848, false)
    default:
      p.unread = UNREAD_PPP | protocol
      return OTHER_ETHERTYPE
  }
}
