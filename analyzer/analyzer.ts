/**
 * Judges what the sensor says: inventory, baseline and zones add facts, rules turn facts into
 * findings. It is the sensor's sink; what it concludes is taken from it with `drain`.
 */
import type { Anomaly, Conversation, Identity, Operation, SensorEvent, Sink } from '#sensor'
import {
  anomalyRecord,
  conversationRecord,
  identityRecord,
  isoTime,
  operationRecord,
  requestRecord,
  sensorRecord,
} from '#sensor'
import type { Baseline } from './baseline/baseline.ts'
import type { ConversationRow } from './api/schema.ts'
import { Conversations } from './conversations.ts'
import type { Doc, Facts } from './facts.ts'
import type { Finding } from './findings/finding.ts'
import { FINDING_EVIDENCE_MAX, FINDING_OPERATIONS_MAX } from './findings/finding.ts'
import { Findings } from './findings/findings.ts'
import type { Asset } from './inventory/asset.ts'
import { Inventory } from './inventory/inventory.ts'
import type { AssetChange } from './inventory/inventory.ts'
import type { Judgement } from './judgement.ts'
import { Pair, Pairs, addRepeat, noRepeats, pairKey } from './judgement.ts'
import { Matrix } from './matrix.ts'
import type { Match, RuleSet } from './sigma/ruleset.ts'
import { summaryRecord } from './summary.ts'
import type { Zones } from './zones/zones.ts'

/** Repeats of what is periodic are summarised this often, in capture time (fields.md). */
const SUMMARY_US = 60e6

export interface AnalyzerOptions {
  readonly sensor: string
  readonly site: string
  readonly rules: RuleSet
  readonly zones: Zones
  readonly baseline: Baseline
  /** Assets that the baseline knows: not new. */
  readonly known: Iterable<string>
  /** Records worth keeping one by one, and summaries of the rest. */
  readonly keep: (record: Doc) => void
}

export class Analyzer implements Sink {
  readonly inventory: Inventory
  readonly conversations = new Conversations()
  readonly matrix = new Matrix()
  readonly findings: Findings
  /** Beside the evidence of findings, where several captures are read. */
  file: string | undefined
  /** Newest capture time, µs. */
  now = 0
  private readonly options: AnalyzerOptions
  private readonly pairs = new Pairs()
  private readonly kept = new WeakSet<Operation>()
  private changed = new Set<Finding>()
  private epoch = 1
  private summarised = 0

  constructor(options: AnalyzerOptions) {
    this.options = options
    this.inventory = new Inventory({
      site: options.site,
      zones: options.zones,
      known: options.known,
      onChange: (change) => this.assetChanged(change),
    })
    this.findings = new Findings({
      sensor: options.sensor,
      onChange: (finding) => this.changed.add(finding),
    })
  }

  /** Findings that changed since the last call. */
  drain(): Finding[] {
    const findings = [...this.changed]
    this.changed = new Set()
    return findings
  }

  drainConversations(): ConversationRow[] {
    return this.conversations.drain()
  }

  /** Decisions of people: from now on these are usual. */
  approve(entries: readonly string[]): void {
    this.options.baseline.approve(entries)
    this.epoch++
  }

  /** Takes an approval back. */
  revoke(entries: readonly string[]): void {
    this.options.baseline.revoke(entries)
    this.epoch++
  }

  /** Learning is over (or begins again): everything is judged anew. */
  setPhase(phase: 'learning' | 'watching'): void {
    if (this.options.baseline.phase === phase) return
    this.options.baseline.phase = phase
    this.epoch++
  }

  requested(operation: Operation): void {
    this.advance(operation.time)
    const pair = this.pair(operation)
    const key = kindKey(operation)
    const known = pair.kind(key)
    const stale =
      known === undefined ||
      known.epoch !== this.epoch ||
      (known.unproven && operation.flow.proven)
    const judgement = stale ? this.judge(operation, pair, key) : known
    if (!stale) this.repeat(operation, judgement)
    const { cell } = judgement
    if (cell !== undefined) {
      cell.operations++
      if (judgement.violation) cell.violations++
      if (judgement.allowed) cell.allowed++
    }
    if (operation.draft.numbers !== undefined) this.judgeValue(operation, pair, judgement)
  }

  completed(operation: Operation): void {
    const pair = this.pair(operation)
    const judgement = pair.kind(kindKey(operation))
    if (judgement === undefined) return
    const { answer } = operation
    if (answer !== undefined) this.judgeAnswer(operation, pair, judgement)
    if (this.kept.has(operation)) {
      this.options.keep({ ...judgement.doc, ...operationRecord(this.options.sensor, operation) })
      for (const finding of judgement.findings) {
        if (finding.count <= FINDING_OPERATIONS_MAX) this.addPackets(finding, operation.packets)
      }
    } else addRepeat(judgement.repeats, operation)
  }

  identity(identity: Identity): void {
    this.advance(identity.time)
    this.inventory.identify(identity)
    this.rule(identityRecord(this.options.sensor, identity), [identity.packet], identity.time, [])
  }

  conversation(conversation: Conversation): void {
    this.advance(conversation.end)
    if (conversation.phase === 'begin') return
    const ends = this.inventory.conversation(conversation)
    if (ends === undefined) return
    const { source, destination } = ends
    const facts = this.options.zones.judgeConversation(conversation, source, destination)
    const verdict = facts['ot.zone.verdict']
    const shown = typeof verdict === 'string' ? verdict : ''
    this.conversations.add(conversation, source, destination, shown)
    // What speaks a recognised protocol is judged by its operations, one by one.
    if (conversation.protocol !== '') return
    const record = conversationRecord(this.options.sensor, conversation)
    Object.assign(record, this.inventory.partyFacts(source, destination), facts)
    this.rule(record, [conversation.packet], conversation.end, [])
  }

  anomaly(anomaly: Anomaly): void {
    this.advance(anomaly.time)
    const record = anomalyRecord(this.options.sensor, anomaly)
    const ends = this.inventory.flowEnds(anomaly.flow, anomaly.time, anomaly.packet)
    const entries: string[] = []
    if (ends !== undefined) {
      const { source, destination } = ends
      Object.assign(record, this.inventory.partyFacts(source, destination))
      const judged = this.options.baseline.judgeAnomaly(anomaly, source, destination)
      Object.assign(record, judged.facts)
      entries.push(...judged.entries)
    }
    this.rule(record, [anomaly.packet], anomaly.time, entries)
  }

  health(event: SensorEvent): void {
    this.advance(event.time)
    const record = sensorRecord(this.options.sensor, event)
    this.options.keep(record)
    this.rule(record, [], event.time, [])
  }

  /** End of the capture: what is still to be summarised is. */
  end(): void {
    this.summarise()
  }

  private pair(operation: Operation): Pair {
    const { flow } = operation
    // One slot a flow is enough: only a reverse connect asks in both directions.
    const slot = flow.slot
    if (slot instanceof Pair && slot.opener === operation.client) return slot
    const key = pairKey(operation)
    let pair = this.pairs.get(key)
    if (pair === undefined) {
      const { source, destination } = this.inventory.ends(operation)
      pair = new Pair(key, source, destination)
      this.pairs.keep(pair)
    }
    pair.opener = operation.client
    flow.slot = pair
    return pair
  }

  private judge(operation: Operation, pair: Pair, key: string): Judgement {
    const { baseline, zones, rules, sensor } = this.options
    const { source, destination } = pair
    this.inventory.observe(operation, source, destination)
    const facts: Facts = this.inventory.facts(operation, source, destination)
    const judged = baseline.judge(operation, source, destination)
    Object.assign(facts, judged.facts, zones.judge(operation, source, destination))
    const doc = Object.assign(requestRecord(sensor, operation), facts)
    const findings: Finding[] = []
    const feeds: Match[] = []
    for (const match of rules.match(doc, 'request')) {
      if (rules.feeds(match.rule)) feeds.push(match)
      if (rules.alerts(match.rule)) {
        findings.push(this.raise(match, doc, operation, judged.entries))
      }
    }
    const verdict = facts['ot.zone.verdict']
    const judgement: Judgement = {
      epoch: this.epoch,
      unproven: !operation.flow.proven,
      doc,
      entries: judged.entries,
      findings,
      feeds,
      cell: this.matrix.cell(facts),
      violation: verdict === 'violation',
      allowed: verdict === 'allowed' || verdict === 'accepted' || verdict === 'permitted',
      answers: new Map(),
      repeats: noRepeats(),
    }
    for (const match of feeds) this.correlate(match, operation, judgement)
    if (baseline.phase === 'learning') baseline.learn(operation, source, destination)
    this.kept.add(operation)
    pair.keep(key, judgement)
    return judgement
  }

  private repeat(operation: Operation, judgement: Judgement): void {
    for (const finding of judgement.findings) {
      this.findings.repeat(finding, operation.time, operation.packets, '')
      if (finding.count <= FINDING_OPERATIONS_MAX) this.cite(finding, operation)
    }
    for (const match of judgement.feeds) this.correlate(match, operation, judgement)
  }

  private judgeValue(operation: Operation, pair: Pair, judgement: Judgement): void {
    const { baseline, rules, sensor } = this.options
    const facts = baseline.judgeValue(operation, pair.source, pair.destination)
    if (facts === undefined || facts['ot.baseline.value'] === 'in-range') return
    const doc = { ...judgement.doc, ...requestRecord(sensor, operation), ...facts }
    for (const match of rules.match(doc, 'value')) {
      if (!rules.alerts(match.rule)) continue
      this.kept.add(operation)
      const finding = this.raise(match, doc, operation, baseline.valueEntries(operation, pair))
      this.cite(finding, operation)
    }
  }

  private judgeAnswer(operation: Operation, pair: Pair, judgement: Judgement): void {
    const { answer } = operation
    const key = `${answer?.outcome} ${answer?.status ?? ''}`
    const known = judgement.answers.get(key)
    if (known !== undefined) {
      for (const finding of known) this.findings.repeat(finding, operation.time, [], '')
      return
    }
    const { rules, sensor } = this.options
    const doc = { ...judgement.doc, ...operationRecord(sensor, operation) }
    const findings: Finding[] = []
    for (const match of rules.match(doc, 'answer')) {
      if (rules.feeds(match.rule)) {
        for (const more of rules.correlate(match, doc, operation.time)) {
          this.raise(more, doc, operation, judgement.entries)
        }
      }
      if (rules.alerts(match.rule)) {
        findings.push(this.raise(match, doc, operation, judgement.entries))
      }
    }
    if (judgement.answers.size < ANSWERS_MAX) judgement.answers.set(key, findings)
    this.kept.add(operation)
    this.inventory.answered(operation, pair.source, pair.destination)
  }

  private correlate(match: Match, operation: Operation, judgement: Judgement): void {
    const { rules } = this.options
    for (const more of rules.correlate(match, judgement.doc, operation.time)) {
      this.cite(this.raise(more, judgement.doc, operation, judgement.entries), operation)
    }
  }

  private raise(
    match: Match,
    doc: Doc,
    operation: Operation,
    entries: readonly string[],
  ): Finding {
    this.kept.add(operation)
    const finding = this.findings.raise(match, doc, {
      time: operation.time,
      packets: operation.packets,
      eventId: String(doc['event.id']),
      entries,
      notAssessable: textList(doc['ot.not_assessable']),
      ...(this.file === undefined ? {} : { file: this.file }),
    })
    return finding
  }

  /** The operation is one of those that a finding shows: it is kept whole. */
  private cite(finding: Finding, operation: Operation): void {
    if (finding.operations.length < FINDING_OPERATIONS_MAX) this.kept.add(operation)
  }
}
