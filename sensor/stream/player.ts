/** Plays packets of one connection into a reassembly and keeps what comes out: for tests. */
import { ACK, Packet, SYN } from '../packet/packet.ts'
import { streamCounters } from './context.ts'
import { Reassembly } from './reassembly.ts'

export interface Step {
  readonly fromLow?: boolean
  readonly sequence: number
  readonly ack?: number
  readonly flags?: number
  readonly text?: string
  readonly missing?: number
  readonly time?: number
}

/** Plays packets and writes down what comes out: `>` is low's bytes, `<` high's. */
export class Player {
  readonly counters = streamCounters()
  readonly held = { bytes: 0, waiting: 0, max: 1 << 20 }
  readonly log: string[] = []
  readonly streams = { low: '', high: '' }
  readonly reassembly: Reassembly
  #number = 0

  constructor() {
    const note = (text: string) => void this.log.push(text)
    this.reassembly = new Reassembly(
      {
        data: (fromLow, bytes, view, start, end) => {
          if (view.getUint8(start) !== bytes[start]) note('a view of other bytes')
          const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
          this.streams[fromLow ? 'low' : 'high'] += text
          note((fromLow ? '>' : '<') + text)
        },
        gap: (fromLow, bytes) => note(`${fromLow ? '>' : '<'}gap ${bytes}`),
        cut: (fromLow, bytes) => note(`${fromLow ? '>' : '<'}cut ${bytes}`),
        overlap: (fromLow) => note(`${fromLow ? '>' : '<'}overlap`),
      },
      this.held,
      this.counters,
    )
  }

  play(...steps: Step[]): this {
    const p = new Packet()
    for (const {
      fromLow = true,
      sequence,
      ack,
      flags = 0,
      text = '',
      missing = 0,
      time,
    } of steps) {
      // The bytes lie anywhere in a buffer that is used again: what is kept must be a copy.
      p.bytes = Buffer.from(`##${text}##`, 'latin1')
      p.view = new DataView(p.bytes.buffer, p.bytes.byteOffset, p.bytes.length)
      p.payload = 2
      p.payloadEnd = 2 + text.length
      p.missing = missing
      p.sequence = sequence | 0
      p.acknowledgement = (ack ?? 0) | 0
      p.flags = flags | (ack === undefined ? 0 : ACK)
      p.number = ++this.#number
      p.time = time ?? this.#number * 1000
      this.reassembly.packet(p, fromLow)
      p.bytes.fill(0x21)
    }
    return this
  }

  flush(): this {
    this.reassembly.flush(1e9, this.#number)
    return this
  }
}

/** Opens a connection: bytes of low begin one after `sequence`, those of high at 5001. */
export const syn = (sequence: number): Step[] => [
  { sequence, flags: SYN },
  { fromLow: false, sequence: 5000, ack: sequence + 1, flags: SYN },
]
