/**
 * One connection of a known protocol: cuts both byte streams into messages, decodes them and hands
 * them to the exchange. Whole messages are decoded where they lie; one that segments split is put
 * together in a buffer, up to the dissector's bound, and a longer one is passed over.
 */
import type { AnomalyCode, Flow } from '../operation.ts'
import type { AnyDissector, Malformed, Message } from '../protocols/dissector.ts'
import { isMalformed } from '../protocols/dissector.ts'
import { Exchange } from '../protocols/exchange.ts'
import type { ExchangeHost } from '../protocols/exchange.ts'
import { Reader } from '../reader.ts'
import { Carry } from './carry.ts'
import { isOdd } from './context.ts'
import type { Protocol, StreamContext } from './context.ts'

/** The same for all sessions: a message is read to its end before the next begins. */
const reader = new Reader()

/** µs: a mirror that loses much is told as often as this for each connection; all is counted. */
const GAP_REPEAT = 60_000_000

export class Session {
  readonly protocol: Protocol
  readonly flow: Flow
  /** Time of the last message: what waits for an answer is not older. */
  active = 0
  readonly #dissector: AnyDissector
  readonly #exchange: Exchange
  readonly #state: unknown
  readonly #context: StreamContext
  #gapTold = -Infinity
  /** Most connections never split a message, nor lose the place where one begins. */
  #client: Carry | undefined = undefined
  #server: Carry | undefined = undefined

  constructor(protocol: Protocol, flow: Flow, context: StreamContext, host: ExchangeHost) {
    this.protocol = protocol
    this.flow = flow
    this.#context = context
    this.#dissector = protocol.dissector
    const { ip, port } = flow.server
    this.#state = this.#dissector.open(context.servers.of(this.#dissector, ip, port))
    this.#exchange = new Exchange(this.#dissector, this.#state, flow, host)
  }

  #carry(fromClient: boolean): Carry {
    if (fromClient) return (this.#client ??= new Carry(this.#context.held))
    return (this.#server ??= new Carry(this.#context.held))
  }

  /** Bytes of one direction, in order. */
  data(
    fromClient: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const carry = fromClient ? this.#client : this.#server
    const at =
      carry === undefined ? start : this.#goOn(carry, fromClient, bytes, start, end, packet)
    this.#walk(fromClient, bytes, view, at, end, time, packet)
  }

  /** What is left to do with the bytes before; returns where the next message begins. */
  #goOn(
    carry: Carry,
    fromClient: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    packet: number,
  ): number {
    let at = start
    if (carry.skip > 0) at = this.#passSkip(carry, at, end)
    if (carry.length > 0) at = this.#complete(carry, fromClient, bytes, at, end, packet)
    if (at < end && carry.lost) at = this.#resume(carry, bytes, at, end)
    return at
  }

  /** One datagram: whole messages and nothing left over. */
  datagram(
    fromClient: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    let at = start
    while (at < end) {
      const length = this.#dissector.frame(bytes, at, end)
      if (length <= 0 || at + length > end) {
        this.#refuse(fromClient, bytes, view, at, end, time, packet)
        this.#context.counters.malformedBytes += end - at
        return
      }
      this.#message(fromClient, bytes, view, at, at + length, time, packet)
      at += length
    }
  }

  gap(fromClient: boolean, bytes: number, time: number, packet: number): void {
    const carry = this.#carry(fromClient)
    // The rest of a message that is passed over may just be what is missing.
    if (bytes > 0 && carry.skip >= bytes && carry.length === 0) {
      carry.skip -= bytes
    } else {
      this.#context.counters.partialBytes += carry.length
      carry.clear()
      carry.skip = 0
      carry.lost = true
    }
    this.protocol.coverage.gaps++
    if (time - this.#gapTold >= GAP_REPEAT) {
      this.#gapTold = time
      this.#anomaly('gap', fromClient, time, packet)
    }
    this.#exchange.gap(fromClient)
  }

  /** `bytes` were not captured: where the next message begins may still be known. */
  cut(fromClient: boolean, bytes: number): void {
    const carry = this.#carry(fromClient)
    const rest = carry.length > 0 ? carry.wanted - carry.length : carry.skip
    this.#context.counters.partialBytes += carry.length
    const isRead = carry.length > 0 || carry.skip === 0
    carry.clear()
    carry.skip = Math.max(0, rest - bytes)
    carry.lost = rest < bytes
    // What is passed over anyway was told when it began.
    if (isRead) this.#exchange.gap(fromClient, true)
  }

  tick(now: number): void {
    this.#exchange.tick(now)
  }

  close(time: number): void {
    for (const carry of [this.#client, this.#server]) {
      if (carry === undefined) continue
      this.#context.counters.partialBytes += carry.length
      carry.close()
    }
    this.#exchange.close(time)
  }

  /** Messages from `start` on, where they lie. */
  #walk(
    fromClient: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    let at = start
    while (at < end) {
      const length = this.#dissector.frame(bytes, at, end)
      if (length > 0 && at + length <= end) {
        this.#message(fromClient, bytes, view, at, at + length, time, packet)
        at += length
      } else if (length >= 0) {
        this.#begin(fromClient, length, bytes, at, end, time, packet)
        return
      } else {
        this.#refuse(fromClient, bytes, view, at, end, time, packet)
        const found = this.#dissector.resync?.(bytes, at + 1, end) ?? -1
        const next = found <= at || found > end ? end : found
        this.#context.counters.malformedBytes += next - at
        this.#carry(fromClient).lost = next >= end
        at = next
      }
    }
  }

  /** The start of a message whose end is not here. */
  #begin(
    fromClient: boolean,
    length: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const counters = this.#context.counters
    const carry = this.#carry(fromClient)
    const tooLong = length > this.#dissector.messageBytesMax
    if (!tooLong && carry.begin(length, bytes, at, end, time, packet)) return
    counters.skippedBytes += end - at
    if (tooLong) this.#tooLong(fromClient, time, packet)
    else counters.carryRefused++
    if (length > 0) carry.skip = length - (end - at)
    else carry.lost = true
  }

  /** Adds to a split message and returns where what follows it begins. */
  #complete(
    carry: Carry,
    fromClient: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    packet: number,
  ): number {
    let at = start
    while (at < end && carry.length > 0) {
      at += carry.add(bytes, at, end)
      const length = this.#dissector.frame(carry.bytes, 0, carry.length)
      if (length < 0) {
        this.#refuse(fromClient, carry.bytes, carry.view, 0, carry.length, carry.time, packet)
        this.#context.counters.malformedBytes += carry.length
        carry.clear()
        // What follows in this segment is not known to begin a message.
        carry.lost = true
      } else if (length > this.#dissector.messageBytesMax) {
        this.#tooLong(fromClient, carry.time, packet)
        this.#context.counters.skippedBytes +=
          carry.length + Math.min(end - at, length - carry.length)
        carry.skip = Math.max(0, length - carry.length - (end - at))
        at = Math.min(end, at + length - carry.length)
        carry.clear()
      } else if (length > 0 && length <= carry.length) {
        this.#message(fromClient, carry.bytes, carry.view, 0, length, carry.time, packet)
        // Bytes beyond the message were only looked at: they still lie in the segment.
        at -= carry.length - length
        carry.clear()
      } else {
        carry.expect(length)
        if (!carry.fits) {
          this.#context.counters.carryRefused++
          this.#context.counters.skippedBytes += carry.length
          carry.skip = Math.max(0, length - carry.length)
          carry.clear()
          return this.#passSkip(carry, at, end)
        }
      }
    }
    return at
  }

  /** Longer than what is put together: what it asks is not known, and that is said. */
  #tooLong(fromClient: boolean, time: number, packet: number): void {
    this.#context.counters.messagesSkipped++
    this.#anomaly('work-limit', fromClient, time, packet, this.#dissector.name)
  }

  #passSkip(carry: Carry, at: number, end: number): number {
    const some = Math.min(carry.skip, end - at)
    carry.skip -= some
    this.#context.counters.skippedBytes += some
    return at + some
  }

  /** After a gap or nonsense: devices begin messages with segments, else the dissector looks. */
  #resume(carry: Carry, bytes: Uint8Array, start: number, end: number): number {
    let at = start
    const dissector = this.#dissector
    const length = dissector.probe?.(bytes, at, end) ?? dissector.frame(bytes, at, end)
    if (length < 0) {
      const next = dissector.resync?.(bytes, at, end) ?? -1
      at = next < start ? end : next
    }
    carry.lost = at >= end
    this.#context.counters.malformedBytes += at - start
    return at
  }

  #message(
    fromClient: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const { tally, coverage } = this.protocol
    this.active = time
    const message = this.#dissector.decode(
      reader.reset(bytes, view, start, end),
      fromClient,
      this.#state,
    ) as Message | Malformed
    if (isMalformed(message)) {
      coverage.malformed++
      this.#context.counters.malformedBytes += end - start
      this.#exchange.malformed(message, fromClient, time, packet)
      return
    }
    coverage.messages++
    if (message.anomalies !== undefined && isOdd(message.anomalies)) coverage.odd++
    this.#context.counters.parsedBytes += end - start
    this.#dissector.count(message, tally)
    this.#exchange.message(message, fromClient, time, packet)
  }

  /** What `frame` refuses is told by the decoder's own reason. */
  #refuse(
    fromClient: boolean,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    time: number,
    packet: number,
  ): void {
    const dissector = this.#dissector
    const message = dissector.decode(
      reader.reset(bytes, view, at, end),
      fromClient,
      this.#state,
    ) as Message | Malformed
    const malformed: Malformed = isMalformed(message)
      ? message
      : { malformed: 'length-mismatch', at: 0, layer: dissector.name }
    this.protocol.coverage.malformed++
    this.#exchange.malformed(malformed, fromClient, time, packet)
  }

  #anomaly(
    code: AnomalyCode,
    fromClient: boolean,
    time: number,
    packet: number,
    layer = 'tcp',
  ): void {
    this.#context.sink.anomaly({
      flow: this.flow,
      time,
      sequence: this.#context.nextSequence(),
      packet,
      code,
      layer,
      offset: 0,
      protocol: this.#dissector.name,
      fromClient,
    })
  }
}
