/**
 * Which MAC holds which address. Traffic alone does not say: behind a router every address comes
 * with the router's MAC. ARP says it, and so does a MAC that carries one address only.
 */
import { isStationMac, isVirtualMac } from './mac.ts'

/** MACs of one site's segments, in each of two generations: forged ones must not fill memory. */
const MACS_MAX = 65_536
/** A MAC with more addresses than this is a router or a host of many; which ones says nothing. */
const ADDRESSES_MAX = 16

interface Holder {
  /** Addresses seen with it in traffic, until it is clear that they are many. */
  readonly carried: Set<string>
  /** Addresses that it claimed by ARP. */
  readonly claimed: Set<string>
}

interface BindingCounters {
  /** That made way for others. */
  adaptersForgotten: number
}

export class Bindings {
  #young = new Map<string, Holder>()
  #old = new Map<string, Holder>()
  readonly #counters: BindingCounters

  constructor(counters: BindingCounters) {
    this.#counters = counters
  }

  /** A MAC is seen with an address; tells the one that it alone carried until now, else ''. */
  carry(mac: string, ip: string): string {
    if (!isStationMac(mac) || isVirtualMac(mac)) return ''
    const { carried } = this.#holder(mac)
    if (carried.has(ip) || carried.size >= ADDRESSES_MAX) return ''
    const [alone = ''] = carried.size === 1 ? carried : []
    carried.add(ip)
    return alone
  }

  /** A MAC claims an address by ARP; tells those that it claimed before. */
  claim(mac: string, ip: string): readonly string[] {
    const { claimed } = this.#holder(mac)
    const before = [...claimed]
    if (claimed.size < ADDRESSES_MAX) claimed.add(ip)
    return before
  }

  /** True while the MAC is known to carry nothing but this address. */
  carriesOnly(mac: string, ip: string): boolean {
    const holder = this.#young.get(mac) ?? this.#old.get(mac)
    return holder !== undefined && holder.carried.size === 1 && holder.carried.has(ip)
  }

  #holder(mac: string): Holder {
    const young = this.#young.get(mac)
    if (young !== undefined) return young
    const holder: Holder = this.#old.get(mac) ?? { carried: new Set(), claimed: new Set() }
    this.#old.delete(mac)
    if (this.#young.size >= MACS_MAX) {
      this.#counters.adaptersForgotten += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(mac, holder)
    return holder
  }
}
