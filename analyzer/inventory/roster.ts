/**
 * Who is at an address. An address that was only asked is a candidate; it becomes an asset when
 * somebody shows to be there. Strangers that come in a burst are one party (`crowds.ts`).
 */
import { hash } from 'node:crypto'
import type { Endpoint, Flow } from '#sensor'
import { addressKind, isNobody, scopeOf } from '../zones/address.ts'
import type { Zones } from '../zones/zones.ts'
import type { AssetChange } from './arp-watch.ts'
import type { Asset } from './asset.ts'
import { Candidates } from './candidates.ts'
import type { Known } from './candidates.ts'
import { Crowds } from './crowds.ts'
import type { Place } from './crowds.ts'

/** A site of ten thousand devices, and as many again; beyond it new ones stay candidates. */
export const ASSETS_MAX = 65_536
const EVIDENCE_MAX = 16

export interface RosterOptions {
  readonly site: string
  readonly zones: Zones
  onChange(change: AssetChange): void
  /** Addresses known from the baseline: not new. */
  readonly known?: Iterable<string>
}

export interface RosterCounters {
  /** Assets that found no room. */
  assetsRefused: number
  candidatesEvicted: number
  strangersTogether: number
}

export class Roster {
  readonly crowds: Crowds
  readonly #counters: RosterCounters
  readonly #options: RosterOptions
  readonly #expected: Set<string>
  readonly #assets = new Map<string, Known>()
  readonly #byId = new Map<string, Asset>()
  readonly #candidates: Candidates

  constructor(options: RosterOptions, counters: RosterCounters) {
    this.#options = options
    this.#counters = counters
    this.#candidates = new Candidates(counters)
    this.#expected = new Set(options.known)
    this.crowds = new Crowds({
      idOf: (name) => assetId(options.site, name),
      onCrowd: ({ crowd, ...told }) => {
        options.onChange({ ...told, asset: crowd, event: 'crowd' })
      },
      counters,
    })
  }

  at(ip: string): Known | undefined {
    return this.#assets.get(ip) ?? this.#candidates.get(ip)
  }

  /** Of an asset that is told or shown; of no crowd. */
  known(asset: Asset): Known | undefined {
    return this.at(asset.ip[0] ?? '')
  }

  /** Whoever it may be: a candidate, where nobody is known. */
  find(endpoint: Endpoint, flow: Flow): Known {
    return this.at(endpoint.ip) ?? this.#keep(endpoint.ip, this.#place(endpoint, flow))
  }

  /** Whom it is judged as: itself, or one of many. `shown`: it answers, or is answered. */
  party(endpoint: Endpoint, flow: Flow, shown: boolean, time: number, packet: number): Known {
    const { ip } = endpoint
    let known = this.at(ip)
    if (known?.apart === true) return known
    const place = known?.asset ?? this.#place(endpoint, flow)
    if (place === undefined || this.#isExpected(ip)) {
      known ??= this.#keep(ip, place)
      known.apart = true
      return known
    }
    const crowd = this.crowds.take(place, ip, shown, time, packet)
    if (crowd === undefined) {
      known ??= this.#keep(ip, place)
      known.apart = true
      return known
    }
    const isListed = known?.state === 'shown'
    if (shown && (isListed || this.crowds.lists(place, time))) {
      this.#show(known ?? this.#keep(ip, place), time, packet)
    }
    return crowd
  }

  /** Somebody is there. */
  list(known: Known, time: number, packet: number): void {
    const { asset, state } = known
    if (time > asset.last) asset.last = time
    if (state === 'told' || asset.id === '') return
    this.#show(known, time, packet)
    if (!known.apart) return
    if (this.#assets.size >= ASSETS_MAX) {
      this.#counters.assetsRefused++
      return
    }
    const ip = asset.ip[0] ?? ''
    known.state = 'told'
    this.#candidates.delete(ip)
    this.#assets.set(ip, known)
    this.#byId.set(asset.id, asset)
    if (this.#expected.has(ip)) return
    this.#options.onChange({ asset, event: 'new', time, packet })
  }

  /** Learned or approved: no news any more. */
  know(ip: string): void {
    this.#expected.add(ip)
  }

  isKnown({ ip }: Asset): boolean {
    return this.#expected.has(ip[0] ?? '')
  }

  /** What an address is called: by people, the policy or itself; '' where nobody says. */
  nameOf(ip: string): string {
    const name = this.#assets.get(ip)?.asset.name ?? ''
    return name === '' ? this.#options.zones.nameOf(ip) : name
  }

  asset(id: string): Asset | undefined {
    return this.#byId.get(id)
  }

  assets(): Asset[] {
    return [...this.#byId.values(), ...this.#candidates.shown()]
  }

  #show(known: Known, time: number, packet: number): void {
    const { asset } = known
    if (time > asset.last) asset.last = time
    if (known.state !== 'candidate') return
    known.state = 'shown'
    asset.first = time
    evidence(asset, packet)
  }

  /** The baseline or the policy speaks of it. */
  #isExpected(ip: string): boolean {
    return this.#expected.has(ip) || this.#options.zones.nameOf(ip) !== ''
  }

  #keep(ip: string, place: Place | undefined): Known {
    const known: Known = { asset: this.#make(ip, place), state: 'candidate', apart: false, mac: '' }
    if (place !== undefined) this.#candidates.keep(ip, known)
    return known
  }

  /** Undefined where there is never anybody: multicast, or no address. */
  #place({ ip, mac }: Endpoint, flow: Flow): Place | undefined {
    const { zones } = this.#options
    const kind = addressKind(ip)
    if (isNobody(kind)) return undefined
    const { id, kind: zoneKind } = zones.zoneOf(ip, mac, flow.vlans.at(-1))
    // A public address in a declared zone is not the internet (quiet.md).
    const isOurs = kind === 'public' && zoneKind !== 'external' && zones.isDeclared(id)
    return { zone: id, zoneKind, scope: isOurs ? 'private' : scopeOf(kind) }
  }

  #make(ip: string, place: Place | undefined): Asset {
    const { site, zones } = this.#options
    const declared = zones.nameOf(ip)
    const { zone, zoneKind, scope } = place ?? {
      ...{ zone: zones.zoneOf(ip).id, zoneKind: zones.zoneOf(ip).kind },
      scope: scopeOf(addressKind(ip)),
    }
    return {
      id: place === undefined ? '' : assetId(site, ip),
      ip: ip === '' ? [] : [ip],
      mac: [],
      name: declared,
      vendor: '',
      roles: [],
      protocols: [],
      identity: declaredName(declared),
      ...{ zone, zoneKind, scope },
      units: [],
      first: 0,
      last: 0,
      evidence: [],
    }
  }
}

/** A name that the policy gives is an attribute like any other, with where it came from. */
function declaredName(name: string): Asset['identity'] {
  const identity = Object.create(null) as Asset['identity']
  if (name === '') return identity
  const seen = { first: 0, last: 0, packets: [] }
  identity['name'] = [{ value: name, protocol: 'policy', confidence: 'declared', ...seen }]
  return identity
}

/** The same site and address give the same id on any sensor. */
export function assetId(site: string, ip: string): string {
  return hash('sha256', `${site}\n\n${ip}`, 'hex').slice(0, 16)
}

export function evidence(asset: Asset, packet: number): void {
  if (asset.evidence.length < EVIDENCE_MAX && !asset.evidence.includes(packet)) {
    asset.evidence.push(packet)
  }
}
