/** Link layers (https://www.tcpdump.org/linktypes.html). */
import { decodeEtherType, decodeEthernet, decodeLlc, shortLink } from './ether-type.ts'
import { decodeIpv4 } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import { MALFORMED_LINK, OTHER_ETHERTYPE, OTHER_LINK } from './outcome.ts'
import type { Packet } from './packet.ts'
import { decodePpp, decodePppoe } from './ppp.ts'
import { decodeNflog, decodeSwitchTag } from './link-odd.ts'
import { UNREAD_FAMILY } from './unread.ts'

export const LINK_ETHERNET = 1
const LINK_PKTAP = 258

export function decodeLink(p: Packet, at: number, linkType: number): number {
  switch (linkType) {
    case LINK_ETHERNET:
      return decodeEthernet(p, at)
    // Raw IP: 101 as the list has it, 12 and 14 as the BSDs write it.
    case 101:
    case 12:
    case 14:
      return rawIp(p, at)
    case 228:
      return decodeIpv4(p, at)
    case 229:
      return decodeIpv6(p, at)
    // NULL and LOOP.
    case 0:
    case 108:
      return loopback(p, at)
    // Linux "cooked", versions 1 and 2.
    case 113:
      return linuxCooked(p, at)
    case 276:
      return linuxCooked2(p, at)
    case 9:
      return decodePpp(p, at)
    // PPP in HDLC-like framing, or Cisco's HDLC: the first octet tells.
    case 50:
    case 104:
      return hdlc(p, at)
    case 51:
      return decodePppoe(p, at)
    default:
      return rareLink(p, at, linkType)
  }
}

function rareLink(p: Packet, at: number, linkType: number): number {
  switch (linkType) {
    // LLC and SNAP of RFC 1483, and of RFC 2225 behind Linux' own ATM.
    case 100:
    case 106:
      return decodeLlc(p, at)
    case 239:
      return decodeNflog(p, at)
    // IP over InfiniBand: 40 octets of addresses, EtherType, reserved.
    case 242:
      if (at + 44 > p.end) return shortLink(p)
      return decodeEtherType(p, at + 44, p.view.getUint16(at + 40))
    // Frames with the tag of a switch chip, as Linux sees them at the processor's port.
    case 281:
    case 282:
    case 284:
    case 285:
      return decodeSwitchTag(p, at, linkType)
    case LINK_PKTAP:
      return packetTap(p, at)
    default:
      p.unread = linkType
      return OTHER_LINK
  }
}

function rawIp(p: Packet, at: number): number {
  if (at >= p.end) return shortLink(p)
  const version = p.view.getUint8(at) >>> 4
  if (version === 4) return decodeIpv4(p, at)
  return version === 6 ? decodeIpv6(p, at) : MALFORMED_LINK
}

/** Four bytes of address family in the order of the machine that captured. */
function loopback(p: Packet, at: number): number {
  if (at + 4 > p.end) return shortLink(p)
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
      p.unread = UNREAD_FAMILY | (family & 0xffff)
      return OTHER_ETHERTYPE
  }
}

function linuxCooked(p: Packet, at: number): number {
  if (at + 16 > p.end) return shortLink(p)
  if (p.view.getUint16(at + 4) === 6) p.sourceMac = at + 6
  return cookedType(p, at + 16, p.view.getUint16(at + 14))
}

function linuxCooked2(p: Packet, at: number): number {
  if (at + 20 > p.end) return shortLink(p)
  if (p.view.getUint8(at + 11) === 6) p.sourceMac = at + 12
  return cookedType(p, at + 20, p.view.getUint16(at))
}

/** Below 0x0600 stand Linux' own numbers; 4 is LLC. */
function cookedType(p: Packet, at: number, type: number): number {
  return type === 0x0004 ? decodeLlc(p, at) : decodeEtherType(p, at, type)
}

/** Cisco: address 0x0f or 0x8f, control, EtherType. */
function hdlc(p: Packet, at: number): number {
  if (at + 4 > p.end) return shortLink(p)
  if (p.view.getUint8(at) === 0xff) return decodePpp(p, at)
  return decodeEtherType(p, at + 4, p.view.getUint16(at + 2))
}

/** macOS: length of the header, type of record, link type, in little-endian order. */
function packetTap(p: Packet, at: number): number {
  if (at + 12 > p.end) return shortLink(p)
  const from = at + p.view.getUint32(at, true)
  const linkType = p.view.getUint32(at + 8, true)
  if (from > p.end || from < at + 12) return shortLink(p)
  p.unread = linkType
  return linkType === LINK_PKTAP ? OTHER_LINK : decodeLink(p, from, linkType)
}
