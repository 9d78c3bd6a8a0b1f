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

export class FlowSink implements Sink {
  operations: Partial<Record<OperationClass, number>> = {}
  readonly #sink: Sink
  readonly #coverage: Coverage

  constructor(sink: Sink, coverage: Coverage) {
    this.#sink = sink
    this.#coverage = coverage
  }

  requested(operation: Operation): void {
    const { classes, notAssessable } = operation.draft
    for (const name of classes) this.operations[name] = (this.operations[name] ?? 0) + 1
    if (notAssessable?.includes('encrypted') === true) this.#coverage.encrypted++
    this.#sink.requested(operation)
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
