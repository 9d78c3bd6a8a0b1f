/**
 * Who is on the network: assets by address, each with the evidence for what is said of it. A
 * candidate becomes an asset when traffic is two-way, when it sends a recognised operation, or
 * when ARP shows it; whom nobody ever answered for is none.
 */
import { hash } from 'node:crypto'
import type { Conversation, Endpoint, Flow, Identity, Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import { addressKind, isNobody, scopeOf } from '../zones/address.ts'
import type { Zones } from '../zones/zones.ts'
import type { Asset } from './asset.ts'
import { ArpWatch } from './arp-watch.ts'
import type { AssetChange } from './arp-watch.ts'
import { addIdentity } from './attributes.ts'
import { Bindings } from './bindings.ts'
import { shortMac } from './mac.ts'
import { clientRoles, onlyAsks, onlyServes, serverRole } from './roles.ts'
import { vendorOf } from './vendor.ts'

/** A site of ten thousand devices, and as many again; a flood of forged ones stops here. */
export const ASSETS_MAX = 65_536
/** Addresses that were asked and never answered, in each of two generations. */
const CANDIDATES_MAX = 16_384
const EVIDENCE_MAX = 16

export type { AssetChange }

export interface InventoryOptions {
  readonly site: string
  readonly zones: Zones
  onChange(change: AssetChange): void
  /** Ids of assets known from the baseline: not new. */
  readonly known?: Iterable<string>
  /** Roles that the baseline learned, by id of the asset. */
  readonly learnedRoles?: ReadonlyMap<string, readonly string[]>
  /** MACs that the baseline learned, by id of the asset. */
  readonly learnedMacs?: ReadonlyMap<string, readonly string[]>
}

interface Known {
  readonly asset: Asset
  listed: boolean
}

/** What an asset may be called by; what only somebody else says of it (C) is not its name. */
const names = new Set(['name', 'hostname'])
const NAME_CHARS_MAX = 64

export interface Ends {
  readonly source: Asset
  readonly destination: Asset
}

export class Inventory {
  /** What reached its bound: told in the sensor's health. */
  readonly counters = {
    assetsRefused: 0,
    candidatesEvicted: 0,
    adaptersForgotten: 0,
    identitiesRefused: 0,
    addressConflicts: 0,
  }
  readonly #options: InventoryOptions
  readonly #ids: Set<string>
  readonly #assets = new Map<string, Known>()
  readonly #byId = new Map<string, Asset>()
  readonly #bindings = new Bindings(this.counters)
  readonly #arp: ArpWatch
  #candidates = new Map<string, Known>()
  #older = new Map<string, Known>()

  constructor(options: InventoryOptions) {
    this.#options = options
    this.#ids = new Set(options.known)
    this.#arp = new ArpWatch({
      zones: options.zones,
      bindings: this.#bindings,
      learnedMacs: (asset) => this.#learnedMacs(asset),
      assetAt: (ip) => this.#assets.get(ip)?.asset,
      onChange: (change) => {
        if (change.event === 'address-conflict') this.counters.addressConflicts++
        options.onChange(change)
      },
    })
  }

  /** The assets of an operation; new ones are told. Answers stay valid, so they may be kept. */
  ends(operation: Operation): Ends {
    const { client, server, flow, time, packets } = operation
    const packet = packets[0] ?? 0
    const arp = flow.transport === 'arp'
    const source = this.#find(client, flow)
    const destination = this.#find(server, flow)
    this.#list(source, time, packet)
    if (arp) this.#arp.bind(source.asset, client.mac, flow.vlans.at(-1), time, packet)
    else {
      this.#carry(source, client.mac)
      if (flow.proven || (flow.transport === 'tcp' && flow.initiatorReason === 'syn')) {
        this.#list(destination, time, packet)
      }
      this.#carry(destination, server.mac)
    }
    return { source: source.asset, destination: destination.asset }
  }

  /** Undefined where there are no two parties (ARP, multicast). */
  flowEnds(flow: Flow, time: number, packet: number): Ends | undefined {
    if (flow.transport === 'arp') return undefined
    const source = this.#find(flow.client, flow)
    const destination = this.#find(flow.server, flow)
    if (source.asset.id === '' || destination.asset.id === '') return undefined
    if (flow.proven) {
      this.#list(source, time, packet)
      this.#list(destination, time, packet)
    }
    return { source: source.asset, destination: destination.asset }
  }

  conversation(conversation: Conversation): Ends | undefined {
    const { flow, start, end, packet, state, protocol } = conversation
    const ends = this.flowEnds(flow, start, packet)
    if (ends === undefined || conversation.serverPackets === 0) return ends
    const { source, destination } = ends
    // A refusal may come from a firewall on the way: it shows who asked, not who answers.
    const answered = state !== 'refused' && state !== 'attempted'
    for (const [asset, shown] of [
      [source, true],
      [destination, answered],
    ] as const) {
      const known = this.#known(asset)
      if (known === undefined || !shown) continue
      this.#list(known, start, packet)
      this.touch(asset, end)
      if (answered && protocol !== '') add(asset.protocols, protocol)
    }
    this.#carry(this.#find(flow.client, flow), flow.client.mac)
    if (answered) this.#carry(this.#find(flow.server, flow), flow.server.mac)
    if (answered && conversation.serverBytes > 0) this.#addRole(destination, protocol, packet)
    return ends
  }

  touch(asset: Asset, time: number): void {
    if (time > asset.last) asset.last = time
  }

  /** Roles and protocols that a kind of operation shows. */
  observe(operation: Operation, source: Asset, destination: Asset): void {
    const { draft, time, packets, flow } = operation
    const packet = packets[0] ?? 0
    const protocol = draft.protocol ?? operation.protocol
    this.touch(source, time)
    if (flow.transport === 'arp') return
    add(source.protocols, protocol)
    for (const role of clientRoles(operation)) {
      if (add(source.roles, role)) evidence(source, packet)
    }
    if (flow.proven) this.#serves(destination, protocol, time, packet)
  }

  /** An answer proves the server, and the unit behind it. */
  answered(operation: Operation, _source: Asset, destination: Asset): void {
    const { answer, draft, flow, packets, answered } = operation
    if (answer === undefined || flow.transport === 'arp') return
    const packet = packets.at(-1) ?? 0
    const protocol = draft.protocol ?? operation.protocol
    this.#serves(destination, protocol, answered, packet)
    if (protocol !== 'modbus' || answer.outcome !== 'success') return
    const unit = draft.fields['modbus.unit_id']
    // MODBUS Messaging on TCP/IP V1.0b 4.4.2: 1-247 address a serial device, 0 and 255 the server.
    if (typeof unit !== 'number' || unit < 1 || unit > 247) return
    const { units } = destination
    if (units.includes(unit)) return
    units.push(unit)
    if (units.length > 1 && add(destination.roles, 'gateway')) evidence(destination, packet)
  }

  facts(operation: Operation, source: Asset, destination: Asset): Facts {
    const facts = this.partyFacts(source, destination)
    if (operation.flow.transport !== 'arp' && this.#unusual(source, destination)) {
      facts['ot.role.unusual'] = true
    }
    return facts
  }

  partyFacts(source: Asset, destination: Asset): Facts {
    const facts: Facts = {}
    describe(facts, 'source', source)
    describe(facts, 'destination', destination)
    if (destination.id !== '') facts['ot.destination.is_gateway'] = destination.units.length > 1
    return facts
  }

  identify(identity: Identity): void {
    const { endpoint, time, packet } = identity
    const known = this.#assets.get(endpoint.ip) ?? this.#candidate(endpoint.ip)
    if (known === undefined) return
    const { asset } = known
    if (identity.confidence === 'A') this.#list(known, time, packet)
    this.touch(asset, time)
    if (asset.name === '' && names.has(identity.attribute) && identity.confidence !== 'C') {
      asset.name = identity.value.slice(0, NAME_CHARS_MAX)
    }
    const change = addIdentity(asset, identity, this.counters)
    if (change !== undefined) this.#options.onChange({ asset, time, packet, ...change })
  }

  /** A name that somebody typed in goes before what was declared or observed. */
  rename(id: string, name: string): void {
    const asset = this.#byId.get(id)
    if (asset !== undefined) asset.name = name
  }

  /** Learned or approved: no news any more. */
  know(ip: string): void {
    this.#ids.add(assetId(this.#options.site, ip))
  }

  /** What a baseline holds: assets that were learned or approved, not what is merely there. */
  known(): Asset[] {
    return this.assets().filter(({ id }) => this.#ids.has(id))
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
    return [...this.#byId.values()]
  }

  #find(endpoint: Endpoint, flow: Flow): Known {
    const { ip } = endpoint
    const known = this.#assets.get(ip) ?? this.#candidate(ip)
    if (known !== undefined) return known
    const made = { asset: this.#make(endpoint, flow), listed: false }
    if (made.asset.id === '') return made
    if (this.#candidates.size >= CANDIDATES_MAX) {
      this.counters.candidatesEvicted += this.#older.size
      this.#older = this.#candidates
      this.#candidates = new Map()
    }
    this.#candidates.set(ip, made)
    return made
  }

  #candidate(ip: string): Known | undefined {
    return this.#candidates.get(ip) ?? this.#older.get(ip)
  }

  #known(asset: Asset): Known | undefined {
    const ip = asset.ip[0] ?? ''
    return this.#assets.get(ip) ?? this.#candidate(ip)
  }

  #make({ ip, mac }: Endpoint, flow: Flow): Asset {
    const { site, zones } = this.#options
    const kind = addressKind(ip)
    const declared = zones.nameOf(ip)
    const zone = zones.zoneOf(ip, mac, flow.vlans.at(-1))
    // A public address in a declared zone is not the internet (quiet.md).
    const isOurs = kind === 'public' && zones.isDeclared(zone.id) && zone.kind !== 'external'
    return {
      id: isNobody(kind) ? '' : assetId(site, ip),
      ip: ip === '' ? [] : [ip],
      mac: [],
      name: declared,
      vendor: '',
      roles: [],
      protocols: [],
      identity: declaredName(declared),
      zone: zone.id,
      zoneKind: zone.kind,
      scope: isOurs ? 'private' : scopeOf(kind),
      units: [],
      first: 0,
      last: 0,
      evidence: [],
    }
  }

  #list(known: Known, time: number, packet: number): void {
    const { asset } = known
    this.touch(asset, time)
    if (known.listed || asset.id === '') return
    if (this.#assets.size >= ASSETS_MAX) {
      this.counters.assetsRefused++
      return
    }
    const ip = asset.ip[0] ?? ''
    known.listed = true
    asset.first = time
    evidence(asset, packet)
    this.#candidates.delete(ip)
    this.#older.delete(ip)
    this.#assets.set(ip, known)
    this.#byId.set(asset.id, asset)
    if (this.#ids.has(asset.id)) return
    this.#options.onChange({ asset, event: 'new', time, packet })
  }

  /** A server keeps its adapter; the addresses of others may come from a pool. */
  #learnedMacs({ id }: Asset): readonly string[] {
    const roles = this.#options.learnedRoles?.get(id) ?? []
    return onlyServes(roles) ? (this.#options.learnedMacs?.get(id) ?? []) : []
  }

  /** Traffic shows a MAC with an address: theirs is one adapter while no other address comes. */
  #carry(known: Known, mac: string): void {
    const { asset } = known
    const ip = asset.ip[0]
    if (asset.id === '' || ip === undefined || mac === '') return
    const displaced = this.#bindings.carry(mac, ip)
    if (displaced !== '') this.#unbind(displaced)
    if (asset.macBound === true) return
    if (this.#bindings.carriesOnly(mac, ip)) {
      asset.mac = [shortMac(mac)]
      asset.vendor = vendorOf(mac)
    } else if (asset.mac.length > 0) this.#unbind(ip)
  }

  #unbind(ip: string): void {
    const known = this.#assets.get(ip) ?? this.#candidate(ip)
    if (known === undefined || known.asset.macBound === true) return
    known.asset.mac = []
    known.asset.vendor = ''
  }

  #serves(destination: Asset, protocol: string, time: number, packet: number): void {
    const known = this.#known(destination)
    if (known === undefined) return
    this.#list(known, time, packet)
    add(destination.protocols, protocol)
    this.#addRole(destination, protocol, packet)
  }

  #addRole(asset: Asset, protocol: string, packet: number): void {
    const role = serverRole(protocol)
    if (role !== '' && asset.id !== '' && add(asset.roles, role)) evidence(asset, packet)
  }

  #unusual(source: Asset, destination: Asset): boolean {
    const learned = this.#options.learnedRoles
    if (learned === undefined) return false
    return onlyServes(learned.get(source.id) ?? []) || onlyAsks(learned.get(destination.id) ?? [])
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

function describe(facts: Facts, side: 'source' | 'destination', asset: Asset): void {
  if (asset.ip.length > 0) facts[`ot.${side}.scope`] = asset.scope
  if (asset.id === '') return
  facts[`ot.${side}.asset.id`] = asset.id
  if (asset.name !== '') facts[`ot.${side}.asset.name`] = asset.name
  if (asset.roles.length > 0) facts[`ot.${side}.asset.role`] = [...asset.roles]
  if (asset.vendor !== '') facts[`ot.${side}.asset.vendor`] = asset.vendor
}

function add(list: string[], value: string): boolean {
  if (value === '' || list.includes(value)) return false
  list.push(value)
  return true
}

function evidence(asset: Asset, packet: number): void {
  if (asset.evidence.length < EVIDENCE_MAX && !asset.evidence.includes(packet)) {
    asset.evidence.push(packet)
  }
}
