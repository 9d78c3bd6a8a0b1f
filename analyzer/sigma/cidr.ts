/** Modifier `cidr`: IPv4 and IPv6 networks (Sigma 2.1.0, modifiers appendix). */
import type { YamlScalar } from '../input/yaml.ts'
import { contains, parseAddress, parsePrefix, type Prefix } from '../zones/address.ts'

type Scalar = string | number | boolean

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
