/**
 * All rules that are in force, routed: by dataset, by phase, then by a value that a rule cannot
 * match without. What the index finds is what asking every rule would find (property test).
 */
import type { Doc, FieldValue } from '../facts.ts'
import type { InputError } from '../input/input.ts'
import { InputErrors } from '../input/errors.ts'
import { closest } from '../input/closest.ts'
import { parseYaml } from '../input/yaml.ts'
import { CorrelationState, type Contribution } from './correlation.ts'
import type { Phase } from './fields.ts'
import { fieldOf } from './fields.ts'
import { RuleIndex } from './rule-index.ts'
import { datasets } from './logsource.ts'
import { readRule, type SigmaRule } from './rule.ts'

export interface Match {
  readonly rule: SigmaRule
  readonly matched: readonly { readonly field: string; readonly value: string }[]
  /** Of a correlation: how many were counted, and the events not told before. */
  readonly count?: number
  readonly contributions?: readonly Contribution[]
  /** Of a correlation: the same object as long as the same group is counted. */
  readonly of?: object
}

export interface RuleFile {
  readonly file: string
  readonly text: string
}

/** A rule that can never match here, and why: said, not silently loaded. */
export interface InactiveRule {
  readonly rule: SigmaRule
  readonly reason: string
}

export class RuleSet {
  readonly rules: readonly SigmaRule[]
  readonly inactive: readonly InactiveRule[]
  /** A rule asks who it was, or by what way it came: no stranger stands for another. */
  readonly asksWho: boolean
  readonly #index: RuleIndex
  /** Rule to the correlations that count its matches. */
  readonly #correlations = new Map<SigmaRule, Counting[]>()
  /** Rules that only correlations look at. */
  readonly #silent = new Set<SigmaRule>()

  constructor(rules: readonly SigmaRule[]) {
    this.rules = rules
    const active = rules.filter((rule) => rule.detection && !inactiveReason(rule))
    this.inactive = rules.flatMap((rule) => {
      const reason = inactiveReason(rule)
      return reason === undefined ? [] : [{ rule, reason }]
    })
    this.asksWho = active.some(({ fields, detection }) => {
      return [...fields].some(isWho) || detection?.items.some(({ field }) => field === '') === true
    })
    this.#index = new RuleIndex(active)
    for (const rule of rules) if (rule.correlation) this.#count(rule, rule.correlation.rules)
    for (const rule of this.#correlations.keys()) this.#silence(rule)
  }

  /** The rules of exactly this phase that match, in the order of the rule files. */
  match(doc: Doc, phase: Phase): Match[] {
    return this.#index
      .match(doc, phase)
      .map((rule) => ({ rule, matched: rule.detection!.explain(doc) }))
  }

  /** Matches of the rule itself become findings; not so where only a correlation counts them. */
  alerts(rule: SigmaRule): boolean {
    return !this.#silent.has(rule)
  }

  /** Every match of the rule has to be fed to `correlate`, repeats of one kind too. */
  feeds(rule: SigmaRule): boolean {
    return this.#correlations.has(rule)
  }

  /** Counts a match; what it returns are correlations that hold by it. Time in µs. */
  correlate(match: Match, doc: Doc, time: number, contribution?: Contribution): Match[] {
    const found: Match[] = []
    for (const counting of this.#correlations.get(match.rule) ?? []) {
      const { rule, state, index } = counting
      const told = contribution ?? contributionOf(doc)
      const held = state.feed(index, doc, time, told)
      if (!held) continue
      const { of, group, count, contributions } = held
      const more: Match = { rule, matched: group, count, contributions, of }
      if (this.alerts(rule)) found.push(more)
      if (this.feeds(rule)) found.push(...this.correlate(more, doc, time, contribution))
    }
    return found
  }

  /** What bounds have cost: groups and matches that left a window early. */
  counters(): { groupsEvicted: number; entriesEvicted: number } {
    const total = { groupsEvicted: 0, entriesEvicted: 0 }
    const states = new Set([...this.#correlations.values()].flat().map(({ state }) => state))
    for (const { counters } of states) {
      total.groupsEvicted += counters.groupsEvicted
      total.entriesEvicted += counters.entriesEvicted
    }
    return total
  }

  #count(rule: SigmaRule, names: readonly string[]): void {
    const state = new CorrelationState(rule.correlation!)
    names.forEach((name, index) => {
      const counted = this.rules.find((other) => other.id === name || other.name === name)
      if (!counted) return
      const list = this.#correlations.get(counted) ?? []
      list.push({ rule, state, index })
      this.#correlations.set(counted, list)
    })
  }

  #silence(rule: SigmaRule): void {
    const correlations = this.#correlations.get(rule) ?? []
    if (!correlations.some((counting) => counting.rule.correlation?.generate)) {
      this.#silent.add(rule)
    }
  }
}

/** Fields that operations of one kind between the same assets may differ in, but for values. */
const whoFields: readonly RegExp[] = [
  /^(source|observer)\./,
  /^destination\.mac$/,
  /^network\.(vlan|community_id)/,
  /^ot\.(vlans|encapsulation|mirror|flow\.id)/,
]

function isWho(field: string): boolean {
  return whoFields.some((one) => one.test(field))
}

interface Counting {
  readonly rule: SigmaRule
  readonly state: CorrelationState
  readonly index: number
}

function contributionOf(doc: Doc): Contribution {
  const packets: FieldValue | undefined = doc['ot.evidence']
  return {
    eventId: typeof doc['event.id'] === 'string' ? doc['event.id'] : '',
    packets: typeof packets === 'object' ? packets.map(Number) : [],
    doc,
  }
}

function inactiveReason(rule: SigmaRule): string | undefined {
  if (!rule.detection) return undefined
  if (datasets(rule.logsource).length === 0) return 'its log source is not one of this sensor'
  const missing = [...rule.fields].filter((field) => !fieldOf(field))
  return missing.length > 0 ? `fields that are never seen: ${missing.join(', ')}` : undefined
}

/** Every rule of every file, and everything that is wrong with them. */
export function loadRules(files: readonly RuleFile[]): { rules: RuleSet; errors: InputError[] } {
  const errors: InputError[] = []
  const rules: SigmaRule[] = []
  for (const { file, text } of files) {
    const parsed = parseYaml(text, file)
    errors.push(...parsed.errors)
    for (const node of parsed.nodes) {
      const read = readRule(node, file)
      errors.push(...read.errors)
      if (read.rule) rules.push(read.rule)
    }
  }
  errors.push(...twice(rules), ...unresolved(rules), ...circular(rules))
  return { rules: new RuleSet(errors.length === 0 ? rules : []), errors }
}

function at(rule: SigmaRule, code: string, message: string, remedy: string): InputError {
  const errors = new InputErrors(rule.file)
  errors.add({ line: rule.line, column: 1 }, code, message, remedy)
  return errors.all[0]!
}

function twice(rules: readonly SigmaRule[]): InputError[] {
  const seen = new Map<string, SigmaRule>()
  return rules.flatMap((rule) => {
    const errors: InputError[] = []
    for (const name of new Set([rule.id, rule.name])) {
      if (name === '') continue
      const other = seen.get(name)
      if (other) {
        const message = `\`${name}\` is also the id or name of ${other.file}:${other.line}`
        errors.push(at(rule, 'sigma-duplicate', message, 'Give each rule its own.'))
      } else seen.set(name, rule)
    }
    return errors
  })
}

function unresolved(rules: readonly SigmaRule[]): InputError[] {
  const names = new Set(rules.flatMap(({ id, name }) => [id, name]))
  return rules.flatMap((rule) =>
    (rule.correlation?.rules ?? [])
      .filter((name) => !names.has(name))
      .map((name) => {
        const near = closest(name, names)
        const remedy = near ? `Did you mean \`${near}\`?` : 'Load the file that defines it too.'
        return at(rule, 'sigma-correlation', `there is no rule \`${name}\``, remedy)
      }),
  )
}

/** A correlation that counts itself, by whatever way, would never end. */
function circular(rules: readonly SigmaRule[]): InputError[] {
  const find = (name: string) => rules.find((rule) => rule.id === name || rule.name === name)
  const reaches = (rule: SigmaRule, goal: SigmaRule, seen: Set<SigmaRule>): boolean =>
    (rule.correlation?.rules ?? []).some((name) => {
      const next = find(name)
      if (!next || seen.has(next)) return next === goal
      return next === goal || reaches(next, goal, seen.add(next))
    })
  return rules
    .filter((rule) => rule.correlation && reaches(rule, rule, new Set()))
    .map((rule) => at(rule, 'sigma-correlation', 'it counts itself', 'Break the circle.'))
}
