/** Adds the facts `ot.*.zone.*` and `ot.zone.*`: who is in which zone, and what the policy says. */
import type { Conversation, Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { Asset } from '../inventory/asset.ts'
import { isVirtualMac, recordMac } from '../inventory/mac.ts'
import { addressKind, isNobody, parseAddress } from './address.ts'
import { subjectOf } from './entry-match.ts'
import { EXTERNAL, UNASSIGNED } from './policy.ts'
import type { DeclaredAsset, Policy, Zone } from './policy.ts'
import { NOWHERE, Resolver } from './resolve.ts'
import type { ZoneRef } from './resolve.ts'
import { hasSpoken } from './spoken.ts'
import { judgeWays } from './verdict.ts'
import type { Question, Verdict } from './verdict.ts'
import { waivedBy } from './waive.ts'

export interface DeclaredConduit {
  readonly id: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly purpose: string
  readonly line: number
  /** False where sensors are declared and none covers it. */
  readonly visible: boolean
  readonly channels: readonly {
    readonly protocol: string
    readonly ports: readonly number[]
    readonly line: number
  }[]
}

type Judged = Omit<Verdict, 'verdict'> & {
  readonly verdict: Verdict['verdict'] | 'not-declared' | 'permitted' | 'accepted'
  readonly waiver?: { readonly field: 'window' | 'exception'; readonly id: string }
}

interface Ends {
  readonly from: ZoneRef
  readonly to: ZoneRef
  readonly source: Asset
  readonly destination: Asset
  readonly time: number
  /** Who opened it is a guess, and nothing since has shown it. */
  readonly unproven: boolean
}

export class Zones {
  readonly policy: Policy | undefined
  readonly #resolver: Resolver | undefined
  readonly #assets = new Map<string, DeclaredAsset>()
  /** Times at which a verdict may change: windows, exceptions, the end of observing. */
  readonly #turns: readonly number[]
  /** The newest answer of `slice`, and from when to when it holds. */
  #slice = 0
  #sliceStart = Infinity
  #sliceEnd = Infinity

  constructor(policy: Policy | undefined) {
    this.policy = policy
    this.#resolver = policy === undefined ? undefined : new Resolver(policy)
    for (const asset of policy?.assets ?? []) this.#assets.set(asset.ip, asset)
    const turns = (policy?.waivers ?? []).flatMap(({ start, end }) => [start, end])
    if (policy?.defaults.interZone === 'observe') turns.push(policy.defaults.observeUntil)
    this.#turns = turns.sort((a, b) => a - b)
  }

  /** Verdicts of one kind of operation are the same between two changes of this number. */
  slice(time: number): number {
    if (time >= this.#sliceStart && time < this.#sliceEnd) return this.#slice
    this.#slice = this.#turns.filter((turn) => turn <= time).length
    this.#sliceStart = this.#turns[this.#slice - 1] ?? -Infinity
    this.#sliceEnd = this.#turns[this.#slice] ?? Infinity
    return this.#slice
  }

  /** From when to when `slice` says the same as at `time`, µs. */
  sliceAt(time: number): { readonly from: number; readonly to: number } {
    this.slice(time)
    return { from: this.#sliceStart, to: this.#sliceEnd }
  }

  zoneOf(ip: string, _mac = '', vlan?: number): ZoneRef {
    return this.#resolver?.zoneOf(ip, vlan) ?? NOWHERE
  }

  /** The name that the policy gives an address, '' where it gives none. */
  nameOf(ip: string): string {
    return this.#assets.get(ip)?.name ?? ''
  }

  /** Whether a zone of this id is in the policy: not reserved, not nowhere. */
  isDeclared(id: string): boolean {
    return this.policy?.zones.some((zone) => zone.id === id) ?? false
  }

  /** Address to group: members of a redundant pair share what is learned. */
  aliases(): Map<string, string> {
    const ips = new Map((this.policy?.assets ?? []).map(({ name, ip }) => [name, ip]))
    const aliases = new Map<string, string>()
    for (const { name, members } of this.policy?.groups ?? []) {
      for (const member of members) aliases.set(ips.get(member) ?? member, name)
    }
    return aliases
  }

  zones(): readonly Zone[] {
    return this.policy?.zones ?? []
  }

  declared(): DeclaredConduit[] {
    const covered = this.policy?.covered
    return (this.policy?.conduits ?? []).map(({ id, from, to, purpose, line, channels }) => ({
      id,
      from,
      to,
      purpose,
      line,
      visible: covered?.has(id) ?? true,
      channels: channels.map((channel) => ({
        protocol: channel.protocol,
        ports: channel.ports ?? [],
        line: channel.line,
      })),
    }))
  }

  /** Conduits whose target level is below the highest of their zones (V-SLGAP, a warning). */
  levelGaps(): { conduit: string; slT: number; needed: number; line: number }[] {
    const levels = new Map(this.zones().map(({ id, slT }) => [id, slT]))
    return (this.policy?.conduits ?? []).flatMap(({ id, from, to, slT, line }) => {
      const needed = Math.max(...[...from, ...to].map((zone) => levels.get(zone) ?? 0))
      return slT > 0 && slT < needed ? [{ conduit: id, slT, needed, line }] : []
    })
  }

  judge(operation: Operation, source: Asset, destination: Asset): Facts {
    const { policy } = this
    const { client, server, flow, time } = operation
    if (policy === undefined || flow.transport === 'arp') return {}
    if (isNobody(addressKind(client.ip)) || isNobody(addressKind(server.ip))) return {}
    const vlan = flow.vlans.at(-1)
    const from = this.zoneOf(client.ip, client.mac, vlan)
    const unit = operation.draft.fields['modbus.unit_id']
    const behind = typeof unit === 'number' ? this.#resolver?.unitZone(server.ip, unit) : undefined
    const to = behind ?? this.zoneOf(server.ip, server.mac, vlan)
    const unproven = flow.initiatorReason !== 'syn' && !flow.proven
    const ends: Ends = { from, to, source, destination, time, unproven }
    // OPC UA ReverseHello: the server opened the connection and the client listens at its port.
    const opened = client.ip === flow.client.ip && client.port === flow.client.port
    const question: Question = {
      from: from.id,
      to: to.id,
      client: parseAddress(client.ip),
      server: parseAddress(server.ip),
      port: opened ? server.port : client.port,
      transport: flow.transport,
      protocol: subjectOf(operation).protocol,
      unrecognised: false,
      operation,
    }
    const judged = this.#judge(question, ends, policy)
    if (opened || judged.verdict === 'violation') return this.#facts(ends, judged, policy)
    const { client: asked, server: asker } = question
    const turned = { from: to.id, to: from.id, client: asker, server: asked, operation: undefined }
    const opening = this.#judge({ ...question, ...turned }, turnedEnds(ends), policy)
    const worst = opening.verdict === 'violation' ? opening : judged
    return this.#facts(ends, worst, policy)
  }

  /** A conversation that no operation speaks for: an attempt, or bytes of no known protocol. */
  judgeConversation(conversation: Conversation, source: Asset, destination: Asset): Facts {
    const { policy } = this
    if (policy === undefined) return {}
    const { flow, protocol, state, undecided } = conversation
    const { client, server } = flow
    if (flow.transport === 'arp') return {}
    if (isNobody(addressKind(client.ip)) || isNobody(addressKind(server.ip))) return {}
    const vlan = flow.vlans.at(-1)
    const from = this.zoneOf(client.ip, client.mac, vlan)
    const to = this.zoneOf(server.ip, server.mac, vlan)
    const unproven = flow.initiatorReason !== 'syn' && !flow.proven
    const ends = { from, to, source, destination, time: conversation.start, unproven }
    const question: Question = {
      from: from.id,
      to: to.id,
      client: parseAddress(client.ip),
      server: parseAddress(server.ip),
      port: server.port,
      transport: flow.transport,
      protocol,
      unrecognised:
        undecided !== true &&
        hasSpoken(conversation) &&
        conversation.phase !== 'begin' &&
        state !== 'attempted',
      operation: undefined,
    }
    return this.#facts(ends, this.#judge(question, ends, policy), policy)
  }

  #judge(question: Question, ends: Ends, policy: Policy): Judged {
    const { from, to } = ends
    const { defaults } = policy
    if (from === NOWHERE || to === NOWHERE || (from.id === EXTERNAL && to.id === EXTERNAL)) {
      return { verdict: 'not-declared', line: 0 }
    }
    const judged = judgeWays(question, policy.conduits, defaults)
    if (judged !== undefined && judged.verdict !== 'violation') {
      return this.#impostor(ends) ?? judged
    }
    const waiver = waivedBy(question, judged, policy, ends.time)
    if (waiver !== undefined) {
      const { kind, id, line } = waiver
      const verdict = kind === 'window' ? 'permitted' : 'accepted'
      const conduit = judged?.conduit === undefined ? {} : { conduit: judged.conduit }
      return { ...conduit, verdict, line, waiver: { field: kind, id } }
    }
    if (judged?.deny !== undefined) return judged
    if (from.id === to.id && from.id !== UNASSIGNED) return this.#within(ends, policy)
    if (judged !== undefined) {
      return observing(policy, ends.time) ? { verdict: 'not-declared', line: judged.line } : judged
    }
    const { line } = defaults
    if (from.id === UNASSIGNED || to.id === UNASSIGNED) {
      return defaults.unassigned === 'observe'
        ? { verdict: 'not-declared', line }
        : { verdict: 'violation', code: 'V-UNASSIGNED', line }
    }
    return observing(policy, ends.time)
      ? { verdict: 'not-declared', line }
      : { verdict: 'violation', code: 'V-NOCONDUIT', line }
  }

  /** Inside one zone: the baseline speaks, unless the policy says otherwise. */
  #within(ends: Ends, { defaults }: Policy): Judged {
    const { line } = defaults
    if (defaults.intraZone === 'deny') return { verdict: 'violation', code: 'V-NOCONDUIT', line }
    const impostor = this.#impostor(ends)
    if (impostor !== undefined) return impostor
    return { verdict: defaults.intraZone === 'allow' ? 'allowed' : 'not-declared', line }
  }

  /** An asset declared with address and MAC, while ARP shows another to hold the address. */
  #impostor({ source, destination }: Ends): Judged | undefined {
    for (const { ip, mac, macBound } of [source, destination]) {
      const declared = this.#assets.get(ip[0] ?? '')
      if (declared === undefined || declared.mac === '' || macBound !== true) continue
      if (mac.some((seen) => recordMac(seen) === declared.mac)) continue
      if (mac.every((seen) => isVirtualMac(recordMac(seen)))) continue
      return { verdict: 'violation', code: 'V-IDENTITY', line: declared.line }
    }
    return undefined
  }

  #facts(ends: Ends, judged: Judged, policy: Policy): Facts {
    const { from, to, unproven } = ends
    const facts: Facts = {}
    if (from !== NOWHERE) {
      facts['ot.source.zone.id'] = from.id
      if (from.kind !== '') facts['ot.source.zone.kind'] = from.kind
    }
    if (to !== NOWHERE) {
      facts['ot.destination.zone.id'] = to.id
      if (to.kind !== '') facts['ot.destination.zone.kind'] = to.kind
    }
    if (from === NOWHERE || to === NOWHERE) return facts
    facts['ot.zone.crossing'] = from.id !== to.id
    facts['ot.zone.verdict'] = judged.verdict
    if (judged.code !== undefined) facts['ot.zone.code'] = judged.code
    if (judged.conduit !== undefined) facts['ot.zone.conduit'] = judged.conduit
    if (judged.line > 0) facts['ot.zone.line'] = `${policy.file}:${judged.line}`
    if (judged.waiver !== undefined) facts[`ot.zone.${judged.waiver.field}`] = judged.waiver.id
    const reason = judged.reason ?? (unproven ? 'midstream' : undefined)
    if (reason !== undefined) facts['ot.zone.reason'] = reason
    return facts
  }
}

function observing({ defaults }: Policy, time: number): boolean {
  return defaults.interZone === 'observe' && time < defaults.observeUntil
}

function turnedEnds(ends: Ends): Ends {
  const { from, to, source, destination } = ends
  return { ...ends, from: to, to: from, source: destination, destination: source }
}
