/**
 * What is usual: adds the facts `ot.baseline.*`. In phase `watching` nothing is learned without a
 * decision, so what nobody approved stays new, however often it comes (fields.md, "It stays").
 */
import type { Anomaly, Conversation, Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { InputError } from '../input/input.ts'
import type { Asset } from '../inventory/asset.ts'
import { hasSpoken } from '../zones/spoken.ts'
import { anomalyClaim, claimsOf, conversationClaims, isUnresolved } from './claims.ts'
import type { Claim, Parties } from './claims.ts'
import { parseEntry, word, words } from './entry.ts'
import { Envelope } from './envelope.ts'
import { fullEntry, loadBaseline } from './file.ts'
import type { BaselineFile, KnownAsset, Learned } from './file.ts'
import { Ledger } from './ledger.ts'
import { precedentOf } from './precedent.ts'
import { exported } from './export.ts'
import { Rates } from './rates.ts'
import { Values } from './values.ts'

export interface BaselineOptions {
  readonly file?: BaselineFile
  readonly phase: 'learning' | 'watching'
  /** Address to group: redundant peers share their entries (`Zones.aliases`). */
  readonly aliases?: ReadonlyMap<string, string>
}

export interface BaselineJudgement {
  readonly facts: Facts
  /** Entries that approving this would add. */
  readonly entries: string[]
  readonly version: number
}

export interface ExportMeta {
  readonly site: string
  readonly learned?: Partial<Learned>
  readonly assets?: readonly Asset[]
}

/** A precedent is for people: a few words of each. */
const PRECEDENTS_MAX = 8
/** Strangers that are too many to be told apart: approved by people, and never learned. */
const MANY = 'many'
/** Entries that one approval adds; more are approved by what comes next. */
const ENTRIES_MAX = 200

export class Baseline {
  /** What an address is called, '' where nobody says; for the words of a precedent. */
  nameOf: (ip: string) => string = () => ''
  #phase: 'learning' | 'watching'
  readonly #aliases: ReadonlyMap<string, string>
  readonly #ledger = new Ledger()
  readonly #values = new Values()
  readonly #rates = new Rates()
  readonly #assets = new Map<string, KnownAsset>()
  /** Names that the file gives, by address. */
  readonly #names = new Map<string, string>()
  /** Anomalies learned in this phase: each is told, however often it comes. */
  readonly #told = new Set<string>()

  constructor({ file, phase, aliases }: BaselineOptions) {
    this.#phase = phase
    this.#aliases = aliases ?? new Map()
    if (file !== undefined) this.#take(file)
  }

  get phase(): 'learning' | 'watching' {
    return this.#phase
  }

  set phase(phase: 'learning' | 'watching') {
    this.#phase = phase
    this.#told.clear()
    this.#rates.forget()
  }

  static load(text: string, file: string): { file?: BaselineFile; errors: InputError[] } {
    return loadBaseline(text, file)
  }

  version(): number {
    return this.#ledger.version
  }

  /** What reached its bound: told in the sensor's health. */
  counters(): Record<string, number> {
    return {
      entriesRefused: this.#ledger.refused,
      envelopesRefused: this.#values.refused,
      ratesRefused: this.#rates.refused,
    }
  }

  assets(): readonly KnownAsset[] {
    return [...this.#assets.values()]
  }

  /** Roles learned, by id of the asset: what `ot.role.unusual` is held against. */
  roles(): Map<string, readonly string[]> {
    return new Map(this.assets().map(({ id, roles }) => [id, roles]))
  }

  /** MACs learned, by id of the asset: whom ARP is held against. */
  macs(): Map<string, readonly string[]> {
    return new Map(this.assets().map(({ id, mac }) => [id, mac]))
  }

  judge(operation: Operation, source: Asset, destination: Asset): BaselineJudgement {
    const parties = this.#parties(source, destination)
    if (parties === undefined || operation.flow.transport === 'arp') return this.#nothing()
    const missing = claimsOf(operation, parties).filter((claim) => !this.#ledger.has(claim))
    const judged = this.#judged(missing, parties)
    // While learning there is no writer before whom another one is odd.
    if (this.#phase === 'watching') this.#otherWriter(missing, judged.facts)
    return judged
  }

  #otherWriter(missing: readonly Claim[], facts: Facts): void {
    for (const claim of missing) {
      const writer = this.#ledger.otherWriter(claim)
      if (writer === undefined) continue
      facts['ot.baseline.other_writer'] = writer
      const before = facts['ot.baseline.precedent']
      const words = `it was written by ${this.#called(writer)}`
      facts['ot.baseline.precedent'] = Array.isArray(before) ? [...before, words] : [words]
      return
    }
  }

  /** As people call a party of an entry: by name where there is one. */
  #called(party: string): string {
    return this.nameOf(party) || this.#names.get(party) || party
  }

  /** A connection of no known protocol: who talks to whom, and at which port. */
  judgeConversation(
    conversation: Conversation,
    source: Asset,
    destination: Asset,
  ): BaselineJudgement {
    const { flow, protocol, state } = conversation
    const parties = this.#parties(source, destination)
    if (parties === undefined || flow.transport === 'arp') return this.#nothing()
    // Who got no answer over TCP talks to nobody yet: what attempts mean, zones and scans say.
    const failed = state === 'attempted' || state === 'refused'
    if (failed && flow.transport === 'tcp') return this.#nothing()
    const claims = conversationClaims(flow.transport, flow.server.port, protocol, parties)
    if (this.#isTurned(conversation, parties)) return this.#nothing()
    // A connection that was opened and closed says who talks to whom, and no more.
    const silent = protocol === '' && (conversation.undecided === true || !hasSpoken(conversation))
    return this.#judgeOrLearn(silent ? claims.slice(0, 1) : claims, parties)
  }

  /** An anomaly is usual or not per server and code: sloppy devices are many. */
  judgeAnomaly(anomaly: Anomaly, source: Asset, destination: Asset): BaselineJudgement {
    const parties = this.#parties(source, destination)
    if (parties === undefined) return this.#nothing()
    const claim = anomalyClaim(anomaly.protocol, anomaly.code, parties.server)
    const isNew = this.#told.has(claim.entry) || !this.#ledger.has(claim)
    const judged = this.#judged(isNew ? [claim] : [], parties)
    // Learned now, usual later: while learning each one counts.
    const learns = this.#phase === 'learning' && parties.server !== MANY
    if (isNew && learns && this.#ledger.add(claim.entry)) {
      this.#told.add(claim.entry)
    }
    return judged
  }

  /** Joined late, between two high ports, the ends are guessed: turned round it may be usual. */
  #isTurned({ flow, protocol }: Conversation, { client, server }: Parties): boolean {
    if (flow.initiatorReason !== 'port' || flow.proven) return false
    const turned = { client: server, server: client }
    const claims = conversationClaims(flow.transport, flow.client.port, protocol, turned)
    return claims.every((claim) => this.#ledger.has(claim))
  }

  /**
   * Learns values and rates in phase `learning`, else judges them: undefined where there is
   * nothing to say.
   */
  judgeValue(operation: Operation, source: Asset, destination: Asset): Facts | undefined {
    if (operation.draft.numbers === undefined) return undefined
    const parties = this.#parties(source, destination)
    if (parties === undefined) return undefined
    const { server } = parties
    if (this.#phase === 'learning') {
      if (isMany(parties)) return undefined
      // What an alias stands for is not known: its values would be learned under the wrong name.
      if (isUnresolved(operation.draft)) return undefined
      this.#values.learn(operation, destination, server)
      this.#rates.learn(operation, source, destination, parties)
      return undefined
    }
    // Forged writes must not make the next true one look like a leap.
    const value = this.#values.judge(operation, destination, server, isMany(parties))
    const rate = this.#rates.judge(operation, source, destination, parties)
    return value === undefined || rate === undefined ? (value ?? rate) : { ...value, ...rate }
  }

  /** Entries that would make the values and the rate just judged usual. */
  valueEntries(operation: Operation, ends: { source: Asset; destination: Asset }): string[] {
    const { source, destination } = ends
    const parties = this.#parties(source, destination)
    if (parties === undefined) return []
    return [
      ...this.#values.entries(operation, destination, parties.server),
      ...this.#rates.entries(operation, source, destination, parties),
    ]
  }

  learn(operation: Operation, source: Asset, destination: Asset): void {
    const parties = this.#parties(source, destination)
    if (parties === undefined || operation.flow.transport === 'arp') return
    if (isMany(parties)) return
    for (const { entry } of claimsOf(operation, parties)) this.#ledger.add(entry)
  }

  /** Decisions of people; tells how many were entries at all. */
  approve(entries: readonly string[]): number {
    let count = 0
    for (const entry of entries) {
      this.#told.delete(entry)
      if (this.#values.approve(entry) || this.#rates.approve(entry)) count++
      else if (parseEntry(entry) !== undefined) {
        this.#ledger.approve(entry)
        count++
      }
    }
    return count
  }

  revoke(entries: readonly string[]): number {
    let count = 0
    for (const entry of entries) {
      const known = this.#values.revoke(entry) || this.#rates.revoke(entry)
      if (known || this.#ledger.revoke(entry)) count++
    }
    return count
  }

  export(meta: ExportMeta): BaselineFile {
    const assets = new Map(this.#assets)
    for (const asset of meta.assets ?? []) {
      const { id, ip, mac, name, roles } = asset
      assets.set(id, { id, ip, mac: [...mac].sort(), name, roles: [...roles].sort() })
    }
    return exported(meta, {
      assets: [...assets.values()],
      entries: this.#ledger.entries(),
      envelopes: this.#values.all(),
      rates: this.#rates.all(),
    })
  }

  #take(file: BaselineFile): void {
    for (const asset of file.assets) {
      this.#assets.set(asset.id, asset)
      for (const ip of asset.ip) this.#names.set(ip, asset.name)
    }
    for (const { client, server, entries } of file.pairs) {
      for (const entry of entries) this.#ledger.add(fullEntry(entry, client, server))
    }
    for (const { server, entries, values, rates } of file.servers) {
      for (const { of, peak, approved } of rates) this.#rates.put(`${server} ${of}`, peak, approved)
      for (const entry of entries) this.#ledger.add(fullEntry(entry, '', server))
      for (const { target, shape: _, ...state } of values) {
        const copy = { ...state, values: [...state.values], approved: [...state.approved] }
        this.#values.put(`${server} ${target}`, new Envelope(copy))
      }
    }
    for (const entry of file.site_wide) this.#ledger.add(entry)
  }

  #judgeOrLearn(claims: readonly Claim[], parties: Parties): BaselineJudgement {
    const missing = claims.filter((claim) => !this.#ledger.has(claim))
    const judged = this.#judged(missing, parties)
    if (this.#phase === 'learning' && !isMany(parties)) {
      for (const { entry } of missing) this.#ledger.add(entry)
    }
    return judged
  }

  #judged(missing: readonly Claim[], parties: Parties): BaselineJudgement {
    const facts: Facts = { 'ot.baseline.phase': this.#phase }
    const firstSeen = new Set<string>()
    const precedents = new Set<string>()
    for (const claim of missing) {
      // Who is new altogether is bound to nobody else: that is told as new, not as taken over.
      const bound = claim.item === 'binding' ? this.#ledger.examples(`bound ${claim.bound}`) : []
      if (claim.item === 'binding' && bound.length === 0) continue
      firstSeen.add(this.#isRenewal(claim) ? 'renewal' : claim.item)
      if (this.#phase === 'learning' || precedents.size >= PRECEDENTS_MAX) continue
      const precedent = precedentOf(claim, parties, this.#ledger, (party) => this.#called(party))
      if (precedent !== '') precedents.add(precedent)
    }
    if (firstSeen.size > 0) facts['ot.baseline.first_seen'] = [...firstSeen]
    if (precedents.size > 0) facts['ot.baseline.precedent'] = [...precedents]
    const entries = missing.slice(0, ENTRIES_MAX).map(({ entry }) => entry)
    return { facts, entries, version: this.#ledger.version }
  }

  /** A certificate of the same asset, subject and issuer as one that is known (quiet.md). */
  #isRenewal({ item, entry }: Claim): boolean {
    if (item !== 'certificate') return false
    const owner = words(entry).slice(3).join(' ')
    return this.#ledger.examples(`certificate ${owner}`).length > 0
  }

  #nothing(): BaselineJudgement {
    const facts = { 'ot.baseline.phase': this.#phase }
    return { facts, entries: [], version: this.#ledger.version }
  }

  #parties(source: Asset, destination: Asset): Parties | undefined {
    if (source.id === '' || destination.id === '') return undefined
    return { client: this.#party(source), server: this.#party(destination) }
  }

  #party({ ip, isMany }: Asset): string {
    if (isMany === true) return MANY
    const address = ip[0] ?? ''
    const group = this.#aliases.get(address)
    return group === undefined ? address : word(`group:${group}`)
  }
}

function isMany({ client, server }: Parties): boolean {
  return client === MANY || server === MANY
}
