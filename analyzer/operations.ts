/**
 * Judges operations: once per kind when the request is seen, once more for each kind of answer,
 * and for values and rates that leave what is usual (design.md, "Judged once").
 */
import type { Operation } from '#sensor'
import { eventId, putAnswer, requestFields, requestRecord } from '#sensor'
import type { Baseline } from './baseline/baseline.ts'
import { worstVerdict } from './conversations.ts'
import { Cited, countedAs } from './counted.ts'
import { isUsual, textList } from './facts.ts'
import type { Doc, Facts } from './facts.ts'
import type { Finding } from './findings/finding.ts'
import { FINDING_OPERATIONS_MAX } from './findings/finding.ts'
import type { Findings } from './findings/findings.ts'
import type { Inventory } from './inventory/inventory.ts'
import { ANSWERS_MAX, Judgement, Pair, Pairs } from './judgement.ts'
import { isAlone, kindKey, pairKey, togetherKey } from './judgement.ts'
import type { Answered, Kept, Settlement } from './judgement.ts'
import type { Matrix } from './matrix.ts'
import { Records } from './records.ts'
import type { RepeatsTold } from './repeats.ts'
import type { Match, RuleSet } from './sigma/ruleset.ts'
import { Asked, Waiting } from './together.ts'
import type { Zones } from './zones/zones.ts'

/** Documents kept until their first answer: a plant has some ten unanswered requests at once. */
const HELD_MAX = 1024

export interface Judges {
  readonly sensor: string
  readonly rules: RuleSet
  readonly zones: Zones
  readonly baseline: Baseline
  readonly inventory: Inventory
  readonly findings: Findings
  readonly matrix: Matrix
  readonly keep: ((record: Doc) => void) | undefined
}

interface Raised {
  finding: Finding
  /** Greatest count that was told. */
  readonly count: number
  readonly docs: WeakSet<object>
}

export type { Kept, Settlement } from './judgement.ts'

export class Operations {
  readonly #judges: Judges
  readonly #pairs = new Pairs()
  readonly #records: Records
  readonly #waiting = new Waiting()
  #epoch = 1
  /** What a group of a correlation has raised, and the kinds that took part. */
  readonly #raised = new WeakMap<object, Raised>()
  /** Operations: those that were judged, and those of a kind that had been. */
  #judged = 0
  #repeated = 0
  /** Documents that wait for an answer. */
  #held = 0

  constructor(judges: Judges) {
    this.#judges = judges
    this.#records = new Records(judges.sensor, judges.keep)
  }

  counters(): Record<string, number> {
    return {
      operations_judged: this.#judged,
      operations_repeated: this.#repeated,
      ...this.#records.counters(),
      pairs_evicted: this.#pairs.evicted,
    }
  }

  /** What was judged is judged anew when it is next seen. */
  forget(): void {
    this.#epoch++
  }

  /** Counts what was forgotten. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Where a repeat of this operation needs no judging: since when and until when (µs), and after
   * which answers. Undefined where something counts repeats, or has to see their values.
   */
  settled(operation: Operation): Settlement | undefined {
    const judgement = operation.slot
    if (!(judgement instanceof Judgement) || operation.draft.numbers !== undefined) return undefined
    const { epoch, pair, findings, feeds, answers } = judgement
    // Of many strangers each one is looked at: it may be told apart, or change something.
    if (pair.isMany) return undefined
    if (epoch !== this.#epoch || findings.length > 0 || feeds.length > 0) return undefined
    const quiet = answers.filter((answer) => answer.findings.length + answer.feeds.length === 0)
    const known = quiet.map(({ outcome, status }) => [outcome, status] as const)
    return { judgement, answers: known, ...this.#judges.zones.sliceAt(operation.time) }
  }

  /** Repeats that were counted elsewhere, and the newest of them where records are kept. */
  repeated(
    { pair, key, judgement: told }: Kept,
    repeats: RepeatsTold,
    newest: Operation | undefined,
  ): void {
    this.#pairs.use(pair)
    const judgement = pair.kind(key) ?? told
    if (judgement === undefined) return
    pair.keep(key, judgement)
    judgement.count(repeats.count)
    this.#repeated += repeats.count
    this.#records.repeated(judgement, repeats, newest)
  }

  requested(operation: Operation): void {
    const pair = this.#pair(operation)
    if (pair.isMany && !operation.flow.proven) {
      const first = this.#waiting.add(new Asked(operation, pair))
      if (first !== undefined) this.#decide(first)
      return
    }
    this.#ask(operation, pair, operation.notAssessable)
  }

  /** Capture time goes on: who was not answered by now is one of many. */
  advance(time: number): void {
    for (const asked of this.#waiting.due(time)) this.#decide(asked)
  }

  completed(operation: Operation): void {
    const { slot } = operation
    if (slot instanceof Asked) this.#decide(slot)
    const judgement = operation.slot
    if (!(judgement instanceof Judgement)) return
    if (operation.answer !== undefined) this.#judgeAnswer(operation, judgement)
    if (judgement.first?.operation === operation) {
      judgement.first = undefined
      this.#held--
    }
    // The summary's record is that of the newest of many.
    if (judgement.pair.isMany) judgement.repeats.facts = judgement.facts
    this.#records.completed(operation, judgement)
  }

  /** Who is answered may be told apart from many strangers; then what it asked is judged so. */
  #decide({ operation, pair, doubts }: Asked): void {
    if (operation.answer === undefined) {
      this.#pairs.use(pair)
      this.#ask(operation, pair, doubts)
      return
    }
    operation.flow.slot = undefined
    this.#ask(operation, this.#pair(operation), doubts)
  }

  #ask(operation: Operation, pair: Pair, doubts: Operation['notAssessable']): void {
    const { zones, rules } = this.#judges
    const { source, destination } = pair
    const policy = pair.isMany ? zones.judge(operation, source, destination) : undefined
    const key =
      policy === undefined
        ? kindKey(operation)
        : pair.keyTogether(operation, policy, doubts, rules.asksWho)
    const known = pair.kind(key)
    const judgement =
      known === undefined || isAlone(operation, pair, key) || this.#isStale(known, operation)
        ? this.#judge(operation, pair, key, doubts, policy, known)
        : known
    if (judgement === known) {
      this.#repeated++
      if (!known.isQuiet) this.#repeat(operation, known)
    } else {
      this.#judged++
    }
    operation.slot = judgement
    judgement.count(1)
    if (operation.draft.numbers !== undefined) this.#judgeValue(operation, judgement)
  }

  /** One record for the repeats of each kind since the last call. */
  summarise(): void {
    this.#records.summarise()
  }

  /**
   * The document is made once where the answer comes soon; a flood of unanswered makes it
   * twice.
   */
  #hold(judgement: Judgement, operation: Operation, doc: Facts): void {
    if (this.#held >= HELD_MAX) return
    this.#held++
    judgement.first = { operation, doc }
  }

  #isStale(judgement: Judgement, operation: Operation): boolean {
    return (
      judgement.epoch !== this.#epoch ||
      (judgement.unproven && operation.flow.proven) ||
      judgement.slice !== this.#judges.zones.slice(operation.time)
    )
  }

  #pair(operation: Operation): Pair {
    const { flow } = operation
    const { slot } = flow
    // A flow has one pair, but for a reverse connect, where both ends may ask.
    if (slot instanceof Pair && slot.isOf(operation)) {
      this.#pairs.use(slot)
      return slot
    }
    const key = pairKey(operation)
    const pair = this.#pairs.get(key) ?? this.#meet(operation, key)
    pair.client = operation.client
    pair.time = operation.time
    flow.slot = pair
    return pair
  }

  /** Many strangers are one pair with whom they ask, or who asks them. */
  #meet(operation: Operation, alone: string): Pair {
    const ends = this.#judges.inventory.ends(operation)
    const pair = new Pair(alone, ends.source, ends.destination)
    if (!pair.isMany) return this.#pairs.keep(pair)
    const key = togetherKey(operation, ends)
    return this.#pairs.get(key) ?? this.#pairs.keep(new Pair(key, ends.source, ends.destination))
  }

  #judge(
    operation: Operation,
    pair: Pair,
    key: string,
    doubts: Operation['notAssessable'],
    policy: Facts | undefined,
    before: Judgement | undefined,
  ): Judgement {
    const { baseline, zones, rules, inventory, matrix } = this.#judges
    const { source, destination } = pair
    if (operation.flow.proven && !pair.proven) {
      // Now that the direction is shown, the one who answers is an asset too.
      pair.proven = true
      inventory.ends(operation)
    }
    inventory.observe(operation, source, destination)
    const judged = baseline.judge(operation, source, destination)
    const facts = Object.assign(
      inventory.facts(operation, source, destination),
      judged.facts,
      policy ?? zones.judge(operation, source, destination),
    )
    const doc = Object.assign(requestFields(operation, doubts), facts)
    const verdict = facts['ot.zone.verdict']
    const judgement = new Judgement(
      {
        epoch: this.#epoch,
        slice: zones.slice(operation.time),
        unproven: !operation.flow.proven,
        pair,
        facts,
        entries: judged.entries,
        cell: matrix.cell(facts),
        violation: verdict === 'violation',
        allowed: verdict === 'allowed' || verdict === 'accepted' || verdict === 'permitted',
      },
      before?.repeats,
    )
    this.#hold(judgement, operation, doc)
    pair.verdict = worstVerdict(pair.verdict, typeof verdict === 'string' ? verdict : '')
    for (const match of rules.match(doc, 'request')) {
      if (rules.feeds(match.rule)) judgement.feeds.push(match)
      if (!rules.alerts(match.rule)) continue
      judgement.findings.push(this.#raise(match, doc, operation, judgement))
    }
    if (judgement.feeds.length > 0) judgement.doc = countedAs(doc, pair)
    for (const match of judgement.feeds) this.#correlate(match, operation, judgement)
    if (baseline.phase === 'learning') baseline.learn(operation, source, destination)
    judgement.isQuiet = judgement.findings.length + judgement.feeds.length === 0
    pair.keep(key, judgement)
    // What many change is judged each time: it must not push out what was judged of others.
    if (before !== undefined && isAlone(operation, pair, key)) {
      judgement.doc = undefined
      return judgement
    }
    this.#records.mark(operation)
    this.#pairs.judged()
    return judgement
  }

  #repeat(operation: Operation, judgement: Judgement): void {
    for (const finding of judgement.findings) this.#again(finding, operation, judgement)
    for (const match of judgement.feeds) this.#correlate(match, operation, judgement)
  }

  #judgeValue(operation: Operation, judgement: Judgement): void {
    const { baseline, rules, sensor } = this.#judges
    const { pair } = judgement
    const facts = baseline.judgeValue(operation, pair.source, pair.destination)
    if (facts === undefined || isUsual(facts)) return
    const doc = Object.assign(requestRecord(sensor, operation), judgement.facts, facts)
    for (const match of rules.match(doc, 'value')) {
      if (!rules.alerts(match.rule)) continue
      const entries = baseline.valueEntries(operation, pair)
      this.#raise(match, doc, operation, { pair, entries })
    }
  }

  #judgeAnswer(operation: Operation, judgement: Judgement): void {
    const outcome = operation.answer?.outcome ?? 'unknown'
    const status = operation.answer?.status ?? ''
    if (outcome === judgement.quietOutcome && status === judgement.quietStatus) return
    const known = judgement.answered(outcome, status)
    if (known === undefined) {
      this.#judgeNewAnswer(operation, judgement, { outcome, status, findings: [], feeds: [] })
      return
    }
    for (const finding of known.findings) this.#again(finding, operation, judgement)
    for (const match of known.feeds) this.#correlate(match, operation, judgement)
    judgement.settle(known)
  }

  #judgeNewAnswer(operation: Operation, judgement: Judgement, answered: Answered): void {
    const { rules, inventory } = this.#judges
    const { first, pair } = judgement
    if (!isAlone(operation, pair, judgement.key)) this.#records.mark(operation)
    inventory.answered(operation, pair.source, pair.destination)
    const doc =
      first?.operation === operation
        ? first.doc
        : Object.assign(requestFields(operation), judgement.facts)
    putAnswer(doc, operation)
    for (const match of rules.match(doc, 'answer')) {
      if (rules.feeds(match.rule)) answered.feeds.push(match)
      if (!rules.alerts(match.rule)) continue
      answered.findings.push(this.#raise(match, doc, operation, judgement))
    }
    if (answered.feeds.length > 0) judgement.doc ??= countedAs(doc, pair)
    for (const match of answered.feeds) this.#correlate(match, operation, judgement)
    if (judgement.answers.length >= ANSWERS_MAX) return
    judgement.answers.push(answered)
    judgement.settle(answered)
  }

  #correlate(match: Match, operation: Operation, judgement: Judgement): void {
    const { doc } = judgement
    if (doc === undefined) return
    const told = new Cited(this.#judges.sensor, operation)
    for (const more of this.#judges.rules.correlate(match, doc, operation.time, told)) {
      const raised = more.of === undefined ? undefined : this.#raised.get(more.of)
      const { count = 0 } = more
      if (raised !== undefined && count <= raised.count && raised.docs.has(doc)) {
        raised.finding = this.#again(raised.finding, operation, judgement)
        continue
      }
      const finding = this.#raise(more, doc, operation, judgement)
      if (more.of === undefined) continue
      const docs = raised?.docs ?? new WeakSet()
      docs.add(doc)
      this.#raised.set(more.of, { finding, count: Math.max(count, raised?.count ?? 0), docs })
    }
  }

  #raise(
    match: Match,
    doc: Doc,
    operation: Operation,
    { pair, entries }: Pick<Judgement, 'pair' | 'entries'>,
  ): Finding {
    const { isMany } = pair
    const { time, packets } = operation
    const notAssessable = textList(doc['ot.not_assessable'])
    // Of what many do, those are kept one by one that a finding names.
    if (!isMany) this.#records.mark(operation)
    const eventId = (): string => {
      this.#records.mark(operation)
      return this.#idOf(operation)
    }
    const context = { time, packets, eventId, entries, notAssessable, isMany }
    return this.#judges.findings.raise(match, doc, context)
  }

  /** A repeat of what a finding is about; the first of them are kept one by one, to be shown. */
  #again(finding: Finding, operation: Operation, { pair, facts }: Judgement): Finding {
    const shown = finding.operations.length < FINDING_OPERATIONS_MAX
    if (shown) this.#records.mark(operation)
    const id = shown ? this.#idOf(operation) : ''
    const { findings } = this.#judges
    const { time, packets } = operation
    if (!pair.isMany) return findings.repeat(finding, time, packets, id)
    // Each of many is another one.
    const who = (): Doc => Object.assign(requestFields(operation), facts)
    return findings.repeat(finding, time, packets, id, who)
  }

  #idOf(operation: Operation): string {
    const { time, flow, sequence } = operation
    return eventId(this.#judges.sensor, time, flow.id, sequence)
  }
}
