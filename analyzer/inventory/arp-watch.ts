/**
 * What ARP shows: who holds an address, since when another does, and whose adapter has a foot in
 * two zones (quiet.md: only ARP binds; virtual MACs move between adapters by design).
 */
import type { Zones } from '../zones/zones.ts'
import type { Asset } from './asset.ts'
import type { Bindings } from './bindings.ts'
import { isStationMac, isVirtualMac, recordMac, shortMac } from './mac.ts'
import { vendorOf } from './vendor.ts'

export interface AssetChange {
  readonly asset: Asset
  /** One of `ot.asset.event`. */
  readonly event: string
  readonly time: number
  readonly packet: number
  readonly detail?: string
  /** Of a crowd: how often somebody was one of it, and one of them. */
  readonly count?: number
  readonly sample?: string
}

export interface ArpWatchOptions {
  readonly zones: Zones
  readonly bindings: Bindings
  /** Who held the address when the baseline was learned. */
  learnedMacs(asset: Asset): readonly string[]
  assetAt(ip: string): Asset | undefined
  onChange(change: AssetChange): void
}

type Vlan = number | undefined

/** Adapters of one address; more are an attack or a fail-over, and told already. */
const MACS_MAX = 8
const VLANS_MAX = 8

export class ArpWatch {
  readonly #options: ArpWatchOptions
  readonly #vlans = new WeakMap<Asset, Vlan[]>()

  constructor(options: ArpWatchOptions) {
    this.#options = options
  }

  bind(asset: Asset, mac: string, vlan: Vlan, time: number, packet: number): void {
    if (asset.id === '' || !isStationMac(mac)) return
    const tell = (event: string, detail: string | undefined): void => {
      if (detail !== undefined) this.#options.onChange({ asset, event, time, packet, detail })
    }
    if (!isVirtualMac(mac)) tell('moved', this.#moved(asset, vlan))
    const short = shortMac(mac)
    const bound = asset.macBound === true
    if (bound && (asset.mac.includes(short) || asset.mac.length >= MACS_MAX)) return
    const before = bound ? asset.mac : this.#options.learnedMacs(asset)
    asset.mac = bound ? [...asset.mac, short] : [short]
    if (!bound) {
      asset.macBound = true
      asset.vendor = vendorOf(mac)
    }
    if (isVirtualMac(mac)) return
    const holder = before.find((item) => !isVirtualMac(recordMac(item)))
    if (holder !== undefined && !before.includes(short)) {
      tell('address-conflict', `${asset.ip[0]}: ${holder} and ${short}`)
    }
    tell('bridging', this.#bridging(asset, mac))
  }

  #moved(asset: Asset, vlan: Vlan): string | undefined {
    const seen = this.#vlans.get(asset)
    if (seen === undefined) {
      this.#vlans.set(asset, [vlan])
      return undefined
    }
    if (seen.includes(vlan) || seen.length >= VLANS_MAX) return undefined
    seen.push(vlan)
    return `VLAN ${seen[0] ?? 'none'} -> ${vlan ?? 'none'}`
  }

  /** Another address of the same adapter in another declared zone, unless both are declared. */
  #bridging(asset: Asset, mac: string): string | undefined {
    const { zones, bindings } = this.#options
    const [ip = ''] = asset.ip
    for (const claimed of bindings.claim(mac, ip)) {
      const other = this.#options.assetAt(claimed)
      if (other === undefined || other.zone === asset.zone) continue
      if (!zones.isDeclared(other.zone) || !zones.isDeclared(asset.zone)) continue
      if (zones.nameOf(claimed) !== '' && zones.nameOf(ip) !== '') continue
      return `${claimed} and ${ip}: ${shortMac(mac)}`
    }
    return undefined
  }
}
