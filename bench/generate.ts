/**
 * Writes captures for the bench: a plant that polls. Clients read lists of registers in turn, with
 * handshakes, pure acknowledgements, writes, exceptions, and some MQTT telemetry between them.
 * The same options give the same bytes.
 *
 *   node bench/generate.ts OUT.pcap [--packets N] [--flows N] [--mqtt PERCENT]
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'

export interface GenerateOptions {
  readonly packets: number
  readonly flows: number
  /** Share of the connections that speak MQTT, percent. */
  readonly mqttPercent: number
}

interface Link {
  readonly index: number
  readonly mqtt: boolean
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
}

const BUFFER_BYTES = 1 << 20
const START_SECONDS = 1_767_225_600
const [FIN_ACK, SYN, SYN_ACK, ACK, PUSH] = [0x11, 0x02, 0x12, 0x10, 0x18] as const
/** One answer in so many is an exception, one request in so many a write. */
const EXCEPTION_EVERY = 200
const WRITE_EVERY = 50
/** Blocks of registers in the list of one client. */
const LIST_BLOCKS = 16
/** Pure acknowledgements: one for so many exchanges. */
const ACKNOWLEDGE_EVERY = 6

/** Sebastiano Vigna's splitmix, 32 bits: the low bits of simpler generators cycle. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
}

class Writer {
  readonly #file: number
  readonly #bytes = Buffer.alloc(BUFFER_BYTES)
  #at = 0
  #microseconds = 0
  packets = 0
  bytes = 0

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

  /** One TCP segment; sequence numbers of the link move on. */
  segment(link: Link, fromClient: boolean, flags: number, payload: Buffer, length: number): void {
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

const payload = Buffer.alloc(512)

/** One Modbus transaction: what the list says next, and its answer. */
function poll(writer: Writer, link: Link, next: () => number): void {
  // A polling list is made once: each block has its address and its length for good.
  const block = link.step % LIST_BLOCKS
  const count = 4 + ((block * 7) % 12)
  const isWrite = link.step % WRITE_EVERY === WRITE_EVERY - 1
  const address = (isWrite ? 500 : block * 20) + (link.index % 7)
  payload.writeUInt16BE(link.transaction & 0xffff, 0)
  payload.writeUInt16BE(0, 2)
  payload.writeUInt16BE(6, 4)
  payload[6] = 1 + (link.index % 4)
  payload[7] = isWrite ? 6 : 3
  payload.writeUInt16BE(address, 8)
  payload.writeUInt16BE(isWrite ? 1000 + (link.step % 50) : count, 10)
  writer.segment(link, true, PUSH, payload, 12)
  writer.wait(1 + (next() % 40))
  let length = 12
  if (next() % EXCEPTION_EVERY === 0) {
    payload.writeUInt16BE(3, 4)
    payload[7] = (payload[7] as number) | 0x80
    payload[8] = 2
    length = 9
  } else if (!isWrite) {
    payload.writeUInt16BE(3 + count * 2, 4)
    payload[8] = count * 2
    for (let i = 0; i < count; i++) payload.writeUInt16BE(200 + (next() % 16), 9 + i * 2)
    length = 9 + count * 2
  }
  writer.segment(link, false, PUSH, payload, length)
  link.transaction++
}

/** MQTT 3.1.1: CONNECT first, then telemetry, a PINGREQ from time to time. */
function publish(writer: Writer, link: Link, next: () => number): void {
  if (link.step === 0) {
    const id = `edge-${link.index}`
    const length =
      payload.write(`\x10${String.fromCharCode(12 + id.length)}`, 'latin1') +
      payload.write(`\0\x04MQTT\x04\x02\0\x3c\0${String.fromCharCode(id.length)}${id}`, 2, 'latin1')
    writer.segment(link, true, PUSH, payload, length)
    payload.write('\x20\x02\0\0', 'latin1')
    writer.segment(link, false, PUSH, payload, 4)
  } else if (link.step % 20 === 0) {
    payload.write('\xc0\0', 'latin1')
    writer.segment(link, true, PUSH, payload, 2)
    payload.write('\xd0\0', 'latin1')
    writer.segment(link, false, PUSH, payload, 2)
  } else {
    const topic = `plant/line${link.index % 20}/temp${link.step % 8}`
    const value = `{"v":${20 + (next() % 10)}}`
    const head = String.fromCharCode(0x30, 2 + topic.length + value.length, 0, topic.length)
    const length = payload.write(head + topic + value, 'latin1')
    writer.segment(link, true, PUSH, payload, length)
    writer.segment(link, false, ACK, payload, 0)
  }
}

function makeLink(index: number, mqtt: boolean, next: () => number): Link {
  return {
    index,
    mqtt,
    client: 0x0a010000 + 10 + Math.floor(index / 40),
    server: (mqtt ? 0x0a030000 : 0x0a020000) + 1 + (mqtt ? index % 3 : index),
    clientPort: 40_000 + (index % 20_000),
    serverPort: mqtt ? 1883 : 502,
    vlan: index % 10 === 0 ? 100 + (index % 5) : 0,
    clientSequence: next(),
    serverSequence: next(),
    transaction: next() & 0xffff,
    step: 0,
    quiet: 0,
  }
}

export function generate(
  path: string,
  options: GenerateOptions,
): { packets: number; bytes: number } {
  const next = random(42)
  const writer = new Writer(path)
  const links: Link[] = []
  const mqttEvery = options.mqttPercent > 0 ? Math.round(100 / options.mqttPercent) : Infinity
  for (let i = 0; i < options.flows; i++) {
    const link = makeLink(i, i % mqttEvery === mqttEvery - 1, next)
    links.push(link)
    writer.segment(link, true, SYN, payload, 0)
    writer.segment(link, false, SYN_ACK, payload, 0)
    writer.segment(link, true, ACK, payload, 0)
    writer.wait(100)
  }
  // Three packets of each connection are left for its end.
  const last = options.packets - options.flows * 3
  for (let turn = 0; writer.packets < last; turn++) {
    const link = links[turn % links.length] as Link
    if (link.mqtt) publish(writer, link, next)
    else poll(writer, link, next)
    link.step++
    if (++link.quiet % ACKNOWLEDGE_EVERY === 0) writer.segment(link, true, ACK, payload, 0)
    writer.wait(10 + (next() % 20))
  }
  for (const link of links) {
    writer.segment(link, true, FIN_ACK, payload, 0)
    writer.segment(link, false, FIN_ACK, payload, 0)
    writer.segment(link, true, ACK, payload, 0)
  }
  writer.close()
  return { packets: writer.packets, bytes: writer.bytes }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      packets: { type: 'string', default: '1000000' },
      flows: { type: 'string', default: '1000' },
      mqtt: { type: 'string', default: '3' },
    },
  })
  const out = positionals[0]
  if (out === undefined) {
    process.stderr.write('usage: node bench/generate.ts OUT.pcap [--packets N] [--flows N]\n')
    process.exitCode = 2
  } else {
    const { packets, bytes } = generate(out, {
      packets: Number(values.packets),
      flows: Number(values.flows),
      mqttPercent: Number(values.mqtt),
    })
    process.stdout.write(`${out}: ${packets} packets, ${bytes} bytes\n`)
  }
}
