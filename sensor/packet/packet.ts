/**
 * One captured frame, decoded in place. There is one object for all packets: each `decode`
 * overwrites it, nothing is allocated and no byte is copied. Offsets are those of `bytes`.
 */
import { decodeLink } from './link.ts'

/** TCP control bits (RFC 9293 section 3.1). */
export const FIN = 1
export const SYN = 2
export const RST = 4
export const ACK = 16

/** VLAN tags that are kept; deeper stacks are decoded up to `VLAN_TAGS_MAX`. */
export const VLANS_KEPT = 4

export class Packet {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Number in the capture, from 1. */
  number = 0
  /** µs since 1970. */
  time = 0
  /** Length on the wire. */
  wire = 0
  /** End of what belongs to the packet, Ethernet padding trimmed. */
  end = 0
  /** Fewer bytes captured than were on the wire. */
  cut = false

  /** Offsets of the MAC addresses, -1 where the link has none. */
  sourceMac = -1
  destinationMac = -1
  vlanCount = 0
  vlan0 = 0
  vlan1 = 0
  vlan2 = 0
  vlan3 = 0

  /** 4, 6, or 0 where there is no IP. */
  family = 0
  /** IPv4 addresses stand in the first word. */
  source0 = 0
  source1 = 0
  source2 = 0
  source3 = 0
  destination0 = 0
  destination1 = 0
  destination2 = 0
  destination3 = 0
  /** Identification field of IPv4 (RFC 6864), -1 for IPv6. */
  identification = -1
  /** Time to live, or hop limit. */
  ttl = 0
  /** IANA protocol number. */
  transport = 0
  /** Offset of the transport header. */
  transportAt = 0
  /** Checksum of TCP or UDP as found: sending cards fill it in later, so it is not verified. */
  checksum = 0
  sourcePort = 0
  destinationPort = 0

  sequence = 0
  acknowledgement = 0
  flags = 0
  /** Transport payload; for ARP the ARP packet itself. */
  payload = 0
  payloadEnd = 0
  /** Payload bytes that the headers promise beyond `payloadEnd` and the snap length cut off. */
  missing = 0

  /** Returns one of the numbers in `outcome.ts`. */
  decode(
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    captured: number,
    wire: number,
    linkType: number,
  ): number {
    this.bytes = bytes
    this.view = view
    this.wire = wire
    this.end = Math.min(offset + captured, bytes.length)
    this.cut = captured < wire
    this.sourceMac = -1
    this.destinationMac = -1
    this.vlanCount = 0
    this.family = 0
    this.missing = 0
    return decodeLink(this, offset, linkType)
  }

  vlans(): number[] {
    return [this.vlan0, this.vlan1, this.vlan2, this.vlan3].slice(
      0,
      Math.min(this.vlanCount, VLANS_KEPT),
    )
  }
}
