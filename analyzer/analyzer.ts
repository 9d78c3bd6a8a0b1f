/**
 * Judges what the sensor says: inventory, baseline and zones add facts, rules turn facts into
 * findings. It is the sensor's sink; what it concludes is taken from it with `drain`.
 */
import type { Anomaly, Conversation, Identity, Operation, SensorEvent, Sink } from '#sensor'
import { Limits, anomalyRecord, conversationRecord, sensorRecord } from '#sensor'
import type { Baseline } from './baseline/baseline.ts'
import type { BaselineFile, Learned } from './baseline/file.ts'
import { changeRecord } from './change.ts'
import { Conversations, worstVerdict } from './conversations.ts'
import { textList } from './facts.ts'
import type { Doc } from './facts.ts'
import type { Finding } from './findings/finding.ts'
import { Every, SUMMARY_US } from './every.ts'
import { Findings } from './findings/findings.ts'
import { Inventory } from './inventory/inventory.ts'
import type { AssetChange } from './inventory/inventory.ts'
import { Pair } from './judgement.ts'
import { Matrix } from './matrix.ts'
import { Operations } from './operations.ts'
import type { Kept, Settlement } from './operations.ts'
import type { RepeatsTold } from './repeats.ts'
import type { RuleSet } from './sigma/ruleset.ts'
import type { Zones } from './zones/zones.ts'

/** Beside the entries of the baseline: an asset that somebody approved. */
const ASSET_ENTRY = 'asset '

export interface AnalyzerOptions {
  readonly sensor: string
  readonly site: string
  readonly rules: RuleSet
  readonly zones: Zones
  readonly baseline: Baseline
  /** Who keeps records: those worth keeping one by one, and summaries of the rest. */
  readonly keep?: ((record: Doc) => void) | undefined
}

export class Analyzer implements Sink {
  readonly inventory: Inventory
  readonly conversations = new Conversations()
  readonly matrix = new Matrix()
  readonly findings: Findings
  /** Newest capture time, µs. */
  now = 0
  readonly #options: AnalyzerOptions
  readonly #operations: Operations
  readonly #summary = new Every(SUMMARY_US)
  #sequence = 0
  readonly #limits = new Limits((event) => {
    this.health({ ...event, sequence: this.#sequence++ })
  })

  constructor(options: AnalyzerOptions) {
    this.#options = options
    this.inventory = new Inventory({
      site: options.site,
      zones: options.zones,
      known: options.baseline.assets().flatMap(({ ip }) => ip),
      learnedRoles: options.baseline.roles(),
      learnedMacs: options.baseline.macs(),
      onChange: (change) => this.#assetChanged(change),
    })
    this.inventory.learning = options.baseline.phase === 'learning'
    options.baseline.nameOf = (ip) => this.inventory.nameOf(ip)
    this.findings = new Findings({ sensor: options.sensor })
    const { sensor, rules, zones, baseline, keep } = options
    const { inventory, findings, matrix } = this
    this.#operations = new Operations({
      ...{ sensor, rules, zones, baseline, keep },
      ...{ inventory, findings, matrix },
    })
  }

  /** Findings that changed since the last call. */
  drain(): Finding[] {
    return this.findings.drain()
  }

  /** What reached a bound, by table: told in the sensor's health. */
  counters(): Record<string, number> {
    return {
      ...this.inventory.counters,
      ...this.#operations.counters(),
      conversations_refused: this.conversations.refused,
      attempts_forgotten: this.conversations.forgotten,
      cells_refused: this.matrix.refused,
      ...this.#options.baseline.counters(),
      ...this.#options.rules.counters(),
      findings_overflowed: this.findings.overflowed,
      episodes_forgotten: this.findings.forgotten,
    }
  }

  /** Decisions of people: from now on these are usual. */
  approve(entries: readonly string[]): void {
    this.#options.baseline.approve(entries)
    for (const entry of entries) {
      if (entry.startsWith(ASSET_ENTRY)) this.inventory.know(entry.slice(ASSET_ENTRY.length))
    }
    this.#operations.forget()
  }

  /** What was learned or approved so far, as a file that people can review. */
  learned(from: Partial<Learned> = {}): BaselineFile {
    const { baseline, site } = this.#options
    return baseline.export({ site, learned: from, assets: this.inventory.known() })
  }

  /** Takes an approval back. */
  revoke(entries: readonly string[]): void {
    this.#options.baseline.revoke(entries)
    this.#operations.forget()
  }

  /** Learning is over, or begins again: everything is judged anew. */
  setPhase(phase: 'learning' | 'watching'): void {
    if (this.#options.baseline.phase === phase) return
    this.#options.baseline.phase = phase
    this.inventory.learning = phase === 'learning'
    this.#operations.forget()
  }

  /** Capture time goes on, once a second of it: before what the packet after it tells. */
  advance(time: number): void {
    this.#advance(time)
    this.#operations.advance(time)
    if (!this.#summary.isDue(time)) return
    this.#operations.summarise()
    this.#limits.look(this.#reached(), this.now)
  }

  /** Counts what was judged before and is judged anew (`Operations.epoch`). */
  get epoch(): number {
    return this.#operations.epoch
  }

  settled(operation: Operation): Settlement | undefined {
    return this.#operations.settled(operation)
  }

  repeated(kind: Kept, repeats: RepeatsTold, newest: Operation | undefined): void {
    this.#operations.repeated(kind, repeats, newest)
  }

  requested(operation: Operation): void {
    this.#advance(operation.time)
    this.#operations.requested(operation)
  }

  completed(operation: Operation): void {
    this.#operations.completed(operation)
  }

  identity(identity: Identity): void {
    this.#advance(identity.time)
    this.inventory.identify(identity)
  }

  conversation(conversation: Conversation): void {
    this.#advance(conversation.end)
    if (conversation.phase === 'begin') return
    const ends = this.inventory.conversation(conversation)
    if (ends === undefined) return
    const { source, destination } = ends
    const facts = this.#options.zones.judgeConversation(conversation, source, destination)
    const opened = facts['ot.zone.verdict']
    const { slot } = conversation.flow
    const asked = slot instanceof Pair ? slot.verdict : ''
    const verdict = worstVerdict(asked, typeof opened === 'string' ? opened : '')
    this.conversations.add(conversation, source, destination, verdict)
    // What speaks a recognised protocol is judged by its operations, one by one.
    if (Object.keys(conversation.operations).length > 0) return
    const judged = this.#options.baseline.judgeConversation(conversation, source, destination)
    const record = conversationRecord(this.#options.sensor, conversation)
    const parties = this.inventory.partyFacts(source, destination)
    Object.assign(record, parties, judged.facts, facts)
    this.#ask(record, [conversation.packet], conversation, judged.entries)
  }

  anomaly(anomaly: Anomaly): void {
    this.#advance(anomaly.time)
    const { baseline, sensor } = this.#options
    const record = anomalyRecord(sensor, anomaly)
    const ends = this.inventory.flowEnds(anomaly.flow, anomaly.time, anomaly.packet)
    let entries: readonly string[] = []
    if (ends !== undefined) {
      const { source, destination } = ends
      const judged = baseline.judgeAnomaly(anomaly, source, destination)
      Object.assign(record, this.inventory.partyFacts(source, destination), judged.facts)
      if (source.zone !== '') record['ot.source.zone.id'] = source.zone
      if (destination.zone !== '') record['ot.destination.zone.id'] = destination.zone
      entries = judged.entries
    }
    this.#ask(record, [anomaly.packet], anomaly.time, entries)
  }

  health(event: SensorEvent): void {
    this.#advance(event.time)
    const record = sensorRecord(this.#options.sensor, event)
    this.#options.keep?.(record)
    this.#ask(record, [], event.time, [])
  }

  /** End of the capture: what is still to be summarised is. */
  end(): void {
    this.inventory.end(this.now)
    this.#operations.advance(Infinity)
    this.#operations.summarise()
    this.#limits.look(this.#reached(), this.now, true)
  }

  /** Tables that were full: what is new beyond them is not told as new. */
  #reached(): Record<string, number> {
    const { counters } = this.inventory
    return {
      assets: counters.assetsRefused,
      candidates: counters.candidatesEvicted,
      adapters: counters.adaptersForgotten,
      attributes: counters.attributesRefused,
      conversations: this.conversations.refused,
      cells: this.matrix.refused,
      findings: this.findings.overflowed,
      ...this.#options.baseline.counters(),
      ...this.#options.rules.counters(),
    }
  }

  /** What is no operation: rules of every phase are asked, and what matches is raised. */
  #ask(
    doc: Doc,
    packets: readonly number[],
    when: number | { readonly start: number; readonly end: number },
    entries: readonly string[],
    count?: number,
  ): void {
    const { start, end: time } = typeof when === 'number' ? { start: when, end: when } : when
    const { rules } = this.#options
    const context = {
      time,
      packets,
      eventId: () => String(doc['event.id'] ?? ''),
      entries,
      notAssessable: textList(doc['ot.not_assessable']),
    }
    const alone = { ...context, begin: start }
    for (const phase of ['request', 'value', 'answer'] as const) {
      for (const match of rules.match(doc, phase)) {
        const told = count === undefined ? match : { ...match, count }
        if (rules.alerts(match.rule)) this.findings.raise(told, doc, alone)
        if (!rules.feeds(match.rule)) continue
        for (const more of rules.correlate(match, doc, time)) {
          this.findings.raise(more, doc, context)
        }
      }
    }
  }

  #assetChanged(change: AssetChange): void {
    const { baseline, sensor } = this.#options
    const { asset, event, time, packet } = change
    const doc = changeRecord(sensor, change, this.#sequence++)
    doc['ot.baseline.phase'] = baseline.phase
    const [ip = ''] = asset.ip
    if (event === 'new' && baseline.phase === 'learning') this.inventory.know(ip)
    this.#ask(doc, [packet], time, event === 'new' ? [ASSET_ENTRY + ip] : [], change.count)
  }

  #advance(time: number): void {
    if (time > this.now) this.now = time
  }
}
