/** Link layers of few: tags of switch chips (Linux DSA), and Linux' netfilter log. */
import { addTag, decodeTyped, shortLink } from './ether-type.ts'
import { decodeIpv4 } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import { MALFORMED_LINK, OTHER_ETHERTYPE } from './outcome.ts'
import type { Packet } from './packet.ts'
import { UNREAD_FAMILY } from './unread.ts'

/** Broadcom's tag within the frame and before it; Marvell's DSA and DSA with an EtherType. */
const BROADCOM = 281
const BROADCOM_PREPENDED = 282
const MARVELL = 284

export function decodeSwitchTag(p: Packet, from: number, linkType: number): number {
  const at = linkType === BROADCOM_PREPENDED ? from + 4 : from
  // Addresses, the tag, EtherType.
  const tag = linkType === BROADCOM_PREPENDED ? 0 : linkType <= MARVELL ? 4 : 8
  const type = at + 12 + tag
  if (type + 2 > p.end) return shortLink(p)
  p.destinationMac = at
  p.sourceMac = at + 6
  if (linkType !== BROADCOM && tag > 0) marvell(p, type - 4)
  return decodeTyped(p, type + 2, p.view.getUint16(type))
}

/** Code, tagged, device; port and flags; priority and VLAN, which stands for a tag where bit 5. */
function marvell(p: Packet, at: number): void {
  if ((p.view.getUint8(at) & 0x20) !== 0) addTag(p, p.view.getUint16(at + 2) & 0x0fff)
}

/** Attribute that holds the packet (linux/netfilter/nfnetlink_log.h). */
const PAYLOAD = 9
/** Attributes before it; Linux knows some twenty. */
const ATTRIBUTES_MAX = 32

/** Family, version 0, resource; attributes of length and type in the order of the machine. */
export function decodeNflog(p: Packet, from: number): number {
  const view = p.view
  if (from + 4 > p.end) return shortLink(p)
  const family = view.getUint8(from)
  let at = from + 4
  for (let i = 0; i < ATTRIBUTES_MAX; i++) {
    if (at + 4 > p.end) return shortLink(p)
    // A length over 0x0fff in one order is one below it in the other.
    const little = view.getUint16(at + 2, true) < 0x100
    const length = view.getUint16(at, little)
    if (length < 4) return MALFORMED_LINK
    if (view.getUint16(at + 2, little) === PAYLOAD) {
      if (family === 2) return decodeIpv4(p, at + 4)
      if (family === 10) return decodeIpv6(p, at + 4)
      p.unread = UNREAD_FAMILY | family
      return OTHER_ETHERTYPE
    }
    at += (length + 3) & ~3
  }
  return MALFORMED_LINK
}
