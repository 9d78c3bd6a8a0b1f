/**
 * Judges operations: once per kind when the request is seen, once more for each kind of answer,
 * and for values and rates that leave what is usual (design.md, "Judged once").
 */
import type { Operation } from '#sensor'
import { eventId, putAnswer, requestFields, requestRecord } from '#sensor'
import type { Baseline } from './baseline/baseline.ts'
import { worstVerdict } from './conversations.ts'
import { Cited, countedAs } from './counted.ts'
import type { Doc, Facts } from './facts.ts'
import type { Finding } from './findings/finding.ts'
import { FINDING_OPERATIONS_MAX } from './findings/finding.ts'
import type { Findings } from './findings/findings.ts'
import type { Inventory } from './inventory/inventory.ts'
import { ANSWERS_MAX, Judgement, Pair, Pairs, pairKey, togetherKey } from './judgement.ts'
import type { Answered } from './judgement.ts'
import type { Matrix } from './matrix.ts'
import { Records } from './records.ts'
import type { RepeatsTold } from './repeats.ts'
import type { Match, RuleSet } from './sigma/ruleset.ts'
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

export interface Settlement {
  readonly judgement: Judgement
  readonly answers: readonly (readonly [outcome: string, status: string])[]
  readonly from: number
  readonly to: number
}

/** A kind that repeats are counted of, wherever. */
export interface Kept {
  readonly pair: Pair
  readonly key: string
  readonly judgement: Judgement | undefined
}

export class Operations {
  readonly #judges: Judges
  readonly #pairs = new Pairs()
  readonly #records: Records
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
    // Of many strangers each one is looked at: it may come to be told apart.
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
    count(judgement, repeats.count)
    this.#repeated += repeats.count
    this.#records.repeated(judgement, repeats, newest)
  }

  requested(operation: Operation): void {
    const pair = this.#pair(operation)
    const key = pair.keyOf(operation)
    const known = pair.kind(key)
    const judgement =
      known === undefined || this.#isStale(known, operation)
        ? this.#judge(operation, pair, key, known)
        : known
    if (judgement === known) {
      this.#repeated++
      if (!known.isQuiet) this.#repeat(operation, known)
    } else {
      this.#judged++
    }
    operation.slot = judgement
    count(judgement, 1)
    if (operation.draft.numbers !== undefined) this.#judgeValue(operation, judgement)
  }

  completed(operation: Operation): void {
    const judged = operation.slot
    if (!(judged instanceof Judgement)) return
    const isAnswered = operation.answer !== undefined
    const judgement = isAnswered && judged.pair.isMany ? this.#apart(operation, judged) : judged
    if (isAnswered) this.#judgeAnswer(operation, judgement)
    for (const one of judged === judgement ? [judged] : [judged, judgement]) {
      if (one.first?.operation !== operation) continue
      one.first = undefined
      this.#held--
    }
    this.#records.completed(operation, judgement)
  }

  /** Who is answered may be told apart from many strangers; then what it asked is judged so. */
  #apart(operation: Operation, together: Judgement): Judgement {
    operation.flow.slot = undefined
    const pair = this.#pair(operation)
    if (pair === together.pair) return together
    const key = pair.keyOf(operation)
    const known = pair.kind(key)
    const judgement =
      known === undefined || this.#isStale(known, operation)
        ? this.#judge(operation, pair, key, known)
        : known
    if (judgement === known && !known.isQuiet) this.#repeat(operation, known)
    operation.slot = judgement
    return judgement
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

  #judge(operation: Operation, pair: Pair, key: string, before?: Judgement): Judgement {
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
      zones.judge(operation, source, destination),
    )
    const doc = Object.assign(requestFields(operation), facts)
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
      judgement.findings.push(this.#raise(match, doc, operation, judged.entries))
    }
    if (judgement.feeds.length > 0) judgement.doc = countedAs(doc, pair)
    for (const match of judgement.feeds) this.#correlate(match, operation, judgement)
    if (baseline.phase === 'learning') baseline.learn(operation, source, destination)
    judgement.isQuiet = judgement.findings.length + judgement.feeds.length === 0
    this.#records.mark(operation)
    pair.keep(key, judgement)
    this.#pairs.judged()
    return judgement
  }

  #repeat(operation: Operation, judgement: Judgement): void {
    for (const finding of judgement.findings) this.#again(finding, operation)
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
      this.#raise(match, doc, operation, baseline.valueEntries(operation, pair))
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
    for (const finding of known.findings) this.#again(finding, operation)
    for (const match of known.feeds) this.#correlate(match, operation, judgement)
    judgement.settle(known)
  }

  #judgeNewAnswer(operation: Operation, judgement: Judgement, answered: Answered): void {
    const { rules, inventory } = this.#judges
    const { first, pair } = judgement
    this.#records.mark(operation)
    inventory.answered(operation, pair.source, pair.destination)
    const doc =
      first?.operation === operation
        ? first.doc
        : Object.assign(requestFields(operation), judgement.facts)
    putAnswer(doc, operation)
    for (const match of rules.match(doc, 'answer')) {
      if (rules.feeds(match.rule)) answered.feeds.push(match)
      if (!rules.alerts(match.rule)) continue
      answered.findings.push(this.#raise(match, doc, operation, judgement.entries))
    }
    if (answered.feeds.length > 0) judgement.doc ??= countedAs(doc, pair)
    for (const match of answered.feeds) this.#correlate(match, operation, judgement)
    if (judgement.answers.length >= ANSWERS_MAX) return
    judgement.answers.push(answered)
    judgement.settle(answered)
  }

  #correlate(match: Match, operation: Operation, { doc, entries }: Judgement): void {
    if (doc === undefined) return
    const told = new Cited(this.#judges.sensor, operation)
    for (const more of this.#judges.rules.correlate(match, doc, operation.time, told)) {
      const raised = more.of === undefined ? undefined : this.#raised.get(more.of)
      const { count = 0 } = more
      if (raised !== undefined && count <= raised.count && raised.docs.has(doc)) {
        raised.finding = this.#again(raised.finding, operation)
        continue
      }
      const finding = this.#raise(more, doc, operation, entries)
      if (more.of === undefined) continue
      const docs = raised?.docs ?? new WeakSet()
      docs.add(doc)
      this.#raised.set(more.of, { finding, count: Math.max(count, raised?.count ?? 0), docs })
    }
  }

  #raise(match: Match, doc: Doc, operation: Operation, entries: readonly string[]): Finding {
    this.#records.mark(operation)
    return this.#judges.findings.raise(match, doc, {
      time: operation.time,
      packets: operation.packets,
      eventId: this.#idOf(operation),
      entries,
      notAssessable: textList(doc['ot.not_assessable']),
    })
  }

  /** A repeat of what a finding is about; the first of them are kept one by one, to be shown. */
  #again(finding: Finding, operation: Operation): Finding {
    const shown = finding.operations.length < FINDING_OPERATIONS_MAX
    if (shown) this.#records.mark(operation)
    const id = shown ? this.#idOf(operation) : ''
    return this.#judges.findings.repeat(finding, operation.time, operation.packets, id)
  }

  #idOf(operation: Operation): string {
    const { time, flow, sequence } = operation
    return eventId(this.#judges.sensor, time, flow.id, sequence)
  }
}

function count({ cell, violation, allowed }: Judgement, operations: number): void {
  if (cell === undefined) return
  cell.operations += operations
  if (violation) cell.violations += operations
  if (allowed) cell.allowed += operations
}

function isUsual(facts: Facts): boolean {
  return facts['ot.baseline.value'] === 'in-range' && facts['ot.baseline.rate'] !== 'above'
}

export function textList(value: Doc[string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
