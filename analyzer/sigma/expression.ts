/** Modifiers `re` and `cidr`. Expressions run in linear time, whatever a rule or the wire says. */
import { RE2JS } from 're2js'
import type { YamlScalar } from '../input/yaml.ts'
import { contains, parseAddress, parsePrefix, type Prefix } from '../zones/address.ts'

export interface RegexFlags {
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
}

type Scalar = string | number | boolean

/** Unanchored; the text stands as written, Sigma's escapes do not apply. */
export function regexTest(
  { value, text }: YamlScalar,
  flags: RegexFlags,
): ((scalar: Scalar) => boolean) | string {
  if (value === null) return '`re` needs an expression'
  const bits =
    (flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.multiline ? RE2JS.MULTILINE : 0) |
    (flags.dotAll ? RE2JS.DOTALL : 0)
  try {
    const expression = RE2JS.compile(text, bits)
    return (scalar) => expression.test(String(scalar))
  } catch (error) {
    return `not a regular expression: ${error instanceof Error ? error.message : String(error)}`
  }
}

export function cidrTest({ text }: YamlScalar): ((scalar: Scalar) => boolean) | string {
  const prefix = prefixOf(text)
  if (!prefix) {
    return `\`${text}\` is no network, or has bits set beyond its length`
  }
  return (scalar) => {
    const address = typeof scalar === 'string' ? parseAddress(scalar) : undefined
    return address !== undefined && contains(prefix, address)
  }
}

/** An address alone is a network of one. */
function prefixOf(text: string): Prefix | undefined {
  if (text.includes('/')) return parsePrefix(text)
  const address = parseAddress(text)
  return address && { ...address, length: address.bits }
}
