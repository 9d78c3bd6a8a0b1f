/**
 * What of operations goes on record: what was judged as new, or is part of a finding, one by one;
 * the rest with its like, one summary an interval. Each operation that is over has one of the two.
 */
import type { Operation } from '#sensor'
import { operationRecord } from '#sensor'
import type { Doc } from './facts.ts'
import type { Judgement } from './judgement.ts'
import type { Repeats, RepeatsTold } from './repeats.ts'

/** Kinds that wait for the summary: as many as judgements are kept of (`judgement.ts`). */
const SUMMING_MAX = 65_536

export class Records {
  readonly #sensor: string
  readonly #keep: ((record: Doc) => void) | undefined
  /** Operations whose record is kept one by one, until they are complete. */
  readonly #alone = new Set<Operation>()
  /** With at least one that is not summarised yet. */
  #summing: Repeats[] = []
  #over = 0
  #kept = 0
  #summarised = 0

  constructor(sensor: string, keep: ((record: Doc) => void) | undefined) {
    this.#sensor = sensor
    this.#keep = keep
  }

  /** Its record is kept alone. */
  mark(operation: Operation): void {
    if (this.#keep !== undefined) this.#alone.add(operation)
  }

  completed(operation: Operation, judgement: Judgement): void {
    if (this.#keep === undefined) return
    this.#over++
    if (this.#alone.delete(operation)) {
      this.#kept++
      this.#keep(Object.assign(operationRecord(this.#sensor, operation), judgement.facts))
      return
    }
    const { repeats } = judgement
    if (repeats.count === 0) this.#sum(repeats)
    repeats.add(operation)
  }

  /** Repeats that were counted elsewhere, and are over. */
  repeated({ repeats }: Judgement, more: RepeatsTold, newest: Operation | undefined): void {
    if (this.#keep === undefined || more.count === 0) return
    this.#over += more.count
    if (repeats.count === 0) this.#sum(repeats)
    repeats.merge(more, newest)
  }

  #sum(repeats: Repeats): void {
    if (this.#summing.length >= SUMMING_MAX) this.summarise()
    this.#summing.push(repeats)
  }

  /** One record for the repeats of each kind since the last call, in the order of their first. */
  summarise(): void {
    const summing = this.#summing
    this.#summing = []
    for (const repeats of summing.sort(byFirst)) {
      const record = repeats.record(this.#sensor)
      if (record !== undefined) this.#keep?.(record)
      this.#summarised += repeats.count
      repeats.clear()
    }
  }

  /** Nothing where no record is wanted. */
  counters(): Record<string, number> {
    if (this.#keep === undefined) return {}
    return {
      operations_over: this.#over,
      operations_kept: this.#kept,
      operations_summarised: this.#summarised,
      operations_summing: this.#summing.reduce((sum, { count }) => sum + count, 0),
    }
  }
}

function byFirst(a: Repeats, b: Repeats): number {
  return a.first - b.first || sequenceOf(a) - sequenceOf(b)
}

function sequenceOf({ operation }: Repeats): number {
  return operation?.sequence ?? 0
}
