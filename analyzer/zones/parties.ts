/** Names of the policy: declared assets, groups of them, and addresses written out. */
import type { YamlNode, YamlScalar } from '../input/yaml.ts'
import { recordMac } from '../inventory/mac.ts'
import { parseAddress, parsePrefix } from './address.ts'
import type { Prefix } from './address.ts'
import type { DeclaredAsset, Group, Parties } from './policy.ts'
import type { Sheet } from './sheet.ts'

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i

export class Names {
  readonly assets: DeclaredAsset[] = []
  readonly groups: Group[] = []
  readonly #sheet: Sheet
  readonly #parties = new Map<string, Prefix[]>()
  readonly #lines = new Map<string, number>()

  constructor(sheet: Sheet, root: YamlNode) {
    this.#sheet = sheet
    for (const node of sheet.items(root, 'assets')) this.#asset(node)
    for (const node of sheet.items(root, 'groups')) this.#group(node)
  }

  host(scalar: YamlScalar): Prefix | undefined {
    const address = parseAddress(scalar.text)
    if (address !== undefined) return { ...address, length: address.bits }
    const message = `\`${scalar.text}\` is no IP address`
    this.#sheet.error(scalar.at, 'address', message, 'Write it as 10.1.2.3 or 2001:db8::1.')
    return undefined
  }

  cidr(scalar: YamlScalar): Prefix | undefined {
    const prefix = parsePrefix(scalar.text)
    if (prefix !== undefined) return prefix
    const message = `\`${scalar.text}\` is no subnet`
    const remedy = 'Write its first address and length, as in 10.1.2.0/24.'
    this.#sheet.error(scalar.at, 'address', message, remedy)
    return undefined
  }

  /** What one name or address stands for. */
  party(scalar: YamlScalar): readonly Prefix[] {
    const named = this.#parties.get(scalar.text)
    if (named !== undefined) return named
    if (/^[0-9a-f.:]+$/i.test(scalar.text) && /[.:]/.test(scalar.text)) {
      const host = this.host(scalar)
      return host === undefined ? [] : [host]
    }
    if (scalar.text.includes('/')) {
      const prefix = this.cidr(scalar)
      return prefix === undefined ? [] : [prefix]
    }
    const remedy = 'Declare it under `assets`, or write its address.'
    this.#sheet.unknown(scalar, 'the asset', this.#parties.keys(), remedy)
    return []
  }

  parties(of: YamlNode | undefined, key: string): Parties | undefined {
    if (this.#sheet.node(of, key) === undefined) return undefined
    return this.#sheet.scalars(of, key).flatMap((scalar) => this.party(scalar))
  }

  #asset(node: YamlNode): void {
    const name = this.#sheet.scalar(node, 'name')
    const ip = this.#sheet.scalar(node, 'ip')
    const mac = this.#sheet.scalar(node, 'mac')
    if (mac !== undefined && !MAC.test(mac.text)) {
      const message = `\`${mac.text}\` is no MAC address`
      this.#sheet.error(mac.at, 'address', message, 'Write it as "00:80:f4:01:02:03".')
    }
    if (name === undefined || ip === undefined) return
    const prefix = this.host(ip)
    if (prefix === undefined || !this.#once(name)) return
    this.#parties.set(name.text, [prefix])
    this.assets.push({
      name: name.text,
      ip: ip.text,
      mac: mac === undefined ? '' : recordMac(mac.text),
      line: node.at.line,
    })
  }

  #group(node: YamlNode): void {
    const name = this.#sheet.scalar(node, 'name')
    const prefixes = this.parties(node, 'members') ?? []
    if (name === undefined || !this.#once(name)) return
    this.#parties.set(name.text, [...prefixes])
    const members = this.#sheet.scalars(node, 'members').map(({ text }) => text)
    this.groups.push({ name: name.text, members, line: node.at.line })
  }

  #once(name: YamlScalar): boolean {
    const first = this.#lines.get(name.text)
    if (first === undefined) {
      this.#lines.set(name.text, name.at.line)
      return true
    }
    const message = `\`${name.text}\` is declared twice, first on line ${first}`
    this.#sheet.error(name.at, 'duplicate', message, 'Give each asset and group its own name.')
    return false
  }
}
