/**
 * Merges what the shards tell into the order in which one sensor alone would have told it, and
 * tells that to the analyzer; answers which kinds need no more telling.
 */
import type { Endpoint, Flow, Operation, Sink } from '#sensor'
import { Limits } from '#sensor'
import type { Analyzer } from '../analyzer.ts'
import type { Judgement, Pair } from '../judgement.ts'
import { kindKey } from '../judgement.ts'
import { Numbering } from './numbering.ts'
import type { AnswerTold, DraftTold, FlowTold, OperationTold, Settled, Told } from './wire.ts'
import { changed, isKept, isWhole } from './wire.ts'

/** What one shard says of one batch. */
export interface ShardReply {
  readonly told: readonly Told[]
  /** Observations of each packet (`Ordinals.counts`). */
  readonly counts: Uint16Array
}

interface Kept {
  readonly pair: Pair
  readonly key: string
  /** What repeats are counted with. */
  readonly judgement: Judgement
  /** Answers that the shard knows to be settled; -1: nothing is, any more. */
  answers: number
}

/** What one shard has mentioned: its numbers mean nothing elsewhere. */
class Shard {
  readonly flows = new Map<string, Flow>()
  readonly operations = new Map<string, RemoteOperation>()
  readonly kinds = new Map<string, Kept>()
  /** Those that were told and did not make way. */
  readonly known = new Set<string>()
  /** Of a kind, what was told of its first operation (`isKept`). */
  readonly drafts = new Map<string, DraftTold>()
  /** Judged in this batch. */
  readonly touched = new Map<number, Operation>()
  epoch = 0
  reached: Readonly<Record<string, number>> = {}
}

class RemoteOperation implements Operation {
  readonly protocol: string
  readonly flow: Flow
  readonly client: Endpoint
  readonly server: Endpoint
  readonly time: number
  readonly sequence: number
  readonly draft: Operation['draft']
  readonly item: number
  packets: readonly number[]
  answer: Operation['answer'] = undefined
  answered = 0
  notAssessable: Operation['notAssessable']
  slot: unknown = undefined
  readonly kind: number

  constructor(told: OperationTold, draft: DraftTold, flow: Flow, sequence: number, kind: number) {
    this.protocol = told.protocol
    this.flow = flow
    this.client = told.byClient ? flow.client : flow.server
    this.server = told.byClient ? flow.server : flow.client
    this.time = told.time
    this.sequence = sequence
    this.draft = draft as Operation['draft']
    this.item = told.item
    this.packets = told.packets
    this.notAssessable = told.notAssessable
    this.kind = kind
  }

  complete({ answer, answered, packets, notAssessable }: AnswerTold): void {
    this.answer = answer
    this.answered = answered
    this.packets = packets
    this.notAssessable = notAssessable
  }
}

export class Feed {
  readonly #analyzer: Analyzer
  /** The analyzer, or what stands before it. */
  readonly #sink: Sink
  readonly #numbering = new Numbering()
  readonly #shards: readonly Shard[]
  readonly #limits: Limits
  #packet = 0

  constructor(analyzer: Analyzer, sink: Sink, shards: number) {
    this.#analyzer = analyzer
    this.#sink = sink
    this.#shards = Array.from({ length: shards }, () => new Shard())
    this.#limits = new Limits((event) => {
      sink.health({ ...event, sequence: this.#numbering.next(this.#packet) })
    })
  }

  /** A number for what is told here and by no packet. */
  nextSequence(packet: number): number {
    return this.#numbering.next(packet)
  }

  /** One batch of `count` packets from `first` on, of every shard. */
  batch(first: number, count: number, replies: readonly ShardReply[]): void {
    this.#numbering.begin(
      first,
      count,
      replies.map(({ counts }) => counts),
    )
    const at = replies.map(() => 0)
    for (;;) {
      let next = -1
      let earliest: Told | undefined
      for (let i = 0; i < replies.length; i++) {
        const told = (replies[i] as ShardReply).told[at[i] as number]
        if (told === undefined || (earliest !== undefined && !isBefore(told, earliest))) continue
        earliest = told
        next = i
      }
      if (earliest === undefined) break
      at[next]!++
      this.#take(this.#shards[next] as Shard, earliest, next)
    }
  }

  /** For each shard, kinds whose repeats it may count from now on; `anew`: no others. */
  settled(): { readonly anew: boolean; readonly settled: readonly Settled[] }[] {
    return this.#shards.map((shard) => {
      const anew = shard.epoch !== this.#analyzer.epoch
      shard.epoch = this.#analyzer.epoch
      if (anew) for (const kept of shard.kinds.values()) kept.answers = -1
      const settled: Settled[] = []
      for (const [kind, operation] of shard.touched) {
        const one = this.#settle(shard, kind, operation)
        if (one !== undefined) settled.push(one)
      }
      shard.touched.clear()
      return { anew, settled }
    })
  }

  #settle(shard: Shard, kind: number, operation: Operation): Settled | undefined {
    if (!shard.known.has(String(kind))) return undefined
    const found = this.#analyzer.settled(operation)
    if (found === undefined) return undefined
    const { judgement, answers, from, to } = found
    const known = shard.kinds.get(String(kind))
    if (known?.judgement === judgement && known.answers === answers.length) return undefined
    const { pair } = judgement
    const key = kindKey(operation)
    shard.kinds.set(String(kind), { pair, key, judgement, answers: answers.length })
    return { kind, from, to, unproven: judgement.unproven, answers }
  }

  #take(shard: Shard, told: Told, index: number): void {
    switch (told.what) {
      case 'flow':
        shard.flows.set(String(told.flow), { ...told.told, slot: undefined })
        return
      case 'requested':
        return this.#requested(shard, told)
      case 'completed': {
        const key = String(told.ref)
        const operation = shard.operations.get(key)
        if (operation === undefined) return
        shard.operations.delete(key)
        operation.flow.proven = told.proven
        operation.complete(told.told)
        this.#sink.completed(operation)
        shard.touched.set(operation.kind, operation)
        return
      }
      case 'repeats':
        return this.#repeats(shard, told)
      case 'forget':
        for (const kind of told.kinds) forget(shard, String(kind))
        return
      case 'advance':
        // Every shard has the same ticks: the last one comes after the repeats of all.
        if (index === this.#shards.length - 1) this.#sink.advance?.(told.time)
        return
      case 'reached':
        shard.reached = told.told
        if (index === this.#shards.length - 1) this.#lookAtLimits(told)
        return
      default:
        this.#say(shard, told)
    }
  }

  /** All shards have said what reached its bound; ties are broken in their order. */
  #lookAtLimits({ now, end, packet }: Told & { what: 'reached' }): void {
    const sum: Record<string, number> = {}
    for (const { reached } of this.#shards) {
      for (const [table, count] of Object.entries(reached)) sum[table] = (sum[table] ?? 0) + count
    }
    this.#packet = packet
    this.#limits.look(sum, now, end)
  }

  #requested(shard: Shard, told: Told & { what: 'requested' }): void {
    const flow = this.#flow(shard, told.flow, told.proven)
    if (flow === undefined) return
    const sequence = this.#sequenceOf(told.told.sequence, told.packet)
    const draft = draftOf(shard, told.kind, told.told)
    if (draft === undefined) return
    const operation = new RemoteOperation(told.told, draft, flow, sequence, told.kind)
    shard.known.add(String(told.kind))
    shard.operations.set(String(told.ref), operation)
    this.#sink.requested(operation)
    if (flow.transport === 'arp') shard.flows.delete(String(told.flow))
  }

  #repeats(shard: Shard, told: Told & { what: 'repeats' }): void {
    const kept = shard.kinds.get(String(told.kind))
    if (kept === undefined) return
    const { newest } = told
    let operation: RemoteOperation | undefined
    const draft = newest === undefined ? undefined : draftOf(shard, told.kind, newest)
    if (newest !== undefined && draft !== undefined) {
      const flow = { ...newest.flow, slot: undefined }
      const sequence = this.#numbering.of(newest.sequence)
      operation = new RemoteOperation(newest, draft, flow, sequence, told.kind)
      operation.complete(newest)
    }
    this.#analyzer.repeated(kept, told.told, operation)
  }

  /** What is numbered as it is told. */
  #say(
    shard: Shard,
    told: Told & { what: 'identity' | 'conversation' | 'anomaly' | 'health' },
  ): void {
    const sequence = this.#sequenceOf(told.told.sequence, told.packet)
    if (told.what === 'identity') return this.#sink.identity({ ...told.told, sequence })
    if (told.what === 'health') return this.#sink.health({ ...told.told, sequence })
    const flow = this.#flow(shard, told.flow, told.proven)
    if (flow === undefined) return
    if (told.what === 'anomaly') return this.#sink.anomaly({ ...told.told, flow, sequence })
    this.#sink.conversation({ ...told.told, flow, sequence })
    if (told.told.phase === 'end' && typeof told.flow === 'number') {
      shard.flows.delete(String(told.flow))
    }
  }

  /** What a tick or the end tells has no code. */
  #sequenceOf(code: number, packet: number): number {
    return code > 0 ? this.#numbering.of(code) : this.#numbering.next(packet)
  }

  #flow(shard: Shard, known: number | FlowTold, proven: boolean): Flow | undefined {
    if (typeof known !== 'number') return { ...known, slot: undefined, proven }
    const flow = shard.flows.get(String(known))
    if (flow !== undefined) flow.proven = proven
    return flow
  }
}

function forget(shard: Shard, kind: string): void {
  const kept = shard.kinds.get(kind)
  kept?.pair.drop(kept.key)
  shard.kinds.delete(kind)
  shard.drafts.delete(kind)
  shard.known.delete(kind)
}

/** The draft of an operation, told whole or as what changed since the first of its kind. */
function draftOf(shard: Shard, kind: number, { draft }: OperationTold): DraftTold | undefined {
  const key = String(kind)
  const first = shard.drafts.get(key)
  if (!isWhole(draft)) return first === undefined ? undefined : changed(first, draft)
  if (first === undefined && isKept(draft)) shard.drafts.set(key, draft)
  return draft
}

function isBefore(a: Told, b: Told): boolean {
  if (a.packet !== b.packet) return a.packet < b.packet
  if (a.stage !== b.stage) return a.stage < b.stage
  return a.order < b.order
}
