/** What `exchange.ts` keeps of a request: its operations, and the request while it waits. */
import type {
  Answer,
  Endpoint,
  Flow,
  NotAssessable,
  Operation,
  OperationDraft,
} from '../operation.ts'
import type { Message } from './dissector.ts'

export class Joined implements Operation {
  readonly protocol: string
  readonly flow: Flow
  readonly client: Endpoint
  readonly server: Endpoint
  readonly time: number
  readonly sequence: number
  readonly draft: OperationDraft
  readonly item: number
  packets: readonly number[]
  answer: Answer | undefined = undefined
  answered = 0
  notAssessable: readonly NotAssessable[]
  slot: unknown = undefined

  constructor(
    protocol: string,
    flow: Flow,
    client: Endpoint,
    server: Endpoint,
    time: number,
    sequence: number,
    draft: OperationDraft,
    item: number,
    packet: number,
    notAssessable: readonly NotAssessable[],
  ) {
    this.protocol = protocol
    this.flow = flow
    this.client = client
    this.server = server
    this.time = time
    this.sequence = sequence
    this.draft = draft
    this.item = item
    this.packets = [packet]
    this.notAssessable = notAssessable
  }
}

export class Pending {
  readonly request: Message
  readonly fromClient: boolean
  readonly time: number
  readonly deadline: number
  readonly operations: readonly Joined[]
  readonly packet: number
  /** Its answer did not fit, or it repeats one that waits: not told again as unanswered. */
  told = false
  /** Another request took its key while it waited: told once. */
  reused = false

  constructor(
    request: Message,
    fromClient: boolean,
    time: number,
    deadline: number,
    operations: readonly Joined[],
    packet: number,
  ) {
    this.request = request
    this.fromClient = fromClient
    this.time = time
    this.deadline = deadline
    this.operations = operations
    this.packet = packet
  }
}
