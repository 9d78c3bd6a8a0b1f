import { describe, expect, test } from 'vitest'
import { opcua } from './index.ts'
import { chunk, connect, connectPlain, message, msg, noise, opn, read, Wire } from './samples.ts'

describe('security', () => {
  const signed = (body: Uint8Array, bytes: number) =>
    new Wire().raw(body).raw(noise(bytes, 5)).bytes

  test.each([
    ['Basic128Rsa15', 20],
    ['Basic256', 20],
    ['Basic256Sha256', 32],
    ['Aes128_Sha256_RsaOaep', 32],
    ['Aes256_Sha256_RsaPss', 32],
    ['ECC_nistP384', 48],
  ])('%s in mode Sign: the signature of %d bytes is taken off', (policy, bytes) => {
    const connection = connect()
    const sealed = message(opn(policy, noise(256, 1), noise(64, 2)), true, connection)
    expect([sealed.opaque, sealed.role, sealed.policy]).toEqual([true, 'request', policy])
    const request = message(msg(51, 2, signed(read(2258), bytes)), true, connection)
    expect([request.service, request.anomalies, connection.mode]).toEqual([
      'Read',
      undefined,
      'Sign',
    ])
  })

  test('the signature is taken off every chunk', () => {
    const connection = connect()
    message(opn('Basic256Sha256', noise(256, 1), noise(64, 2)), true, connection)
    const body = read(2258, 2259)
    message(msg(51, 2, signed(body.subarray(0, 30), 32), 'C'), true, connection)
    const request = message(msg(52, 2, signed(body.subarray(30), 32)), true, connection)
    expect([request.service, request.anomalies]).toEqual(['Read', undefined])
  })

  test('in mode SignAndEncrypt nothing below the token is told', () => {
    const connection = connect()
    message(opn('Basic256Sha256', noise(256, 1), noise(64, 2)), true, connection)
    const drafts = [1, 2, 3, 4, 5].flatMap((i) => {
      const request = message(
        chunk('MSG', 'F', new Wire().u32(5).u32(1).raw(noise(96, i)).bytes),
        true,
        connection,
      )
      expect([request.opaque, request.requestId, request.typeId]).toEqual([true, 0, 0])
      return opcua.operations(request, connection, undefined as never)
    })
    expect(connection.mode).toBe('SignAndEncrypt')
    expect(drafts[4]).toEqual({
      action: 'MSG',
      classes: ['other'],
      targets: [],
      kind: '5 3:MSG 6:sealed 29:Basic256Sha256/SignAndEncrypt 0: 0:',
      fields: {
        'opcua.security_mode': 'SignAndEncrypt',
        'opcua.security_policy': 'Basic256Sha256',
        'opcua.secure_channel_id': 5,
      },
      notAssessable: ['encrypted'],
    })
  })

  test('joined in its midst, the first whole message tells whether chunks are signed', () => {
    const connection = connect()
    const request = message(msg(51, 2, signed(read(2258), 32)), true, connection)
    expect([request.service, request.anomalies]).toEqual(['Read', undefined])
    expect([connection.mode, connection.signature]).toEqual(['Sign', 32])
    expect(connection.policy).toBe('')
  })

  test('joined in its midst, bytes that end with the body show mode and policy None', () => {
    const connection = connect()
    const request = message(msg(51, 2, read(2258)), true, connection)
    expect([request.service, request.anomalies]).toEqual(['Read', undefined])
    expect([connection.mode, connection.policy]).toEqual(['None', 'None'])
  })

  test('joined in its midst, chunks are not put together before one message told', () => {
    const connection = connect()
    const [first, second] = [read(2258, 2259).subarray(0, 30), read(2258, 2259).subarray(30)]
    const ask = (at: number) => {
      message(msg(at, 2, signed(first, 32), 'C'), true, connection)
      return message(msg(at + 1, 2, signed(second, 32)), true, connection)
    }
    const early = ask(51)
    expect([early.service, early.role, early.anomalies]).toEqual(['Read', 'request', undefined])
    expect(opcua.operations(early, connection, undefined as never)).toMatchObject([
      { action: 'Read', targets: [], notAssessable: ['midstream'] },
    ])
    message(msg(53, 2, signed(read(2258), 32)), true, connection)
    const late = ask(54)
    expect(late.anomalies).toBeUndefined()
    const [draft] = opcua.operations(late, connection, undefined as never)
    expect(draft?.targets).toHaveLength(2)
  })

  test('joined in its midst, what cannot be read says neither mode nor policy', () => {
    const connection = connect()
    const sealed = chunk('MSG', 'F', new Wire().u32(5).u32(1).raw(noise(96, 1)).bytes)
    message(sealed, true, connection)
    expect([connection.mode, connection.policy]).toEqual([undefined, ''])
  })

  test('the mode of a readable OPN is what it says', () => {
    const connection = connectPlain()
    expect([connection.mode, connection.policy, connection.signature]).toEqual(['None', 'None', 0])
  })
})
