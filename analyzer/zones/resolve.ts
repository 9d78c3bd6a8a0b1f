/**
 * Which zone an address is in (policy.md B3, rule 1): the longest prefix goes first, and among
 * equal ones that of the observed VLAN. Reserved private space may be declared once per VLAN.
 */
import { addressKind, contains, parseAddress } from './address.ts'
import { EXTERNAL, UNASSIGNED } from './policy.ts'
import type { Member, Policy, Zone } from './policy.ts'

export interface ZoneRef {
  readonly id: string
  readonly name: string
  readonly kind: string
}

/** In no zone, and nothing is wrong with that: multicast, link-local, unspecified. */
export const NOWHERE: ZoneRef = { id: '', name: '', kind: '' }
const external: ZoneRef = { id: EXTERNAL, name: 'External', kind: 'external' }
const unassigned: ZoneRef = { id: UNASSIGNED, name: 'Unassigned', kind: 'unassigned' }

/** Addresses kept in each of two generations: the assets of a large plant, twice. */
const CACHE_MAX = 65_536

export class Resolver {
  readonly #zones = new Map<string, ZoneRef>()
  /** Longest prefix first. */
  readonly #members: readonly Member[]
  readonly #vlanMembers: readonly Member[]
  #young = new Map<string, ZoneRef>()
  #old = new Map<string, ZoneRef>()

  constructor(policy: Policy) {
    for (const { id, name, kind } of policy.zones) this.#zones.set(id, { id, name, kind })
    const members = policy.zones.flatMap((zone: Zone) => zone.members)
    this.#members = members
      .filter(({ prefix }) => prefix !== undefined)
      .sort((a, b) => b.prefix!.length - a.prefix!.length)
    this.#vlanMembers = members.filter(({ prefix }) => prefix === undefined)
  }

  zoneOf(ip: string, vlan: number | undefined): ZoneRef {
    const key = vlan === undefined ? ip : `${ip} ${vlan}`
    const known = this.#young.get(key) ?? this.#old.get(key)
    if (known !== undefined) return known
    if (this.#young.size >= CACHE_MAX) {
      this.#old = this.#young
      this.#young = new Map()
    }
    const found = this.#resolve(ip, vlan)
    this.#young.set(key, found)
    return found
  }

  /** A serial device behind a gateway may be in another zone than it. */
  unitZone(ip: string, unit: number): ZoneRef | undefined {
    const address = parseAddress(ip)
    if (address === undefined) return undefined
    for (const { prefix, units } of this.#members) {
      if (units.length === 0 || !contains(prefix!, address)) continue
      const range = units.find(({ first, last }) => unit >= first && unit <= last)
      if (range !== undefined) return this.#zones.get(range.zone)
    }
    return undefined
  }

  #resolve(ip: string, vlan: number | undefined): ZoneRef {
    const address = parseAddress(ip)
    if (address === undefined) return NOWHERE
    const matching = this.#members.filter(({ prefix }) => contains(prefix!, address))
    const length = matching[0]?.prefix?.length
    const longest = matching.filter(({ prefix }) => prefix!.length === length)
    // Both ends of a routed conversation are seen in one VLAN, which is home to one of them at
    // most: the VLAN only tells apart what the prefix leaves open.
    const chosen =
      longest.find((member) => member.vlan === vlan) ??
      longest.find((member) => member.vlan === undefined) ??
      (longest.length === 1 ? longest[0] : undefined)
    if (chosen !== undefined) return this.#zones.get(chosen.zone) ?? NOWHERE
    const kind = addressKind(ip)
    if (kind === 'public') return external
    if (kind !== 'private') return NOWHERE
    const byVlan = this.#vlanMembers.find((member) => member.vlan === vlan)
    return byVlan === undefined ? unassigned : (this.#zones.get(byVlan.zone) ?? NOWHERE)
  }
}
