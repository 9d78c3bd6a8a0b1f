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
import { Joined, Pending } from './pending.ts'

/**
 * Requests of one connection that wait for their answer. Modbus clients keep at most 16 open
 * (Messaging on TCP/IP V1.0b, 4.4.1.1), MQTT 5 brokers usually 20 to 100; a flood of unanswered
 * requests is then bounded in memory and in the work of each search.
 */
export const PENDING_MAX = 256
/** How long an answer may take, where its message says nothing (protocols.md 1.3). */
export const ANSWER_US_MAX = 5_000_000

/** A client does not give up before this, and not before this many times the longest delay seen. */
const ABANDONED_US_MIN = 200_000
const ABANDONED_DELAYS = 4

export interface ExchangeHost {
  readonly sink: Sink
  nextSequence(): number
  /** The connection was joined after its start. */
  readonly midstream: boolean
}

const ASSESSABLE: readonly NotAssessable[] = []
const AFTER_GAP: readonly NotAssessable[] = ['gap']

export class Exchange {
  readonly #dissector: AnyDissector
  readonly #state: unknown
  readonly #flow: Flow
  readonly #host: ExchangeHost
  readonly #context: { -readonly [K in keyof Context]: Context[K] }
  /** Oldest first. An array: there are few, and the first is nearly always the one. */
  readonly #pending: Pending[] = []
  /** The earliest deadline of those that wait. */
  #due = Infinity
  /** Nothing unasked is odd until the two directions were seen to fit together (again). */
  #unsure: boolean
  #notAssessable = ASSESSABLE
  #answersSeen = false
  #overflowed = false
  /** Age at which a request whose key is used again counts as given up by its client. */
  #abandonedAfter = ABANDONED_US_MIN
  #lastKey: string | number | undefined = undefined
  #lastFromClient = false

  constructor(dissector: AnyDissector, state: unknown, flow: Flow, host: ExchangeHost) {
    this.#dissector = dissector
    this.#state = state
    this.#flow = flow
    this.#host = host
    this.#unsure = host.midstream
    const { client, server } = flow
    const transport = flow.transport === 'udp' ? 'udp' : 'tcp'
    this.#context = { client, server, time: 0, midstream: host.midstream, transport }
  }

  message(message: Message, fromClient: boolean, time: number, packet: number): void {
    if (time >= this.#due) this.tick(time)
    if (message.anomalies !== undefined) {
      for (const { code, at } of message.anomalies) {
        this.#anomaly(code, this.#dissector.name, at, fromClient, time, packet)
      }
    }
    if (message.role === 'response') {
      this.#answer(message, fromClient, time, packet)
    } else if (message.role === 'part') {
      this.#identities(message, undefined, fromClient, time, packet)
    } else {
      this.#ask(message, fromClient, time, packet)
    }
  }

  malformed(malformed: Malformed, fromClient: boolean, time: number, packet: number): void {
    const { malformed: code, layer, at } = malformed
    this.#anomaly(code, layer, at, fromClient, time, packet)
    // It may have been the request of what comes next, or the answer to what waits.
    this.#unsure = true
  }

  /** Gives up what has waited too long. `now` is capture time. */
  tick(now: number): void {
    if (now < this.#due) return
    let due = Infinity
    let kept = 0
    for (const pending of this.#pending) {
      if (pending.deadline <= now) {
        this.#giveUp(pending, now)
      } else {
        due = Math.min(due, pending.deadline)
        this.#pending[kept++] = pending
      }
    }
    this.#pending.length = kept
    this.#due = due
  }

  /** Bytes of one direction are missing: which requests and answers they held is unknown. */
  gap(fromClient: boolean): void {
    this.#dissector.gap?.(this.#state, fromClient)
    for (const pending of this.#pending) this.#complete(pending, AFTER_GAP)
    this.#pending.length = 0
    this.#due = Infinity
    this.#unsure = true
    this.#notAssessable = AFTER_GAP
  }

  close(time: number): void {
    this.tick(time)
    for (const pending of this.#pending) this.#complete(pending, undefined)
    this.#pending.length = 0
    this.#due = Infinity
  }

  #ask(message: Message, fromClient: boolean, time: number, packet: number): void {
    // Who sends asks, unless the message says that its sender is the server of the operation.
    const byClient = fromClient !== (message.fromServer === true)
    const client = byClient ? this.#flow.client : this.#flow.server
    const server = byClient ? this.#flow.server : this.#flow.client
    this.#context.client = client
    this.#context.server = server
    this.#context.time = time
    const drafts = this.#dissector.operations(message, this.#state, this.#context)
    const operations: Joined[] = []
    const { name } = this.#dissector
    for (let item = 0; item < drafts.length; item++) {
      const draft = drafts[item] as OperationDraft
      const operation = new Joined(
        draft.protocol ?? name,
        this.#flow,
        client,
        server,
        time,
        this.#host.nextSequence(),
        draft,
        item,
        packet,
        this.#notAssessable,
      )
      operations.push(operation)
      this.#host.sink.requested(operation)
    }
    this.#identities(message, undefined, fromClient, time, packet)
    if (message.role === 'notice') {
      for (const operation of operations) this.#host.sink.completed(operation)
    } else {
      this.#wait(message, fromClient, time, packet, operations)
    }
  }

  #wait(
    message: Message,
    fromClient: boolean,
    time: number,
    packet: number,
    operations: readonly Joined[],
  ): void {
    const repeats = this.#supersede(message, fromClient, time, packet, operations[0]?.draft.kind)
    if (this.#pending.length >= PENDING_MAX) this.#overflow(time)
    const deadline = time + (message.patience ?? ANSWER_US_MAX)
    const pending = new Pending(message, fromClient, time, deadline, operations, packet)
    pending.told = repeats
    this.#pending.push(pending)
    if (deadline < this.#due) this.#due = deadline
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
    for (let i = 0; i < this.#pending.length; i++) {
      const waiting = this.#pending[i] as Pending
      if (waiting.request.exchange !== message.exchange) continue
      if (waiting.fromClient !== fromClient) continue
      if (time - waiting.time > this.#abandonedAfter) {
        this.#pending.splice(i--, 1)
        this.#giveUp(waiting, time)
      } else if (waiting.operations[0]?.draft.kind === kind) {
        repeats = true
      } else if (!waiting.reused) {
        waiting.reused = true
        reused = true
      }
    }
    if (reused) this.#anomaly('tid-reuse', this.#dissector.name, 0, fromClient, time, packet)
    return repeats
  }

  #answer(message: Message, fromClient: boolean, time: number, packet: number): void {
    this.#answersSeen = true
    let unfit: Pending | undefined
    const pending = this.#pending
    for (let i = 0; i < pending.length; i++) {
      const candidate = pending[i] as Pending
      const { request, operations } = candidate
      if (request.exchange !== message.exchange || candidate.fromClient === fromClient) continue
      const first =
        operations.length === 0
          ? undefined
          : this.#dissector.answer(request, message, 0, this.#state)
      if (operations.length > 0 && first === undefined) {
        unfit ??= candidate
        continue
      }
      if (i === 0) pending.shift()
      else pending.splice(i, 1)
      this.#join(candidate, message, first, time, packet)
      this.#identities(message, request, fromClient, time, packet)
      return
    }
    this.#unfit(unfit, message, fromClient, time, packet)
    this.#identities(message, undefined, fromClient, time, packet)
  }

  #join(
    pending: Pending,
    response: Message,
    first: Answer | undefined,
    time: number,
    packet: number,
  ): void {
    if (this.#pending.length === 0) this.#due = Infinity
    this.#flow.proven = true
    this.#unsure = false
    this.#notAssessable = ASSESSABLE
    this.#lastKey = response.exchange
    this.#lastFromClient = !pending.fromClient
    const delay = ABANDONED_DELAYS * (time - pending.time)
    if (delay > this.#abandonedAfter) this.#abandonedAfter = delay
    for (let item = 0; item < pending.operations.length; item++) {
      const operation = pending.operations[item] as Joined
      const answer =
        item === 0 ? first : this.#dissector.answer(pending.request, response, item, this.#state)
      operation.answer = answer
      operation.answered = time
      operation.packets = [pending.packet, packet]
      this.#host.sink.completed(operation)
    }
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
    } else if (message.exchange === this.#lastKey && fromClient === this.#lastFromClient) {
      code = 'duplicate-response'
    } else if (this.#unsure) {
      return
    }
    this.#anomaly(code, this.#dissector.name, 0, fromClient, time, packet)
  }

  #overflow(time: number): void {
    const oldest = this.#pending.shift()
    if (oldest !== undefined) this.#complete(oldest, ['limit'])
    this.#unsure = true
    if (this.#overflowed) return
    this.#overflowed = true
    this.#host.sink.health({
      time,
      sequence: this.#host.nextSequence(),
      event: 'limit',
      fields: { table: 'pending-requests', limit: PENDING_MAX, flow: this.#flow.number },
    })
  }

  #giveUp(pending: Pending, now: number): void {
    const { request, fromClient, told, packet } = pending
    // A mirror of one direction shows no answer at all: that is no silence of the server.
    const visible = this.#answersSeen
    this.#complete(pending, visible ? undefined : ['not-visible'])
    if (!visible || told || request.silent === true) return
    this.#anomaly('no-response', this.#dissector.name, 0, fromClient, now, packet)
  }

  /** Ends what waits without an answer, with the reason why its absence says nothing. */
  #complete(pending: Pending, reason: readonly NotAssessable[] | undefined): void {
    const silent = pending.request.silent === true
    for (const operation of pending.operations) {
      if (reason !== undefined && !silent) {
        const before = operation.notAssessable
        operation.notAssessable =
          before.length === 0 ? reason : [...new Set([...before, ...reason])]
      }
      this.#host.sink.completed(operation)
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
    if (statements === undefined) return
    // As with operations: a reverse connection or a wrong guess turns the two ends round.
    const { role, fromServer } = message
    const byClient = (role === 'response') === (fromServer === true)
    const turned = role === 'part' && fromServer === undefined ? false : fromClient !== byClient
    for (const { of, attribute, value, confidence, unit } of statements) {
      const client = (of === 'client') !== turned
      this.#host.sink.identity({
        time,
        sequence: this.#host.nextSequence(),
        packet,
        endpoint: client ? this.#flow.client : this.#flow.server,
        ...(unit === undefined ? {} : { unit }),
        attribute,
        value,
        protocol: this.#dissector.name,
        confidence,
      })
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
    this.#host.sink.anomaly({
      flow: this.#flow,
      time,
      sequence: this.#host.nextSequence(),
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
