import { beforeEach, describe, expect, test } from 'vitest'
import { mqttWith } from '../mqtt/index.ts'
import { bytesOf, listen, packet, string, text } from '../mqtt/sample.ts'
import type { Heard } from '../mqtt/sample.ts'
import { valueOf } from './datatypes.ts'
import { sparkplug } from './index.ts'
import { METRICS_MAX, readPayload } from './payload.ts'

const mqtt = mqttWith([sparkplug])

/** A small encoder of what sparkplug_b.proto says, so that no bytes are written by hand. */
function varint(value: number | bigint): string {
  let rest = BigInt.asUintN(64, BigInt(value))
  let hex = ''
  do {
    const byte = Number(rest & 127n)
    rest >>= 7n
    hex += (rest > 0n ? byte + 128 : byte).toString(16).padStart(2, '0')
  } while (rest > 0n)
  return hex
}

const number = (field: number, value: number | bigint) => varint(field * 8) + varint(value)
const bytes = (field: number, hex: string) => varint(field * 8 + 2) + varint(hex.length / 2) + hex

function double(field: number, value: number): string {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleLE(value)
  return varint(field * 8 + 1) + buffer.toString('hex')
}

interface Sent {
  readonly name?: string
  readonly alias?: number | bigint
  readonly datatype?: number
  /** Fields 7 and 10 to 18, encoded. */
  readonly value?: string
}

function metric({ name, alias, datatype, value = '' }: Sent): string {
  const fields = [
    name === undefined ? '' : bytes(1, text(name)),
    alias === undefined ? '' : number(2, alias),
    number(3, 1_700_000_000_000),
    datatype === undefined ? '' : number(4, datatype),
    value,
  ]
  return bytes(2, fields.join(''))
}

const payload = (timestamp: number, seq: number, ...metrics: Sent[]) =>
  number(1, timestamp) + metrics.map(metric).join('') + number(3, seq)

const publish = (topic: string, body: string) => packet('30', string(topic), body)

const nodeBirth = (timestamp = 1, seq = 0, bdSeq = 3) =>
  publish(
    'spBv1.0/G1/NBIRTH/E1',
    payload(
      timestamp,
      seq,
      { name: 'bdSeq', datatype: 4, value: number(11, bdSeq) },
      { name: 'Node Control/Rebirth', alias: 1, datatype: 11, value: number(14, 0) },
      { name: 'Level', alias: 2, datatype: 10, value: double(13, 1.5) },
      { name: 'Properties/Hardware Make', datatype: 12, value: bytes(15, text('Acme')) },
    ),
  )

const deviceBirth = (timestamp = 2, seq = 1) =>
  publish(
    'spBv1.0/G1/DBIRTH/E1/D1',
    payload(timestamp, seq, { name: 'Speed', alias: 10, datatype: 3, value: number(10, 5) }),
  )

let server: unknown
let node: Heard
let host: Heard

/** The edge node and the host application hold a connection each to one broker. */
beforeEach(() => {
  server = mqtt.server()
  node = listen(mqtt, server)
  host = listen(mqtt, server)
})

describe('births, data and deaths are one record each', () => {
  test('with the names that their aliases stand for', () => {
    node.tell(nodeBirth(), true)
    node.tell(deviceBirth(), true)
    node.tell(
      publish(
        'spBv1.0/G1/DDATA/E1/D1',
        payload(3, 2, { alias: 10, value: number(10, 0xfffffffb) }),
      ),
      true,
    )
    expect(node.done.map(({ protocol, draft }) => [protocol, draft.action, draft.classes])).toEqual(
      [
        ['sparkplug', 'NBIRTH', ['publish']],
        ['sparkplug', 'DBIRTH', ['publish']],
        ['sparkplug', 'DDATA', ['publish']],
      ],
    )
    expect(node.drafts[0]?.fields).toMatchObject({
      'mqtt.topic': 'spBv1.0/G1/NBIRTH/E1',
      'mqtt.payload_type': 'protobuf',
      'sparkplug.group_id': 'G1',
      'sparkplug.edge_node_id': 'E1',
      'sparkplug.seq': 0,
      'sparkplug.bd_seq': 3,
      'sparkplug.metric': ['bdSeq', 'Node Control/Rebirth', 'Level', 'Properties/Hardware Make'],
    })
    expect(node.drafts[2]).toMatchObject({ targets: ['topic:spBv1.0/G1/DDATA/E1/D1'] })
    expect(node.drafts[2]?.fields).toMatchObject({
      'sparkplug.device_id': 'D1',
      'sparkplug.metric': 'Speed',
      'sparkplug.alias': 10,
      'sparkplug.datatype': 'Int32',
    })
    expect(node.said).toEqual(['client edge-node G1/E1', 'client vendor Acme'])
    expect(node.odd).toEqual([])
    expect(node.counts()).toMatchObject({ sparkplug: { NBIRTH: 1, DBIRTH: 1, DDATA: 1 } })
  })

  test('what the broker hands on is delivered, and says nothing of who received it', () => {
    node.tell(nodeBirth(), true)
    host.tell(nodeBirth(), false)
    expect(host.done.map(({ draft }) => draft.classes)).toEqual([['deliver']])
    expect([host.odd, host.said]).toEqual([[], []])
  })

  test('STATE of a host application is JSON', () => {
    host.tell(publish('spBv1.0/STATE/scada', text('{"online":true,"timestamp":1}')), true)
    expect(host.drafts[0]).toMatchObject({ action: 'STATE', protocol: 'sparkplug' })
    expect(host.drafts[0]?.fields['mqtt.payload_type']).toBe('json')
  })

  test('other topics stay MQTT', () => {
    for (const topic of ['spBv1.0/G1/XDATA/E1', 'spBv1.0/G1/NDATA/E1/D1', 'spBv1.0/G1/DDATA/E1']) {
      node.tell(publish(topic, payload(1, 0)), true)
    }
    expect(node.done.map(({ protocol }) => protocol)).toEqual(['mqtt', 'mqtt', 'mqtt'])
  })
})

describe('commands are one record for each metric', () => {
  beforeEach(() => {
    node.tell(nodeBirth(), true)
    node.tell(deviceBirth(), true)
  })

  test('resolved through births that another connection published', () => {
    host.tell(
      publish(
        'spBv1.0/G1/DCMD/E1/D1',
        payload(
          9,
          0,
          { alias: 10, value: number(10, 0xffffff9c) },
          { name: 'Mode', datatype: 12, value: bytes(15, text('007')) },
        ),
      ),
      true,
    )
    expect(host.drafts.map(({ classes, targets, values }) => [classes, targets, values])).toEqual([
      [['write'], ['metric:G1/E1/D1/Speed'], ['-100']],
      [['write'], ['metric:G1/E1/D1/Mode'], ['007']],
    ])
    expect(host.drafts[0]).toMatchObject({ action: 'DCMD', numbers: [-100] })
    expect(host.drafts[0]?.fields['sparkplug.metric']).toBe('Speed')
    expect(host.drafts[0]?.kind).not.toBe(host.drafts[1]?.kind)
    expect(host.odd).toEqual([])
  })

  test('Node Control makes the node act', () => {
    const rebirth = payload(9, 0, { name: 'Node Control/Rebirth', value: number(14, 1) })
    host.tell(publish('spBv1.0/G1/NCMD/E1', rebirth), true)
    node.tell(publish('spBv1.0/G1/NCMD/E1', rebirth), false)
    expect(host.drafts[0]).toMatchObject({
      classes: ['command'],
      targets: ['metric:G1/E1/Node Control/Rebirth'],
      values: ['true'],
    })
    expect(node.drafts.at(-1)).toMatchObject({
      classes: ['deliver'],
      targets: ['metric:G1/E1/Node Control/Rebirth'],
    })
  })

  test('with QoS 1 each is answered by the one PUBACK', () => {
    const command = payload(9, 0, { alias: 2, value: double(13, 2) }, { alias: 1 })
    host.tell(packet('32', string('spBv1.0/G1/NCMD/E1'), '0001', command), true)
    host.tell(packet('40', '0001'), false)
    expect(host.done.map(({ item, answer }) => [item, answer?.outcome])).toEqual([
      [0, 'success'],
      [1, 'success'],
    ])
  })

  test('an alias without birth is told and named by its number', () => {
    const command = payload(9, 0, { alias: 2n ** 63n, value: number(10, 1) })
    host.tell(publish('spBv1.0/G1/NCMD/E1', command), true)
    expect(host.drafts[0]?.targets).toEqual(['metric:G1/E1/alias:9223372036854775808'])
    expect(host.odd).toEqual(['topic-unresolved'])
  })

  test('a new birth makes the aliases before it void, a copy of the old one does not', () => {
    host.tell(nodeBirth(1), false)
    host.tell(publish('spBv1.0/G1/DCMD/E1/D1', payload(9, 0, { alias: 10 })), true)
    expect(host.drafts.at(-1)?.targets).toEqual(['metric:G1/E1/D1/Speed'])
    node.tell(nodeBirth(50), true)
    host.tell(publish('spBv1.0/G1/DCMD/E1/D1', payload(9, 0, { alias: 10 })), true)
    expect(host.drafts.at(-1)?.targets).toEqual(['metric:G1/E1/D1/alias:10'])
  })
})

describe('order', () => {
  const data = (seq: number) => publish('spBv1.0/G1/NDATA/E1', payload(9, seq, { alias: 2 }))

  test('each message of a node has the next number, 255 is followed by 0', () => {
    node.tell(nodeBirth(1, 254), true)
    node.tell(data(255), true)
    node.tell(data(0), true)
    expect(node.odd).toEqual([])
    node.tell(data(2), true)
    expect(node.odd).toEqual(['sequence-gap'])
    node.tell(nodeBirth(99, 0), true)
    node.tell(data(1), true)
    expect(node.odd).toEqual(['sequence-gap'])
  })

  test('a gap in what a client sent may have held the missing one', () => {
    node.tell(nodeBirth(), true)
    node.gap(false)
    node.tell(data(3), true)
    expect(node.odd).toEqual(['sequence-gap'])
    node.gap(true)
    node.tell(data(9), true)
    expect(node.odd).toEqual(['sequence-gap'])
    node.tell(data(11), true)
    expect(node.odd).toEqual(['sequence-gap', 'sequence-gap'])
  })

  test('a message by a topic alias that was named before us may have been the missing one', () => {
    const named = (seq: number, alias: string) =>
      packet('30', string('spBv1.0/G1/NDATA/E1'), `03 2300${alias}`, payload(3, seq))
    const unnamed = packet('30', string(''), '03 230009', payload(3, 2))
    node.tell(named(1, '01'), true)
    node.tell(unnamed, true)
    node.tell(named(3, '01'), true)
    expect(node.odd).toEqual([])
    node.tell(named(5, '01'), true)
    expect(node.odd).toEqual(['sequence-gap'])
  })

  test('deliveries are copies and are not counted', () => {
    node.tell(nodeBirth(), true)
    for (let i = 0; i < 3; i++) host.tell(data(1), false)
    node.tell(data(1), true)
    expect([node.odd, host.odd]).toEqual([[], []])
  })

  test('a death belongs to its birth', () => {
    const death = (bdSeq: number) =>
      publish(
        'spBv1.0/G1/NDEATH/E1',
        number(1, 9) + metric({ name: 'bdSeq', datatype: 4, value: number(11, bdSeq) }),
      )
    node.tell(nodeBirth(1, 0, 3), true)
    host.tell(death(3), false)
    expect(host.odd).toEqual([])
    host.tell(death(2), false)
    expect(host.odd).toEqual(['bdseq-mismatch'])
  })

  test('data by alias before any birth is no oddity: the capture began later', () => {
    node.tell(data(7), true)
    expect(node.odd).toEqual([])
    expect(node.drafts[0]?.fields['sparkplug.alias']).toBe(2)
  })

  test('a command by alias before any birth is not assessable, after it not resolved', () => {
    const command = publish('spBv1.0/G1/DCMD/E1/D1', metric({ alias: 9, value: number(10, 1) }))
    host.tell(packet('10', string('MQTT'), '04 02 003c', string('host')), true)
    host.tell(command, true)
    expect(host.odd).toEqual([])
    expect(host.drafts[1]).toMatchObject({ classes: ['write'], notAssessable: ['midstream'] })
    expect(host.drafts[1]?.fields).toMatchObject({ 'sparkplug.alias': 9 })
    node.tell(nodeBirth(), true)
    host.tell(command, true)
    expect(host.odd).toEqual(['topic-unresolved'])
    expect(host.drafts[2]?.notAssessable).toBeUndefined()
    expect(host.drafts[2]?.kind).not.toBe(host.drafts[1]?.kind)
  })
})

describe('values', () => {
  test.each([
    ['Int8 of -1', 0xff, 1, '-1'],
    ['Int8 of -1, sign-extended', 0xffffffff, 1, '-1'],
    ['Int16', 0x8000, 2, '-32768'],
    ['Int32', 0xfffffffb, 3, '-5'],
    ['Int64', 2n ** 64n - 5n, 4, '-5'],
    ['Int64 beyond a double', 2n ** 62n + 1n, 4, '4611686018427387905'],
    ['UInt8', 255, 5, '255'],
    ['UInt32', 0xffffffff, 7, '4294967295'],
    ['UInt64', 2n ** 64n - 1n, 8, '18446744073709551615'],
    ['without a datatype as sent', 7, 0, '7'],
  ] as const)('%s', (_name, raw, datatype, expected) => {
    expect(valueOf(raw, datatype).texts).toEqual([expected])
    expect(valueOf(raw, datatype).numbers).toEqual([Number(expected)])
  })

  test.each([
    ['Int8Array', 22, 'ff01', ['-1', '1']],
    ['Int16Array', 23, '00800100', ['-32768', '1']],
    ['UInt32Array', 28, 'ffffffff', ['4294967295']],
    ['Int64Array', 25, 'fbffffffffffffff', ['-5']],
    ['FloatArray', 30, '0000c03f', ['1.5']],
    ['BooleanArray', 32, '03000000a0', ['true', 'false', 'true']],
    ['StringArray', 33, `${text('ab')}00${text('c')}00`, ['ab', 'c']],
    ['Bytes', 17, '0102', []],
  ])('%s', (_name, datatype, hex, expected) => {
    expect(valueOf(bytesOf(hex), datatype).texts).toEqual(expected)
  })
})

describe('hostile payloads', () => {
  test.each([
    ['a metric beyond the payload', `0801 127f ${'00'.repeat(3)}`],
    ['a varint without end', `08 ${'ff'.repeat(11)}`],
    ['a group', '0b'],
    ['a string beyond its metric', '1203 0a0541'],
  ])('%s keeps what came before', (_name, hex) => {
    const read = readPayload(bytesOf(metric({ name: 'Level' }) + hex))
    expect(read.failedAt).toBeGreaterThan(0)
    expect(read.metrics[0]?.name).toBe('Level')
    node.tell(publish('spBv1.0/G1/NDATA/E1', bytesToHex(hex)), true)
    expect(node.odd).toEqual(['length-mismatch'])
  })

  test('DataSets and Templates are passed over by their length', () => {
    const read = readPayload(
      bytesOf(payload(1, 0, { name: 'T', value: bytes(18, 'ff'.repeat(40)) }, { name: 'U' })),
    )
    expect(read.metrics.map(({ name, value }) => [name, value])).toEqual([
      ['T', undefined],
      ['U', undefined],
    ])
    expect(read.failedAt).toBe(-1)
  })

  test('metrics beyond the bound are told and not kept', () => {
    const read = readPayload(bytesOf('1200'.repeat(METRICS_MAX + 1)))
    expect([read.metrics.length, read.beyond]).toEqual([METRICS_MAX, true])
  })

  test('null metrics have no value', () => {
    const read = readPayload(
      bytesOf(payload(1, 0, { name: 'n', value: number(10, 5) + number(7, 1) })),
    )
    expect(read.metrics[0]?.value).toBeUndefined()
  })
})

function bytesToHex(hex: string): string {
  return hex.replace(/\s/g, '')
}
