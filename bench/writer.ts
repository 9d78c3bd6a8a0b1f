/** Packets of generated connections, as a pcap file. */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface Link {
  readonly index: number
  readonly protocol: ProtocolName
  readonly client: number
  readonly server: number
  readonly clientPort: number
  readonly serverPort: number
  readonly vlan: number
  clientSequence: number
  serverSequence: number
  transaction: number
  /** Where it is in its list. */
  step: number
  /** Counts packets since the last pure acknowledgement. */
  quiet: number
  /** What waits to be sent in one segment, of the client and of the server. */
  readonly pile: readonly [Pile, Pile]
}

export interface Pile {
  bytes: Buffer
  length: number
}

export const protocolNames = ['modbus', 'mqtt', 'sparkplug', 'opcua'] as const
export type ProtocolName = (typeof protocolNames)[number]

const BUFFER_BYTES = 1 << 20
const PILE_BYTES = 8192
const START_SECONDS = 1_767_225_600
export const [FIN_ACK, SYN, SYN_ACK, ACK, PUSH] = [0x11, 0x02, 0x12, 0x10, 0x18] as const

export class Writer {
  readonly #file: number
  readonly #bytes = Buffer.alloc(BUFFER_BYTES)
  #at = 0
  #microseconds = 0
  packets = 0
  bytes = 0
  /** Messages are put into piles. */
  isPiling = false

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    this.#bytes.writeUInt32LE(0xa1b2c3d4, 0)
    this.#bytes.writeUInt16LE(2, 4)
    this.#bytes.writeUInt16LE(4, 6)
    this.#bytes.writeUInt32LE(65_535, 16)
    this.#bytes.writeUInt32LE(1, 20)
    this.#at = 24
  }

  wait(microseconds: number): void {
    this.#microseconds += microseconds
  }

  /** A message, in a segment of its own where it is not put into a pile. */
  segment(link: Link, fromClient: boolean, flags: number, payload: Buffer, length: number): void {
    if (!this.isPiling) {
      this.#segment(link, fromClient, flags, payload, length)
      return
    }
    const pile = link.pile[fromClient ? 0 : 1]
    if (pile.bytes.length === 0) pile.bytes = Buffer.alloc(PILE_BYTES)
    pile.length += payload.copy(pile.bytes, pile.length, 0, length)
  }

  /** Sends the piles. */
  send(link: Link): void {
    for (const [index, pile] of link.pile.entries()) {
      if (pile.length > 0) this.#segment(link, index === 0, PUSH, pile.bytes, pile.length)
      pile.length = 0
    }
  }

  /** One TCP segment; sequence numbers of the link move on. */
  #segment(link: Link, fromClient: boolean, flags: number, payload: Buffer, length: number): void {
    const tag = link.vlan > 0 ? 4 : 0
    const total = 14 + tag + 20 + 20 + length
    if (this.#at + 16 + total > this.#bytes.length) this.#flush()
    const b = this.#bytes
    const at = this.#at
    const time = START_SECONDS * 1e6 + this.#microseconds
    b.writeUInt32LE(Math.floor(time / 1e6), at)
    b.writeUInt32LE(time % 1e6, at + 4)
    b.writeUInt32LE(total, at + 8)
    b.writeUInt32LE(total, at + 12)
    const ip = this.#ethernet(at + 16, link, fromClient)
    this.#ipv4(ip, link, fromClient, 40 + length)
    this.#tcp(ip + 20, link, fromClient, flags)
    payload.copy(b, ip + 40, 0, length)
    this.#at = at + 16 + total
    this.packets++
    const moved = length + ((flags & 0x03) !== 0 ? 1 : 0)
    if (fromClient) link.clientSequence = (link.clientSequence + moved) >>> 0
    else link.serverSequence = (link.serverSequence + moved) >>> 0
  }

  #ethernet(at: number, link: Link, fromClient: boolean): number {
    const b = this.#bytes
    const [from, to] = fromClient ? [link.client, link.server] : [link.server, link.client]
    b.writeUInt16BE(0x0080, at)
    b.writeUInt32BE(to, at + 2)
    b.writeUInt16BE(0x0080, at + 6)
    b.writeUInt32BE(from, at + 8)
    if (link.vlan === 0) {
      b.writeUInt16BE(0x0800, at + 12)
      return at + 14
    }
    b.writeUInt16BE(0x8100, at + 12)
    b.writeUInt16BE(link.vlan, at + 14)
    b.writeUInt16BE(0x0800, at + 16)
    return at + 18
  }

  #ipv4(at: number, link: Link, fromClient: boolean, length: number): void {
    const b = this.#bytes
    b.writeUInt16BE(0x4500, at)
    b.writeUInt16BE(length, at + 2)
    b.writeUInt16BE(this.packets & 0xffff, at + 4)
    b.writeUInt16BE(0x4000, at + 6)
    b.writeUInt32BE(0x40060000, at + 8)
    b.writeUInt32BE(fromClient ? link.client : link.server, at + 12)
    b.writeUInt32BE(fromClient ? link.server : link.client, at + 16)
    let sum = 0
    for (let i = 0; i < 20; i += 2) sum += b.readUInt16BE(at + i)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    b.writeUInt16BE(~sum & 0xffff, at + 10)
  }

  #tcp(at: number, link: Link, fromClient: boolean, flags: number): void {
    const b = this.#bytes
    b.writeUInt16BE(fromClient ? link.clientPort : link.serverPort, at)
    b.writeUInt16BE(fromClient ? link.serverPort : link.clientPort, at + 2)
    b.writeUInt32BE(fromClient ? link.clientSequence : link.serverSequence, at + 4)
    const ack = fromClient ? link.serverSequence : link.clientSequence
    b.writeUInt32BE((flags & 0x10) === 0 ? 0 : ack, at + 8)
    b.writeUInt16BE(0x5000 | flags, at + 12)
    b.writeUInt16BE(0xfaf0, at + 14)
    b.writeUInt32BE(0, at + 16)
  }

  #flush(): void {
    writeSync(this.#file, this.#bytes, 0, this.#at)
    this.bytes += this.#at
    this.#at = 0
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }
}
