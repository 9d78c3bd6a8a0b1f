/**
 * What was worked out once for a kind of operation between two assets, and is kept for its
 * repeats (design.md, "Judged once"). A repeat costs one look-up, its count and its values.
 */
import type { Endpoint, Operation } from '#sensor'
import type { Finding } from './findings/finding.ts'
import type { Asset } from './inventory/asset.ts'
import type { Ends } from './inventory/inventory.ts'
import type { Doc, Facts } from './facts.ts'
import type { Match } from './sigma/ruleset.ts'
import type { Cell } from './matrix.ts'
import { Repeats } from './repeats.ts'
import { isChange } from './together.ts'

/** Kinds kept per pair of assets, in each of two generations: a register sweep has 65,536. */
export const KINDS_MAX = 4096
/** Of strangers that are judged together; further ones by what they may do alone. */
const KINDS_TOGETHER_MAX = 64
/** Pairs in each of two generations: a plant has some hundred, a flood of forged ones no end. */
const PAIRS_MAX = 16_384
/** Judgements of one generation, some kilobytes each: a plant of a thousand lists has 20,000. */
export const JUDGED_MAX = 65_536
/** Outcomes and statuses of one kind: a server that varies them gains nothing. */
export const ANSWERS_MAX = 64

/** What is decided when a kind is judged. */
export interface Judged {
  /** Of the analyzer: an approval or a new phase makes a judgement stale. */
  readonly epoch: number
  /** Of the policy's windows: a verdict holds within one. */
  readonly slice: number
  /** The direction was not proven then (mid-stream): judge again once it is. */
  readonly unproven: boolean
  readonly pair: Pair
  /** What inventory, baseline and zones said. */
  readonly facts: Facts
  /** Baseline entries that approving would add. */
  readonly entries: readonly string[]
  readonly cell: Cell | undefined
  readonly violation: boolean
  readonly allowed: boolean
}

/** What an answer of one outcome and status raised, and what correlations count of it. */
export interface Answered {
  readonly outcome: string
  readonly status: string
  readonly findings: Finding[]
  readonly feeds: Match[]
}

export class Judgement implements Judged {
  // What every repeat reads comes first: it shares the lines of the cache.
  /** Of its pair, when it was kept there last, under this key. */
  age = 0
  key = ''
  /** What was asked after it: a list that is polled goes round. */
  follower: Judgement | undefined = undefined
  readonly epoch: number
  readonly slice: number
  readonly unproven: boolean
  /** Repeats of the request raise nothing and are not counted by any rule. */
  isQuiet = false
  readonly violation: boolean
  readonly allowed: boolean
  readonly cell: Cell | undefined
  /** An answer of which the same holds: nearly all are like it. */
  quietOutcome = ''
  quietStatus = ''
  /** The operation that was judged, until it is answered, with its document to judge that. */
  first: { readonly operation: Operation; readonly doc: Facts } | undefined = undefined
  /** Repeats since the last summary, and the values they had. */
  readonly repeats: Repeats
  readonly pair: Pair
  readonly facts: Facts
  readonly entries: readonly string[]
  readonly findings: Finding[] = []
  /** Matches that correlations count: fed on every repeat. */
  readonly feeds: Match[] = []
  readonly answers: Answered[] = []
  /** The request's fields with all facts, where correlations count repeats of it. */
  doc: Doc | undefined = undefined

  /** What was counted and is not summarised yet is not lost by being judged anew. */
  constructor(judged: Judged, repeats = new Repeats()) {
    this.repeats = repeats
    repeats.facts = judged.facts
    this.epoch = judged.epoch
    this.slice = judged.slice
    this.unproven = judged.unproven
    this.pair = judged.pair
    this.facts = judged.facts
    this.entries = judged.entries
    this.cell = judged.cell
    this.violation = judged.violation
    this.allowed = judged.allowed
  }

  /** So many operations of its kind. */
  count(operations: number): void {
    const { cell } = this
    if (cell === undefined) return
    cell.operations += operations
    if (this.violation) cell.violations += operations
    if (this.allowed) cell.allowed += operations
  }

  /** Where an answer raised nothing and counts for nothing, all like it are done with. */
  settle({ outcome, status, findings, feeds }: Answered): void {
    if (findings.length + feeds.length > 0) return
    this.quietOutcome = outcome
    this.quietStatus = status
  }

  /** Nearly always there is one kind of answer, or two: a list is searched faster than a key. */
  answered(outcome: string, status: string): Answered | undefined {
    for (const answer of this.answers) {
      if (answer.outcome === outcome && answer.status === status) return answer
    }
    return undefined
  }
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

/** Of what many strangers do, the same has been done before, and not only its like. */
const EXACT = '='

type Doubts = Operation['notAssessable']

/** Of many, what changes something and is not known to be the same: it is judged each time. */
export function isAlone(operation: Operation, { isMany }: Pair, key: string): boolean {
  return isMany && !key.startsWith(EXACT) && isChange(operation)
}

/** It is not the one of its kind any more, and must not keep what followed it. */
function forget(judgement: Judgement): void {
  judgement.age = 0
  judgement.follower = undefined
}

/** Two assets that talk, and every kind of operation between them. */
export class Pair {
  readonly key: string
  readonly source: Asset
  readonly destination: Asset
  /** One of the two is many strangers. */
  readonly isMany: boolean
  /** Of the flow that was looked at last. */
  client: Endpoint | undefined = undefined
  /** When that was, µs. */
  time = 0
  proven = false
  /** The worst that a policy said of an operation between them. */
  verdict = ''
  /** Of the table, when it was used last. */
  generation = 0
  #kinds = new Map<string, Judgement>()
  #older: Map<string, Judgement> | undefined = undefined
  /** Counts the generations of kinds. */
  #age = 1
  /** What was looked up last. */
  #last: Judgement | undefined = undefined

  constructor(key: string, source: Asset, destination: Asset) {
    this.key = key
    this.source = source
    this.destination = destination
    this.isMany = source.isMany === true || destination.isMany === true
  }

  /** Is this the pair of an operation of a flow that it was kept with? Of many each packet asks. */
  isOf({ client, time }: Operation): boolean {
    return this.client === client && (!this.isMany || this.time === time)
  }

  /**
   * The key of an operation's kind where one of the two is many strangers: whom of them the policy
   * judges otherwise is of another kind. `each`: nobody's like stands for what changes something.
   */
  keyTogether(operation: Operation, policy: Facts, doubts: Doubts, each: boolean): string {
    const { server, protocol, draft } = operation
    const judged = Object.values(policy).join(' ')
    const what = `${draft.protocol ?? protocol} ${draft.action} ${judged}`
    if (each && isChange(operation)) return what
    const kind = kindKey({ draft, notAssessable: doubts })
    const exact = `${EXACT}${server.ip} ${server.port} ${judged} ${kind}`
    const isRoom = this.#kinds.size < KINDS_TOGETHER_MAX || this.#kinds.has(exact)
    return isRoom ? exact : what
  }

  kind(key: string): Judgement | undefined {
    const last = this.#last
    const guess = last?.follower
    if (guess !== undefined && guess.key === key && guess.age === this.#age) {
      this.#last = guess
      return guess
    }
    const found = this.#find(key)
    if (last !== undefined) last.follower = found
    this.#last = found
    return found
  }

  #find(key: string): Judgement | undefined {
    const found = this.#kinds.get(key)
    if (found !== undefined) return found
    const old = this.#older?.get(key)
    if (old !== undefined) this.keep(key, old)
    return old
  }

  keep(key: string, judgement: Judgement): void {
    const before = this.#kinds.get(key)
    if (before !== undefined) forget(before)
    if (this.#kinds.size >= KINDS_MAX) {
      this.#older?.forEach((old) => {
        if (old.age !== this.#age) forget(old)
      })
      this.#older = this.#kinds
      this.#kinds = new Map()
      this.#age++
    }
    this.#kinds.set(key, judgement)
    judgement.key = key
    judgement.age = this.#age
  }

  /** Its repeats are counted elsewhere, where it made way. */
  drop(key: string): void {
    const judgement = this.#kinds.get(key) ?? this.#older?.get(key)
    if (judgement === undefined) return
    forget(judgement)
    this.#kinds.delete(key)
    this.#older?.delete(key)
  }

  /** A flow may still point here: what was judged is forgotten, and judged anew if it is asked. */
  release(): void {
    this.#kinds.forEach(forget)
    this.#older?.forEach(forget)
    this.#kinds = new Map()
    this.#older = undefined
    this.#last = undefined
  }
}

/** Two generations: what is used moves into the young one, the old one goes as a whole. */
export class Pairs {
  #young = new Map<string, Pair>()
  #old = new Map<string, Pair>()
  #generation = 1
  /** Judgements made in this generation. */
  #judged = 0
  evicted = 0

  get(key: string): Pair | undefined {
    const found = this.#young.get(key)
    if (found !== undefined) return found
    const old = this.#old.get(key)
    if (old !== undefined) this.keep(old)
    return old
  }

  keep(pair: Pair): Pair {
    if (this.#young.size >= PAIRS_MAX) this.#turn()
    pair.generation = this.#generation
    this.#young.set(pair.key, pair)
    return pair
  }

  /** A pair that a flow points to is in use, though nobody looked it up. */
  use(pair: Pair): void {
    if (pair.generation !== this.#generation) this.keep(pair)
  }

  judged(): void {
    if (++this.#judged >= JUDGED_MAX) this.#turn()
  }

  #turn(): void {
    for (const [key, pair] of this.#old) {
      if (this.#young.get(key) === pair) continue
      this.evicted++
      pair.release()
    }
    this.#old = this.#young
    this.#young = new Map()
    this.#generation++
    this.#judged = 0
  }
}

export function pairKey(operation: Operation): string {
  const { client, server, flow } = operation
  // What rules may read of the way to the mirror; nearly always there is nothing.
  const labels = flow.labels === undefined ? '' : JSON.stringify(flow.labels)
  const how = `${flow.transport} ${flow.initiatorReason} ${flow.vlans.join('.')}${labels}`
  // Who opened the connection counts: a reverse connect is judged otherwise.
  const opener = client === flow.client ? '>' : '<'
  return `${client.ip} ${client.mac}${opener}${server.ip} ${server.mac} ${server.port} ${how}`
}

/** Whoever of many asks, and by whatever way it comes. */
export function togetherKey({ client, flow }: Operation, pair: Ends): string {
  const opener = client === flow.client ? '>' : '<'
  const { transport, initiatorReason } = flow
  return `${pair.source.id}${opener}${pair.destination.id} ${transport} ${initiatorReason}`
}

/** The kind of an operation between two assets; what cannot be assessed is part of it. */
export function kindKey({
  draft,
  notAssessable,
}: Pick<Operation, 'draft' | 'notAssessable'>): string {
  return notAssessable.length === 0 ? draft.kind : `${draft.kind}!${notAssessable.join()}`
}
