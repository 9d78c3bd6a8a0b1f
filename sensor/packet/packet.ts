/**
 * One captured frame, decoded in place. There is one object for all packets: each `decode`
 * overwrites it, nothing is allocated and no byte is copied. Offsets are those of `bytes`.
 */
import { Around } from './encapsulation.ts'
import { decodeEthernet, decodeInner } from './ether-type.ts'
import { decodeExtensions } from './ipv6.ts'
import { LINK_ETHERNET, decodeLink } from './link.ts'
import { INNER } from './outcome.ts'
import { decodeTransport } from './transport.ts'

/** TCP control bits (RFC 9293 section 3.1). */
export const FIN = 1
export const SYN = 2
export const RST = 4
export const ACK = 16
export const URG = 32

/** VLAN tags that are kept; deeper stacks are decoded up to `VLAN_TAGS_MAX`. */
const VLANS_KEPT = 4

/** What makes a fragment one of a datagram, and where its bytes belong. */
export class Fragment {
  id = 0
  offset = 0
  /** More come behind it. */
  more = false
}

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
  /** End of the captured frame, its padding and trailers with it. */
  frameEnd = 0
  /** Fewer bytes captured than were on the wire, or the mirror cut the frame itself. */
  cut = false

  /** Offsets of the MAC addresses, -1 where the link has none. */
  sourceMac = -1
  destinationMac = -1
  vlanCount = 0
  /** The mirror port that it came in by, '' where the way of capture does not say. */
  interface = ''
  vlan0 = 0
  vlan1 = 0
  vlan2 = 0
  vlan3 = 0

  /** Something encapsulates the packet, and `around` says what. */
  wrapped = false
  readonly around = new Around()

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

  /** Of a fragment, whose bytes are then the payload. */
  readonly fragment = new Fragment()
  /** Of what is not read: EtherType, IP protocol or link type (`unread.ts`). */
  unread = 0

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
    this.end = this.frameEnd = Math.min(offset + captured, bytes.length)
    this.cut = captured < wire
    this.sourceMac = -1
    this.destinationMac = -1
    this.vlanCount = 0
    this.family = 0
    this.missing = 0
    this.wrapped = false
    // What nearly all packets are goes past the switch, so that the compiler can inline it.
    const outcome =
      linkType === LINK_ETHERNET ? decodeEthernet(this, offset) : decodeLink(this, offset, linkType)
    return outcome === INNER ? this.#follow(outcome) : outcome
  }

  /**
   * Goes on with a datagram that fragments made: its content is `bytes[start, end)`, and
   * `missing` bytes more were not captured. All that was read around it stays as it is.
   */
  resume(bytes: Uint8Array, view: DataView, start: number, end: number, missing: number): number {
    this.bytes = bytes
    this.view = view
    this.end = this.frameEnd = end
    this.cut = missing > 0
    this.missing = missing
    return this.#follow(
      this.family === 4
        ? decodeTransport(this, start)
        : decodeExtensions(this, start, this.transport),
    )
  }

  #follow(first: number): number {
    let outcome = first
    while (outcome === INNER) outcome = decodeInner(this)
    return outcome
  }

  /** Tags of the frame whose addresses count, the outermost first: not those of its tunnels. */
  vlans(): number[] {
    const tags = this.#tags()
    if (!this.wrapped) return tags
    const { vlanFrom, mirror, mirrorVlan, mirrorVlanAt } = this.around
    const count = Math.min(this.vlanCount - vlanFrom, tags.length)
    const own = tags.slice(tags.length - count)
    if (mirror === 0 || mirrorVlan === 0 || mirrorVlanAt < vlanFrom) return own
    // The mirror names the VLAN of the frame, whether the frame kept its tag or not.
    return own[0] === mirrorVlan ? own : [mirrorVlan, ...own]
  }

  /** All tags, those around tunnels first. */
  allVlans(): number[] {
    const tags = this.#tags()
    if (!this.wrapped) return tags
    const count = Math.min(this.vlanCount - this.around.vlanFrom, tags.length)
    return [...tags.slice(0, tags.length - count), ...this.vlans()]
  }

  #tags(): number[] {
    return [this.vlan0, this.vlan1, this.vlan2, this.vlan3].slice(
      0,
      Math.min(this.vlanCount, VLANS_KEPT),
    )
  }
}
