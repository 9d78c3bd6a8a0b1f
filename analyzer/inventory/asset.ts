/** An asset as everything to the right sees it; the short form of fields.md is made from it. */

export interface AttributeValue {
  value: string
  protocol: string
  confidence: 'A' | 'B' | 'C' | 'declared'
  /** µs. */
  first: number
  last: number
  packets: number[]
}

export interface Asset {
  /** Deterministic: site, scope, address. */
  id: string
  /** Many strangers that are not told apart: it has no address of its own. */
  isMany?: true
  ip: string[]
  /** `00:80:f4:10:20:01`. */
  mac: string[]
  /** ARP showed the MAC; else it is one that carried no other address. */
  macBound?: boolean
  /** Declared in the policy, typed in, or observed; '' when unknown. */
  name: string
  vendor: string
  roles: string[]
  protocols: string[]
  /** Attribute to every value seen, best first. */
  identity: Record<string, AttributeValue[]>
  zone: string
  /** Zone's kind, '' where not declared. */
  zoneKind: string
  scope: 'private' | 'public' | 'link-local' | 'multicast'
  /** Modbus units seen behind it. */
  units: number[]
  /** µs. */
  first: number
  last: number
  /** Packet numbers that show it, bounded. */
  evidence: number[]
}
