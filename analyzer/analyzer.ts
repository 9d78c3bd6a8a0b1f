/**
 * Judges what the sensor says: inventory, baseline and zones add facts, rules turn facts into
 * findings. It is the sensor's sink; what it concludes is taken from it with `drain`.
 */
import type { Anomaly, Conversation, Identity, Operation, SensorEvent, Sink } from '#sensor'
import {
  anomalyRecord,
  conversationRecord,
  eventId,
  operationRecord,
  putAnswer,
  requestFields,
  requestRecord,
  sensorRecord,
} from '#sensor'
import type { Baseline } from './baseline/baseline.ts'
import type { BaselineFile } from './baseline/file.ts'
import { Conversations } from './conversations.ts'
import type { Doc } from './facts.ts'
import type { Finding } from './findings/finding.ts'
import { FINDING_OPERATIONS_MAX } from './findings/finding.ts'
import { Findings } from './findings/findings.ts'
import { Inventory, assetId } from './inventory/inventory.ts'
import type { AssetChange } from './inventory/inventory.ts'
import { ANSWERS_MAX, Judgement, Pair, Pairs, addRepeat, kindKey, noRepeats, pairKey } from './judgement.ts'
import { Matrix } from './matrix.ts'
import type { Match, RuleSet } from './sigma/ruleset.ts'
import { changeRecord, summaryRecord } from './summary.ts'
import type { Zones } from './zones/zones.ts'

/** Repeats of what is periodic are summarised this often, in capture time (fields.md). */
const SUMMARY_US = 60e6

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
  /** Beside the evidence of findings, where several captures are read. */
  file: string | undefined
  /** Newest capture time, µs. */
  now = 0
  readonly #options: AnalyzerOptions
  readonly #pairs = new Pairs()
  /** Operations whose record is kept one by one. */
  readonly #kept = new WeakSet<Operation>()
  #changed = new Set<Finding>()
  #epoch = 1
  #summarised = 0
  #sequence = 0

  constructor(options: AnalyzerOptions) {
    this.#options = options
    this.inventory = new Inventory({
      site: options.site,
      zones: options.zones,
      known: options.baseline.assets().flatMap(({ ip }) => {
        return ip.map((address) => assetId(options.site, address))
      }),
      learnedRoles: options.baseline.roles(),
      onChange: (change) => this.#assetChanged(change),
    })
    this.findings = new Findings({
      sensor: options.sensor,
      onChange: (finding) => this.#changed.add(finding),
    })
  }

  /** Findings that changed since the last call. */
  drain(): Finding[] {
    const findings = [...this.#changed]
    this.#changed = new Set()
    return findings
  }

  /** What reached a bound, by table: told in the sensor's health. */
  counters(): Record<string, number> {
    return {
      ...this.inventory.counters,
      pairs_evicted: this.#pairs.evicted,
      conversations_refused: this.conversations.refused,
      cells_refused: this.matrix.refused,
      ...this.#options.baseline.counters(),
      ...this.#options.rules.counters(),
      findings_overflowed: this.findings.overflowed,
    }
  }

  /** Decisions of people: from now on these are usual. */
  approve(entries: readonly string[]): void {
    this.#options.baseline.approve(entries)
    for (const entry of entries) {
      if (entry.startsWith(ASSET_ENTRY)) this.inventory.know(entry.slice(ASSET_ENTRY.length))
    }
    this.#epoch++
  }

  /** What was learned or approved so far, as a file that people can review. */
  learned(): BaselineFile {
    const { baseline, site } = this.#options
    return baseline.export({ site, assets: this.inventory.known() })
  }

  /** Takes an approval back. */
  revoke(entries: readonly string[]): void {
    this.#options.baseline.revoke(entries)
    this.#epoch++
  }

  /** Learning is over, or begins again: everything is judged anew. */
  setPhase(phase: 'learning' | 'watching'): void {
    if (this.#options.baseline.phase === phase) return
    this.#options.baseline.phase = phase
    this.#epoch++
  }

  requested(operation: Operation): void {
    this.#advance(operation.time)
    const pair = this.#pair(operation)
    const key = kindKey(operation)
    const known = pair.kind(key)
    const judgement =
      known === undefined || this.#isStale(known, operation)
        ? this.#judge(operation, pair, key)
        : this.#repeat(operation, known)
    operation.slot = judgement
    const { cell } = judgement
    if (cell !== undefined) {
      cell.operations++
      if (judgement.violation) cell.violations++
      if (judgement.allowed) cell.allowed++
    }
    if (operation.draft.numbers !== undefined) this.#judgeValue(operation, pair, judgement)
  }

  completed(operation: Operation): void {
    const judgement = operation.slot
    if (!(judgement instanceof Judgement)) return
    if (operation.answer !== undefined) this.#judgeAnswer(operation, judgement)
    if (judgement.first?.operation === operation) judgement.first = undefined
    const { keep, sensor } = this.#options
    if (keep === undefined) return
    if (!this.#kept.has(operation)) addRepeat(judgement.repeats, operation)
    else keep(Object.assign(operationRecord(sensor, operation), judgement.facts))
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
    const verdict = facts['ot.zone.verdict']
    this.conversations.add(
      conversation,
      source,
      destination,
      typeof verdict === 'string' ? verdict : '',
    )
    // What speaks a recognised protocol is judged by its operations, one by one.
    if (Object.keys(conversation.operations).length > 0) return
    const judged = this.#options.baseline.judgeConversation(conversation, source, destination)
    const record = conversationRecord(this.#options.sensor, conversation)
    const parties = this.inventory.partyFacts(source, destination)
    Object.assign(record, parties, judged.facts, facts)
    this.#ask(record, [conversation.packet], conversation.end, judged.entries)
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
    this.#summarise()
  }

  #isStale(judgement: Judgement, operation: Operation): boolean {
    return (
      judgement.epoch !== this.#epoch ||
      (judgement.unproven && operation.flow.proven) ||
      judgement.slice !== this.#options.zones.slice(operation.time)
    )
  }

  #pair(operation: Operation): Pair {
    const { flow } = operation
    const { slot } = flow
    // A flow has one pair, but for a reverse connect, where both ends may ask.
    if (slot instanceof Pair && slot.client === operation.client) return slot
    const key = pairKey(operation)
    let pair = this.#pairs.get(key)
    if (pair === undefined) {
      const { source, destination } = this.inventory.ends(operation)
      pair = new Pair(key, source, destination)
      this.#pairs.keep(pair)
    }
    pair.client = operation.client
    flow.slot = pair
    return pair
  }

  #judge(operation: Operation, pair: Pair, key: string): Judgement {
    const { baseline, zones, rules } = this.#options
    const { source, destination } = pair
    if (operation.flow.proven && !pair.proven) {
      // Now that the direction is shown, the one who answers is an asset too.
      pair.proven = true
      this.inventory.ends(operation)
    }
    this.inventory.observe(operation, source, destination)
    const judged = baseline.judge(operation, source, destination)
    const facts = Object.assign(
      this.inventory.facts(operation, source, destination),
      judged.facts,
      zones.judge(operation, source, destination),
    )
    const doc = Object.assign(requestFields(operation), facts)
    const verdict = facts['ot.zone.verdict']
    const judgement = new Judgement({
      epoch: this.#epoch,
      slice: zones.slice(operation.time),
      unproven: !operation.flow.proven,
      pair,
      facts,
      entries: judged.entries,
      cell: this.matrix.cell(facts),
      violation: verdict === 'violation',
      allowed: verdict === 'allowed' || verdict === 'accepted' || verdict === 'permitted',
    })
    judgement.first = { operation, doc }
    for (const match of rules.match(doc, 'request')) {
      if (rules.feeds(match.rule)) judgement.feeds.push(match)
      if (!rules.alerts(match.rule)) continue
      judgement.findings.push(this.#raise(match, doc, operation, judged.entries))
    }
    if (judgement.feeds.length > 0) judgement.doc = { ...doc }
    for (const match of judgement.feeds) this.#correlate(match, operation, judgement)
    if (baseline.phase === 'learning') baseline.learn(operation, source, destination)
    this.#kept.add(operation)
    pair.keep(key, judgement)
    return judgement
  }

  #repeat(operation: Operation, judgement: Judgement): Judgement {
    for (const finding of judgement.findings) this.#again(finding, operation)
    for (const match of judgement.feeds) this.#correlate(match, operation, judgement)
    return judgement
  }

  #judgeValue(operation: Operation, pair: Pair, judgement: Judgement): void {
    const { baseline, rules, sensor } = this.#options
    const { source, destination } = pair
    const facts = baseline.judgeValue(operation, source, destination)
    if (facts === undefined || facts['ot.baseline.value'] === 'in-range') return
    const doc = Object.assign(requestRecord(sensor, operation), judgement.facts, facts)
    for (const match of rules.match(doc, 'value')) {
      if (!rules.alerts(match.rule)) continue
      this.#raise(match, doc, operation, baseline.valueEntries(operation, pair))
    }
  }

  #judgeAnswer(operation: Operation, judgement: Judgement): void {
    const { answer } = operation
    const key = `${answer?.outcome} ${answer?.status ?? ''}`
    const known = judgement.answers.get(key)
    if (known === undefined) {
      this.#kept.add(operation)
      this.inventory.answered(operation, judgement.pair.source, judgement.pair.destination)
    } else {
      for (const finding of known.findings) this.#again(finding, operation)
      for (const match of known.feeds) this.#correlate(match, operation, judgement)
      return
    }
    const { rules } = this.#options
    const { first } = judgement
    const doc =
      first?.operation === operation
        ? first.doc
        : Object.assign(requestFields(operation), judgement.facts)
    putAnswer(doc, operation)
    const findings: Finding[] = []
    const feeds: Match[] = []
    for (const match of rules.match(doc, 'answer')) {
      if (rules.feeds(match.rule)) feeds.push(match)
      if (rules.alerts(match.rule)) {
        findings.push(this.#raise(match, doc, operation, judgement.entries))
      }
    }
    if (feeds.length > 0) judgement.doc ??= doc
    for (const match of feeds) this.#correlate(match, operation, judgement)
    if (judgement.answers.size < ANSWERS_MAX) judgement.answers.set(key, { findings, feeds })
  }

  #correlate(match: Match, operation: Operation, { doc, entries }: Judgement): void {
    if (doc === undefined) return
    const { time, packets } = operation
    const told = { eventId: this.#idOf(operation), packets }
    for (const more of this.#options.rules.correlate(match, doc, time, told)) {
      this.#raise(more, doc, operation, entries)
    }
  }

  #raise(match: Match, doc: Doc, operation: Operation, entries: readonly string[]): Finding {
    this.#kept.add(operation)
    return this.findings.raise(match, doc, {
      time: operation.time,
      packets: operation.packets,
      eventId: this.#idOf(operation),
      entries,
      notAssessable: textList(doc['ot.not_assessable']),
      ...(this.file === undefined ? {} : { file: this.file }),
    })
  }

  /** A repeat of what a finding is about; the first of them are kept one by one, to be shown. */
  #again(finding: Finding, operation: Operation): void {
    const shown = finding.operations.length < FINDING_OPERATIONS_MAX
    if (shown) this.#kept.add(operation)
    const id = shown ? this.#idOf(operation) : ''
    this.findings.repeat(finding, operation.time, operation.packets, id)
  }

  #idOf(operation: Operation): string {
    const { time, flow, sequence } = operation
    return eventId(this.#options.sensor, time, flow.id, sequence)
  }

  /** What is no operation: rules of every phase are asked, and what matches is raised. */
  #ask(doc: Doc, packets: readonly number[], time: number, entries: readonly string[]): void {
    const { rules } = this.#options
    const context = {
      time,
      packets,
      eventId: String(doc['event.id'] ?? ''),
      entries,
      notAssessable: textList(doc['ot.not_assessable']),
      ...(this.file === undefined ? {} : { file: this.file }),
    }
    for (const phase of ['request', 'value', 'answer'] as const) {
      for (const match of rules.match(doc, phase)) {
        if (rules.alerts(match.rule)) this.findings.raise(match, doc, context)
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
    this.#ask(doc, [packet], time, event === 'new' ? [ASSET_ENTRY + ip] : [])
  }

  #advance(time: number): void {
    if (time > this.now) this.now = time
    if (this.#summarised === 0) this.#summarised = this.now
    if (this.now - this.#summarised < SUMMARY_US) return
    this.#summarised = this.now
    this.#summarise()
  }

  #summarise(): void {
    const { keep, sensor } = this.#options
    if (keep === undefined) return
    for (const pair of this.#pairs.all()) {
      for (const judgement of pair.judgements()) {
        const record = summaryRecord(sensor, judgement)
        if (record !== undefined) keep(record)
        Object.assign(judgement.repeats, noRepeats())
      }
    }
  }
}

function textList(value: Doc[string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
