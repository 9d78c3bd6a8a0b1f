import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Assembly, MESSAGE_BYTES_MAX } from './assembly.ts'
import { frame, resync, speaker } from './frame.ts'
import { opcua } from './index.ts'
import { ChunkPool } from './pool.ts'
import {
  acknowledge,
  chunk,
  connect,
  connectPlain,
  hello,
  message,
  msg,
  noise,
  openRequest,
  operations,
  opn,
  read,
  refusal,
  reverseHello,
  Wire,
} from './samples.ts'

describe('frame', () => {
  test.each([
    ['HEL', hello],
    ['ACK', acknowledge],
    ['RHE', reverseHello],
    ['ERR', refusal],
    ['OPN', opn('None', openRequest(1, 1))],
    ['MSG', msg(1, 1, read(2258))],
  ])('%s: its length, and every prefix asks for more', (_, bytes) => {
    expect(frame(bytes, 0, bytes.length)).toBe(bytes.length)
    for (let end = 0; end < 8; end++) expect(frame(bytes, 0, end)).toBe(0)
    expect(frame(bytes, 0, 8)).toBe(bytes.length)
  })

  test.each([
    ['another type', chunk('HEX', 'F', new Uint8Array(24))],
    ['another flag', chunk('MSG', 'X', new Uint8Array(24))],
    ['an intermediate HEL', chunk('HEL', 'C', hello.subarray(8))],
    ['an MSG too short for its headers', chunk('MSG', 'F', new Uint8Array(8))],
    ['an ACK of another length', chunk('ACK', 'F', new Uint8Array(24))],
    ['a HEL with a URL of megabytes', new Wire().raw(hello.subarray(0, 4)).u32(9e6).bytes],
  ])('%s is none', (_, bytes) => {
    expect(frame(bytes, 0, bytes.length)).toBe(-1)
  })

  test('random bytes are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
        expect(frame(bytes, 0, bytes.length)).toBe(-1)
      }),
    )
  })

  test('after a gap the next chunk is found', () => {
    const bytes = new Wire().raw(noise(37, 1)).raw(msg(9, 9, read(2258))).bytes
    expect(resync(bytes, 0, bytes.length)).toBe(37)
    expect(resync(bytes, 38, bytes.length)).toBe(-1)
  })

  test.each([
    ['client', hello],
    ['server', acknowledge],
    ['server', reverseHello],
    ['server', refusal],
    ['client', opn('None', openRequest(1, 1))],
    ['client', msg(1, 1, read(2258))],
    ['server', msg(1, 1, new Wire().node(634).responseHeader().u32(0).u32(0).bytes)],
    [undefined, msg(1, 1, noise(40, 2))],
    [undefined, opn('Basic256Sha256', noise(200, 3), noise(100, 4))],
  ])('the %s says it', (who, bytes) => {
    expect(speaker(bytes, 0, bytes.length)).toBe(who)
  })
})

describe('messages', () => {
  test('HEL and ACK are an exchange, and tell the name of the server', () => {
    const connection = connect()
    const asked = message(hello, true, connection)
    const answered = message(acknowledge, false, connection)
    expect([asked.role, asked.silent, answered.role]).toEqual(['request', true, 'response'])
    expect(answered.exchange).toBe(asked.exchange)
    expect(opcua.identities?.(asked, undefined, connection)).toEqual([
      { of: 'server', attribute: 'hostname', value: 'plc1', confidence: 'C' },
    ])
  })

  test.each(['opc.tcp://10.0.0.1:4840/x', 'opc.tcp://[::1]:4840', 'opc.tcp://localhost', 'plc1'])(
    '%s names no host',
    (url) => {
      const wire = new Wire().raw(hello.subarray(8, 28)).text(url)
      const connection = connect()
      const asked = message(chunk('HEL', 'F', wire.bytes), true, connection)
      expect(opcua.identities?.(asked, undefined, connection)).toEqual([])
    },
  )

  test('ERR answers what waits', () => {
    const connection = connectPlain()
    const asked = message(msg(2, 7, read(2258)), true, connection)
    const error = message(refusal, false, connection)
    expect([error.role, error.exchange]).toEqual(['response', 7])
    opcua.operations(asked, connection, undefined as never)
    expect(opcua.answer(asked, error, 0, connection)).toMatchObject({
      outcome: 'failure',
      status: 'BadSecurityPolicyRejected',
    })
  })

  test('in reverse connect the client is who received the connection', () => {
    const connection = connect()
    message(reverseHello, true, connection)
    message(hello, false, connection)
    const asked = message(msg(1, 1, noise(40, 9)), false, connection)
    expect([asked.opaque, asked.role]).toEqual([true, 'notice'])
  })

  test('a ReverseHello is an operation of the server that sends it', () => {
    const connection = connect()
    const [draft] = operations(connection, reverseHello)
    expect(draft).toMatchObject({
      action: 'ReverseHello',
      classes: ['session'],
      fields: { 'opcua.service': 'ReverseHello', 'opcua.application_uri': 'urn:s' },
    })
    expect(
      opcua.identities?.(message(reverseHello, true, connection), undefined, connection),
    ).toEqual([
      { of: 'client', attribute: 'application-uri', value: 'urn:s', confidence: 'B' },
      { of: 'client', attribute: 'hostname', value: 'plc1', confidence: 'C' },
    ])
  })

  test('a step in the sequence numbers is told once', () => {
    const connection = connectPlain()
    const codes = [2, 4, 5, 5].map(
      (sequence) => message(msg(sequence, sequence, read(2258)), true, connection).anomalies,
    )
    const gap = [{ code: 'sequence-gap', at: 16 }]
    expect(codes).toEqual([undefined, gap, undefined, gap])
  })

  test('sequence numbers may start again near their end', () => {
    const connection = connect()
    message(opn('None', openRequest(4_294_966_800, 1)), true, connection)
    expect(message(msg(1, 2, read(2258)), true, connection).anomalies).toBeUndefined()
  })

  test('a gap makes the next number any number', () => {
    const connection = connectPlain()
    opcua.gap?.(connection, true)
    expect(message(msg(50, 50, read(2258)), true, connection).anomalies).toBeUndefined()
  })

  test('a service that the standard does not have keeps its number', () => {
    const connection = connectPlain()
    const [draft] = operations(connection, msg(2, 2, new Wire().node(408).bytes))
    expect(draft).toMatchObject({ action: 'Service 408', classes: ['other'] })
    expect(draft?.fields['opcua.service_id']).toBe(408)
  })
})

describe('chunks', () => {
  const body = read(...Array.from({ length: 60 }, (_, i) => `Line1.Tag${i}`))
  const parts = (flagOfLast: string) => [
    msg(2, 9, body.subarray(0, 500), 'C'),
    msg(3, 9, body.subarray(500, 700), 'C'),
    msg(4, 9, body.subarray(700), flagOfLast),
  ]

  test('make one message, whose first chunk tells the service', () => {
    const connection = connectPlain()
    const [first, second, last] = parts('F').map((part) => message(part, true, connection))
    expect([first?.role, second?.role, last?.role]).toEqual(['part', 'part', 'request'])
    expect([first?.first, second?.first, last?.first]).toEqual([true, false, false])
    expect([first?.typeId, last?.service]).toEqual([631, 'Read'])
    const drafts = opcua.operations(last!, connection, undefined as never)
    expect(drafts[0]?.targets).toHaveLength(60)
    expect(drafts[0]?.targets[59]).toBe('node:ns=2;s=Line1.Tag59')
  })

  test('of several requests may lie between each other', () => {
    const connection = connectPlain()
    const short = read(2258)
    message(msg(2, 9, body.subarray(0, 500), 'C'), true, connection)
    message(msg(3, 10, short.subarray(0, 20), 'C'), true, connection)
    const other = message(msg(4, 10, short.subarray(20)), true, connection)
    const last = message(msg(5, 9, body.subarray(500)), true, connection)
    expect([other.service, last.service, last.anomalies]).toEqual(['Read', 'Read', undefined])
  })

  test('of the two directions with one request id are two messages', () => {
    const connection = connectPlain()
    message(msg(2, 9, body.subarray(0, 500), 'C'), true, connection)
    const fault = new Wire().node(397).responseHeader(0x80010000).bytes
    expect(message(msg(7, 9, fault), false, connection).service).toBe('ServiceFault')
    expect(message(msg(3, 9, body.subarray(500)), true, connection).service).toBe('Read')
  })

  test('an abort ends the message and says why', () => {
    const connection = connectPlain()
    const request = message(msg(2, 9, read(2258)), true, connection)
    opcua.operations(request, connection, undefined as never)
    message(msg(1, 9, noise(50, 1), 'C'), false, connection)
    const why = new Wire().u32(0x80b80000).text('too large').bytes
    const abort = message(msg(2, 9, why, 'A'), false, connection)
    expect([abort.role, abort.exchange]).toEqual(['response', 9])
    expect(opcua.answer(request, abort, 0, connection)).toMatchObject({
      outcome: 'failure',
      status: 'BadRequestTooLarge',
    })
    const answer = new Wire().node(634).responseHeader().u32(0).u32(0).bytes
    expect(message(msg(3, 9, answer), false, connection).service).toBe('Read')
  })

  test('a message longer than the bound is told, not kept', () => {
    const connection = connectPlain()
    const part = new Uint8Array(1024 * 1024)
    part.set(body.subarray(0, 500))
    const told = [2, 3, 4, 5, 6].map(
      (sequence) => message(msg(sequence, 9, part, 'C'), true, connection).anomalies?.[0]?.code,
    )
    expect(told).toEqual([undefined, undefined, undefined, undefined, 'chunk-limit'])
    const last = message(msg(7, 9, part), true, connection)
    expect([last.service, last.limited, last.role]).toEqual(['Read', true, 'request'])
    expect(operations(connectPlain(), msg(2, 2, read(2258)))[0]?.notAssessable).toBeUndefined()
    expect(opcua.operations(last, connection, undefined as never)[0]?.notAssessable).toEqual([
      'limit',
    ])
  })

  test('of one direction at most 64 messages are unfinished', () => {
    const pool = new ChunkPool()
    const assembly = new Assembly(pool)
    const kept = Array.from({ length: 100 }, (_, id) => assembly.add(id, noise(10, id), 631))
    expect(kept.filter(Boolean)).toHaveLength(64)
    expect([assembly.has(35), assembly.has(36)]).toEqual([false, true])
    for (let id = 36; id < 100; id++) assembly.finish(id, noise(1, 0))
    expect(pool.bytes).toBe(0)
  })

  test('all connections share one bound, and the oldest bytes go', () => {
    const pool = new ChunkPool(10_000)
    const [old, young] = [new Assembly(pool), new Assembly(pool)]
    old.add(1, new Uint8Array(6000), 631)
    young.add(1, new Uint8Array(6000), 631)
    expect(old.finish(1, new Uint8Array(1))).toBeUndefined()
    expect(young.finish(1, new Uint8Array(1))).toHaveLength(6001)
    expect(pool.bytes).toBe(0)
  })

  test('the bound of one message is below that of all', () => {
    expect(opcua.messageBytesMax).toBe(MESSAGE_BYTES_MAX)
  })
})
