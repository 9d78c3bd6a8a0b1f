/**
 * Text of addresses: dotted IPv4, IPv6 as RFC 5952 section 4 writes it, MAC as ECS writes it.
 * Made once per flow, never per packet.
 */

const hex: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').toUpperCase(),
)

/** An IPv4 address held in 32 bits, network order. */
export function ip4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** An IPv6 address held in four words of 32 bits, network order. */
export function ip6Text(w0: number, w1: number, w2: number, w3: number): string {
  // RFC 5952 section 5: an IPv4-mapped address keeps its dotted tail.
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${ip4Text(w3)}`
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff]
  groups.push(w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff)
  const [from, count] = longestZeros(groups)
  const text = groups.map((group) => group.toString(16))
  if (count < 2) return text.join(':')
  return `${text.slice(0, from).join(':')}::${text.slice(from + count).join(':')}`
}

/** RFC 5952 section 4.2.3: the longest run of zero groups is shortened, the first where equal. */
function longestZeros(groups: readonly number[]): readonly [from: number, count: number] {
  let best = 0
  let bestCount = 0
  let run = 0
  for (let i = 0; i < groups.length; i++) {
    run = groups[i] === 0 ? run + 1 : 0
    if (run > bestCount) {
      bestCount = run
      best = i - run + 1
    }
  }
  return [best, bestCount]
}

/** Six bytes at `at` as `00-80-F4-10-20-01`; '' where they are not there. */
export function macText(bytes: Uint8Array, at: number): string {
  if (at < 0 || at + 6 > bytes.length) return ''
  let text = hex[bytes[at] as number] as string
  for (let i = 1; i < 6; i++) text += `-${hex[bytes[at + i] as number]}`
  return text
}
