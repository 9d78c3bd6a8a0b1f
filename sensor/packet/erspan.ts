/**
 * ERSPAN (draft-foschiano-erspan-03): copies of frames that a switch sends in GRE. Who sent them
 * and in which session is the mirror's label; the frame within is what was mirrored.
 */
import { TYPE_FRAME, aroundOf, enter, shortTunnel } from './encapsulation.ts'
import { MALFORMED_TUNNEL, OTHER_ETHERTYPE } from './outcome.ts'
import type { Packet } from './packet.ts'

/** Frame types of type III: an Ethernet frame, an IP packet. */
const FRAME_ETHERNET = 0
const FRAME_IP = 2

/** Type I has no header: the frame begins behind GRE, which has no sequence number. */
export function enterErspan1(p: Packet, at: number): number {
  label(p, 1, -1, 0)
  return enter(p, at, TYPE_FRAME, true)
}

/** Section 4.2, 8 octets: version, VLAN; class, encapsulation, T, session; port index. */
export function decodeErspan2(p: Packet, at: number): number {
  if (at + 8 > p.end) return shortTunnel(p)
  const word = p.view.getUint32(at)
  if (word >>> 28 !== 1) return MALFORMED_TUNNEL
  labelled(p, 2, word)
  return enter(p, at + 8, TYPE_FRAME, true)
}

/** Section 4.3, 12 octets, and a platform's own 8 where the last bit says so. */
export function decodeErspan3(p: Packet, at: number): number {
  if (at + 12 > p.end) return shortTunnel(p)
  const word = p.view.getUint32(at)
  if (word >>> 28 !== 2) return MALFORMED_TUNNEL
  const last = p.view.getUint16(at + 10)
  const from = at + 12 + ((last & 1) << 3)
  if (from >= p.end) return shortTunnel(p)
  const frameType = (last >>> 10) & 31
  labelled(p, 3, word)
  if (frameType === FRAME_ETHERNET) return enter(p, from, TYPE_FRAME, true)
  const version = p.view.getUint8(from) >>> 4
  if (frameType === FRAME_IP && (version === 4 || version === 6)) {
    return enter(p, from, version === 4 ? 0x0800 : 0x86dd, true)
  }
  p.unread = 0x22eb
  return OTHER_ETHERTYPE
}

function labelled(p: Packet, type: number, word: number): void {
  label(p, type, word & 0x3ff, (word >>> 16) & 0xfff)
  // T: the mirror cut the frame; what is missing is not missing on the wire.
  if ((word & 0x400) !== 0) p.cut = true
}

/** The outermost mirror is the one that sent it to us. */
function label(p: Packet, type: number, session: number, vlan: number): void {
  const around = aroundOf(p)
  if (around.mirror !== 0) return
  around.mirror = type
  around.mirrorSession = session
  around.mirrorVlan = vlan
  around.mirrorVlanAt = p.vlanCount
  around.mirrorFamily = p.family
  const source = around.mirrorSource
  source[0] = p.source0
  source[1] = p.source1
  source[2] = p.source2
  source[3] = p.source3
}
