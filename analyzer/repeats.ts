/**
 * What is periodic and approved is not kept one by one (design.md, Persistence): repeats of a kind
 * are counted, and one record an interval stands for them.
 */
import type { Operation } from '#sensor'
import { isoTime, operationRecord } from '#sensor'
import type { Doc, Facts } from './facts.ts'

export interface Repeats {
  count: number
  first: number
  last: number
  /** The newest of them, for the summary's record. */
  operation: Operation | undefined
  minimum: number
  maximum: number
  changes: number
  value: number
  /** What was said when one of them was judged last. */
  facts: Facts
}

export function noRepeats(facts: Facts = {}): Repeats {
  return {
    count: 0,
    first: 0,
    last: 0,
    operation: undefined,
    minimum: Infinity,
    maximum: -Infinity,
    changes: 0,
    value: Number.NaN,
    facts,
  }
}

/** One repeat of a judged operation; its first number stands for its values. */
export function addRepeat(repeats: Repeats, operation: Operation): void {
  if (repeats.count === 0) repeats.first = operation.time
  repeats.count++
  repeats.last = operation.time
  repeats.operation = operation
  const value = operation.draft.numbers?.[0] ?? operation.answer?.numbers?.[0]
  if (value === undefined) return
  if (value < repeats.minimum) repeats.minimum = value
  if (value > repeats.maximum) repeats.maximum = value
  if (value !== repeats.value) {
    repeats.changes++
    repeats.value = value
  }
}

/** Repeats that were counted elsewhere and follow on these; `firstValue` is the first of theirs. */
export function mergeRepeats(into: Repeats, more: Repeats & { firstValue?: number }): void {
  if (more.count === 0) return
  if (into.count === 0) into.first = more.first
  into.count += more.count
  into.last = more.last
  into.operation = more.operation
  if (more.changes === 0) return
  into.minimum = Math.min(into.minimum, more.minimum)
  into.maximum = Math.max(into.maximum, more.maximum)
  into.changes += more.firstValue === into.value ? more.changes - 1 : more.changes
  into.value = more.value
}

/** The record of the newest of them, with their count and the range of their values. */
export function repeatsRecord(sensor: string, repeats: Repeats): Doc | undefined {
  const { operation } = repeats
  if (operation === undefined || repeats.count === 0) return undefined
  const record = Object.assign(operationRecord(sensor, operation), repeats.facts)
  record['ot.operation.count'] = repeats.count
  record['event.start'] = isoTime(repeats.first)
  record['event.end'] = isoTime(repeats.last)
  if (repeats.minimum <= repeats.maximum) {
    record['ot.operation.value_min'] = repeats.minimum
    record['ot.operation.value_max'] = repeats.maximum
    record['ot.operation.value_changes'] = repeats.changes
  }
  return record
}
