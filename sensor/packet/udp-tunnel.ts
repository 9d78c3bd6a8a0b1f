/**
 * Tunnels in UDP: VXLAN (RFC 7348), GENEVE (RFC 8926). A port is a hint: what does not have the
 * form of a tunnel stays a datagram.
 */
import { GENEVE, TYPE_FRAME, TYPE_IPV4, TYPE_IPV6, VXLAN } from './encapsulation.ts'
import { enter, isFrame, note } from './encapsulation.ts'
import { CUT_TUNNEL, UDP } from './outcome.ts'
import type { Packet } from './packet.ts'

export const VXLAN_PORT = 4789
/** What Linux uses where nobody says another (its ip-link(8)); not registered. */
export const VXLAN_LINUX_PORT = 8472
export const GENEVE_PORT = 6081

/** Flags that have a meaning: VNI valid (section 5), group policy (draft-smith-vxlan-gpe-03). */
const VNI_VALID = 0x08
const GROUP_POLICY = 0x80

/** RFC 7348 section 5: flags, reserved, VNI, reserved. */
export function decodeVxlan(p: Packet): number {
  const { view, payload: at, payloadEnd: end } = p
  if (at + 8 > end) return p.missing > 0 ? CUT_TUNNEL : UDP
  const flags = view.getUint8(at)
  if ((flags & VNI_VALID) === 0) return UDP
  const reserved = (flags & GROUP_POLICY) === 0 ? view.getUint32(at) & 0xffffff : 0
  const last = view.getUint32(at + 4)
  p.end = end
  // Receivers ignore reserved bits; then the frame must show that it is one.
  const isUsual = (flags & ~(VNI_VALID | GROUP_POLICY)) === 0 && reserved === 0
  const isHinted = isUsual && (last & 0xff) === 0 && p.destinationPort === VXLAN_PORT
  if (!isHinted && !isFrame(p, at + 8)) return UDP
  note(p, VXLAN, last >>> 8)
  return enter(p, at + 8, TYPE_FRAME, true)
}

/** RFC 8926 section 3.4: version, length of options, flags, EtherType, VNI, reserved, options. */
export function decodeGeneve(p: Packet): number {
  const { view, payload: at, payloadEnd: end } = p
  if (at + 8 > end) return p.missing > 0 ? CUT_TUNNEL : UDP
  const first = view.getUint8(at)
  const type = view.getUint16(at + 2)
  if (first >>> 6 !== 0) return UDP
  if (type !== TYPE_FRAME && type !== TYPE_IPV4 && type !== TYPE_IPV6) return UDP
  const content = at + 8 + ((first & 63) << 2)
  if (content > end) return p.missing > 0 ? CUT_TUNNEL : UDP
  p.end = end
  note(p, GENEVE, view.getUint32(at + 4) >>> 8)
  return enter(p, content, type, true)
}
