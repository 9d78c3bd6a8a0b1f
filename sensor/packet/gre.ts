/** GRE (RFC 2784, RFC 2890, routing of RFC 1701) and NVGRE (RFC 7637). */
import { GRE, NVGRE, TYPE_FRAME, enter, note, shortTunnel } from './encapsulation.ts'
import { decodeErspan2, decodeErspan3, enterErspan1 } from './erspan.ts'
import { MALFORMED_TUNNEL, OTHER_ETHERTYPE, OTHER_TRANSPORT } from './outcome.ts'
import type { Packet } from './packet.ts'

const CHECKSUM = 0x8000
const ROUTING = 0x4000
const KEY = 0x2000
const SEQUENCE = 0x1000
/** Source route entries (RFC 1701 section 2); none are in use any more. */
const ROUTES_MAX = 8
/** RFC 7637 section 3.2: lower identifiers are reserved, so the key is that of a plain tunnel. */
const VSID_MIN = 0x1000

export function decodeGre(p: Packet, from: number): number {
  const view = p.view
  if (from + 4 > p.end) return shortTunnel(p)
  const flags = view.getUint16(from)
  const type = view.getUint16(from + 2)
  // Version 1 is that of PPTP (RFC 2637), whose content is compressed or encrypted.
  if ((flags & 7) !== 0) {
    p.unread = p.transport
    return OTHER_TRANSPORT
  }
  let at = from + 4
  if ((flags & (CHECKSUM | ROUTING)) !== 0) at += 4
  let key = -1
  if ((flags & KEY) !== 0) {
    if (at + 4 > p.end) return shortTunnel(p)
    key = view.getUint32(at)
    at += 4
  }
  if ((flags & SEQUENCE) !== 0) at += 4
  if ((flags & ROUTING) !== 0) at = routed(p, at)
  if (at < 0) return MALFORMED_TUNNEL
  if (at > p.end) return shortTunnel(p)
  return content(p, at, type, flags, key)
}

/** Past the source route entries; -1 where they have no end. */
function routed(p: Packet, from: number): number {
  let at = from
  for (let i = 0; i <= ROUTES_MAX; i++) {
    if (at + 4 > p.end) return at + 4
    const family = p.view.getUint16(at)
    const length = p.view.getUint8(at + 3)
    at += 4 + length
    if (family === 0 && length === 0) return at
  }
  return -1
}

function content(p: Packet, at: number, type: number, flags: number, key: number): number {
  if (type === 0x88be) {
    return (flags & SEQUENCE) === 0 ? enterErspan1(p, at) : decodeErspan2(p, at)
  }
  if (type === 0x22eb) return decodeErspan3(p, at)
  if (type < 0x0600) {
    p.unread = type
    return OTHER_ETHERTYPE
  }
  const isVirtual = type === TYPE_FRAME && (flags & 0xf000) === KEY && key >>> 8 >= VSID_MIN
  note(p, isVirtual ? NVGRE : GRE, isVirtual ? key >>> 8 : key)
  return enter(p, at, type, true)
}
