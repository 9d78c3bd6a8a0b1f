/** What the tests of MQTT and of what it carries have in common: packets from hex and words. */
import type { Operation, OperationDraft, Sink } from '../../operation.ts'
import { Reader } from '../../reader.ts'
import type { AnyDissector, Malformed, Message } from '../dissector.ts'
import { isMalformed } from '../dissector.ts'
import { Exchange } from '../exchange.ts'

export const text = (value: string): string => Buffer.from(value).toString('hex')

/** Two bytes of length and UTF-8. */
export function string(value: string): string {
  return Buffer.byteLength(value).toString(16).padStart(4, '0') + text(value)
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
}

/** A control packet: first byte, remaining length, body. */
export function packet(first: string, ...body: string[]): string {
  const hex = body.join('').replace(/\s/g, '')
  let length = hex.length / 2
  let varint = ''
  do {
    const byte = length % 128
    length = Math.floor(length / 128)
    varint += (length > 0 ? byte + 128 : byte).toString(16).padStart(2, '0')
  } while (length > 0)
  return first + varint + hex
}

export interface Heard {
  readonly drafts: OperationDraft[]
  readonly done: Operation[]
  readonly odd: string[]
  readonly said: string[]
  readonly messages: (Message | Malformed)[]
  readonly tell: (hex: string, fromClient: boolean) => void
  readonly counts: () => Record<string, unknown>
  readonly gap: (fromClient: boolean) => void
  readonly close: () => void
}

/** One connection and what the exchange says of it; connections may share a server. */
export function listen(dissector: AnyDissector, server: unknown = dissector.server()): Heard {
  const drafts: OperationDraft[] = []
  const done: Operation[] = []
  const odd: string[] = []
  const said: string[] = []
  const messages: (Message | Malformed)[] = []
  const tally: unknown = dissector.tally()
  const sink: Sink = {
    requested: ({ draft }) => drafts.push(draft),
    completed: (operation) => done.push(operation),
    identity: ({ attribute, value, endpoint }) => said.push(`${endpoint.ip} ${attribute} ${value}`),
    conversation: () => undefined,
    anomaly: ({ code }) => odd.push(code),
    health: () => undefined,
  }
  const flow = {
    number: 1,
    transport: 'tcp',
    client: { ip: 'client', port: 1, mac: '' },
    server: { ip: 'broker', port: 2, mac: '' },
    initiatorReason: 'syn',
    proven: false,
    vlans: [],
    id: '1:x',
    slot: undefined,
  } as const
  let sequence = 0
  let time = 0
  const state: unknown = dissector.open(server)
  const host = { sink, nextSequence: () => ++sequence, midstream: false }
  const exchange = new Exchange(dissector, state, { ...flow }, host)
  const tell = (hex: string, fromClient: boolean): void => {
    const message = dissector.decode(Reader.of(bytesOf(hex)), fromClient, state) as
      | Message
      | Malformed
    messages.push(message)
    time += 1000
    if (isMalformed(message)) {
      exchange.malformed(message, fromClient, time, messages.length)
    } else {
      dissector.count(message, tally)
      exchange.message(message, fromClient, time, messages.length)
    }
  }
  const counts = (): Record<string, unknown> => dissector.counts(tally)
  const gap = (fromClient: boolean): void => exchange.gap(fromClient)
  const close = (): void => exchange.close(time + 1)
  return { drafts, done, odd, said, messages, tell, counts, gap, close }
}
