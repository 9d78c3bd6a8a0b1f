/** What `exchange.ts` keeps of a request: its operations, and the request while it waits. */
import type {
  Answer,
  Endpoint,
  Flow,
  NotAssessable,
  Operation,
  OperationDraft,
} from '../operation.ts'
import type { Context, Message } from './dissector.ts'

/**
 * Requests of one connection that wait for their answer. Modbus clients keep at most 16 open
 * (Messaging on TCP/IP V1.0b, 4.4.1.1), MQTT 5 brokers usually 20 to 100; a flood of unanswered
 * requests is then bounded in memory and in the work of each search.
 */
export const PENDING_MAX = 256
/** Of a connection that never showed an answer, as of forged packets: what Modbus allows. */
export const UNANSWERED_MAX = 16
/**
 * Operations of all connections that wait: 2 for each connection that can be read, and in a plant
 * next to none. At some 1 kB each a flood takes 128 MB, and not a heap.
 */
export const OPERATIONS_MAX = 131_072

/** Of them: with one for each connection, room is left for those on which somebody answers. */
const UNANSWERED_SHARE = 0.25

/** What all connections of a sensor together keep waiting. */
export interface Waiting {
  /** Operations; a request without one counts as one. */
  operations: number
  /** Requests that did not wait for want of room. */
  dropped: number
  readonly max: number
}

const NO_MESSAGE: Message = { protocol: '', role: 'part', exchange: -1 }

export class Joined implements Operation {
  readonly protocol: string
  readonly flow: Flow
  readonly client: Endpoint
  readonly server: Endpoint
  readonly time: number
  readonly sequence: number
  readonly draft: OperationDraft
  readonly item: number
  readonly packet: number
  /** Packet of the answer, -1 where there is none. */
  answerPacket = -1
  answer: Answer | undefined = undefined
  answered = 0
  notAssessable: readonly NotAssessable[]
  slot: unknown = undefined

  constructor(
    protocol: string,
    flow: Flow,
    context: Context,
    sequence: number,
    draft: OperationDraft,
    item: number,
    packet: number,
    notAssessable: readonly NotAssessable[],
  ) {
    this.protocol = protocol
    this.flow = flow
    this.client = context.client
    this.server = context.server
    this.time = context.time
    this.sequence = sequence
    this.draft = draft
    this.item = item
    this.packet = packet
    this.notAssessable = notAssessable
  }

  /** `reason`: why the absence of an answer says nothing. */
  unanswered(reason: readonly NotAssessable[] | undefined): void {
    if (reason === undefined) return
    const before = this.notAssessable
    this.notAssessable = before.length === 0 ? reason : [...new Set([...before, ...reason])]
  }

  get packets(): readonly number[] {
    return this.answerPacket < 0 ? [this.packet] : [this.packet, this.answerPacket]
  }
}

export const NO_OTHERS: readonly Joined[] = []

/** A request while it waits. Nobody but the exchange sees it, so it is used again. */
export class Pending {
  request: Message = NO_MESSAGE
  fromClient = false
  time = 0
  deadline = 0
  packet = 0
  /** What it asks for: nearly always one operation. */
  first: Joined | undefined = undefined
  others: readonly Joined[] = NO_OTHERS
  /** Its answer did not fit, or it repeats one that waits: not told again as unanswered. */
  told = false
  /** Another request took its key while it waited: told once. */
  reused = false
  /** The one that was asked after it. */
  next: Pending | undefined = undefined

  ask(
    request: Message,
    first: Joined | undefined,
    others: readonly Joined[],
    fromClient: boolean,
    time: number,
    packet: number,
  ): void {
    this.request = request
    this.first = first
    this.others = others
    this.fromClient = fromClient
    this.time = time
    this.packet = packet
  }

  /** How many operations it asks for. */
  get count(): number {
    return this.first === undefined ? 0 : 1 + this.others.length
  }

  /** What it takes of the room of all. */
  get weight(): number {
    return 1 + this.others.length
  }
}

/** Requests that wait, oldest first: there are few, and the first is nearly always the one. */
export class Line {
  protected oldest: Pending | undefined = undefined
  protected newest: Pending | undefined = undefined
  protected waiting = 0
  /** The earliest deadline of those that wait, or one that has passed. */
  protected due = Infinity
  readonly #shared: Waiting

  constructor(shared: Waiting) {
    this.#shared = shared
  }

  /**
   * Must the oldest make way? Each connection may keep one operation beyond the room of all, so
   * that who asks one thing at a time is heard in any flood.
   */
  protected isOver(answered: boolean): boolean {
    const { oldest, waiting } = this
    if (oldest === undefined) return false
    if (waiting > (answered ? PENDING_MAX : UNANSWERED_MAX)) return true
    const { operations, max } = this.#shared
    const isFull = operations > (answered ? max : max * UNANSWERED_SHARE)
    return isFull && (waiting > 1 || oldest.weight > 1)
  }

  protected drop(): void {
    this.#shared.dropped++
  }

  protected enter(pending: Pending): void {
    const { newest } = this
    if (newest === undefined) this.oldest = pending
    else newest.next = pending
    if (newest === undefined || pending.deadline < this.due) this.due = pending.deadline
    this.newest = pending
    this.waiting++
    this.#shared.operations += pending.weight
  }

  /** `before` is the one that entered before it. */
  protected leave(before: Pending | undefined, pending: Pending): void {
    if (before === undefined) this.oldest = pending.next
    else before.next = pending.next
    if (this.newest === pending) this.newest = before
    this.waiting--
    this.#shared.operations -= pending.weight
  }
}

/** Requests that wait at a time are few: the pool is small and stays in the cache. */
const SPARE_MAX = 64
const spare: Pending[] = []

export function takePending(): Pending {
  return spare.pop() ?? new Pending()
}

export function givePending(pending: Pending): void {
  if (spare.length >= SPARE_MAX) return
  pending.request = NO_MESSAGE
  pending.first = undefined
  pending.others = NO_OTHERS
  pending.told = false
  pending.reused = false
  pending.next = undefined
  spare.push(pending)
}
