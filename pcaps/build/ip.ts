/** IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293) with right checksums. */
import { join, u16, u32, u8 } from './bytes.ts'

export const TCP = 6
export const UDP = 17

/** Dotted IPv4, or IPv6 with at most one `::`. */
export function address(text: string): Uint8Array {
  if (!text.includes(':')) return u8(...text.split('.').map(Number))
  const [head = '', tail = ''] = text.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const [before, after] = [words(head), words(tail)]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return join(...[...before, ...zeros, ...after].map(u16))
}

/** RFC 1071. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export function ip(
  protocol: number,
  source: string,
  destination: string,
  payload: Uint8Array,
  id: number,
): Uint8Array {
  const ends = join(address(source), address(destination))
  if (ends.length === 32) {
    return join('60000000', u16(payload.length), u8(protocol, 64), ends, payload)
  }
  // Don't fragment, 64 hops.
  const before = join('4500', u16(20 + payload.length), u16(id), '4000 40', u8(protocol))
  const sum = checksum(join(before, '0000', ends))
  return join(before, u16(sum), ends, payload)
}

/** `segment` with the checksum at `at`, over the pseudo header too. */
function summed(
  protocol: number,
  source: string,
  destination: string,
  segment: Uint8Array,
  at: number,
): Uint8Array {
  const pseudo = join(
    address(source),
    address(destination),
    u32(segment.length),
    u32(protocol),
  )
  const sum = checksum(join(pseudo, segment))
  return join(segment.subarray(0, at), u16(sum), segment.subarray(at + 2))
}

export interface Ends {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
}

export function udp(ends: Ends, payload: Uint8Array): Uint8Array {
  const { source, destination, sourcePort, destinationPort } = ends
  const head = join(u16(sourcePort), u16(destinationPort), u16(8 + payload.length), '0000')
  return summed(UDP, source, destination, join(head, payload), 6)
}

export const flagBits = { F: 1, S: 2, R: 4, P: 8, A: 16 } as const
export type Flag = keyof typeof flagBits

export interface Segment extends Ends {
  readonly flags: readonly Flag[]
  readonly sequence: number
  readonly acknowledgement: number
  readonly payload: Uint8Array
}

export function tcp(segment: Segment): Uint8Array {
  const { source, destination, sourcePort, destinationPort, payload } = segment
  const bits = segment.flags.reduce((sum, flag) => sum | flagBits[flag], 0)
  const head = join(
    u16(sourcePort),
    u16(destinationPort),
    u32(segment.sequence),
    u32(segment.acknowledgement),
    u8(0x50, bits),
    // Window, checksum, urgent pointer.
    'ffff 0000 0000',
  )
  return summed(TCP, source, destination, join(head, payload), 16)
}
