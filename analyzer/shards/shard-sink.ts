/**
 * The sensor's sink in a shard: counts the repeats of settled kinds, and tells everything else, in
 * order, to the thread that judges.
 */
import type { Anomaly, Conversation, Flow, Identity, Operation, SensorEvent, Sink } from '#sensor'
import { Every, SUMMARY_US } from '../every.ts'
import { Kind, Kinds, ShardFlow, Unproven } from './kinds.ts'
import { answerTold, changeOf, draftTold, isKept } from './wire.ts'
import type { AnswerTold, FlowTold, OperationTold, Placed, Settled, Telling, Told } from './wire.ts'

export interface ShardSinkOptions {
  /** Summaries of repeats are wanted, not their number alone. */
  readonly records: boolean
  /** Every operation is wanted one by one. */
  readonly all: boolean
  /** Where the sensor is. */
  readonly place: Placed
}

/** An operation that was told, until it is complete. */
class Sent {
  readonly ref: number
  readonly kind: Kind

  constructor(ref: number, kind: Kind) {
    this.ref = ref
    this.kind = kind
  }
}

export class ShardSink implements Sink {
  readonly #options: ShardSinkOptions
  readonly #kinds: Kinds
  readonly #summary = new Every(SUMMARY_US)
  #due: Kind[] = []
  #told: Told[] = []
  #flows = 0
  #refs = 0
  /** Operations that were counted here and not told yet. */
  held = 0

  constructor(options: ShardSinkOptions) {
    this.#options = options
    this.#kinds = new Kinds((gone) => {
      for (const kind of gone) this.#tellRepeats(kind)
      this.#tell({ what: 'forget', kinds: gone.map(({ id }) => id) })
    })
  }

  /** What was told since the last call. */
  drain(): Told[] {
    const told = this.#told
    this.#told = []
    return told
  }

  settle(settled: readonly Settled[]): void {
    for (const one of settled) this.#kinds.settle(one)
  }

  unsettle(): void {
    this.#kinds.unsettle()
  }

  /** Tells all repeats that are not told yet. */
  flush(): void {
    const due = this.#due
    this.#due = []
    for (const kind of due) this.#tellRepeats(kind)
  }

  advance(time: number): void {
    if (this.#summary.isDue(time)) this.flush()
    this.#tell({ what: 'advance', time })
  }

  reached(told: Readonly<Record<string, number>>, now: number, end: boolean): void {
    this.#tell({ what: 'reached', told, now, end })
  }

  requested(operation: Operation): void {
    const flow = this.#flow(operation.flow)
    const kind = this.#kinds.of(operation, flow)
    if (this.#options.all || !kind.holds(operation)) {
      this.#tellRequested(operation, flow, kind, operation.flow.proven)
      return
    }
    operation.slot = operation.flow.proven ? kind : kind.unproven
    this.held++
  }

  completed(operation: Operation): void {
    const { slot, flow } = operation
    const kind = slot instanceof Unproven ? slot.kind : slot
    if (kind instanceof Kind) {
      if (kind.holdsAnswer(operation)) {
        this.#count(operation, kind)
        return
      }
      this.held--
      const known = this.#flow(flow)
      const now = kind.isGone ? this.#kinds.of(operation, known) : kind
      // As it was when it was asked.
      this.#tellRequested(operation, known, now, slot === kind)
    }
    const sent = operation.slot
    if (!(sent instanceof Sent)) return
    // What was counted of its kind was answered before it.
    this.#tellRepeats(sent.kind)
    const { proven } = flow
    this.#tell({ what: 'completed', ref: sent.ref, proven, told: completion(operation) })
  }

  #count(operation: Operation, kind: Kind): void {
    // Nobody asks for values of what is only counted.
    if (this.#options.records) kind.repeats.add(operation)
    else kind.repeats.count++
    if (!kind.isDue) this.#due.push(kind)
    kind.isDue = true
  }

  identity(identity: Identity): void {
    this.#tell({ what: 'identity', told: identity })
  }

  conversation(conversation: Conversation): void {
    const { flow, ...told } = conversation
    this.#tell({ what: 'conversation', flow: knownAs(flow), proven: flow.proven, told })
  }

  anomaly(anomaly: Anomaly): void {
    const { flow, ...told } = anomaly
    this.#tell({ what: 'anomaly', flow: knownAs(flow), proven: flow.proven, told })
  }

  health(event: SensorEvent): void {
    this.#tell({ what: 'health', told: event })
  }

  #flow(flow: Flow): ShardFlow {
    if (flow.slot instanceof ShardFlow) return flow.slot
    const made = new ShardFlow(++this.#flows, flow)
    // An ARP statement is over with its operation, and said again may be minutes later.
    if (flow.transport !== 'arp') flow.slot = made
    return made
  }

  /** Its number, once it was told. */
  #idOf(known: ShardFlow): number {
    const { id, flow } = known
    if (!known.isTold) this.#tell({ what: 'flow', flow: id, told: flowTold(flow) })
    known.isTold = true
    return id
  }

  #tellRequested(operation: Operation, flow: ShardFlow, kind: Kind, proven: boolean): void {
    // What was counted of this kind came before.
    this.#tellRepeats(kind)
    const ref = ++this.#refs
    operation.slot = new Sent(ref, kind)
    const told = request(operation, kind)
    this.#tell({ what: 'requested', flow: this.#idOf(flow), proven, kind: kind.id, ref, told })
  }

  #tellRepeats(kind: Kind): void {
    const { repeats } = kind
    kind.isDue = false
    if (repeats.count === 0) return
    this.held -= repeats.count
    const { operation } = repeats
    const newest =
      operation === undefined
        ? undefined
        : { ...request(operation, kind), ...completion(operation), flow: flowTold(operation.flow) }
    const told = repeats.told()
    repeats.clear()
    this.#tell({ what: 'repeats', kind: kind.id, told, newest })
  }

  #tell(telling: Telling): void {
    const { packet, stage, order } = this.#options.place
    this.#told.push({ ...telling, packet, stage, order })
  }
}

/** Most flows are told of now and then only, each time by an object of its own. */
function knownAs(flow: Flow): number | FlowTold {
  return flow.slot instanceof ShardFlow && flow.slot.isTold ? flow.slot.id : flowTold(flow)
}

function flowTold(flow: Flow): FlowTold {
  return { ...flow, id: flow.id, slot: undefined }
}

/** What is told of the first operation of a kind may be kept for those that follow. */
function request(operation: Operation, kind: Kind): OperationTold {
  const { protocol, flow, client, time, sequence, draft, item, packets, notAssessable } = operation
  const byClient = client === flow.client
  const told = { protocol, byClient, time, sequence, item, packets, notAssessable }
  const change = kind.draft === undefined ? undefined : changeOf(kind.draft, draft)
  if (change !== undefined) return { ...told, draft: change }
  const whole = draftTold(draft)
  if (isKept(whole)) kind.draft ??= whole
  return { ...told, draft: whole }
}

function completion(operation: Operation): AnswerTold {
  const { answer, answered, packets, notAssessable } = operation
  return { answer: answerTold(answer), answered, packets, notAssessable }
}
