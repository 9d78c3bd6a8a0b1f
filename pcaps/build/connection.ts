/** A TCP connection and a pair of UDP ports, played onto a tape step by step. */
import type { Part } from './bytes.ts'
import { join } from './bytes.ts'
import type { Flag } from './ip.ts'
import { TCP, UDP, ip, tcp, udp } from './ip.ts'
import type { Host, Link } from './link.ts'
import { IPV4, IPV6, device, ethernet, station } from './link.ts'
import type { Tape } from './tape.ts'

export type Side = 'client' | 'server'

export interface Options {
  readonly client?: Host
  readonly server?: Host
  readonly clientPort?: number
  readonly serverPort: number
  readonly link?: Link
  /** Of the server's frames, where it is another one. */
  readonly serverLink?: Link
  /** Bytes kept of each frame. */
  readonly snap?: number
  readonly clientStart?: number
  readonly serverStart?: number
}

/** Identification fields of IPv4 count up for each sender (RFC 6864 would allow for less). */
const ID_START = 1

class Pair {
  protected readonly tape: Tape
  protected readonly options: Options
  readonly #ids = { client: ID_START, server: ID_START }

  constructor(tape: Tape, options: Options) {
    this.tape = tape
    this.options = options
  }

  protected ends(side: Side) {
    const { client = station, server = device, clientPort = 50_000, serverPort } = this.options
    const [from, to] = side === 'client' ? [client, server] : [server, client]
    const ports = side === 'client' ? [clientPort, serverPort] : [serverPort, clientPort]
    return {
      from,
      to,
      source: from.ip,
      destination: to.ip,
      sourcePort: ports[0] as number,
      destinationPort: ports[1] as number,
    }
  }

  protected send(side: Side, protocol: number, payload: Uint8Array): void {
    const { from, to } = this.ends(side)
    const { link = ethernet(), serverLink = link, snap } = this.options
    const packet = ip(protocol, from.ip, to.ip, payload, this.#ids[side]++)
    const etherType = from.ip.includes(':') ? IPV6 : IPV4
    const { wrap } = side === 'client' ? link : serverLink
    this.tape.frame(wrap(from, to, etherType, packet), snap)
  }
}

export class Datagrams extends Pair {
  ask(...parts: readonly Part[]): this {
    this.send('client', UDP, udp(this.ends('client'), join(...parts)))
    return this
  }

  answer(...parts: readonly Part[]): this {
    this.send('server', UDP, udp(this.ends('server'), join(...parts)))
    return this
  }
}

export class Connection extends Pair {
  /** Next sequence number of each side. */
  readonly #next: Record<Side, number>

  constructor(tape: Tape, options: Options) {
    super(tape, options)
    this.#next = { client: options.clientStart ?? 1000, server: options.serverStart ?? 9000 }
  }

  /** Three-way handshake. */
  open(): this {
    return this.control('client', 'S').control('server', 'S', 'A').control('client', 'A')
  }

  /** Of the client: one segment. */
  ask(...parts: readonly Part[]): this {
    return this.data('client', join(...parts))
  }

  /** Of the server: one segment. */
  answer(...parts: readonly Part[]): this {
    return this.data('server', join(...parts))
  }

  data(side: Side, payload: Uint8Array): this {
    this.segment(side, ['P', 'A'], payload, this.#next[side])
    return this.lost(side, payload.length)
  }

  /** Sent, and not captured. */
  lost(side: Side, bytes: number): this {
    this.#next[side] += bytes
    return this
  }

  /** Of bytes sent one after the other, the segments as they were captured: indexes in order. */
  shuffled(side: Side, segments: readonly Uint8Array[], order: readonly number[]): this {
    const starts: number[] = []
    let at = this.#next[side]
    for (const { length } of segments) {
      starts.push(at)
      at += length
    }
    for (const i of order) {
      this.segment(side, ['P', 'A'], segments[i] as Uint8Array, starts[i] as number)
    }
    this.#next[side] = at
    return this
  }

  /** The last `payload` of a side once more. */
  again(side: Side, payload: Uint8Array): this {
    this.segment(side, ['P', 'A'], payload, this.#next[side] - payload.length)
    return this
  }

  acknowledge(side: Side): this {
    return this.control(side, 'A')
  }

  /** Both sides say that they are done. */
  close(): this {
    return this.control('client', 'F', 'A').control('server', 'F', 'A').control('client', 'A')
  }

  reset(side: Side): this {
    return this.control(side, 'R', 'A')
  }

  /** A segment without payload; SYN and FIN take a sequence number. */
  control(side: Side, ...flags: readonly Flag[]): this {
    this.segment(side, flags, new Uint8Array(0), this.#next[side])
    if (flags.includes('S') || flags.includes('F')) this.#next[side]++
    return this
  }

  segment(side: Side, flags: readonly Flag[], payload: Uint8Array, sequence: number): void {
    const other = side === 'client' ? 'server' : 'client'
    const acknowledgement = flags.includes('A') ? this.#next[other] : 0
    const ends = this.ends(side)
    this.send(side, TCP, tcp({ ...ends, flags, sequence, acknowledgement, payload }))
  }
}
