/**
 * Joins the requests and responses of one connection into operations, whatever the protocol:
 * a dissector says which messages ask, which answer and what they have in common; what is
 * unanswered, unasked, doubled or does not fit is told here, once for all protocols.
 */
import type {
  AnomalyCode,
  Answer,
  Flow,
  NotAssessable,
  OperationDraft,
  Sink,
} from '../operation.ts'
import type { AnyDissector, Context, Malformed, Message } from './dissector.ts'
import type { Fates, Unanswered } from './fates.ts'
import { noFates, reasons } from './fates.ts'
import type { Pending, Waiting } from './pending.ts'
import { Joined, Line, NO_OTHERS, OPERATIONS_MAX, UNANSWERED_MAX } from './pending.ts'
import { givePending, takePending } from './pending.ts'
import { statedOf } from './statements.ts'

/** How long an answer may take, where its message says nothing (protocols.md 1.3). */
export const ANSWER_US_MAX = 5_000_000

/** A client does not give up before this, and not before this many times the longest delay seen. */
const ABANDONED_US_MIN = 200_000
const ABANDONED_DELAYS = 4

export interface ExchangeHost {
  readonly sink: Sink
  readonly nextSequence: () => number
  /** The connection was joined after its start. */
  readonly midstream: boolean
  /** Counts what becomes of messages and operations. */
  readonly fates?: Fates
  /** The room that it shares with other connections. */
  readonly waiting?: Waiting
}

/** Of the message that is told: one for all, for it is read at once. */
const context: { -readonly [K in keyof Context]-?: Required<Context>[K] } = {
  client: { ip: '', port: 0, mac: '' },
  server: { ip: '', port: 0, mac: '' },
  time: 0,
  transport: 'tcp',
}

const ASSESSABLE: readonly NotAssessable[] = []

export class Exchange extends Line {
  readonly #dissector: AnyDissector
  readonly #state: unknown
  readonly #flow: Flow
  readonly #sink: Sink
  readonly #nextSequence: () => number
  readonly #fates: Fates
  /** Nothing unasked is odd until the two directions were seen to fit together (again). */
  #unsure: boolean
  #notAssessable = ASSESSABLE
  #answersSeen = false
  /** Age at which a request whose key is used again counts as given up by its client. */
  #abandonedAfter = ABANDONED_US_MIN
  #lastKey: string | number | undefined = undefined
  #lastFromClient = false

  constructor(dissector: AnyDissector, state: unknown, flow: Flow, host: ExchangeHost) {
    super(host.waiting ?? { operations: 0, dropped: 0, max: OPERATIONS_MAX })
    this.#fates = host.fates ?? noFates()
    this.#dissector = dissector
    this.#state = state
    this.#flow = flow
    this.#sink = host.sink
    this.#nextSequence = host.nextSequence
    this.#unsure = host.midstream
  }

  message(message: Message, fromClient: boolean, time: number, packet: number): void {
    if (this.oldest !== undefined && time >= this.due) this.tick(time)
    const { anomalies } = message
    if (anomalies !== undefined && anomalies.length > 0) {
      for (const { code, at } of anomalies) {
        this.#anomaly(code, this.#dissector.name, at, fromClient, time, packet)
      }
    }
    if (message.role === 'response') {
      this.#answer(message, fromClient, time, packet)
    } else if (message.role === 'part') {
      this.#fates.messagesPart++
      this.#identities(message, undefined, fromClient, time, packet)
    } else {
      this.#ask(message, fromClient, time, packet)
    }
  }

  malformed(malformed: Malformed, fromClient: boolean, time: number, packet: number): void {
    this.#fates.messagesMalformed++
    const { malformed: code, layer, at } = malformed
    this.#anomaly(code, layer, at, fromClient, time, packet)
    // It may have been the request of what comes next, or the answer to what waits.
    this.#unsure = true
  }

  /** Gives up what has waited too long. `now` is capture time. */
  tick(now: number): void {
    if (this.oldest === undefined || now < this.due) return
    let due = Infinity
    let before: Pending | undefined
    let next: Pending | undefined
    for (let pending: Pending | undefined = this.oldest; pending !== undefined; pending = next) {
      next = pending.next
      if (pending.deadline > now) {
        due = Math.min(due, pending.deadline)
        before = pending
        continue
      }
      this.leave(before, pending)
      this.#giveUp(pending, now)
    }
    this.due = due
  }

  /** Bytes of one direction are missing, or were not captured: what they held is unknown. */
  gap(fromClient: boolean, isCut = false): void {
    const fate = isCut ? 'operationsOverLimit' : 'operationsAfterGap'
    this.#dissector.gap?.(this.#state, fromClient)
    this.#endAll(fate)
    this.#unsure = true
    this.#notAssessable = reasons[fate] ?? ASSESSABLE
  }

  close(time: number): void {
    this.tick(time)
    this.#endAll('operationsEnded')
  }

  #ask(message: Message, fromClient: boolean, time: number, packet: number): void {
    // Who sends asks, unless the message says that its sender is the server of the operation.
    const byClient = fromClient !== (message.fromServer === true)
    context.client = byClient ? this.#flow.client : this.#flow.server
    context.server = byClient ? this.#flow.server : this.#flow.client
    context.time = time
    context.transport = this.#flow.transport === 'udp' ? 'udp' : 'tcp'
    const drafts = this.#dissector.operations(message, this.#state, context)
    const first = drafts[0] === undefined ? undefined : this.#tell(drafts[0], 0, packet)
    let others = NO_OTHERS
    if (drafts.length > 1) {
      others = drafts.slice(1).map((draft, before) => this.#tell(draft, before + 1, packet))
    }
    this.#identities(message, undefined, fromClient, time, packet)
    const fates = this.#fates
    fates.operations += drafts.length
    if (message.role === 'notice') {
      fates.messagesAlone++
      fates.operationsAlone += drafts.length
      if (first !== undefined) this.#sink.completed(first)
      for (const operation of others) this.#sink.completed(operation)
    } else {
      fates.messagesAsking++
      fates.operationsOpen += drafts.length
      this.#wait(message, fromClient, time, packet, first, others)
    }
  }

  #tell(draft: OperationDraft, item: number, packet: number): Joined {
    const operation = new Joined(
      draft.protocol ?? this.#dissector.name,
      this.#flow,
      context,
      this.#nextSequence(),
      draft,
      item,
      packet,
      this.#notAssessable,
    )
    this.#sink.requested(operation)
    return operation
  }

  #wait(
    message: Message,
    fromClient: boolean,
    time: number,
    packet: number,
    first: Joined | undefined,
    others: readonly Joined[],
  ): void {
    const told =
      this.oldest !== undefined &&
      this.#supersede(message, fromClient, time, packet, first?.draft.kind)
    const pending = takePending()
    pending.ask(message, first, others, fromClient, time, packet)
    pending.deadline = time + (message.patience ?? ANSWER_US_MAX)
    pending.told = told
    this.enter(pending)
    while (this.isOver(this.#answersSeen)) this.#overflow(time)
  }

  /**
   * A key is used again while a request with it waits. After several times the usual delay the
   * client has given the first one up: left in line, it would take the answer of the second, and
   * so on for ever. Sooner, the same request is a repeat, and another one makes answers ambiguous.
   */
  #supersede(
    message: Message,
    fromClient: boolean,
    time: number,
    packet: number,
    kind: string | undefined,
  ): boolean {
    let repeats = false
    let reused = false
    let before: Pending | undefined
    let next: Pending | undefined
    for (let waiting: Pending | undefined = this.oldest; waiting !== undefined; waiting = next) {
      next = waiting.next
      const isSame = waiting.request.exchange === message.exchange
      if (isSame && waiting.fromClient === fromClient) {
        if (time - waiting.time > this.#abandonedAfter) {
          this.leave(before, waiting)
          this.#giveUp(waiting, time)
          continue
        }
        if (waiting.first?.draft.kind === kind) repeats = true
        else if (!waiting.reused) waiting.reused = reused = true
      }
      before = waiting
    }
    if (reused) this.#anomaly('tid-reuse', this.#dissector.name, 0, fromClient, time, packet)
    return repeats
  }

  #answer(message: Message, fromClient: boolean, time: number, packet: number): void {
    this.#answersSeen = true
    let unfit: Pending | undefined
    let before: Pending | undefined
    for (let waiting = this.oldest; waiting !== undefined; waiting = waiting.next) {
      if (waiting.request.exchange === message.exchange && waiting.fromClient !== fromClient) {
        const { request, first } = waiting
        const answer =
          first === undefined ? undefined : this.#dissector.answer(request, message, 0, this.#state)
        if (first === undefined || answer !== undefined) {
          this.leave(before, waiting)
          this.#join(waiting, message, answer, time, packet)
          this.#identities(message, request, fromClient, time, packet)
          givePending(waiting)
          return
        }
        unfit ??= waiting
      }
      before = waiting
    }
    this.#unfit(unfit, message, fromClient, time, packet)
    this.#identities(message, undefined, fromClient, time, packet)
  }

  #join(
    pending: Pending,
    response: Message,
    answer: Answer | undefined,
    time: number,
    packet: number,
  ): void {
    if (!this.#flow.proven) this.#flow.proven = true
    this.#fates.messagesAnswering++
    this.#unsure = false
    this.#notAssessable = ASSESSABLE
    this.#lastKey = response.exchange
    this.#lastFromClient = !pending.fromClient
    const delay = ABANDONED_DELAYS * (time - pending.time)
    if (delay > this.#abandonedAfter) this.#abandonedAfter = delay
    const { request, first, others } = pending
    if (first !== undefined) this.#answered(first, answer, time, packet)
    for (let i = 0; i < others.length; i++) {
      const more = this.#dissector.answer(request, response, i + 1, this.#state)
      this.#answered(others[i] as Joined, more, time, packet)
    }
  }

  #answered(operation: Joined, answer: Answer | undefined, time: number, packet: number): void {
    this.#fates.operationsAnswered++
    this.#fates.operationsOpen--
    operation.answer = answer
    operation.answered = time
    operation.answerPacket = packet
    this.#sink.completed(operation)
  }

  /** A response that answers nothing that waits. */
  #unfit(
    pending: Pending | undefined,
    message: Message,
    fromClient: boolean,
    time: number,
    packet: number,
  ): void {
    let code: AnomalyCode = 'unsolicited-response'
    if (pending !== undefined) {
      // The request goes on waiting: the right answer may still come, then this one was not it.
      pending.told = true
      code = 'response-mismatch'
      this.#fates.messagesMismatched++
    } else if (message.exchange === this.#lastKey && fromClient === this.#lastFromClient) {
      code = 'duplicate-response'
      this.#fates.messagesRepeated++
    } else if (this.#unsure) {
      this.#fates.messagesUnplaced++
      return
    } else {
      this.#fates.messagesUnasked++
    }
    this.#anomaly(code, this.#dissector.name, 0, fromClient, time, packet)
  }

  #overflow(time: number): void {
    const { oldest } = this
    if (oldest === undefined) return
    // Many asked for a while, and none answered: a mirror of one direction, and no flood.
    const isUnseen = !this.#answersSeen && this.waiting > UNANSWERED_MAX
    this.leave(undefined, oldest)
    this.#unsure = true
    if (isUnseen && time - oldest.time > ABANDONED_US_MIN) {
      this.#complete(oldest, 'operationsNotVisible')
    } else {
      this.drop()
      this.#complete(oldest, 'operationsOverLimit')
    }
  }

  #giveUp(pending: Pending, now: number): void {
    const { request, fromClient, told, packet } = pending
    // A mirror of one direction shows no answer at all: that is no silence of the server.
    const visible = this.#answersSeen
    this.#complete(pending, visible ? 'operationsSilent' : 'operationsNotVisible')
    if (!visible || told || request.silent === true) return
    this.#anomaly('no-response', this.#dissector.name, 0, fromClient, now, packet)
  }

  #endAll(fate: Unanswered): void {
    for (let pending = this.oldest; pending !== undefined; pending = this.oldest) {
      this.leave(undefined, pending)
      this.#complete(pending, fate)
    }
  }

  /** Ends what waits without an answer, with the reason why its absence says nothing. */
  #complete(pending: Pending, wanted: Unanswered): void {
    const { request, first, others, count } = pending
    const fate = request.silent === true ? 'operationsAlone' : wanted
    givePending(pending)
    this.#fates[fate] += count
    this.#fates.operationsOpen -= count
    first?.unanswered(reasons[fate])
    if (first !== undefined) this.#sink.completed(first)
    for (const operation of others) {
      operation.unanswered(reasons[fate])
      this.#sink.completed(operation)
    }
  }

  #identities(
    message: Message,
    request: Message | undefined,
    fromClient: boolean,
    time: number,
    packet: number,
  ): void {
    const statements = this.#dissector.identities?.(message, request, this.#state)
    if (statements === undefined || statements.length === 0) return
    const protocol = this.#dissector.name
    for (const stated of statedOf(statements, message, fromClient, this.#flow)) {
      const sequence = this.#nextSequence()
      this.#sink.identity({ ...stated, time, sequence, packet, protocol })
    }
  }

  #anomaly(
    code: AnomalyCode,
    layer: string,
    offset: number,
    fromClient: boolean,
    time: number,
    packet: number,
  ): void {
    this.#sink.anomaly({
      flow: this.#flow,
      time,
      sequence: this.#nextSequence(),
      packet,
      code,
      layer,
      offset,
      protocol: this.#dissector.name,
      fromClient,
      notAssessable: this.#notAssessable,
    })
  }
}
