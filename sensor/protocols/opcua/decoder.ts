/** The reader of one message with its budget (protocols.md section 0): nesting and work. */
import type { AnomalyCode } from '../../operation.ts'
import { Reader } from '../../reader.ts'

/** Nested Variants, DataValues, DiagnosticInfos and ExtensionObjects; Part 6, 5.2.2.12: 100. */
const NESTING_MAX = 64
/** Reads of one message: the largest honest ones, of some 10,000 nodes, need a third of it. */
const WORK_MAX = 200_000

export interface Structure {
  readonly name: string
  readonly read: (d: Decoder) => unknown
}

export type Structures = ReadonlyMap<number, Structure>

export class Decoder extends Reader {
  /** Why the reader failed, where it is not for want of bytes. */
  fault: AnomalyCode | undefined = undefined
  work = 0
  depth = 0
  /** Where the message begins in its bytes: what offsets are told from. */
  origin = 0
  readonly structures: Structures

  constructor(structures: Structures) {
    super()
    this.structures = structures
  }

  begin(bytes: Uint8Array, view: DataView, origin: number, end: number): this {
    this.reset(bytes, view, origin, end)
    this.origin = origin
    this.fault = undefined
    this.work = 0
    this.depth = 0
    return this
  }

  fail(code: AnomalyCode): void {
    if (this.failedAt >= 0) return
    this.fault = code
    this.failedAt = this.at
  }

  /** Counts one read; false where the budget of the message is spent. */
  spend(): boolean {
    if (++this.work > WORK_MAX) this.fail('work-limit')
    return this.failedAt < 0
  }

  /** One level deeper; false where that is too deep. Always paired with `leave`. */
  enter(): boolean {
    if (++this.depth > NESTING_MAX) this.fail('work-limit')
    return this.spend()
  }

  leave(): void {
    this.depth--
  }
}
