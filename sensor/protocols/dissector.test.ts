/**
 * What every dissector of the table keeps, whatever the bytes. The seeds are fixed, so that a run
 * says the same twice; the fuzzer looks further.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Flow, Operation, Sink } from '../operation.ts'
import { anomalyCodes, operationClasses } from '../operation.ts'
import { Reader } from '../reader.ts'
import type { AnyDissector, Malformed, Message } from './dissector.ts'
import { isMalformed } from './dissector.ts'
import { Exchange } from './exchange.ts'
import { dissectors } from './index.ts'

const text = (value: string) => Buffer.from(value).toString('hex')

const string = (value: string) => value.length.toString(16).padStart(4, '0') + text(value)

function mqtt(first: string, ...body: string[]): string {
  const hex = body.join('').replace(/\s/g, '')
  return first + (hex.length / 2).toString(16).padStart(2, '0') + hex
}

/** Whole messages of each protocol, both ways: what mutations and prefixes are made of. */
const golden: Record<string, readonly { hex: string; fromClient: boolean }[]> = {
  modbus: [
    { hex: '000300000006 01 03006b0003', fromClient: true },
    { hex: '000300000009 01 0306022b00000064', fromClient: false },
    { hex: '00140000000b 01 1000010002 04 000a0102', fromClient: true },
    { hex: '001600000011 01 140e0600040001000206000300090002', fromClient: true },
    { hex: '001700000010 01 150d0600040007000306af04be100d', fromClient: true },
    { hex: '001900000011 01 1700030006000e000306 00ff00ff00ff', fromClient: true },
    { hex: '001c00000011 01 2b0e0101ff03020003414243 01025858', fromClient: false },
    { hex: '00200000000301 e401', fromClient: false },
  ],
  mqtt: [
    {
      hex: mqtt(
        '10',
        string('MQTT') + '05ee003c 03210014' + string('c1') + '00' + string('w') + string('by'),
        string('user') + string('pass'),
      ),
      fromClient: true,
    },
    { hex: mqtt('20', '0000 06 22000a 210014'), fromClient: false },
    { hex: mqtt('32', `${string('a/b')} 0007 00 ${text('21.5')}`), fromClient: true },
    { hex: mqtt('30', `${string('t/1/x')} 03 230001 ${text('hello')}`), fromClient: false },
    { hex: mqtt('82', `0001 00 ${string('plant/#')} 01`), fromClient: true },
    { hex: mqtt('90', '0001 00 01'), fromClient: false },
    { hex: mqtt('e0', '8b 00'), fromClient: false },
    {
      hex: mqtt('30', string('spBv1.0/G/NBIRTH/E'), '00 0805 120b 0a054c6576656c 1001 2009 1800'),
      fromClient: true,
    },
    {
      hex: mqtt('30', string('spBv1.0/G/NCMD/E'), '00 0806 120b 1001 690000000000000440'),
      fromClient: true,
    },
  ],
  opcua: [
    {
      hex: `${text('HELF')} 34000000 00000000 00000100 00000100 00000000 00000000 14000000 ${text(
        'opc.tcp://host:48401',
      )}`,
      fromClient: true,
    },
    {
      hex: `${text('ACKF')} 1c000000 00000000 00000100 00000100 00000000 00000000`,
      fromClient: false,
    },
  ],
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
}

/** All messages of a protocol, decoded in order into one state: MQTT needs its CONNECT. */
function decodeAll(dissector: AnyDissector, state: unknown): Message[] {
  return (golden[dissector.name] ?? []).map(({ hex, fromClient }) => {
    const bytes = bytesOf(hex)
    expect([hex, dissector.frame(bytes, 0, bytes.length)]).toEqual([hex, bytes.length])
    const message = dissector.decode(Reader.of(bytes), fromClient, state) as Message | Malformed
    expect([hex, isMalformed(message)]).toEqual([hex, false])
    return message as Message
  })
}

const bench = (dissector: AnyDissector) => {
  const operations: Operation[] = []
  const end = { ip: '192.0.2.1', port: 1, mac: '' }
  const flow: Flow = {
    number: 1,
    transport: 'tcp',
    client: end,
    server: { ...end, ip: '192.0.2.2' },
    initiatorReason: 'syn',
    proven: false,
    vlans: [],
    id: '1:x',
    slot: undefined,
  }
  let sequence = 0
  const sink: Sink = {
    requested: (operation) => void operations.push(operation),
    completed: (operation) => expect(operations).toContain(operation),
    identity: ({ value }) => expect(typeof value).toBe('string'),
    conversation: () => undefined,
    anomaly: ({ code }) => expect(anomalyCodes).toContain(code),
    health: () => undefined,
  }
  const state: unknown = dissector.open(dissector.server())
  const host = { sink, nextSequence: () => ++sequence, midstream: false }
  const tally: unknown = dissector.tally()
  const exchange = new Exchange(dissector, state, flow, host)
  let time = 0
  const tell = (bytes: Uint8Array, fromClient: boolean) => {
    time += 1000
    const message = dissector.decode(Reader.of(bytes), fromClient, state) as Message | Malformed
    if (isMalformed(message)) {
      expect(anomalyCodes).toContain(message.malformed)
      expect(message.at).toBeGreaterThanOrEqual(0)
      exchange.malformed(message, fromClient, time, 1)
      return 'malformed'
    }
    const line = dissector.summary(message)
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,160}$/u)
    dissector.count(message, tally)
    exchange.message(message, fromClient, time, 1)
    return 'message'
  }
  const close = () => {
    exchange.close(time + 1)
    for (const operation of operations) judge(operation)
    return JSON.stringify(dissector.counts(tally))
  }
  return { tell, close, state }
}

function judge({ draft, answer }: Operation): void {
  expect(draft.action).not.toBe('')
  expect(draft.classes.length).toBeGreaterThan(0)
  for (const one of draft.classes) expect(operationClasses).toContain(one)
  expect(typeof draft.kind).toBe('string')
  for (const fields of [draft.fields, answer?.fields ?? {}]) {
    for (const [name, value] of Object.entries(fields)) {
      expect(name).toMatch(/^(modbus|opcua|mqtt|sparkplug)\.[a-z0-9_.]+$/)
      for (const one of Array.isArray(value) ? value : [value]) {
        expect(['string', 'number', 'boolean']).toContain(typeof one)
        expect(one).not.toBeNaN()
      }
    }
  }
}

/** Arbitrary bytes rarely get past a first check: most are golden messages with a few changes. */
function hostile(
  dissector: AnyDissector,
): fc.Arbitrary<{ bytes: Uint8Array; fromClient: boolean }> {
  const messages = (golden[dissector.name] ?? []).map(({ hex }) => bytesOf(hex))
  const changed = fc
    .record({
      which: fc.nat({ max: messages.length - 1 }),
      changes: fc.array(fc.tuple(fc.nat({ max: 63 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      cut: fc.nat({ max: 8 }),
      tail: fc.uint8Array({ maxLength: 8 }),
    })
    .map(({ which, changes, cut, tail }) => {
      const message = messages[which] as Uint8Array
      const bytes = new Uint8Array([...message.subarray(0, message.length - cut), ...tail])
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      return bytes
    })
  const bytes = fc.oneof({ arbitrary: changed, weight: 4 }, fc.uint8Array({ maxLength: 300 }))
  return fc.record({ bytes, fromClient: fc.boolean() })
}

test('every dissector of the table has golden messages', () => {
  expect(dissectors.map(({ name }) => name).sort()).toEqual(Object.keys(golden).sort())
})

describe.each(dissectors.map((dissector) => [dissector.name, dissector] as const))(
  '%s',
  (_name, dissector) => {
    test('decodes its golden messages, which are framed and recognised', () => {
      decodeAll(dissector, dissector.open(dissector.server()))
      const first = bytesOf(golden[dissector.name]?.[0]?.hex ?? '')
      const framed = dissector.frame(first, 0, first.length)
      expect(dissector.probe?.(first, 0, first.length) ?? framed).toBe(first.length)
    })

    test('every prefix of a golden message is incomplete or malformed', () => {
      const { state } = bench(dissector)
      decodeAll(dissector, state)
      for (const { hex, fromClient } of golden[dissector.name] ?? []) {
        const whole = bytesOf(hex)
        for (let length = 0; length < whole.length; length++) {
          const framed = dissector.frame(whole.subarray(0, length), 0, length)
          expect([hex, length, framed === 0 || framed === whole.length]).toEqual([
            hex,
            length,
            true,
          ])
          const cut = Reader.of(whole.slice(0, length))
          const message = dissector.decode(cut, fromClient, state) as Message | Malformed
          expect([hex, length, isMalformed(message)]).toEqual([hex, length, true])
        }
      }
    })

    test('frames, probes, speaks and resyncs within bounds on any bytes', () => {
      fc.assert(
        fc.property(hostile(dissector), fc.nat({ max: 8 }), ({ bytes }, start) => {
          const from = Math.min(start, bytes.length)
          const framed = dissector.frame(bytes, from, bytes.length)
          for (const length of [framed, dissector.probe?.(bytes, from, bytes.length) ?? framed]) {
            expect(Number.isInteger(length) && length >= -1).toBe(true)
          }
          const side = dissector.speaker(bytes, from, bytes.length)
          expect([undefined, 'client', 'server']).toContain(side)
          const at = dissector.resync?.(bytes, from, bytes.length) ?? -1
          expect(at === -1 || (at >= from && at < bytes.length)).toBe(true)
        }),
        { numRuns: 2000, seed: 1 },
      )
    })

    test('never throws and says only what fields.md knows, on any messages in any order', () => {
      const outcomes = new Set<string>()
      fc.assert(
        fc.property(fc.array(hostile(dissector), { maxLength: 12 }), (messages) => {
          const { tell, close } = bench(dissector)
          for (const { bytes, fromClient } of messages) outcomes.add(tell(bytes, fromClient))
          expect(close()).not.toBe('')
        }),
        { numRuns: 500, seed: 2 },
      )
      expect([...outcomes].sort()).toEqual(['malformed', 'message'])
    })

    test('reads nothing outside of its message', () => {
      fc.assert(
        fc.property(hostile(dissector), ({ bytes, fromClient }) => {
          const [zeros, ones] = [0, 255].map((fill) => {
            const around = new Uint8Array(bytes.length + 32).fill(fill)
            around.set(bytes, 16)
            const view = new DataView(around.buffer)
            const reader = new Reader().reset(around, view, 16, 16 + bytes.length)
            const state: unknown = dissector.open(dissector.server())
            const message = dissector.decode(reader, fromClient, state) as Message | Malformed
            return isMalformed(message) ? JSON.stringify(message) : dissector.summary(message)
          })
          expect(zeros).toBe(ones)
        }),
        { numRuns: 1000, seed: 3 },
      )
    })
  },
)
