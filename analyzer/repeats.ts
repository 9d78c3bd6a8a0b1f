/**
 * What is periodic and approved is not kept one by one (design.md, Persistence): repeats of a kind
 * are counted, and one record an interval stands for them.
 */
import type { Operation } from '#sensor'
import { isoTime, operationRecord } from '#sensor'
import type { Doc, Facts } from './facts.ts'

/** Places in the numbers of `Repeats`, which lie side by side: a plant has ten thousand kinds. */
const FIRST = 0
const LAST = 1
const MINIMUM = 2
const MAXIMUM = 3
const VALUE = 4
/** The value of the first of them. */
const BEGAN = 5
const NUMBERS = [0, 0, Infinity, -Infinity, Number.NaN, Number.NaN]

/** Repeats that were counted elsewhere, as a message carries them. */
export interface RepeatsTold {
  readonly count: number
  readonly changes: number
  readonly numbers: readonly number[]
}

export class Repeats {
  count = 0
  changes = 0
  #numbers = [...NUMBERS]
  /** The newest of them, for the summary's record, where there is to be one. */
  operation: Operation | undefined = undefined
  /** What was said when one of them was judged last. */
  facts: Facts

  constructor(facts: Facts = {}) {
    this.facts = facts
  }

  /** Time of the first of them, µs. */
  get first(): number {
    return this.#numbers[FIRST] as number
  }

  /** One repeat of a judged operation; its first number stands for its values. */
  add(operation: Operation): void {
    const numbers = this.#numbers
    if (this.count++ === 0) numbers[FIRST] = operation.time
    numbers[LAST] = operation.time
    this.operation = operation
    const value = operation.draft.numbers?.[0] ?? operation.answer?.numbers?.[0]
    if (value === undefined || value === numbers[VALUE]) return
    if (value < (numbers[MINIMUM] as number)) numbers[MINIMUM] = value
    if (value > (numbers[MAXIMUM] as number)) numbers[MAXIMUM] = value
    if (this.changes++ === 0) numbers[BEGAN] = value
    numbers[VALUE] = value
  }

  told(): RepeatsTold {
    return { count: this.count, changes: this.changes, numbers: this.#numbers }
  }

  /** Repeats that were counted elsewhere and follow on these; `newest` is the last of theirs. */
  merge(more: RepeatsTold, newest: Operation | undefined): void {
    if (more.count === 0) return
    const numbers = this.#numbers
    const theirs = more.numbers as number[]
    if (this.count === 0) numbers[FIRST] = theirs[FIRST] as number
    this.count += more.count
    numbers[LAST] = theirs[LAST] as number
    this.operation = newest
    if (more.changes === 0) return
    numbers[MINIMUM] = Math.min(numbers[MINIMUM] as number, theirs[MINIMUM] as number)
    numbers[MAXIMUM] = Math.max(numbers[MAXIMUM] as number, theirs[MAXIMUM] as number)
    const isSame = theirs[BEGAN] === numbers[VALUE]
    this.changes += isSame ? more.changes - 1 : more.changes
    numbers[VALUE] = theirs[VALUE] as number
  }

  clear(): void {
    this.count = 0
    this.changes = 0
    this.operation = undefined
    this.#numbers = [...NUMBERS]
  }

  /** The record of the newest of them, with their count and the range of their values. */
  record(sensor: string): Doc | undefined {
    const { operation, count } = this
    if (operation === undefined || count === 0) return undefined
    const [first = 0, last = 0, minimum = 0, maximum = 0] = this.#numbers
    const record = Object.assign(operationRecord(sensor, operation), this.facts)
    record['ot.operation.count'] = count
    record['event.start'] = isoTime(first)
    record['event.end'] = isoTime(last)
    if (minimum <= maximum) {
      record['ot.operation.value_min'] = minimum
      record['ot.operation.value_max'] = maximum
      record['ot.operation.value_changes'] = this.changes
    }
    return record
  }
}
