/**
 * Ethernet frames: addresses, tags (IEEE 802.1Q-2022 section 9, IEC 62439-3 section 5), LLC, and
 * the EtherType that says what follows.
 */
import { DEPTH_MAX, HSR, TYPE_FRAME, TYPE_IPV4, TYPE_IPV6, enter, note } from './encapsulation.ts'
import { decodeIpv4 } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import { decodeMpls } from './mpls.ts'
import {
  ARP,
  CUT_LINK,
  CUT_NETWORK,
  MALFORMED_ARP,
  MALFORMED_LINK,
  MALFORMED_VLAN,
  OTHER_ETHERTYPE,
  TUNNEL_DEPTH,
} from './outcome.ts'
import type { Packet } from './packet.ts'
import { decodePppoe } from './ppp.ts'
import { UNREAD_LLC } from './unread.ts'

/** More tags than this are no VLAN stack: real ones have two, three with a provider's. */
const VLAN_TAGS_MAX = 8

export function decodeEthernet(p: Packet, at: number): number {
  if (at + 14 > p.end) return shortLink(p)
  p.destinationMac = at
  p.sourceMac = at + 6
  const type = p.view.getUint16(at + 12)
  if (type === TYPE_IPV4) return decodeIpv4(p, at + 14)
  return decodeTyped(p, at + 14, type)
}

/** IEEE 802.3: below 0x0600 the field is the length of an LLC frame. */
export function decodeTyped(p: Packet, at: number, type: number): number {
  if (type >= 0x0600) return decodeEtherType(p, at, type)
  const end = at + type
  if (end < p.end) p.end = end
  return decodeLlc(p, at)
}

/** SNAP with OUI 0 carries an EtherType (RFC 1042). */
export function decodeLlc(p: Packet, at: number): number {
  if (at >= p.end) return shortLink(p)
  p.unread = UNREAD_LLC | p.view.getUint8(at)
  if (at + 8 > p.end) return OTHER_ETHERTYPE
  if (p.view.getUint32(at) !== 0xaaaa0300 || p.view.getUint16(at + 4) !== 0) return OTHER_ETHERTYPE
  return decodeEtherType(p, at + 8, p.view.getUint16(at + 6))
}

/** What the EtherType `type` says is at `at`. */
export function decodeEtherType(p: Packet, from: number, first: number): number {
  let at = from
  let type = first
  for (let tags = 0; tags <= VLAN_TAGS_MAX; tags++) {
    switch (type) {
      case TYPE_IPV4:
        return decodeIpv4(p, at)
      case TYPE_IPV6:
        return decodeIpv6(p, at)
      case 0x0806:
        return arp(p, at)
      case 0x8100:
      case 0x88a8:
      case 0x9100:
      case 0x9200:
        if (at + 4 > p.end) return shortLink(p)
        addTag(p, p.view.getUint16(at) & 0x0fff)
        type = p.view.getUint16(at + 2)
        at += 4
        if (type < 0x0600) return decodeTyped(p, at, type)
        break
      // HSR (IEC 62439-3 section 5.6): path and size, sequence number, EtherType.
      case 0x892f:
        if (at + 6 > p.end) return shortLink(p)
        note(p, HSR, -1)
        type = p.view.getUint16(at + 4)
        at += 6
        if (type < 0x0600) return decodeTyped(p, at, type)
        break
      // Cisco's metadata: version, length, option, security group, EtherType.
      case 0x8909:
        if (at + 8 > p.end) return shortLink(p)
        type = p.view.getUint16(at + 6)
        at += 8
        if (type < 0x0600) return decodeTyped(p, at, type)
        break
      case 0x8847:
      case 0x8848:
        return decodeMpls(p, at, type)
      case 0x8864:
        return decodePppoe(p, at)
      case TYPE_FRAME:
        return enter(p, at, TYPE_FRAME, false)
      default:
        p.unread = type
        return OTHER_ETHERTYPE
    }
  }
  return MALFORMED_VLAN
}

/** The content of a tunnel; the endpoints are now those within. */
export function decodeInner(p: Packet): number {
  const { around } = p
  if (around.depth === DEPTH_MAX) return TUNNEL_DEPTH
  around.depth++
  const { type, at } = around
  if (type === TYPE_FRAME || around.overIp) {
    around.vlanFrom = p.vlanCount
    p.sourceMac = p.destinationMac = -1
  }
  return type === TYPE_FRAME ? decodeEthernet(p, at) : decodeEtherType(p, at, type)
}

/** Of more tags than are kept the innermost stays, which is the one that counts. */
export function addTag(p: Packet, id: number): void {
  if (p.vlanCount === 0) p.vlan0 = id
  else if (p.vlanCount === 1) p.vlan1 = id
  else if (p.vlanCount === 2) p.vlan2 = id
  else p.vlan3 = id
  p.vlanCount++
}

function arp(p: Packet, at: number): number {
  // RFC 826: hardware Ethernet, protocol IPv4, lengths 6 and 4. Others are not ours to judge.
  if (at + 28 > p.end) return p.cut || p.missing > 0 ? CUT_NETWORK : MALFORMED_ARP
  if (p.view.getUint16(at + 2) !== 0x0800 || p.view.getUint16(at + 4) !== 0x0604) {
    return MALFORMED_ARP
  }
  p.payload = at
  p.payloadEnd = at + 28
  return ARP
}

export function shortLink(p: Packet): number {
  return p.cut || p.missing > 0 ? CUT_LINK : MALFORMED_LINK
}
