/** Link layers (https://www.tcpdump.org/linktypes.html) and ARP. */
import { join, u16, u8 } from './bytes.ts'
import { address } from './ip.ts'

/** One machine: addresses of the ranges for documentation (RFC 5737, RFC 3849, RFC 7042). */
export interface Host {
  readonly mac: string
  readonly ip: string
}

export const station: Host = { mac: '00005e005301', ip: '192.0.2.10' }
export const device: Host = { mac: '00005e005302', ip: '192.0.2.20' }
export const third: Host = { mac: '00005e005303', ip: '192.0.2.30' }

/** EtherTypes (https://www.iana.org/assignments/ieee-802-numbers). */
export const IPV4 = 0x0800
export const IPV6 = 0x86dd
const ARP = 0x0806

export interface Link {
  readonly type: number
  readonly wrap: (from: Host, to: Host, etherType: number, payload: Uint8Array) => Uint8Array
}

/** Tags as `type id`, the outermost first (IEEE 802.1Q-2022 section 9). */
export function ethernet(...tags: readonly (readonly [type: number, id: number])[]): Link {
  return {
    type: 1,
    wrap: (from, to, etherType, payload) => {
      const stack = tags.map(([type, id]) => join(u16(type), u16(id)))
      return padded(join(to.mac, from.mac, ...stack, u16(etherType), payload))
    },
  }
}

/** IEEE 802.3-2022 section 3.2.8: frames have at least 60 bytes before the check sequence. */
function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 60) return bytes
  return join(bytes, new Uint8Array(60 - bytes.length))
}

/** LINKTYPE_LINUX_SLL: packet type, ARPHRD_ETHER, length of the address, address, protocol. */
export const cooked: Link = {
  type: 113,
  wrap: (from, _to, etherType, payload) =>
    join('0000 0001 0006', from.mac, '0000', u16(etherType), payload),
}

/** LINKTYPE_LINUX_SLL2: protocol, reserved, interface 2, ARPHRD_ETHER, packet type, address. */
export const cooked2: Link = {
  type: 276,
  wrap: (from, _to, etherType, payload) =>
    join(u16(etherType), '0000 00000002 0001 00 06', from.mac, '0000', payload),
}

/** LINKTYPE_NULL: the address family as a little-endian machine writes it (30: IPv6 on macOS). */
export const loopback: Link = {
  type: 0,
  wrap: (_from, _to, etherType, payload) =>
    join(etherType === IPV6 ? '1e000000' : '02000000', payload),
}

/** LINKTYPE_RAW: the packet begins with its IP header. */
export const raw: Link = { type: 101, wrap: (_from, _to, _etherType, payload) => payload }

const NOBODY = '000000000000'
const EVERYBODY = 'ffffffffffff'

/** RFC 826; the target of a request is asked of everybody. */
export function arp(operation: 'request' | 'reply', sender: Host, target: Host): Uint8Array {
  const asks = operation === 'request'
  const head = join('0001 0800 06 04', u8(0, asks ? 1 : 2))
  const to = asks ? NOBODY : target.mac
  const body = join(head, sender.mac, address(sender.ip), to, address(target.ip))
  return ethernet().wrap(sender, asks ? { ...target, mac: EVERYBODY } : target, ARP, body)
}
