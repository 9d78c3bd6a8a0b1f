/**
 * Who is on the network: assets by address, each with the evidence for what is said of it. A
 * candidate becomes an asset when traffic is two-way, when it sends a recognised operation, or
 * when ARP shows it; whom nobody ever answered for is none.
 */
import type { Conversation, Flow, Identity, Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { Asset } from './asset.ts'
import { ArpWatch } from './arp-watch.ts'
import type { AssetChange } from './arp-watch.ts'
import { addIdentity } from './attributes.ts'
import { Bindings } from './bindings.ts'
import type { Known } from './candidates.ts'
import { shortMac } from './mac.ts'
import { clientRoles, onlyAsks, onlyServes, serverRole } from './roles.ts'
import { Roster, evidence } from './roster.ts'
import type { RosterOptions } from './roster.ts'
import { vendorOf } from './vendor.ts'

export type { AssetChange }
export { assetId } from './roster.ts'

export interface InventoryOptions extends RosterOptions {
  /** Roles that the baseline learned, by id of the asset. */
  readonly learnedRoles?: ReadonlyMap<string, readonly string[]>
  /** MACs that the baseline learned, by id of the asset. */
  readonly learnedMacs?: ReadonlyMap<string, readonly string[]>
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
    strangersTogether: 0,
    adaptersForgotten: 0,
    attributesRefused: 0,
    valuesPassedOver: 0,
    addressConflicts: 0,
  }
  readonly #options: InventoryOptions
  readonly #roster: Roster
  readonly #bindings = new Bindings(this.counters)
  readonly #arp: ArpWatch

  constructor(options: InventoryOptions) {
    this.#options = options
    this.#roster = new Roster(options, this.counters)
    this.#arp = new ArpWatch({
      zones: options.zones,
      bindings: this.#bindings,
      learnedMacs: (asset) => this.#learnedMacs(asset),
      assetAt: (ip) => {
        const known = this.#roster.at(ip)
        return known?.state === 'told' ? known.asset : undefined
      },
      onChange: (change) => {
        if (change.event === 'address-conflict') this.counters.addressConflicts++
        options.onChange(change)
      },
    })
  }

  /** While learning everybody is a stranger: there is room for more of them. */
  set learning(learning: boolean) {
    this.#roster.crowds.learning = learning
  }

  /** End of the capture. */
  end(time: number): void {
    this.#roster.crowds.end(time)
  }

  /** The assets of an operation; new ones are told. Answers stay valid, so they may be kept. */
  ends(operation: Operation): Ends {
    const { client, server, flow, time, packets } = operation
    const packet = packets[0] ?? 0
    const arp = flow.transport === 'arp'
    const roster = this.#roster
    const shown = arp || flow.proven
    const source = roster.party(client, flow, shown, time, packet)
    const destination = arp
      ? roster.find(server, flow)
      : roster.party(server, flow, shown, time, packet)
    roster.list(source, time, packet)
    if (arp) this.#arp.bind(source.asset, client.mac, flow.vlans.at(-1), time, packet)
    else {
      this.#carry(source, client.mac)
      if (flow.proven || (flow.transport === 'tcp' && flow.initiatorReason === 'syn')) {
        roster.list(destination, time, packet)
      }
      this.#carry(destination, server.mac)
    }
    return { source: source.asset, destination: destination.asset }
  }

  /** Undefined where there are no two parties (ARP, multicast). */
  flowEnds(flow: Flow, time: number, packet: number): Ends | undefined {
    const ends = this.#parties(flow, flow.proven, time, packet)
    if (ends === undefined) return undefined
    const [source, destination] = ends
    if (flow.proven) {
      this.#roster.list(source, time, packet)
      this.#roster.list(destination, time, packet)
    }
    return { source: source.asset, destination: destination.asset }
  }

  conversation(conversation: Conversation): Ends | undefined {
    const { flow, start, end, packet, state, protocol } = conversation
    // A refusal may come from a firewall on the way: it shows who asked, not who answers.
    const answered = state !== 'refused' && state !== 'attempted'
    const ends = isAttempt(conversation)
      ? this.#attempt(flow)
      : this.#parties(flow, answered && conversation.serverPackets > 0, start, packet)
    if (ends === undefined) return undefined
    const [known, other] = ends
    const { asset: source } = known
    const { asset: destination } = other
    if (conversation.serverPackets > 0) {
      this.#tell(known, start, end, packet)
      if (answered) this.#tell(other, start, end, packet)
      if (answered && protocol !== '') {
        add(source.protocols, protocol)
        add(destination.protocols, protocol)
      }
      this.#carry(known, flow.client.mac)
      if (answered) this.#carry(other, flow.server.mac)
      if (answered && conversation.serverBytes > 0) this.#addRole(destination, protocol, packet)
    } else if (flow.proven) {
      this.#roster.list(known, start, packet)
      this.#roster.list(other, start, packet)
    }
    return { source, destination }
  }

  #tell(known: Known, start: number, end: number, packet: number): void {
    this.#roster.list(known, start, packet)
    this.touch(known.asset, end)
  }

  #parties(
    flow: Flow,
    shown: boolean,
    time: number,
    packet: number,
  ): readonly [Known, Known] | undefined {
    if (flow.transport === 'arp') return undefined
    const source = this.#roster.party(flow.client, flow, shown, time, packet)
    const destination = this.#roster.party(flow.server, flow, shown, time, packet)
    return source.asset.id === '' || destination.asset.id === '' ? undefined : [source, destination]
  }

  /** Of attempts the sensor tells no flood: whom they are from matters to who looks for a scan. */
  #attempt(flow: Flow): readonly [Known, Known] | undefined {
    if (flow.transport === 'arp') return undefined
    const source = this.#roster.find(flow.client, flow)
    const destination = this.#roster.find(flow.server, flow)
    return source.asset.id === '' || destination.asset.id === '' ? undefined : [source, destination]
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
    const known = this.#roster.at(endpoint.ip)
    if (known === undefined) return
    const { asset } = known
    if (identity.confidence === 'A') this.#roster.list(known, time, packet)
    this.touch(asset, time)
    if (asset.name === '' && names.has(identity.attribute) && identity.confidence !== 'C') {
      asset.name = identity.value.slice(0, NAME_CHARS_MAX)
    }
    const change = addIdentity(asset, identity, this.counters)
    if (change !== undefined) this.#options.onChange({ asset, time, packet, ...change })
  }

  /** A name that somebody typed in goes before what was declared or observed. */
  rename(id: string, name: string): void {
    const asset = this.#roster.asset(id)
    if (asset !== undefined) asset.name = name
  }

  /** Learned or approved: no news any more. */
  know(ip: string): void {
    this.#roster.know(ip)
  }

  /** What a baseline holds: assets that were learned or approved, not what is merely there. */
  known(): Asset[] {
    return this.assets().filter((asset) => this.#roster.isKnown(asset))
  }

  /** What an address is called: by people, the policy or itself; '' where nobody says. */
  nameOf(ip: string): string {
    return this.#roster.nameOf(ip)
  }

  asset(id: string): Asset | undefined {
    return this.#roster.asset(id)
  }

  assets(): Asset[] {
    return this.#roster.assets()
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
      if (known.mac === mac) return
      known.mac = mac
      asset.mac = [shortMac(mac)]
      asset.vendor = vendorOf(mac)
    } else if (asset.mac.length > 0) this.#unbind(ip)
  }

  #unbind(ip: string): void {
    const known = this.#roster.at(ip)
    if (known === undefined || known.asset.macBound === true) return
    known.mac = ''
    known.asset.mac = []
    known.asset.vendor = ''
  }

  #serves(destination: Asset, protocol: string, time: number, packet: number): void {
    const known = this.#roster.known(destination)
    if (known === undefined) return
    this.#roster.list(known, time, packet)
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

/** Nobody answered, and nothing was asked that is understood. */
function isAttempt({ serverPackets, operations }: Conversation): boolean {
  return serverPackets === 0 && Object.keys(operations).length === 0
}

function describe(facts: Facts, side: 'source' | 'destination', asset: Asset): void {
  if (asset.ip.length > 0 || asset.isMany === true) facts[`ot.${side}.scope`] = asset.scope
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
