/**
 * Kinds of operations as one shard knows them: which are settled, so that a repeat needs no
 * judging, and the repeats that were counted here since they were told last.
 */
import type { Flow, Operation } from '#sensor'
import { kindKey, pairKey } from '../judgement.ts'
import { Repeats } from '../repeats.ts'
import type { DraftTold, Settled } from './wire.ts'

/** Kinds of one generation, as many as judgements are kept of (`judgement.ts`). */
const KINDS_MAX = 65_536

export class Kind {
  readonly key: string
  /** The kind that came after this one last time: a polling list goes round. */
  next: Kind | undefined = undefined
  #settled: Settled | undefined = undefined
  /** The answer that was held against what is settled last: nearly all are like it. */
  #outcome = ''
  #status = ''
  /** In the list of those with repeats that are still to be told. */
  isDue = false
  readonly repeats = new Repeats()
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

class PairKinds {
  readonly key: string
  readonly kinds = new Map<string, Kind>()
  last: Kind | undefined = undefined
  generation = 0

  constructor(key: string) {
    this.key = key
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
    const { last } = pair
    const guess = last?.next
    if (guess !== undefined && guess.key === key) {
      pair.last = guess
      return guess
    }
    const kind = pair.kinds.get(key) ?? this.#make(pair, key)
    if (last !== undefined) last.next = kind
    pair.last = kind
    return kind
  }

  #make(pair: PairKinds, key: string): Kind {
    const kind = new Kind(++this.#ids, key)
    pair.kinds.set(key, kind)
    this.#byId.set(String(kind.id), kind)
    if (++this.#made >= KINDS_MAX) this.#turn()
    return kind
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
      if (this.#young.get(key) === pair) continue
      for (const kind of pair.kinds.values()) gone.push(kind)
      pair.kinds.clear()
      pair.last = undefined
    }
    this.#evicted(gone)
    for (const kind of gone) {
      this.#byId.delete(String(kind.id))
      // What of it still waits for an answer is told, as nobody would count it any more.
      kind.settle(undefined)
    }
    this.#old = this.#young
    this.#young = new Map()
    this.#generation++
    this.#made = 0
  }
}
