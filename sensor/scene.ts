/** Plays written conversations into a sensor and keeps what it says: for tests. */
import type { PacketBatch } from './capture/capture.ts'
import type { Anomaly, AnomalyCode, Conversation, Operation, SensorEvent } from './operation.ts'
import { Sensor } from './observe.ts'
import type { SensorLimits } from './observe.ts'
import type { Dissector, Message } from './protocols/dissector.ts'

/** A protocol for tests: kind (1 asks, 2 answers), length of the whole, id, then letters. */
interface Ask extends Message {
  readonly text: string
}

interface Tally {
  messages: number
}

function isLetters(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if ((bytes[i] as number) < 97) return false
  return true
}

/** Texts that are odd by agreement. */
const odd: ReadonlyMap<string, AnomalyCode> = new Map([
  ['invalid', 'value-invalid'],
  ['unheard', 'unknown-function'],
] as const)

const ask: Dissector<Ask, number, number, Tally> = {
  name: 'ask',
  specification: 'a protocol for tests',
  transports: ['tcp', 'udp'],
  ports: [700],
  messageBytesMax: 40,
  server: () => 0,
  open: () => 0,
  frame(bytes, start, end) {
    const kind = bytes[start]
    if (kind !== 1 && kind !== 2) return -1
    if (end - start < 3) return 0
    const length = bytes[start + 1] as number
    return length < 3 || !isLetters(bytes, start + 3, Math.min(end, start + length)) ? -1 : length
  },
  speaker: (bytes, start) => (bytes[start] === 1 ? 'client' : 'server'),
  decode(reader) {
    const kind = reader.u8()
    const length = reader.u8()
    const exchange = reader.u8()
    const text = reader.utf8(length - 3)
    if (reader.failed) return { malformed: 'cut-short', at: reader.failedAt, layer: 'ask' }
    const role = kind === 1 ? 'request' : 'response'
    const code = odd.get(text)
    const anomalies = code === undefined ? [] : [{ code, at: 3 }]
    return { protocol: 'ask', role, exchange, text, anomalies }
  },
  operations: ({ text }) => [
    { action: 'Ask', classes: ['read'], targets: [text], kind: text, fields: {} },
  ],
  answer: (_request, { text }) => ({ outcome: 'success', values: [text] }),
  tally: () => ({ messages: 0 }),
  count: (_message, tally) => void tally.messages++,
  counts: (tally) => ({ ...tally }),
  summary: ({ text }) => text,
}

export function says(kind: number, id: number, text: string): string {
  return String.fromCharCode(kind, text.length + 3, id) + text
}

export interface Frame {
  readonly from?: string
  readonly to?: string
  readonly udp?: boolean
  readonly flags?: string
  readonly seq?: number
  readonly ack?: number
  readonly data?: string
  readonly at?: number
  readonly vlan?: number
  /** Identification of the IP packet; a scene numbers its frames. */
  readonly id?: number
}

export const START = 1_700_000_000_000_000
const flagBits: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 }

/** `10.0.0.1:4000` as four bytes and a port. */
function endpoint(text: string): { ip: Buffer; port: number } {
  const [ip = '', port = ''] = text.split(':')
  return { ip: Buffer.from(ip.split('.').map(Number)), port: Number(port) }
}

export function bytesOf(frame: Frame): Buffer {
  const {
    from = C,
    to = S,
    udp = false,
    flags = '',
    seq = 0,
    ack = 0,
    data = '',
    vlan,
    id = 0,
  } = frame
  const [source, destination] = [endpoint(from), endpoint(to)]
  const tag = vlan === undefined ? '' : `8100${vlan.toString(16).padStart(4, '0')}`
  const ethernet = Buffer.from(`0080f40000020080f4000001${tag}0800`, 'hex')
  const ip = Buffer.alloc(20)
  ip[0] = 0x45
  ip.writeUInt16BE(20 + (udp ? 8 : 20) + data.length, 2)
  ip.writeUInt16BE(id, 4)
  ip[9] = udp ? 17 : 6
  source.ip.copy(ip, 12)
  destination.ip.copy(ip, 16)
  const head = Buffer.alloc(udp ? 8 : 20)
  head.writeUInt16BE(source.port, 0)
  head.writeUInt16BE(destination.port, 2)
  if (udp) {
    head.writeUInt16BE(8 + data.length, 4)
  } else {
    head.writeUInt32BE(seq >>> 0, 4)
    head.writeUInt32BE(ack >>> 0, 8)
    head[12] = 0x50
    head[13] = flags.split('').reduce((bits, flag) => bits | (flagBits[flag] ?? 0), 0)
  }
  return Buffer.concat([ethernet, ip, head, Buffer.from(data, 'latin1')])
}

export function batchOf(
  packets: readonly Buffer[],
  times: readonly number[],
  first = 1,
): PacketBatch {
  const bytes = Buffer.concat(packets)
  let at = 0
  const offset = Int32Array.from(packets, (packet) => {
    at += packet.length
    return at - packet.length
  })
  const lengths = Int32Array.from(packets, (packet) => packet.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const time = Float64Array.from(times)
  const linkType = new Uint16Array(packets.length).fill(1)
  const count = packets.length
  return { bytes, view, count, first, offset, captured: lengths, wire: lengths, time, linkType }
}

export class Scene {
  readonly operations: Operation[] = []
  readonly completed: Operation[] = []
  readonly conversations: Conversation[] = []
  readonly anomalies: Anomaly[] = []
  readonly health: SensorEvent[] = []
  readonly sequences: number[] = []
  readonly sensor: Sensor

  constructor(limits: Partial<SensorLimits> = {}, seed = 0) {
    const keep =
      <Told extends { readonly sequence: number }>(list: Told[]) =>
      (told: Told): void => {
        list.push(told)
        this.sequences.push(told.sequence)
      }
    this.sensor = new Sensor({
      dissectors: [ask],
      limits: { flows: 1000, ...limits },
      seed,
      sink: {
        requested: keep(this.operations),
        completed: (operation) => void this.completed.push(operation),
        identity: keep([]),
        conversation: keep(this.conversations),
        anomaly: keep(this.anomalies),
        health: keep(this.health),
      },
    })
  }

  /** Frames without a time are a millisecond apart. */
  play(frames: readonly Frame[], end = true): this {
    let now = START
    const times = frames.map(({ at }) => (now = at === undefined ? now + 1000 : START + at))
    const packets = frames.map((frame, i) => bytesOf({ id: (i + 1) & 0xffff, ...frame }))
    this.sensor.batch(batchOf(packets, times))
    if (end) this.sensor.end()
    return this
  }

  get codes(): string[] {
    return this.anomalies.map(({ code }) => code)
  }

  get targets(): string[] {
    return this.operations.map(({ draft }) => draft.targets.join())
  }
}

export const C = '10.0.0.9:4000'
export const S = '10.0.0.2:700'
export const ODD = '10.0.0.2:7777'

export function handshake(to = S, from = C): Frame[] {
  return [
    { from, to, flags: 'S', seq: 99 },
    { from: to, to: from, flags: 'SA', seq: 499, ack: 100 },
    { from, to, flags: 'A', seq: 100, ack: 500 },
  ]
}

export const request: Frame = { flags: 'PA', seq: 100, ack: 500, data: says(1, 7, 'speed') }
export const answer: Frame = {
  from: S,
  to: C,
  flags: 'PA',
  seq: 500,
  ack: 108,
  data: says(2, 7, 'fast'),
}

/** The same with other ends. */
export function moved(frames: readonly Frame[], client: string, server: string): Frame[] {
  return frames.map((frame) =>
    (frame.from ?? C) === C
      ? { ...frame, from: client, to: server }
      : { ...frame, from: server, to: client },
  )
}
