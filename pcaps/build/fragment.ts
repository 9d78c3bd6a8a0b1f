/** IP packets in fragments (RFC 791 section 3.2, RFC 8200 section 4.5). */
import { join, u16, u32, u8 } from './bytes.ts'
import { checksum } from './ip.ts'

const HEADER_4 = 20
const HEADER_6 = 40
const FRAGMENT = 44

/** Bytes `start` to `end` of a packet's payload, as a fragment; `more` unless it is the last. */
export function fragment(
  packet: Uint8Array,
  start: number,
  end: number,
  content = contentOf(packet).subarray(start, end),
  more = end < contentOf(packet).length,
): Uint8Array {
  return isIpv6(packet)
    ? fragment6(packet, start, content, more)
    : fragment4(packet, start, content, more)
}

/** All fragments of `size` bytes of payload, in order. */
export function fragments(packet: Uint8Array, size: number): Uint8Array[] {
  const { length } = contentOf(packet)
  const count = Math.ceil(length / size)
  return Array.from({ length: count }, (_, i) => {
    return fragment(packet, i * size, Math.min(length, (i + 1) * size))
  })
}

export function contentOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(isIpv6(packet) ? HEADER_6 : HEADER_4)
}

function isIpv6(packet: Uint8Array): boolean {
  return (packet[0] ?? 0) >>> 4 === 6
}

function fragment4(
  packet: Uint8Array,
  start: number,
  content: Uint8Array,
  more: boolean,
): Uint8Array {
  const flags = (more ? 0x2000 : 0) | (start >>> 3)
  const length = u16(HEADER_4 + content.length)
  const head = join('4500', length, packet.subarray(4, 6), u16(flags), packet.subarray(8, 10))
  const ends = packet.subarray(12, HEADER_4)
  return join(head, u16(checksum(join(head, '0000', ends))), ends, content)
}

/** Identification 1 for all: one datagram to a case. */
function fragment6(
  packet: Uint8Array,
  start: number,
  content: Uint8Array,
  more: boolean,
): Uint8Array {
  const head = join(packet.subarray(0, 4), u16(8 + content.length), u8(FRAGMENT))
  const extension = join(packet.subarray(6, 7), '00', u16(start | (more ? 1 : 0)), u32(1))
  return join(head, packet.subarray(7, HEADER_6), extension, content)
}
