/**
 * Kinds of operations as one shard knows them: which are settled, so that a repeat needs no
 * judging, and the repeats that were counted here since they were told last.
 */
import type { Flow, Operation } from '#sensor'
import { JUDGED_MAX, KINDS_MAX, kindKey, pairKey } from '../judgement.ts'
import { Repeats } from '../repeats.ts'
import type { DraftTold, Settled } from './wire.ts'

export class Kind {
  readonly key: string
  /** The kind that came after this one last time: a polling list goes round. */
  next: Kind | undefined = undefined
  #settled: Settled | undefined = undefined
  /** The answer that was held against what is settled last: nearly all are like it. */
  #outcome = ''
  #status = ''
  /** Of its pair, when it was kept there last. */
  age = 0
  /** In the list of those with repeats that are still to be told. */
  isDue = false
  /** It made way: the thread that judges knows it no more. */
  isGone = false
  readonly repeats = new Repeats()
  readonly unproven = new Unproven(this)
  readonly id: number
  /** What was told of the first operation of this kind, where more will follow (`isKept`). */
  draft: DraftTold | undefined = undefined

  constructor(id: number, key: string) {
    this.id = id
    this.key = key
  }

  /** Undefined: it is to be judged anew. */
  settle(settled: Settled | undefined): void {
    this.#settled = settled
    this.#outcome = ''
  }

  /** A repeat of this kind says nothing new by being asked; its values would. */
  holds({ time, draft, flow }: Operation): boolean {
    const settled = this.#settled
    if (settled === undefined || draft.numbers !== undefined) return false
    if (settled.unproven && flow.proven) return false
    return time >= settled.from && time < settled.to
  }

  /** Nor by what came of it. */
  holdsAnswer({ answer }: Operation): boolean {
    if (this.#settled === undefined) return false
    if (answer === undefined) return true
    const { outcome, status = '' } = answer
    if (outcome === this.#outcome && status === this.#status) return true
    for (const known of this.#settled.answers) {
      if (known[0] !== outcome || known[1] !== status) continue
      this.#outcome = outcome
      this.#status = status
      return true
    }
    return false
  }
}

/** Of an operation that waits for its answer: asked before the direction was proven. */
export class Unproven {
  readonly kind: Kind

  constructor(kind: Kind) {
    this.kind = kind
  }
}

/** What a shard keeps with a flow. */
export class ShardFlow {
  readonly id: number
  readonly flow: Flow
  /** The thread that judges knows it by its number. */
  isTold = false
  /** By who asks: a flow has one, but for a reverse connect, where both ends may. */
  ofClient: PairKinds | undefined = undefined
  ofServer: PairKinds | undefined = undefined

  constructor(id: number, flow: Flow) {
    this.id = id
    this.flow = flow
  }
}

/** Between two assets, in two generations, as judgements are (`Pair`): both forget alike. */
class PairKinds {
  readonly key: string
  /** Of the table, when it was used last. */
  generation = 0
  #kinds = new Map<string, Kind>()
  #older: Map<string, Kind> | undefined = undefined
  /** Counts the generations of kinds. */
  #age = 1
  #last: Kind | undefined = undefined

  constructor(key: string) {
    this.key = key
  }

  /** `gone` is told of those that make way. */
  find(key: string, gone: (kinds: readonly Kind[]) => void): Kind | undefined {
    const guess = this.#last?.next
    if (guess !== undefined && guess.key === key && guess.age === this.#age) {
      this.#last = guess
      return guess
    }
    const young = this.#kinds.get(key)
    const kind = young ?? this.#older?.get(key)
    if (kind === undefined) return undefined
    if (young === undefined) this.#keep(kind, gone)
    this.#follow(kind)
    return kind
  }

  add(kind: Kind, gone: (kinds: readonly Kind[]) => void): Kind {
    this.#keep(kind, gone)
    this.#follow(kind)
    return kind
  }

  #follow(kind: Kind): void {
    if (this.#last !== undefined) this.#last.next = kind
    this.#last = kind
  }

  #keep(kind: Kind, gone: (kinds: readonly Kind[]) => void): void {
    if (this.#kinds.size >= KINDS_MAX) {
      const older = [...(this.#older?.values() ?? [])]
      gone(older.filter(({ key, age }) => age !== this.#age && key !== kind.key))
      this.#older = this.#kinds
      this.#kinds = new Map()
      this.#age++
    }
    this.#kinds.set(kind.key, kind)
    kind.age = this.#age
  }

  /** All of them make way. */
  release(): Kind[] {
    const all = new Set([...this.#kinds.values(), ...(this.#older?.values() ?? [])])
    this.#kinds = new Map()
    this.#older = undefined
    this.#last = undefined
    return [...all]
  }
}

export class Kinds {
  readonly #byId = new Map<string, Kind>()
  readonly #evicted: (kinds: readonly Kind[]) => void
  #young = new Map<string, PairKinds>()
  #old = new Map<string, PairKinds>()
  #generation = 1
  #made = 0
  #ids = 0

  /** `evicted` is told what falls out, before it is forgotten. */
  constructor(evicted: (kinds: readonly Kind[]) => void) {
    this.#evicted = evicted
  }

  of(operation: Operation, flow: ShardFlow): Kind {
    const pair = this.#pair(operation, flow)
    const key = kindKey(operation)
    const known = pair.find(key, this.#gone)
    if (known !== undefined) return known
    const kind = pair.add(this.#make(key), this.#gone)
    if (this.#made >= JUDGED_MAX) this.#turn()
    return kind
  }

  #make(key: string): Kind {
    const kind = new Kind(++this.#ids, key)
    this.#byId.set(String(kind.id), kind)
    this.#made++
    return kind
  }

  readonly #gone = (kinds: readonly Kind[]): void => {
    if (kinds.length === 0) return
    this.#evicted(kinds)
    for (const kind of kinds) {
      this.#byId.delete(String(kind.id))
      // What of it still waits for an answer is told, as nobody would count it any more.
      kind.settle(undefined)
      kind.next = undefined
      kind.isGone = true
    }
  }

  settle(settled: Settled): void {
    const kind = this.#byId.get(String(settled.kind))
    kind?.settle(settled)
  }

  /** Everything is to be judged anew. */
  unsettle(): void {
    for (const kind of this.#byId.values()) kind.settle(undefined)
  }

  #pair(operation: Operation, flow: ShardFlow): PairKinds {
    const byClient = operation.client === operation.flow.client
    const known = byClient ? flow.ofClient : flow.ofServer
    if (known !== undefined && known.generation === this.#generation) return known
    const pair = this.#find(known?.key ?? pairKey(operation))
    if (byClient) flow.ofClient = pair
    else flow.ofServer = pair
    return pair
  }

  #find(key: string): PairKinds {
    const pair = this.#young.get(key) ?? this.#old.get(key) ?? new PairKinds(key)
    pair.generation = this.#generation
    this.#young.set(key, pair)
    return pair
  }

  #turn(): void {
    const gone: Kind[] = []
    for (const [key, pair] of this.#old) {
      if (this.#young.get(key) !== pair) gone.push(...pair.release())
    }
    this.#gone(gone)
    this.#old = this.#young
    this.#young = new Map()
    this.#generation++
    this.#made = 0
  }
}
