/**
 * What many strangers do (`inventory/crowds.ts`): who looks is judged by the kind of what it asks;
 * who changes something is judged each time, as if nobody had done the like. Before it is judged,
 * it waits until it is known who is answered, and so told apart: so each counts once.
 */
import type { NotAssessable, Operation, OperationClass } from '#sensor'
import type { Pair } from './judgement.ts'

/** Nothing in the plant is another for it; what is handed on may be a command (Sparkplug NCMD). */
const looking: ReadonlySet<OperationClass> = new Set([
  'read',
  'subscribe',
  'identify',
  'discover',
  'session',
])

/** As long as the sensor waits for most answers. */
const WAITING_US_MAX = 5e6
/** Operations that wait at once, the rest are judged when asked; the sensor waits for as many. */
const WAITING_MAX = 32_768

/** It changes something, or may: nobody's like it stands for it. */
export function isChange({ draft: { classes } }: Operation): boolean {
  return classes.length === 0 || classes.some((one) => !looking.has(one))
}

/** An operation of one of many, whose direction nobody has shown yet. */
export class Asked {
  readonly operation: Operation
  readonly pair: Pair
  /** What could not be assessed when it was asked. */
  readonly doubts: readonly NotAssessable[]

  constructor(operation: Operation, pair: Pair) {
    this.operation = operation
    this.pair = pair
    this.doubts = operation.notAssessable
    operation.slot = this
  }

  /** Nobody has judged it. */
  get waits(): boolean {
    return this.operation.slot === this
  }
}

/** Those that wait, as they came. */
export class Waiting {
  #line: Asked[] = []
  #first = 0

  /** Returns one that must make way. */
  add(asked: Asked): Asked | undefined {
    this.#line.push(asked)
    return this.#line.length - this.#first > WAITING_MAX ? this.#next() : undefined
  }

  /** Those who have waited for as long as an answer may take. */
  *due(time: number): Generator<Asked> {
    for (;;) {
      const asked = this.#line[this.#first]
      if (asked === undefined || (asked.waits && time - asked.operation.time < WAITING_US_MAX))
        return
      this.#next()
      if (asked.waits) yield asked
    }
  }

  #next(): Asked | undefined {
    const asked = this.#line[this.#first++]
    if (this.#first >= WAITING_MAX || this.#first === this.#line.length) {
      this.#line = this.#line.slice(this.#first)
      this.#first = 0
    }
    return asked?.waits === true ? asked : undefined
  }
}
