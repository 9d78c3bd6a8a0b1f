/** Encapsulations: their names, and how a decoder enters one. */
import { CUT_TUNNEL, INNER, MALFORMED_TUNNEL } from './outcome.ts'
import type { Packet } from './packet.ts'

/** By number of kind; the field `ot.encapsulation.type`. */
export const encapsulations = [
  '',
  'mpls',
  'pppoe',
  'vxlan',
  'geneve',
  'gre',
  'nvgre',
  'ip-in-ip',
  '6in4',
  '4in6',
  '6in6',
  'hsr',
] as const

export const MPLS = 1
export const PPPOE = 2
export const VXLAN = 3
export const GENEVE = 4
export const GRE = 5
export const NVGRE = 6
export const IP_IN_IP = 7
export const IP6_IN_IP4 = 8
export const IP4_IN_IP6 = 9
export const IP6_IN_IP6 = 10
export const HSR = 11

/** Tunnels within tunnels: a mirror of a tunnel within a tunnel makes three. */
export const DEPTH_MAX = 4

/** Labels that are kept: four tunnels, one of them with a stack of MPLS. */
export const LAYERS_KEPT = 8

/** EtherTypes, which GRE and GENEVE use for their content too. */
export const TYPE_IPV4 = 0x0800
export const TYPE_IPV6 = 0x86dd
/** Transparent Ethernet bridging: a frame with its own addresses. */
export const TYPE_FRAME = 0x6558

/** What was taken off a packet; of the mirror's copy too. One object for all packets. */
export class Around {
  /** Tunnels entered: the addresses of the packet are those of the innermost. */
  depth = 0
  /** Tags before this one stand outside of the tunnel, and say nothing of who is in it. */
  vlanFrom = 0
  /** Of a tunnel that was just entered: EtherType of its content, where that begins. */
  type = 0
  at = 0
  /** It runs over IP, so that the frame around it is not that of the hosts within. */
  overIp = false
  /** Kinds and identifiers, -1 where there is none; the outermost first. */
  count = 0
  readonly kinds = new Uint8Array(LAYERS_KEPT)
  readonly ids = new Float64Array(LAYERS_KEPT)
  /** ERSPAN type 1, 2 or 3 of the mirror that sent this copy; 0 where none did. */
  mirror = 0
  /** -1 where the type has none. */
  mirrorSession = -1
  /** VLAN that the mirror saw the frame in, 0 where it does not say; tags that stand before it. */
  mirrorVlan = 0
  mirrorVlanAt = 0
  mirrorFamily = 0
  readonly mirrorSource = new Int32Array(4)
}

/** What is around `p`, begun anew where nothing was so far. */
export function aroundOf(p: Packet): Around {
  const { around } = p
  if (!p.wrapped) {
    p.wrapped = true
    around.depth = around.vlanFrom = around.count = around.mirror = 0
  }
  return around
}

/** Keeps a label; `id` is -1 where there is none. */
export function note(p: Packet, kind: number, id: number): void {
  const around = aroundOf(p)
  const at = around.count++
  if (at >= LAYERS_KEPT) return
  around.kinds[at] = kind
  around.ids[at] = id
}

/** What follows at `at` is of EtherType `type`, and the hosts in it are those that count. */
export function enter(p: Packet, at: number, type: number, overIp: boolean): number {
  const around = aroundOf(p)
  around.type = type
  around.at = at
  around.overIp = overIp
  return INNER
}

/** A tunnel's header does not fit. */
export function shortTunnel(p: Packet): number {
  return p.cut || p.missing > 0 ? CUT_TUNNEL : MALFORMED_TUNNEL
}

/** Whether an Ethernet frame with content that we know begins at `at`. */
export function isFrame(p: Packet, at: number): boolean {
  if (at + 15 > p.end) return false
  const nibble = p.view.getUint8(at + 14) >>> 4
  switch (p.view.getUint16(at + 12)) {
    case TYPE_IPV4:
      return nibble === 4
    case TYPE_IPV6:
      return nibble === 6
    // ARP, and tags.
    case 0x0806:
    case 0x8100:
    case 0x88a8:
      return true
    default:
      return false
  }
}
