import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Answer, OperationDraft } from '../../operation.ts'
import { Reader } from '../../reader.ts'
import { isMalformed } from '../dissector.ts'
import { modbus } from './index.ts'
import type { ModbusRequest } from './operation.ts'
import { bytesOf, context, decode, draftOf, oddities } from './sample.ts'

describe('answers', () => {
  const answerTo = (request: string, response: string): Answer | undefined =>
    modbus.answer(decode(request, true), decode(response, false), 0, modbus.open(modbus.server()))

  test.each([
    ['01', 'failure', 'Illegal Function'],
    ['02', 'failure', 'Illegal Data Address'],
    ['05', 'success', 'Acknowledge'],
    ['0b', 'failure', 'Gateway Target Device Failed to Respond'],
    ['63', 'failure', 'Exception 99'],
  ])('exception %s is %s: %s', (code, outcome, status) => {
    expect(answerTo('03 0000 0001', `83 ${code}`)).toMatchObject({
      outcome,
      status,
      fields: { 'modbus.exception_code': Number.parseInt(code, 16), 'modbus.exception': status },
    })
  })

  test.each([
    ['another function', '03 0000 0001', '04 02 0001'],
    ['another quantity of registers', '03 0000 0002', '03 02 0001'],
    ['another quantity of coils', '01 0000 0009', '01 01 00'],
    ['another address', '06 0001 0003', '06 0002 0003'],
    ['another number written', '10 0001 0002 04 00000000', '10 0001 0001'],
    ['another sub-function', '08 0002 0000', '08 0003 0000'],
    ['another MEI type', '2b 0e 01 00', '2b 0d 00'],
  ])('%s does not fit', (_name, request, response) => {
    expect(answerTo(request, response)).toBeUndefined()
  })

  test('device identification names the device, with its unit', () => {
    const response = decode('2b 0e 01 01 00 00 03 00 03 414243 02 05 56322e3120 05 01 ff', false, 9)
    expect(modbus.identities?.(response, undefined, modbus.open(modbus.server()))).toEqual([
      { of: 'server', attribute: 'vendor', value: 'ABC', confidence: 'A', unit: 9 },
      { of: 'server', attribute: 'firmware', value: 'V2.1', confidence: 'A', unit: 9 },
      { of: 'server', attribute: 'model', value: '\u00ff', confidence: 'A', unit: 9 },
    ])
    const itself = decode('2b 0e 01 01 00 00 01 00 01 41', false, 255)
    const [statement] = modbus.identities?.(itself, undefined, modbus.open(modbus.server())) ?? []
    expect(statement).toEqual({ of: 'server', attribute: 'vendor', value: 'A', confidence: 'A' })
  })

  test('force listen only and broadcasts expect no answer', () => {
    const isSilent = (pdu: string, unit = 1) => (decode(pdu, true, unit) as ModbusRequest).silent
    expect(isSilent('08 0004 0000')).toBe(true)
    expect(isSilent('06 0000 0001', 0)).toBe(true)
    expect(isSilent('03 0000 0001', 0)).toBe(false)
    expect(isSilent('06 0000 0001', 1)).toBe(false)
  })
})

describe('odd messages keep what fits', () => {
  test.each([
    ['neither on nor off', '05 0000 1234', ['value-invalid@10']],
    ['no registers', '03 0000 0000', ['value-invalid@10']],
    ['126 registers', '03 0000 007e', ['value-invalid@10']],
    ['2001 coils', '01 0000 07d1', ['value-invalid@10']],
    ['beyond the table', '03 ffff 0002', ['value-invalid@10']],
    ['byte count and quantity apart', '10 0000 0002 02 0001', ['length-mismatch@12']],
    ['byte count beyond the end', '10 0000 0002 04 0001', ['length-mismatch@12']],
    ['cut', '03 00', ['length-mismatch@8']],
    ['too long', '06 0000 0001 00', ['length-mismatch@12']],
    [
      'a second request behind too long a length',
      '06 0000 0001 0008 0000 0006 01 05 0001 ff00',
      ['ambiguous-length@12'],
    ],
    ['unknown function', '63 00', ['unknown-function@7']],
    ['exception as request', '83 02', ['unknown-function@7']],
    ['reserved sub-function', '08 0015 0000', ['reserved-value@8']],
    ['file group of another type', '14 07 05 0001 0002 0003', ['value-invalid@9']],
  ])('%s', (_name, pdu, codes) => {
    const message = decode(pdu, true)
    expect(oddities(message)).toEqual(codes)
    expect(draftOf(message).kind).not.toBe('')
  })

  test.each([
    ['exception 0', '83 00', ['value-invalid@8']],
    ['unknown exception', '83 63', ['reserved-value@8']],
    ['exception without code', '83', ['length-mismatch@8']],
    ['byte count beyond the end', '03 04 0001', ['length-mismatch@8']],
    ['fifo counts apart', '18 0006 0003 0001 0002', ['length-mismatch@8']],
  ])('%s', (_name, pdu, codes) => {
    expect(oddities(decode(pdu, false))).toEqual(codes)
  })
})

describe('framing', () => {
  const frame = (hex: string) => {
    const bytes = new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
    return [
      modbus.frame(bytes, 0, bytes.length),
      modbus.probe?.(bytes, 0, bytes.length),
      modbus.speaker(bytes, 0, bytes.length),
    ]
  }

  test.each([
    ['a read request', '0001 0000 0006 01 03 0000 0001', [12, 12, 'client']],
    ['a read response', '0001 0000 0005 01 03 02 0001', [11, 11, 'server']],
    ['an exception', '0001 0000 0003 01 83 02', [9, 9, 'server']],
    ['a write, which both sides send', '0001 0000 0006 01 06 0000 0001', [12, 12, undefined]],
    ['a write of several', '0001 0000 0009 01 10 0000 0001 02 0001', [15, 15, 'client']],
    ['its response', '0001 0000 0006 01 10 0000 0001', [12, 12, 'server']],
    ['a UMAS reply', '0001 0000 0004 01 5a 00 fe', [10, 10, 'server']],
    ['an unknown function that ends with the bytes', '0001 0000 0002 01 63', [8, 8, undefined]],
    ['too few bytes', '0001 0000 00', [0, 0, undefined]],
    ['another protocol identifier', '0001 0001 0006 01 03 0000 0001', [-1, -1, undefined]],
    ['no function code', '0001 0000 0001 01', [-1, -1, undefined]],
    ['a length of nobody', '0001 0000 0600 01 5a', [-1, -1, undefined]],
    ['LDAP', '3084 0000 0010 02 01 01 60 84 00000007 0201030400 8000', [22, -1, undefined]],
    ['a scan of nothing but function codes', '0001 0000 0002 01 01', [8, 8, undefined]],
  ])('%s', (_name, hex, expected) => {
    expect(frame(hex)).toEqual(expected)
  })

  test('UMAS may be longer than Modbus, and others are told', () => {
    const long = bytesOf(`5a0020${'00'.repeat(1000)}`, 1)
    expect(modbus.frame(long, 0, long.length)).toBe(long.length)
    expect(oddities(decode(`5a0020${'00'.repeat(1000)}`, true))).toEqual([])
    expect(oddities(decode(`10000000fbf6${'00'.repeat(0xf6)}${'00'.repeat(9)}`, true))).toContain(
      'length-mismatch@4',
    )
  })

  test('a header that lies is malformed, by its own reason', () => {
    const decoded = (hex: string) =>
      modbus.decode(
        Reader.of(new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))),
        true,
        modbus.open(modbus.server()),
      )
    expect(decoded('0001 0001 0006 01 03 0000 0001')).toMatchObject({
      malformed: 'bad-protocol-id',
    })
    expect(decoded('0001 0000 f006 01 03 0000 0001')).toMatchObject({
      malformed: 'length-mismatch',
    })
    expect(decoded('0001 0000 0006 01 03 0000')).toMatchObject({ malformed: 'cut-short' })
  })
})

test('drafts of equal requests share kind and targets, and values do not enter', () => {
  const state = modbus.open(modbus.server())
  const of = (pdu: string, unit = 1) =>
    modbus.operations(decode(pdu, true, unit), state, context)[0] as OperationDraft
  expect(of('06 0001 0003').kind).toBe(of('06 0001 0004').kind)
  expect(of('06 0001 0003').targets).toBe(of('06 0001 0004').targets)
  const others = ['06 0002 0003', '03 0001 0001', '03 0001 0002', '08 0001 ff00', '08 0004 0000']
  const kinds = new Set(
    [...others, '2b0e0100', '2b0e0200', '1407060001000200 01'].map((p) => of(p).kind),
  )
  expect(kinds.size).toBe(8)
  expect(of('06 0001 0003', 2).kind).not.toBe(of('06 0001 0003').kind)
})

/** A capture of one Ethernet link, as text2pcap would write it: only what this test needs. */
function payloads(file: string): { bytes: Uint8Array; fromClient: boolean }[] {
  const data = readFileSync(file)
  const found: { bytes: Uint8Array; fromClient: boolean }[] = []
  let at = 24
  while (at + 16 <= data.length) {
    const length = data.readUInt32LE(at + 8)
    const packet = data.subarray(at + 16, at + 16 + length)
    at += 16 + length
    const tcp = 14 + (packet.readUInt8(14) & 15) * 4
    const from = tcp + (packet.readUInt8(tcp + 12) >> 4) * 4
    const to = 14 + packet.readUInt16BE(16)
    const fromClient = packet.readUInt16BE(tcp + 2) === 502
    if (to > from) found.push({ bytes: new Uint8Array(packet.subarray(from, to)), fromClient })
  }
  return found
}

const crafted = '../shared/corpus/crafted/modbus_all.pcap'

test.runIf(existsSync(crafted))('every shape of the crafted capture is decoded', () => {
  const tally = modbus.tally()
  const all = payloads(crafted)
  expect(all.length).toBe(85)
  for (const { bytes, fromClient } of all) {
    let at = 0
    while (at < bytes.length) {
      const length = modbus.frame(bytes, at, bytes.length)
      if (length <= 0 || at + length > bytes.length) break
      const reader = new Reader().reset(bytes, new DataView(bytes.buffer), at, at + length)
      const message = modbus.decode(reader, fromClient, modbus.open(modbus.server()))
      if (!isMalformed(message)) modbus.count(message, tally)
      at += length
    }
  }
  const counts = modbus.counts(tally)
  // The ADU that two segments share (frames 79 and 80) needs the stream in front of us.
  expect(counts).toMatchObject({
    pdus: 86,
    mei: { 13: 2, 14: 6 },
    umas: { 2: 1, 254: 1 },
    exc: { '3/0': 1, '3/2': 1, '3/7': 1, '3/11': 1, '100/1': 1 },
    units: 2,
  })
})
