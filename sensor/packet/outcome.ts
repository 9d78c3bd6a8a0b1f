/**
 * What a packet turned out to be: a closed list, so that packets in and packets accounted for
 * balance exactly. Plain numbers, as they index the counters of the hot path.
 */

export const outcomes = [
  'tcp',
  'udp',
  'arp',
  'fragment',
  'other-transport',
  'other-ethertype',
  'other-link',
  'cut-link',
  'cut-network',
  'cut-transport',
  'malformed-link',
  'malformed-vlan',
  'malformed-ipv4',
  'malformed-ipv6',
  'malformed-tcp',
  'malformed-udp',
  'malformed-arp',
  'cut-tunnel',
  'malformed-tunnel',
  'tunnel-depth',
] as const
export type Outcome = (typeof outcomes)[number]

export const TCP = 0
export const UDP = 1
export const ARP = 2
/** An IP fragment; what fragments make is counted apart (`fragments.ts`). */
export const FRAGMENT = 3
export const OTHER_TRANSPORT = 4
export const OTHER_ETHERTYPE = 5
export const OTHER_LINK = 6
/** The snap length ended inside a header: nothing is wrong with the traffic. */
export const CUT_LINK = 7
export const CUT_NETWORK = 8
export const CUT_TRANSPORT = 9
export const MALFORMED_LINK = 10
export const MALFORMED_VLAN = 11
export const MALFORMED_IPV4 = 12
export const MALFORMED_IPV6 = 13
export const MALFORMED_TCP = 14
export const MALFORMED_UDP = 15
export const MALFORMED_ARP = 16
/** The snap length ended inside the header of a tunnel. */
export const CUT_TUNNEL = 17
export const MALFORMED_TUNNEL = 18
/** Tunnels within tunnels, more than are taken off (`DEPTH_MAX`). */
export const TUNNEL_DEPTH = 19

/** No outcome: a tunnel was entered, and `Packet.inner` says what is in it. */
export const INNER = -1
