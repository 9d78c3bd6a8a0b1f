/** Passes on what an exchange says and counts the operations of its connection by class. */
import type {
  Anomaly,
  Conversation,
  Identity,
  Operation,
  OperationClass,
  SensorEvent,
  Sink,
} from '../operation.ts'
import type { Coverage } from './context.ts'

const NONE: readonly OperationClass[] = []

export class FlowSink implements Sink {
  readonly #operations: Partial<Record<OperationClass, number>> = {}
  /** Classes of the newest operations, and how many of them are not added up yet. */
  #classes = NONE
  #alike = 0
  readonly #sink: Sink
  readonly #coverage: Coverage

  constructor(sink: Sink, coverage: Coverage) {
    this.#sink = sink
    this.#coverage = coverage
  }

  requested(operation: Operation): void {
    const { classes, notAssessable } = operation.draft
    if (classes !== this.#classes) {
      this.#add()
      this.#classes = classes
    }
    this.#alike++
    if (notAssessable?.includes('encrypted') === true) this.#coverage.encrypted++
    this.#sink.requested(operation)
  }

  /** Operations by class. */
  get operations(): Readonly<Partial<Record<OperationClass, number>>> {
    this.#add()
    return this.#operations
  }

  /** Nearly all of a connection are of the same classes: adding up can wait. */
  #add(): void {
    const alike = this.#alike
    if (alike === 0) return
    for (const name of this.#classes) this.#operations[name] = (this.#operations[name] ?? 0) + alike
    this.#alike = 0
  }

  completed(operation: Operation): void {
    this.#sink.completed(operation)
  }

  identity(identity: Identity): void {
    this.#sink.identity(identity)
  }

  conversation(conversation: Conversation): void {
    this.#sink.conversation(conversation)
  }

  anomaly(anomaly: Anomaly): void {
    this.#sink.anomaly(anomaly)
  }

  health(event: SensorEvent): void {
    this.#sink.health(event)
  }
}
