/** Addresses and prefixes as numbers, and what kind of address one is before any zone is asked. */

export type Scope = 'private' | 'public' | 'link-local' | 'multicast'

export interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

export interface Prefix extends Address {
  readonly length: number
}

const V4_PART = /^(?:0|[1-9][0-9]{0,2})$/
const V6_PART = /^[0-9a-f]{1,4}$/i

/** Dotted IPv4 or RFC 4291 text IPv6; undefined where it is neither. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): Address | undefined {
  const value = numberOf(text)
  return value < 0 ? undefined : { bits: 32, value: BigInt(value) }
}

const DOT = 46
const ZERO = 48

/** Dotted IPv4 as a number, -1 where it is none; no part is written with zeros before it. */
function numberOf(text: string): number {
  let value = 0
  let part = -1
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      if (part < 0 || ++dots > 3) return -1
      value = value * 256 + part
      part = -1
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9 || part === 0) return -1
    part = part < 0 ? digit : part * 10 + digit
    if (part > 255) return -1
  }
  return dots === 3 && part >= 0 ? value * 256 + part : -1
}

/** RFC 4291 section 2.2: `::` once, the last 32 bits may be dotted. */
function parseV6(text: string): Address | undefined {
  if (text.length > 45) return undefined
  let source = text
  const dotted = source.lastIndexOf(':') + 1
  if (source.includes('.')) {
    const v4 = parseV4(source.slice(dotted))
    if (v4 === undefined) return undefined
    const high = (v4.value >> 16n).toString(16)
    source = `${source.slice(0, dotted)}${high}:${(v4.value & 0xffffn).toString(16)}`
  }
  const halves = source.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] ?? '')
  const tail = groups(halves[1] ?? '')
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail]
  let value = 0n
  for (const part of all) {
    if (!V6_PART.test(part)) return undefined
    value = value * 65_536n + BigInt(`0x${part}`)
  }
  return { bits: 128, value }
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':')
}

/** `10.0.0.0/8`; bits set beyond the length are a mistake of the author, not rounded away. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseAddress(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (address === undefined || !V4_PART.test(digits)) return undefined
  const length = Number(digits)
  if (length > address.bits) return undefined
  const shift = BigInt(address.bits - length)
  return (address.value >> shift) << shift === address.value ? { ...address, length } : undefined
}

export function contains(prefix: Prefix, address: Address): boolean {
  if (prefix.bits !== address.bits) return false
  const shift = BigInt(prefix.bits - prefix.length)
  return address.value >> shift === prefix.value >> shift
}

export function prefixKey({ bits, value, length }: Prefix): string {
  return `${bits}:${value.toString(16)}/${length}`
}

type Special = Scope | 'unspecified' | 'loopback' | 'broadcast'

/** IANA special-purpose registries (RFC 6890), RFC 1918, RFC 6598, RFC 4193; longest first. */
const special: readonly (readonly [string, Special])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['255.255.255.255/32', 'broadcast'],
  ['224.0.0.0/4', 'multicast'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
]

const specialPrefixes = special.map(([text, kind]) => ({ prefix: parsePrefix(text)!, kind }))
const v4Mapped = parsePrefix('::ffff:0:0/96')!
/** Those of IPv4 as numbers, from the first to the last of each. */
const specialNumbers = specialPrefixes
  .filter(({ prefix }) => prefix.bits === 32)
  .map(({ prefix: { value, length }, kind }) => {
    return { first: Number(value), last: Number(value) + 2 ** (32 - length) - 1, kind }
  })

/** What an address is by itself; `''` is none (ARP probes) and counts as unspecified. */
export function addressKind(ip: string): Special {
  if (!ip.includes(':')) return kindOfNumber(numberOf(ip))
  const address = parseV6(ip)
  if (address === undefined) return 'unspecified'
  if (contains(v4Mapped, address)) return kindOfNumber(Number(address.value & 0xffff_ffffn))
  return specialPrefixes.find(({ prefix }) => contains(prefix, address))?.kind ?? 'public'
}

function kindOfNumber(value: number): Special {
  if (value < 0) return 'unspecified'
  for (const { first, last, kind } of specialNumbers) {
    if (value >= first && value <= last) return kind
  }
  return 'public'
}

/** Never a party by itself: nobody is at this address. */
export function isNobody(kind: Special): boolean {
  return kind === 'multicast' || kind === 'broadcast' || kind === 'unspecified'
}

/** `ot.source.scope` has four words; what is neither is nearest to them. */
export function scopeOf(kind: Special): Scope {
  if (kind === 'broadcast') return 'multicast'
  if (kind === 'unspecified' || kind === 'loopback') return 'link-local'
  return kind
}
