/**
 * Floods for tests: the plant's day, and in the middle of it forged packets, made byte by byte.
 * Every forged request is a valid one, and each comes from an address that no other has.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { openFile } from '#sensor'

/** A controller of the recorded plant, by its addresses. */
const SERVER = 0x0a69_eec0
const SERVER_MAC = '0080f468fee8'
const FORGER_MAC = '02deadbeef01'

const SYN = 0x02
const SYN_ACK = 0x12
const ACK = 0x10
const PUSH_ACK = 0x18

/** The packets of one forged connection, which are valid until the next call. */
export type Forger = () => readonly Buffer[]

/** Mulberry32 (Tommy Ettinger, public domain). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** No group address, and none of the plant's. */
function stranger(number: number): number {
  const first = number >>> 24
  return first >= 224 || first === 10 || first === 127 || first === 0
    ? ((99 << 24) | (number & 0xff_ffff)) >>> 0
    : number
}

const requests = [
  // Write Single Register 40, Read Holding Registers, Write Single Coil, Write Multiple Registers.
  '0001000000060106002803e7',
  '000200000006010300000004',
  '00030000000601050001ff00',
  '00040000000b0110000a0002040001000200',
].map((hex) => Buffer.from(hex, 'hex'))
const answers = [
  '0001000000060106002803e7',
  '00020000000b0103080001000200030004',
  '00030000000601050001ff00',
  '0004000000060110000a0002',
].map((hex) => Buffer.from(hex, 'hex'))

interface Ends {
  readonly from: number
  readonly to: number
  readonly ports: readonly [number, number]
}

/** One segment of a connection between a forged client and a server, either way. */
class Segment {
  readonly #frame: Buffer

  constructor(fromClient: boolean, flags: number) {
    const [to, from] = fromClient ? [SERVER_MAC, FORGER_MAC] : [FORGER_MAC, SERVER_MAC]
    this.#frame = Buffer.alloc(54 + 64)
    this.#frame.write(`${to}${from}0800450000280000000040060000`, 'hex')
    this.#frame[46] = 0x50
    this.#frame[47] = flags
    this.#frame.writeUInt16BE(4096, 48)
  }

  go(ends: Ends, sequence: number, acknowledged: number, data?: Buffer): Buffer {
    const frame = this.#frame
    const length = data?.length ?? 0
    frame.writeUInt16BE(40 + length, 16)
    frame.writeUInt32BE(ends.from, 26)
    frame.writeUInt32BE(ends.to, 30)
    frame.writeUInt16BE(ends.ports[0], 34)
    frame.writeUInt16BE(ends.ports[1], 36)
    frame.writeUInt32BE(sequence >>> 0, 38)
    frame.writeUInt32BE(acknowledged >>> 0, 42)
    data?.copy(frame, 54)
    return frame.subarray(0, Math.max(60, 54 + length))
  }
}

/** SYN segments to the Modbus port of one server. */
export function syns(): Forger {
  const next = random(7)
  const syn = new Segment(true, SYN)
  return () => {
    const from = stranger(next())
    const port = 1024 + (next() % 60_000)
    return [syn.go({ from, to: SERVER, ports: [port, 502] }, next(), 0)]
  }
}

export interface Forged {
  /** A handshake before the request, also forged. */
  readonly handshake?: boolean
  /** An answer after it. */
  readonly answer?: boolean
  /** To a server that nobody has seen either. */
  readonly newServers?: boolean
  /** Of registers that nobody asked for. */
  readonly newTargets?: boolean
  /** From one address that everybody knows. */
  readonly client?: number
  /** Each by an adapter of its own. */
  readonly newAdapters?: boolean
}

/** Modbus requests, reading and writing in turn. */
export function modbusRequests(forged: Forged = {}): Forger {
  const next = random(11)
  const [syn, accepted] = [new Segment(true, SYN), new Segment(false, SYN_ACK)]
  const [done, asked] = [new Segment(true, ACK), new Segment(true, PUSH_ACK)]
  const answered = new Segment(false, PUSH_ACK)
  let made = 0
  return () => {
    const client = forged.client ?? stranger(next())
    const server = forged.newServers === true ? stranger(next()) : SERVER
    const port = 1024 + (next() % 60_000)
    const [here, there] = [next(), next()]
    const request = requests[made % requests.length] as Buffer
    const answer = answers[made++ % answers.length] as Buffer
    if (forged.newTargets === true) request.writeUInt16BE(next() & 0xffff, 8)
    const onward = { from: client, to: server, ports: [port, 502] } as const
    const back = { from: server, to: client, ports: [502, port] } as const
    const packets: Buffer[] = []
    if (forged.handshake === true) {
      packets.push(syn.go(onward, here - 1, 0))
      packets.push(accepted.go(back, there - 1, here))
      packets.push(done.go(onward, here, there))
    }
    packets.push(asked.go(onward, here, there, request))
    if (forged.answer === true)
      packets.push(answered.go(back, there, here + request.length, answer))
    if (forged.newAdapters === true) packets.forEach((one) => one.writeUInt32BE(next(), 8))
    return packets
  }
}

class Writer {
  readonly #file: number
  readonly #bytes = Buffer.alloc(1 << 20)
  #at = 24

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    this.#bytes.writeUInt32LE(0xa1b2c3d4, 0)
    this.#bytes.writeUInt16LE(2, 4)
    this.#bytes.writeUInt16LE(4, 6)
    this.#bytes.writeUInt32LE(65_535, 16)
    this.#bytes.writeUInt32LE(1, 20)
  }

  record(time: number, bytes: Uint8Array): void {
    if (this.#at + 16 + bytes.length > this.#bytes.length) this.#flush()
    this.#bytes.writeUInt32LE(Math.floor(time / 1e6), this.#at)
    this.#bytes.writeUInt32LE(Math.floor(time % 1e6), this.#at + 4)
    this.#bytes.writeUInt32LE(bytes.length, this.#at + 8)
    this.#bytes.writeUInt32LE(bytes.length, this.#at + 12)
    this.#bytes.set(bytes, this.#at + 16)
    this.#at += 16 + bytes.length
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, this.#bytes, 0, this.#at)
    this.#at = 0
  }
}

/** A capture, and in the middle of it `flood` forged connections. */
export async function writeFlood(
  path: string,
  day: string,
  flood: number,
  forge: Forger,
): Promise<void> {
  const times: number[] = []
  const packets: Buffer[] = []
  for await (const batch of openFile(day).batches()) {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i] as number
      times.push(batch.time[i] as number)
      packets.push(Buffer.from(batch.bytes.subarray(start, start + (batch.captured[i] as number))))
    }
  }
  const first = times[0] as number
  const whole = (times.at(-1) as number) - first
  const at = (i: number): number => first + whole * (0.3 + (0.4 * i) / flood)
  const writer = new Writer(path)
  let sent = 0
  packets.forEach((bytes, i) => {
    for (; sent < flood && at(sent) <= (times[i] as number); sent++) {
      for (const forged of forge()) writer.record(at(sent), forged)
    }
    writer.record(times[i] as number, bytes)
  })
  writer.close()
}
