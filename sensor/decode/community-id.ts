/** Community ID version 1 (https://github.com/corelight/community-id-spec), seed 0. */
import { createHash } from 'node:crypto'

/** Of two endpoints in either order; addresses are the canonical text of `packet/address.ts`. */
export function communityId(
  transport: number,
  ip: string,
  port: number,
  otherIp: string,
  otherPort: number,
): string {
  const one = addressBytes(ip)
  const other = addressBytes(otherIp)
  const order = Buffer.compare(one, other)
  // The lower endpoint comes first, addresses as unsigned bytes, then ports.
  const swap = order > 0 || (order === 0 && port > otherPort)
  const bytes = Buffer.alloc(2 + one.length + other.length + 6)
  let at = 2
  at += (swap ? other : one).copy(bytes, at)
  at += (swap ? one : other).copy(bytes, at)
  bytes.writeUInt8(transport, at)
  bytes.writeUInt16BE(swap ? otherPort : port, at + 2)
  bytes.writeUInt16BE(swap ? port : otherPort, at + 4)
  return `1:${createHash('sha1').update(bytes).digest('base64')}`
}

function addressBytes(ip: string): Buffer {
  if (!ip.includes(':')) return Buffer.from(ip.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  const [head = '', tail] = ip.split('::')
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  first.forEach((group, i) => bytes.writeUInt16BE(group, i * 2))
  last.forEach((group, i) => bytes.writeUInt16BE(group, 16 - (last.length - i) * 2))
  return bytes
}

/** Groups of 16 bits; a dotted tail (RFC 5952 section 5) is two of them. */
function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
