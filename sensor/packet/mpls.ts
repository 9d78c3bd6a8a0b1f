/** MPLS label stacks (RFC 3032 section 2.1) and what is below them. */
import { MPLS, TYPE_FRAME, TYPE_IPV4, TYPE_IPV6 } from './encapsulation.ts'
import { enter, isFrame, note, shortTunnel } from './encapsulation.ts'
import { MALFORMED_TUNNEL, OTHER_ETHERTYPE } from './outcome.ts'
import type { Packet } from './packet.ts'

/** Real stacks have two to five; more is an attempt to tire the reader. */
const LABELS_MAX = 16

export function decodeMpls(p: Packet, from: number, type: number): number {
  let at = from
  for (let labels = 0; labels < LABELS_MAX; labels++) {
    if (at + 4 > p.end) return shortTunnel(p)
    const entry = p.view.getUint32(at)
    note(p, MPLS, entry >>> 12)
    at += 4
    // Bottom of the stack.
    if ((entry & 0x100) !== 0) return content(p, at, type)
  }
  return MALFORMED_TUNNEL
}

/**
 * Nothing names the content; by custom its first nibble does (RFC 4928 section 3). A pseudowire
 * of Ethernet (RFC 4448) is taken where what it would carry is what we know, behind a control word
 * (section 4.6) or without, and not both.
 */
function content(p: Packet, at: number, type: number): number {
  if (at >= p.end) return shortTunnel(p)
  const nibble = p.view.getUint8(at) >>> 4
  if (nibble === 4) return enter(p, at, TYPE_IPV4, false)
  if (nibble === 6) return enter(p, at, TYPE_IPV6, false)
  const bare = isFrame(p, at)
  const controlled = nibble === 0 && isFrame(p, at + 4)
  if (bare !== controlled) return enter(p, bare ? at : at + 4, TYPE_FRAME, false)
  p.unread = type
  return p.cut && at + 19 > p.end ? shortTunnel(p) : OTHER_ETHERTYPE
}
