/**
 * Link layers (https://www.tcpdump.org/linktypes.html), VLAN tags (IEEE 802.1Q-2022 section 9)
 * and the EtherType that says what follows.
 */
import { decodeIpv4 } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import {
  ARP,
  CUT_LINK,
  CUT_NETWORK,
  MALFORMED_ARP,
  MALFORMED_LINK,
  MALFORMED_VLAN,
  OTHER_ETHERTYPE,
  OTHER_LINK,
} from './outcome.ts'
import type { Packet } from './packet.ts'

/** More tags than this are no VLAN stack: real ones have two, three with a provider's. */
const VLAN_TAGS_MAX = 8

/** Link types (https://www.tcpdump.org/linktypes.html). */
const LINK_NULL = 0
const LINK_ETHERNET = 1
const LINK_PPP = 9
const LINK_LOOP = 108
const LINK_LINUX_SLL = 113
const LINK_IPV4 = 228
const LINK_IPV6 = 229
const LINK_LINUX_SLL2 = 276

export function decodeLink(p: Packet, at: number, linkType: number): number {
  switch (linkType) {
    case LINK_ETHERNET:
      return ethernet(p, at)
    // Raw IP: 101 as the list has it, 12 and 14 as the BSDs write it.
    case 101:
    case 12:
    case 14:
      return rawIp(p, at)
    case LINK_IPV4:
      return decodeIpv4(p, at)
    case LINK_IPV6:
      return decodeIpv6(p, at)
    case LINK_NULL:
    case LINK_LOOP:
      return loopback(p, at)
    case LINK_LINUX_SLL:
      return linuxCooked(p, at)
    case LINK_LINUX_SLL2:
      return linuxCooked2(p, at)
    case LINK_PPP:
      return ppp(p, at)
    default:
      return OTHER_LINK
  }
}

function ethernet(p: Packet, at: number): number {
  if (at + 14 > p.end) return short(p)
  p.destinationMac = at
  p.sourceMac = at + 6
  const type = p.view.getUint16(at + 12)
  if (type === 0x0800) return decodeIpv4(p, at + 14)
  if (type >= 0x0600) return etherType(p, at + 14, type)
  // IEEE 802.3: a length. SNAP with OUI 0 carries an EtherType (RFC 1042).
  const end = at + 14 + type
  if (end < p.end) p.end = end
  return snap(p, at + 14)
}

function snap(p: Packet, at: number): number {
  if (at + 8 > p.end) return OTHER_ETHERTYPE
  if (p.view.getUint32(at) !== 0xaaaa0300 || p.view.getUint16(at + 4) !== 0) return OTHER_ETHERTYPE
  return etherType(p, at + 8, p.view.getUint16(at + 6))
}

/** What the EtherType `type` says is at `at`. Tunnels that begin here belong in this switch. */
function etherType(p: Packet, from: number, first: number): number {
  let at = from
  let type = first
  for (let tags = 0; tags <= VLAN_TAGS_MAX; tags++) {
    switch (type) {
      case 0x0800:
        return decodeIpv4(p, at)
      case 0x86dd:
        return decodeIpv6(p, at)
      case 0x0806:
        return arp(p, at)
      case 0x8100:
      case 0x88a8:
      case 0x9100:
      case 0x9200:
        if (at + 4 > p.end) return short(p)
        tag(p, p.view.getUint16(at) & 0x0fff)
        type = p.view.getUint16(at + 2)
        at += 4
        if (type < 0x0600) return snap(p, at)
        break
      default:
        return OTHER_ETHERTYPE
    }
  }
  return MALFORMED_VLAN
}

function tag(p: Packet, id: number): void {
  if (p.vlanCount === 0) p.vlan0 = id
  else if (p.vlanCount === 1) p.vlan1 = id
  else if (p.vlanCount === 2) p.vlan2 = id
  else p.vlan3 = id
  p.vlanCount++
}

function arp(p: Packet, at: number): number {
  // RFC 826: hardware Ethernet, protocol IPv4, lengths 6 and 4. Others are not ours to judge.
  if (at + 28 > p.end) return p.cut ? CUT_NETWORK : MALFORMED_ARP
  if (p.view.getUint16(at + 2) !== 0x0800 || p.view.getUint16(at + 4) !== 0x0604) {
    return MALFORMED_ARP
  }
  p.payload = at
  p.payloadEnd = at + 28
  return ARP
}

function rawIp(p: Packet, at: number): number {
  if (at >= p.end) return short(p)
  const version = p.view.getUint8(at) >>> 4
  if (version === 4) return decodeIpv4(p, at)
  return version === 6 ? decodeIpv6(p, at) : MALFORMED_LINK
}

/** Four bytes of address family in the order of the machine that captured. */
function loopback(p: Packet, at: number): number {
  if (at + 4 > p.end) return short(p)
  const little = p.view.getUint32(at, true)
  const family = little > 0xffff ? p.view.getUint32(at) : little
  switch (family) {
    case 2:
      return decodeIpv4(p, at + 4)
    // AF_INET6: Linux and Windows 10 and 23, NetBSD 24, FreeBSD 28, macOS 30.
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      return decodeIpv6(p, at + 4)
    default:
      return OTHER_ETHERTYPE
  }
}

function linuxCooked(p: Packet, at: number): number {
  if (at + 16 > p.end) return short(p)
  if (p.view.getUint16(at + 4) === 6) p.sourceMac = at + 6
  return cookedType(p, at + 16, p.view.getUint16(at + 14))
}

function linuxCooked2(p: Packet, at: number): number {
  if (at + 20 > p.end) return short(p)
  if (p.view.getUint8(at + 11) === 6) p.sourceMac = at + 12
  return cookedType(p, at + 20, p.view.getUint16(at))
}

function cookedType(p: Packet, at: number, type: number): number {
  return type === 0x0004 ? snap(p, at) : etherType(p, at, type)
}

/** RFC 1662 section 3.1, with and without address and control; RFC 1661 section 2. */
function ppp(p: Packet, from: number): number {
  let at = from
  if (at + 4 > p.end) return short(p)
  if (p.view.getUint16(at) === 0xff03) at += 2
  const protocol = p.view.getUint16(at)
  if (protocol === 0x0021) return decodeIpv4(p, at + 2)
  return protocol === 0x0057 ? decodeIpv6(p, at + 2) : OTHER_ETHERTYPE
}

function short(p: Packet): number {
  return p.cut ? CUT_LINK : MALFORMED_LINK
}
