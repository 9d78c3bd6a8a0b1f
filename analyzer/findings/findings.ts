/**
 * Matches folded into findings: one for each rule and subject and episode. A storm of repeats
 * costs a look-up each and grows nothing; a flood of subjects ends in one finding of the rule
 * that says so.
 */
import { hash } from 'node:crypto'
import { isoTime } from '#sensor'
import type { Doc } from '../facts.ts'
import type { Match } from '../sigma/ruleset.ts'
import type { SigmaRule } from '../sigma/rule.ts'
import {
  EPISODE_SILENCE_US,
  FINDING_EVIDENCE_MAX,
  FINDING_OPERATIONS_MAX,
  type Evidence,
  type Finding,
} from './finding.ts'
import { PARTIES_MAX, cover, hasRoom, party, whoOf } from './parties.ts'
import {
  Places,
  SUBJECTS_MAX,
  SUBJECTS_PER_RULE_MAX,
  SUBJECTS_TOGETHER_MAX,
  crowdOf,
  togetherOf,
} from './places.ts'
import { isHigher, judgeSeverity } from './severity.ts'
import { fieldText, sentence } from './words.ts'

export interface FindingsOptions {
  readonly sensor: string
}

export interface RaiseContext {
  /** Capture time, µs. */
  readonly time: number
  /** What was judged began earlier: with the packet that is cited. */
  readonly begin?: number
  readonly packets: readonly number[]
  /** Asked for where the finding names it. */
  readonly eventId: () => string
  /** Baseline entries that approving as normal would add. */
  readonly entries: readonly string[]
  readonly notAssessable: readonly string[]
  /** One of the two is many strangers. */
  readonly isMany?: boolean
}

/** Episodes that are over and were taken are forgotten when so many are in memory. */
export const EPISODES_MAX = 2 * SUBJECTS_MAX
/** Baseline entries of one finding. */
const APPROVES_MAX = 1000

interface Entry {
  finding: Finding
  readonly subject: string
  readonly crowd: string
  /** µs. */
  last: number
  /** Greatest count of a correlation that the summary has told. */
  told: number
  /** Something is new since it was taken. */
  changed: boolean
}

export class Findings {
  readonly #options: FindingsOptions
  /** Open episodes by subject. */
  readonly #bySubject = new Map<string, Entry>()
  readonly #byId = new Map<string, Entry>()
  #changed: Entry[] = []
  readonly #places = new Places()
  /** Subjects that found no place of their own. */
  overflowed = 0
  /** Episodes that made way. */
  forgotten = 0
  #sweepAt = EPISODES_MAX
  /** Where several captures are read as one: which of them has a packet, and its number there. */
  placeOf: ((packet: number) => Evidence | undefined) | undefined = undefined

  constructor(options: FindingsOptions) {
    this.#options = options
  }

  raise(match: Match, doc: Doc, context: RaiseContext): Finding {
    const { rule } = match
    const { isMany = false } = context
    let subject = this.#subject(match, doc, isMany)
    let known = this.#bySubject.get(subject)
    const crowd =
      known?.crowd ?? (isMany ? togetherOf(rule.id, doc) : crowdOf(rule.id, context.entries))
    const crowded = !known && this.#places.isFull(crowd)
    if (crowded) {
      this.overflowed++
      subject = this.#hash(this.#places.rest(crowd, rule.id), 'overflow')
      known = this.#bySubject.get(subject)
    }
    const entry =
      known && context.time - known.last <= EPISODE_SILENCE_US
        ? known
        : this.#begin(
            subject,
            crowded ? overflow(match, doc, isMany) : describe(match, doc),
            beginOf(context, known),
            crowd,
          )
    this.#grow(entry, match, doc, context, entry !== known)
    if (crowded) sample(entry.finding, match, doc)
    return entry.finding
  }

  /** One more of a kind that raised `finding` before; after its episode a new one begins. */
  repeat(
    finding: Finding,
    time: number,
    packets: readonly number[],
    eventId: string,
    who?: () => Doc,
  ): Finding {
    const { subject = finding.id } = finding
    let entry = this.#bySubject.get(subject)
    if (!entry || time - entry.last > EPISODE_SILENCE_US) {
      const crowd = entry?.crowd ?? crowdOf(finding.rule.id, finding.approves)
      entry = this.#begin(subject, again(entry?.finding ?? finding), time, crowd)
    }
    this.#touch(entry, time)
    this.#cite(entry.finding, packets)
    note(entry.finding, eventId)
    if (who !== undefined && hasRoom(entry.finding)) cover(entry.finding, who())
    return entry.finding
  }

  /** Those that changed since the last call. */
  drain(): Finding[] {
    this.#finish()
    const changed = this.#changed
    this.#changed = []
    for (const entry of changed) entry.changed = false
    return changed.map(({ finding }) => finding)
  }

  /** Texts that change with every repeat are made when somebody looks. */
  #finish(): void {
    for (const { finding, last } of this.#changed) finding.last = isoTime(last)
  }

  /** Sorted by first, then id. */
  all(): Finding[] {
    this.#finish()
    const findings = [...this.#byId.values()].map(({ finding }) => finding)
    return findings.toSorted((a, b) => compare(a.first, b.first) || compare(a.id, b.id))
  }

  /** What a store kept of an earlier run: repeats fold into it. */
  load(findings: Iterable<Finding>): void {
    for (const finding of findings) {
      const subject = finding.subject ?? finding.id
      const last = timeOf(finding.last)
      const crowd = crowdOf(finding.rule.id, finding.approves)
      const entry: Entry = { finding, subject, crowd, last, told: 0, changed: false }
      this.#byId.set(finding.id, entry)
      const other = this.#bySubject.get(subject)
      if (!other) this.#places.take(crowd)
      if (!other || other.last < entry.last) this.#bySubject.set(subject, entry)
    }
  }

  #begin(subject: string, finding: Finding, time: number, crowd: string): Entry {
    finding.id = this.#hash(subject, isoTime(time))
    finding.subject = subject
    finding.first = isoTime(time)
    const entry: Entry = { finding, subject, crowd, last: time, told: 0, changed: false }
    const before = this.#bySubject.get(subject)
    if (!before) this.#places.take(crowd)
    this.#bySubject.set(subject, entry)
    this.#byId.set(finding.id, entry)
    if (this.#byId.size >= this.#sweepAt) this.#sweep(time)
    return entry
  }

  /** What is over is in the store; nothing of it would be told again. */
  #sweep(time: number): void {
    for (const [id, entry] of this.#byId) {
      const { subject, crowd, last, changed } = entry
      const isNewest = this.#bySubject.get(subject) === entry
      if (changed || (isNewest && time - last <= EPISODE_SILENCE_US)) continue
      this.#byId.delete(id)
      this.forgotten++
      if (!isNewest) continue
      this.#bySubject.delete(subject)
      this.#places.leave(crowd)
    }
    this.#sweepAt = Math.max(EPISODES_MAX, this.#byId.size + EPISODES_MAX / 4)
  }

  #grow(entry: Entry, match: Match, doc: Doc, context: RaiseContext, fresh: boolean): void {
    const { finding } = entry
    this.#touch(entry, context.time)
    const judged = judgeSeverity(match.rule, doc)
    if (!fresh && isHigher(judged.severity, finding.severity)) {
      finding.severity = judged.severity
      finding.severity_reasons = judged.reasons
      finding.summary = summaryOf(match, doc)
    }
    // A scan goes on after it was found: the sentence says how far it came.
    const { count = 0 } = match
    if (count > entry.told) {
      entry.told = count
      if (!fresh) finding.summary = summaryOf(match, doc)
    }
    for (const contribution of match.contributions ?? []) {
      const { packets, doc: other } = contribution
      if (other) cover(finding, other)
      this.#cite(finding, packets)
      if (finding.operations.length < FINDING_OPERATIONS_MAX) note(finding, contribution.eventId)
    }
    this.#cite(finding, context.packets)
    if (finding.operations.length < FINDING_OPERATIONS_MAX) note(finding, context.eventId())
    merge(finding.approves, context.entries, APPROVES_MAX)
    const doubts = context.notAssessable.map((reason) => doubtWords[reason] ?? reason)
    merge(finding.explanation.not_assessable, doubts, PARTIES_MAX)
    cover(finding, doc)
  }

  #cite(finding: Finding, packets: readonly number[]): void {
    const { evidence } = finding
    for (const packet of packets) {
      if (evidence.length >= FINDING_EVIDENCE_MAX) return
      const place = this.placeOf === undefined ? { packet } : this.placeOf(packet)
      // A number says nothing without its file where the others have one.
      if (place === undefined || (!place.file && evidence[0]?.file !== undefined)) continue
      if (evidence.some((known) => known.packet === place.packet && known.file === place.file)) {
        continue
      }
      evidence.push(place)
    }
  }

  #touch(entry: Entry, time: number): void {
    const { finding } = entry
    finding.count++
    if (!entry.changed) this.#changed.push(entry)
    entry.changed = true
    if (time > entry.last) entry.last = time
  }

  /**
   * Rule, who, on whom, and what the rule names. A correlation is about its group, and about
   * whom of the two ends only where the group says.
   */
  #subject({ rule, matched }: Match, doc: Doc, isMany: boolean): string {
    const own = rule.subject.map((field) => fieldText(doc[field]))
    if (rule.correlation) {
      return this.#hash(rule.id, ...matched.map(({ value }) => value), '\u0001', ...own)
    }
    // Of many, some may be allowed what is forbidden to others.
    const isForbidden = isMany && doc['ot.zone.verdict'] === 'violation'
    if (isForbidden) own.push(fieldText(doc['ot.zone.code']))
    return this.#hash(rule.id, whoOf(doc, 'source'), whoOf(doc, 'destination'), ...own)
  }

  #hash(...parts: string[]): string {
    return hash('sha256', [this.#options.sensor, ...parts].join('\n'), 'hex').slice(0, 24)
  }
}

/** An episode does not begin within the one before it. */
function beginOf({ time, begin = time }: RaiseContext, known: Entry | undefined): number {
  return known !== undefined && begin <= known.last ? time : begin
}

function describe(match: Match, doc: Doc): Finding {
  const { rule } = match
  const { severity, reasons } = judgeSeverity(rule, doc)
  const verdict = fieldText(doc['ot.zone.verdict'])
  const finding: Finding = {
    id: '',
    rule: { id: rule.id, title: rule.title, tags: [...rule.tags], version: rule.version },
    severity,
    severity_reasons: reasons,
    summary: summaryOf(match, doc),
    explanation: {
      matched: matchedOf(match, doc),
      precedent: precedent(doc),
      policy: fieldText(doc['ot.zone.line']),
      check: [...rule.check],
      not_assessable: [],
    },
    count: 0,
    first: '',
    last: '',
    source: party(doc, 'source'),
    target: party(doc, 'destination'),
    technique: rule.techniques.map((technique) => technique.toUpperCase()),
    evidence: [],
    operations: [],
    approves: [],
  }
  if (verdict === '' || verdict === 'not-declared') return finding
  return {
    ...finding,
    zone: {
      verdict,
      code: fieldText(doc['ot.zone.code']),
      conduit: fieldText(doc['ot.zone.conduit']),
      line: fieldText(doc['ot.zone.line']),
    },
  }
}

function summaryOf({ rule, count }: Match, doc: Doc): string {
  if (rule.summary === '') return titled(rule, doc)
  return sentence(rule.summary, count === undefined ? doc : { ...doc, count })
}

function titled(rule: SigmaRule, doc: Doc): string {
  const ends = ['source', 'destination'].map((side) => fieldText(doc[`${side}.ip`]))
  const known = ends.filter((end) => end !== '')
  return known.length === 0 ? rule.title : `${rule.title}: ${known.join(' → ')}`
}

/** Subjects beyond the bound: what they are is in the store's records, that they are is here. */
function overflow(match: Match, doc: Doc, isMany: boolean): Finding {
  const finding = describe(match, doc)
  const most = isMany ? SUBJECTS_TOGETHER_MAX : SUBJECTS_PER_RULE_MAX
  const what = `${match.rule.title}: more than ${most} cases, the rest together`
  const summary = isMany ? `${sentence('{source} → {destination}', doc)}: ${what}` : what
  return { ...finding, summary }
}

/** Of the cases that are told together the first ones by name. */
function sample({ explanation: { matched } }: Finding, { rule }: Match, doc: Doc): void {
  for (const field of rule.subject) {
    const value = fieldText(doc[field])
    if (value === '' || matched.length >= PARTIES_MAX) continue
    if (!matched.some((known) => known.field === field && known.value === value)) {
      matched.push({ field, value })
    }
  }
}

/** A new episode of what is known: the same, with nothing counted yet. */
function again(finding: Finding): Finding {
  const { explanation } = finding
  return {
    ...finding,
    explanation: { ...explanation, not_assessable: [...explanation.not_assessable] },
    count: 0,
    last: '',
    evidence: [],
    operations: [],
    approves: [...finding.approves],
  }
}

/** While learning everything is new once, which says nothing of what was found. */
function matchedOf({ matched }: Match, doc: Doc): { field: string; value: string }[] {
  const learning = doc['ot.baseline.phase'] === 'learning'
  return matched
    .filter(({ field }) => !learning || field !== 'ot.baseline.first_seen')
    .map(({ field, value }) => ({ field, value }))
}

function precedent(doc: Doc): string[] {
  const known = doc['ot.baseline.precedent']
  const words = typeof known === 'object' ? known.map(String) : [fieldText(known)]
  return words.filter((word) => word !== '')
}

/** `ot.not_assessable` in words (console.md). */
const doubtWords: Readonly<Record<string, string>> = {
  encrypted: 'content not visible: encrypted',
  gap: 'packets are missing before this',
  midstream: 'the connection was joined after its start',
  limit: 'a limit of the sensor was reached',
  'nat-ambiguous': 'who it was is not certain: address translation',
  'not-visible': 'the mirror shows one direction only',
}

function note(finding: Finding, eventId: string): void {
  const { operations } = finding
  // The first of them are kept one by one in the store; a later one would lead nowhere.
  if (eventId === '' || operations.length >= FINDING_OPERATIONS_MAX) return
  if (operations.includes(eventId)) return
  operations.push(eventId)
}

function merge(into: string[], more: readonly string[], most: number): void {
  for (const text of more) if (into.length < most && !into.includes(text)) into.push(text)
}

/** µs of ISO 8601 text as `isoTime` writes it. */
function timeOf(text: string): number {
  const rest = /\.[0-9]{3}([0-9]{3})Z$/.exec(text)?.[1] ?? '0'
  return Date.parse(text) * 1000 + Number(rest)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
