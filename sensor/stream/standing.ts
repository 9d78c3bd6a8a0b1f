/**
 * Packets of a flow without a connection. Where each direction stands is all that is kept: enough
 * to put its bytes in order once there are bytes that somebody may want to read. What begins no
 * message of any protocol is counted and not kept.
 */
import type { Packet } from '../packet/packet.ts'
import { ACK, RST, SYN } from '../packet/packet.ts'
import type { StreamContext } from './context.ts'
import {
  ALONE,
  FIN_HIGH,
  FIN_LOW,
  HAS_SYN,
  OPENED_HIGH,
  OPENED_LOW,
  STARTED_HIGH,
  STARTED_LOW,
} from './flow-state.ts'
import { STATE } from './flow-table.ts'
import type { FlowTable } from './flow-table.ts'
import type { Flows } from './flows.ts'
import { isPossible } from './probe.ts'
import { WINDOW_BYTES_MAX } from './half.ts'

export class Standing {
  readonly #table: FlowTable
  readonly #flows: Flows
  readonly #context: StreamContext

  constructor(table: FlowTable, flows: Flows, context: StreamContext) {
    this.#table = table
    this.#flows = flows
    this.#context = context
  }

  /** False where the packet needs a connection. */
  take(p: Packet, slot: number, fromLow: boolean): boolean {
    const length = p.payloadEnd - p.payload
    if ((this.#table.get(slot, STATE) & ALONE) !== 0) {
      this.#context.counters.unknownBytes += length
      return true
    }
    if (p.transport !== 6) return this.#datagram(p, slot, fromLow, length)
    const sequence = (p.flags & SYN) === 0 ? p.sequence : (p.sequence + 1) | 0
    const state = this.#start(p, slot, fromLow, sequence, length)
    const far = (sequence - this.#table.next(slot, fromLow)) | 0
    if ((state & HAS_SYN) === 0) return this.#midstream(p, slot, fromLow, far, length)
    // From its first byte on a stream is put in order.
    if (length > 0 || this.#isAhead(p, slot, fromLow, state)) return false
    if ((p.flags & RST) !== 0) return true
    return far <= ((state & (fromLow ? FIN_LOW : FIN_HIGH)) === 0 ? 0 : 1)
  }

  /** Within a stream that began before us only what may be a message is put in order. */
  #midstream(p: Packet, slot: number, fromLow: boolean, far: number, length: number): boolean {
    if (length === 0) return true
    const isBehind = far < 0 && far > -WINDOW_BYTES_MAX
    const isRepeated = isBehind && far + length <= 0
    if (this.#isPossible(p)) {
      // What stood there before began no message: this is something else.
      if (isBehind) this.#table.setNext(slot, fromLow, p.sequence)
      return false
    }
    if (isRepeated) {
      this.#context.counters.unknownBytes += length
      return true
    }
    this.#table.setNext(slot, fromLow, (p.sequence + length) | 0)
    this.#refuse(p, slot, fromLow, length)
    return true
  }

  /** Would nothing of this packet be read, were it the first of its kind? */
  ignores(p: Packet, slot: number): boolean {
    if (p.payload >= p.payloadEnd || (this.#table.get(slot, STATE) & ALONE) !== 0) return true
    return p.transport !== 6 || !this.#isPossible(p)
  }

  /** The first packet of a direction says where it stands. */
  #start(p: Packet, slot: number, fromLow: boolean, sequence: number, length: number): number {
    const table = this.#table
    const state = table.get(slot, STATE)
    const started = fromLow ? STARTED_LOW : STARTED_HIGH
    if ((state & started) !== 0) return state
    const isOpened = (p.flags & SYN) !== 0
    // A keep-alive probe repeats the byte before (RFC 9293 section 3.8.4): the next is new.
    const next = !isOpened && length === 1 ? (sequence + 1) | 0 : sequence
    table.setNext(slot, fromLow, next)
    const opened = fromLow ? OPENED_LOW : OPENED_HIGH
    const now = state | started | (isOpened ? opened : 0)
    table.set(slot, STATE, now)
    return now
  }

  /** Acknowledges what was not seen of the other direction. */
  #isAhead(p: Packet, slot: number, fromLow: boolean, state: number): boolean {
    if ((p.flags & ACK) === 0 || (state & (fromLow ? STARTED_HIGH : STARTED_LOW)) === 0) {
      return false
    }
    const ahead = (p.acknowledgement - this.#table.next(slot, !fromLow)) | 0
    return ahead > ((state & (fromLow ? FIN_HIGH : FIN_LOW)) === 0 ? 0 : 1)
  }

  #datagram(p: Packet, slot: number, fromLow: boolean, length: number): boolean {
    if (length === 0) return true
    if (p.missing > 0) {
      this.#context.counters.cuts++
      this.#context.counters.cutBytes += p.missing
      this.#context.counters.partialBytes += length
      return true
    }
    if (this.#isPossible(p)) return false
    this.#refuse(p, slot, fromLow, length)
    return true
  }

  #isPossible(p: Packet): boolean {
    const transport = p.transport === 6 ? 'tcp' : 'udp'
    return isPossible(this.#context.protocols, transport, p.bytes, p.payload, p.payloadEnd)
  }

  #refuse(p: Packet, slot: number, fromLow: boolean, length: number): void {
    this.#context.counters.unknownBytes += length
    this.#flows.refuse(slot, fromLow, p.time, p.number)
  }
}
