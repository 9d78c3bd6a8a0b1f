/** Community ID version 1 (https://github.com/corelight/community-id-spec), seed 0. */
import { createHash } from 'node:crypto'

/** Addresses are the words of the packet, network order; the lower endpoint comes first. */
export function communityId(
  transport: number,
  family: number,
  low: readonly number[],
  lowPort: number,
  high: readonly number[],
  highPort: number,
): string {
  const words = family === 6 ? 4 : 1
  const bytes = Buffer.alloc(2 + words * 8 + 2 + 4)
  const swap = isAfter(low, lowPort, high, highPort, words)
  let at = address(bytes, 2, swap ? high : low, words)
  at = address(bytes, at, swap ? low : high, words)
  bytes.writeUInt8(transport, at)
  bytes.writeUInt16BE(swap ? highPort : lowPort, at + 2)
  bytes.writeUInt16BE(swap ? lowPort : highPort, at + 4)
  return `1:${createHash('sha1').update(bytes).digest('base64')}`
}

function address(bytes: Buffer, from: number, words: readonly number[], count: number): number {
  for (let i = 0; i < count; i++) bytes.writeInt32BE((words[i] ?? 0) | 0, from + i * 4)
  return from + count * 4
}

/** The specification orders addresses as unsigned bytes, then ports. */
function isAfter(
  low: readonly number[],
  lowPort: number,
  high: readonly number[],
  highPort: number,
  words: number,
): boolean {
  for (let i = 0; i < words; i++) {
    const a = (low[i] ?? 0) >>> 0
    const b = (high[i] ?? 0) >>> 0
    if (a !== b) return a > b
  }
  return lowPort > highPort
}
