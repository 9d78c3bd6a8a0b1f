/**
 * Correlations (Sigma 2.1.0, correlation rules): matches of other rules, counted in groups over a
 * window that slides with event time. The window of a match at t is [t - timespan, t], both ends
 * within; it holds as long as it is true, so each further match matches again and folds into the
 * same finding. A match that lacks a field of the group belongs to no group.
 */
import type { Doc, FieldValue } from '../facts.ts'
import type { CorrelationType } from './schema.ts'

export type Bound = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq'

export interface Correlation {
  readonly type: CorrelationType
  /** Names or ids as written; resolved by the rule set. */
  readonly rules: readonly string[]
  readonly groupBy: readonly string[]
  /** µs. */
  readonly timespan: number
  readonly bounds: readonly { readonly bound: Bound; readonly value: number }[]
  /** Whose values are counted or added; several count as one combination. */
  readonly field: readonly string[]
  /** Name of a group field to the field of each rule that it stands for. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The rules that it names also raise findings of their own. */
  readonly generate: boolean
}

/** An event that counted: what a finding cites. */
export interface Contribution {
  readonly eventId: string
  readonly packets: readonly number[]
  /** The document itself: who else took part. */
  readonly doc?: Doc
}

interface Entry {
  readonly time: number
  readonly rule: number
  readonly value: string
  readonly number: number
}

/** Groups of one correlation, in each of two generations: a scan makes one for each pair. */
export const GROUPS_MAX = 8192
/**
 * Matches kept in one group; older ones leave first. Well above any threshold worth writing: where
 * more only means that it is passed by more, nothing is lost.
 */
export const ENTRIES_MAX = 1024
/** Matches after which groups that had none of them are given up, so that no flood fills memory. */
const GENERATION_MAX = 100_000

/** Contributions told when the condition comes true: as many as a finding shows. */
export const CITED_MAX = 100

export interface CorrelationCounters {
  groupsEvicted: number
  entriesEvicted: number
}

class Group {
  entries: Entry[] = []
  /** The newest events, told when the condition comes true; none are kept while it holds. */
  waiting: { readonly time: number; readonly contribution: Contribution }[] = []
  /** First entry within the window; the array is cut when half of it is passed. */
  start = 0
  latest = -Infinity
  held = false
  readonly values = new Map<string, number>()
  sum = 0

  add(entry: Entry): void {
    this.entries.push(entry)
    this.values.set(entry.value, (this.values.get(entry.value) ?? 0) + 1)
    this.sum += entry.number
  }

  wait(time: number, contribution: Contribution): void {
    this.waiting.push({ time, contribution })
    if (this.waiting.length >= 2 * CITED_MAX) this.waiting = this.waiting.slice(-CITED_MAX)
  }

  /** What waited and is within the window. */
  told(since: number): Contribution[] {
    const told = this.waiting.slice(-CITED_MAX).filter(({ time }) => time >= since)
    this.waiting = []
    return told.map(({ contribution }) => contribution)
  }

  shift(): void {
    const entry = this.entries[this.start++]!
    const left = (this.values.get(entry.value) ?? 1) - 1
    if (left > 0) this.values.set(entry.value, left)
    else this.values.delete(entry.value)
    this.sum -= entry.number
    if (this.start > 64 && this.start * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.start)
      this.start = 0
    }
  }

  /** Of each value the newest: it decides how long the value counts. */
  compact(): void {
    const newest = new Map<string, Entry>()
    for (const entry of this.entries.slice(this.start)) {
      const before = newest.get(entry.value)
      newest.delete(entry.value)
      newest.set(entry.value, before !== undefined && before.time > entry.time ? before : entry)
    }
    this.entries = []
    this.values.clear()
    this.start = this.sum = 0
    for (const entry of newest.values()) this.add(entry)
  }

  get size(): number {
    return this.entries.length - this.start
  }
}

export interface Correlated {
  /** The same object as long as the same group is counted. */
  readonly of: object
  readonly group: readonly { readonly field: string; readonly value: string }[]
  readonly count: number
  /** Events of the window, once; from then on the newest only. */
  readonly contributions: readonly Contribution[]
}

export class CorrelationState {
  readonly counters: CorrelationCounters = { groupsEvicted: 0, entriesEvicted: 0 }
  readonly #correlation: Correlation
  /** Only different values count. */
  readonly #isDistinct: boolean
  /** A group that is full is above every threshold. */
  readonly #isAbove: boolean
  #young = new Map<string, Group>()
  #old = new Map<string, Group>()
  #fed = 0

  constructor(correlation: Correlation) {
    this.#correlation = correlation
    const { type, bounds } = correlation
    this.#isDistinct = type === 'value_count' || type === 'temporal'
    this.#isAbove =
      (this.#isDistinct || type === 'event_count') &&
      bounds.every(({ bound, value }) => {
        return (bound === 'gte' && value <= ENTRIES_MAX) || (bound === 'gt' && value < ENTRIES_MAX)
      })
  }

  /** One match of the rule at `index` of `rules`; says when the condition holds by it. */
  feed(index: number, doc: Doc, time: number, contribution: Contribution): Correlated | undefined {
    const group = this.#groupOf(index, doc)
    if (!group) return undefined
    const state = this.#state(group.map(({ value }) => value).join('\u0000'))
    for (const value of this.#values(index, doc)) {
      const number = Number(value)
      state.add({ time, rule: index, value, number: Number.isFinite(number) ? number : 0 })
    }
    state.latest = Math.max(state.latest, time)
    this.#expire(state)
    const count = this.#count(state)
    const held = state.held
    state.held = this.#holds(count)
    if (state.held && held) return { of: state, group, count, contributions: [contribution] }
    state.wait(time, contribution)
    if (!state.held) return undefined
    // What came before is told once, when the condition comes true.
    const since = state.latest - this.#correlation.timespan
    return { of: state, group, count, contributions: state.told(since) }
  }

  #groupOf(index: number, doc: Doc): { field: string; value: string }[] | undefined {
    const { groupBy, aliases, rules } = this.#correlation
    const group: { field: string; value: string }[] = []
    for (const name of groupBy) {
      const value = doc[aliases.get(name)?.get(rules[index]!) ?? name]
      if (value === undefined || value === null) return undefined
      group.push({ field: name, value: typeof value === 'object' ? value.join(',') : `${value}` })
    }
    return group
  }

  #values(index: number, doc: Doc): string[] {
    const { type, field } = this.#correlation
    if (type === 'temporal' || type === 'temporal_ordered') return [String(index)]
    if (field.length === 0) return ['']
    const values = field.map((name) => doc[name])
    if (values.some((value) => value === undefined || value === null)) return []
    if (values.length === 1) return members(values[0]!)
    return [values.map((value) => String(value)).join('\u0000')]
  }

  #state(key: string): Group {
    if (this.#young.size >= GROUPS_MAX || ++this.#fed >= GENERATION_MAX) this.#age()
    const found = this.#young.get(key)
    if (found) return found
    const group = this.#old.get(key) ?? new Group()
    this.#old.delete(key)
    this.#young.set(key, group)
    return group
  }

  #age(): void {
    this.counters.groupsEvicted += this.#old.size
    this.#old = this.#young
    this.#young = new Map()
    this.#fed = 0
  }

  #expire(group: Group): void {
    const since = group.latest - this.#correlation.timespan
    while (group.size > 0 && group.entries[group.start]!.time < since) group.shift()
    if (this.#isDistinct) {
      // Twice as many, so that it costs little for each.
      if (group.size <= 2 * ENTRIES_MAX) return
      group.compact()
    }
    while (group.size > ENTRIES_MAX) {
      group.shift()
      if (!this.#isAbove) this.counters.entriesEvicted++
    }
  }

  #count(group: Group): number {
    switch (this.#correlation.type) {
      case 'event_count':
        return group.size
      case 'value_count':
      case 'temporal':
        return group.values.size
      case 'temporal_ordered':
        return inOrder(group, this.#correlation.rules.length)
      case 'value_sum':
        return group.sum
      case 'value_avg':
        return group.size === 0 ? Number.NaN : group.sum / group.size
    }
  }

  #holds(count: number): boolean {
    return this.#correlation.bounds.every(({ bound, value }) => {
      switch (bound) {
        case 'gt':
          return count > value
        case 'gte':
          return count >= value
        case 'lt':
          return count < value
        case 'lte':
          return count <= value
        case 'eq':
          return count === value
        case 'neq':
          return count !== value
      }
    })
  }
}

/** How many rules of the list matched, each after the one before it. */
function inOrder(group: Group, rules: number): number {
  const ordered = group.entries.slice(group.start).toSorted((a, b) => a.time - b.time)
  let next = 0
  for (const { rule } of ordered) if (rule === next && next < rules) next++
  return next
}

function members(value: FieldValue): string[] {
  return typeof value === 'object' ? value.map(String) : [String(value)]
}
