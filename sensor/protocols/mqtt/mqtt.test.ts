import { describe, expect, test } from 'vitest'
import { mqttWith } from './index.ts'
import type { MqttPacket } from './packet.ts'
import { payloadTypeOf, plainNumber } from './payload.ts'
import { bytesOf, listen, packet, string, text } from './sample.ts'
import type { Heard } from './sample.ts'

const mqtt = mqttWith([])
const open = () => listen(mqtt)

/** CONNECT of each version: flags c2 are user name, password and clean start. */
const connects = {
  '3.1': packet('10', string('MQIsdp'), '03 c2 003c', string('c1'), string('u'), string('p')),
  '3.1.1': packet('10', string('MQTT'), '04 c2 003c', string('c1'), string('u'), string('p')),
  '5.0': packet('10', string('MQTT'), '05 c2 003c 00', string('c1'), string('u'), string('p')),
} as const
type Version = keyof typeof connects
const versions = Object.keys(connects) as Version[]

function connected(version: Version) {
  const heard = open()
  heard.tell(connects[version], true)
  heard.tell(version === '5.0' ? packet('20', '000000') : packet('20', '0000'), false)
  return heard
}

describe.each(versions)('version %s', (version) => {
  /** Version 5 has properties where the others have nothing. */
  const none = version === '5.0' ? '00' : ''

  test('CONNECT and CONNACK are a session of a client and a user', () => {
    const { done, odd, said } = connected(version)
    expect(done[0]?.draft).toMatchObject({ action: 'CONNECT', classes: ['session'], user: 'u' })
    expect(done[0]?.draft.fields).toMatchObject({
      'mqtt.version': version,
      'mqtt.client_id': 'c1',
      'mqtt.keep_alive': 60,
      'mqtt.clean_start': true,
      'mqtt.password_present': true,
    })
    expect(JSON.stringify(done[0]?.draft.fields)).not.toContain('"p"')
    expect(done[0]?.answer?.outcome).toBe('success')
    expect([said, odd]).toEqual([['client client-id c1'], []])
  })

  test('a refused CONNECT says why', () => {
    const { tell, done } = open()
    tell(connects[version], true)
    tell(version === '5.0' ? packet('20', '008700') : packet('20', '0005'), false)
    expect(done[0]?.answer).toMatchObject({ outcome: 'failure', status: 'Not authorized' })
  })

  test('PUBLISH both ways, joined with PUBACK and PUBREC', () => {
    const { tell, done, odd, close } = connected(version)
    tell(packet('30', string('a/b'), none, text('21.50')), true)
    tell(packet('33', string('a/c'), '0007', none, text('on')), true)
    tell(packet('40', '0007'), false)
    tell(packet('34', string('a/d'), '0008', none), true)
    tell(packet('50', '0008'), false)
    tell(packet('62', '0008'), true)
    tell(packet('70', '0008'), false)
    tell(packet('32', string('a/e'), '0007', none, text('{"v":1}')), false)
    tell(packet('40', '0007'), true)
    close()
    const rows = done
      .slice(1)
      .map(({ draft, answer, client }) => [
        ...draft.classes,
        ...draft.targets,
        draft.fields['mqtt.qos'],
        draft.fields['mqtt.payload_type'],
        answer?.outcome,
        client.ip,
      ])
    expect(rows).toEqual([
      ['publish', 'topic:a/b', 0, 'text', undefined, 'client'],
      ['publish', 'topic:a/c', 1, 'text', 'success', 'client'],
      ['publish', 'topic:a/d', 2, 'empty', 'success', 'client'],
      ['deliver', 'topic:a/e', 1, 'json', 'success', 'client'],
    ])
    expect(done[1]?.draft).toMatchObject({ values: ['21.50'], numbers: [21.5], user: 'u' })
    expect(done[2]?.draft.values).toEqual(['on'])
    expect(done[4]?.draft.fields).toMatchObject({
      'mqtt.from_broker': true,
      'mqtt.payload': '{"v":1}',
      'mqtt.client_id': 'c1',
      'mqtt.packet_id': 7,
    })
    expect(odd).toEqual([])
  })

  test('SUBSCRIBE and UNSUBSCRIBE with what was granted', () => {
    const { tell, done, odd } = connected(version)
    tell(packet('82', '0001', none, string('a/+'), '01', string('#'), '00'), true)
    tell(packet('90', '0001', none, '01', version === '5.0' ? '87' : '80'), false)
    tell(packet('a2', '0002', none, string('a/+')), true)
    tell(packet('b0', '0002', none, version === '5.0' ? '00' : ''), false)
    expect(done.slice(1).map(({ draft, answer }) => [draft.targets, answer?.outcome])).toEqual([
      [['topic:a/+', 'topic:#'], 'failure'],
      [['topic:a/+'], 'success'],
    ])
    expect(done[1]?.draft).toMatchObject({ action: 'SUBSCRIBE', classes: ['subscribe'] })
    expect(done[1]?.draft.fields).toMatchObject({
      'mqtt.topic_filter': ['a/+', '#'],
      'mqtt.qos': [1, 0],
    })
    expect(odd).toEqual([])
  })

  test('PINGREQ is no operation, DISCONNECT ends the session', () => {
    const { tell, drafts, odd, counts } = connected(version)
    tell('c000', true)
    tell('d000', false)
    tell('e000', true)
    expect(drafts.map(({ action }) => action)).toEqual(['CONNECT', 'DISCONNECT'])
    expect(odd).toEqual([])
    expect(counts()).toMatchObject({
      type: { 1: 1, 2: 1, 12: 1, 13: 1, 14: 1 },
      connflag: { username: 1, password: 1 },
    })
  })
})

describe('version 5', () => {
  test('all 27 properties are passed over by their kind, within their length', () => {
    const properties = [
      '0101 0200000001 03',
      string('t'),
      '08',
      string('r'),
      '09 0002ffff 0b8001 1100000001',
      '1300 0a 15',
      string('m'),
      '16 000100 1701 1800000001 1901 1a',
      string('i'),
      '1c',
      string('s'),
      '1f',
      string('why'),
      '21000a 22000a 2401 2501 26',
      string('k'),
      string('v'),
      '2700001000 2801 2901 2a01 12',
      string('given'),
    ]
      .join('')
      .replace(/\s/g, '')
    const { tell, done, odd, drafts } = open()
    tell(connects['5.0'], true)
    const length = (properties.length / 2).toString(16).padStart(2, '0')
    tell(packet('20', '0000', length, properties), false)
    expect([odd, done[0]?.answer?.outcome]).toEqual([[], 'success'])
    expect(done[0]?.answer?.fields?.['mqtt.client_id']).toBe('given')
    tell('e000', true)
    expect(drafts[1]?.fields['mqtt.client_id']).toBe('given')
  })

  test.each([
    ['an unknown property', '03 7f0000', ['reserved-value']],
    ['a value that runs over the length', '02 1100', ['length-mismatch']],
  ])('%s is told and what follows is read', (_name, properties, codes) => {
    const { tell, odd, drafts } = connected('5.0')
    tell(packet('30', string('a'), properties, text('7')), true)
    expect(odd).toEqual(codes)
    expect(drafts[1]?.numbers).toEqual([7])
  })

  test('an alias stands for its topic, in its own direction', () => {
    const { tell, drafts, odd } = open()
    tell(packet('10', string('MQTT'), '05 02 003c 03 22000a', string('c')), true)
    tell(packet('20', '0000 03 22000a'), false)
    tell(packet('30', string('up'), '03 230001', text('1')), true)
    tell(packet('30', string('down'), '03 230001', text('2')), false)
    tell(packet('30', string(''), '03 230001', text('3')), true)
    tell(packet('30', string(''), '03 230001', text('4')), false)
    expect(drafts.slice(1).map(({ targets }) => targets[0])).toEqual([
      'topic:up',
      'topic:down',
      'topic:up',
      'topic:down',
    ])
    expect(odd).toEqual([])
    tell(packet('30', string(''), '03 230002', text('5')), true)
    tell(packet('30', string('x'), '03 23000b', text('6')), true)
    tell(packet('30', string('y'), '03 230000', text('7')), true)
    expect(odd).toEqual(['topic-unresolved', 'alias-out-of-range', 'alias-out-of-range'])
    // The client erred: nothing is missing.
    expect(drafts[5]).toMatchObject({ targets: [] })
    expect(drafts[5]?.notAssessable).toBeUndefined()
  })

  test("an alias beyond those that are kept is our doing, not the client's", () => {
    const memory = { forgotten: 0 }
    const played = (allowed: string): Heard => {
      const heard = listen(mqtt, mqtt.server(memory))
      heard.tell(packet('10', string('MQTT'), '05 02 003c 00', string('c')), true)
      heard.tell(packet('20', `0000 03 22${allowed}`), false)
      heard.tell(packet('30', string('up'), '03 231000', text('1')), true)
      heard.tell(packet('30', string(''), '03 231000', text('2')), true)
      return heard
    }
    const { drafts, odd } = played('ffff')
    expect(drafts[2]).toMatchObject({ targets: [], notAssessable: ['limit'] })
    expect([odd, memory.forgotten]).toEqual([[], 1])
    expect(played('0100').odd).toContain('topic-unresolved')
    expect(memory.forgotten).toBe(1)
  })

  test('DISCONNECT and AUTH may leave out reason and properties', () => {
    const { tell, drafts, odd, messages } = connected('5.0')
    tell('f000', true)
    tell('f00118', true)
    tell('e0028e00', false)
    expect(drafts.slice(1).map(({ fields }) => fields['mqtt.reason_code'])).toEqual([0, 24, 142])
    expect(odd).toEqual(['client-id-taken-over'])
    expect(messages.length).toBe(5)
  })
})

describe('without a CONNECT', () => {
  test('an alias that was named before us, or in a gap, is no mistake', () => {
    const late = open()
    const named = packet('30', string('a'), '00', text('7'))
    const unnamed = packet('30', string(''), '03 230001', text('7'))
    for (let i = 0; i < 3; i++) late.tell(named, true)
    late.tell(unnamed, true)
    expect(late.drafts[3]).toMatchObject({ targets: [], notAssessable: ['midstream'] })
    const gone = connected('5.0')
    gone.gap(true)
    gone.tell(unnamed, true)
    expect(gone.drafts[1]).toMatchObject({ targets: [], notAssessable: ['gap'] })
  })

  test('a SUBSCRIBE shows the version that fills it', () => {
    const { tell, drafts } = open()
    tell(packet('82', '0001 00', string('a/b'), '00'), true)
    expect(drafts[0]).toMatchObject({ targets: ['topic:a/b'] })
    expect(drafts[0]?.fields['mqtt.version']).toBe('5.0')
    const other = open()
    other.tell(packet('82', '0001', string('a/b'), '00'), true)
    expect(other.drafts[0]?.fields['mqtt.version']).toBe('3.1.1')
  })

  test('whoever subscribes is the client, whoever opened the connection', () => {
    const { tell, done } = open()
    tell(packet('82', '0001', string('a/b'), '00'), false)
    tell(packet('90', '0001 00'), true)
    tell(packet('30', string('a/b'), text('1')), true)
    expect(done.map(({ draft, client }) => [draft.classes[0], client.ip])).toEqual([
      ['subscribe', 'broker'],
      ['deliver', 'broker'],
    ])
  })
})

describe('what is odd keeps its content', () => {
  test.each([
    ['QoS 3', packet('36', string('t'), '0001', text('x')), ['reserved-value']],
    ['a wildcard in a topic', packet('30', string('a/#')), ['value-invalid']],
    ['no topic', packet('30', string('')), ['value-invalid']],
    ['a topic that is no UTF-8', packet('30', '0002 fffe'), ['bad-utf8']],
    ['DUP without QoS', packet('38', string('t')), ['value-invalid']],
    ['packet identifier 0', packet('32', string('t'), '0000'), ['value-invalid']],
    ['an overlong remaining length', `308300${string('t')}`, ['overlong-length']],
    ['flags of another type', packet('80', '0001', string('t'), '00'), ['reserved-value']],
    ['a filter without topic', packet('82', '0001'), ['value-invalid']],
    ['an unassigned type', packet('00', string('t')), ['reserved-value']],
    ['a second CONNECT', connects['3.1.1'], ['protocol-order']],
    ['a PUBACK that nobody waits for', packet('40', '0009'), ['unsolicited-response']],
  ])('%s', (_name, hex, codes) => {
    const { tell, odd, messages } = connected('3.1.1')
    tell(hex, !hex.startsWith('40'))
    expect(odd).toEqual(codes)
    expect((messages[2] as MqttPacket).protocol).toBe('mqtt')
  })

  test.each([
    ['a topic beyond the packet', packet('30', '0009', text('a')), 'length-mismatch'],
    [
      'a CONNECT cut in its client identifier',
      packet('10', string('MQTT'), '0402003c0009'),
      'length-mismatch',
    ],
    ['a remaining length without end', 'ff ffffffff 01', 'overlong-length'],
    ['less than the remaining length', '3005 0001', 'cut-short'],
  ])('%s is malformed', (_name, hex, code) => {
    const { tell, odd } = connected('3.1.1')
    tell(hex, true)
    expect(odd).toEqual([code])
  })
})

test('kinds tell apart who, what and how, and not the value', () => {
  const { tell, drafts } = connected('3.1.1')
  const sent = [
    packet('30', string('a'), text('1')),
    packet('30', string('a'), text('2')),
    packet('31', string('a'), text('1')),
    packet('32', string('a'), '0001', text('1')),
    packet('30', string('b'), text('1')),
    packet('30', string('a'), text('{}')),
  ]
  for (const hex of sent) tell(hex, true)
  tell(packet('30', string('a'), text('1')), false)
  const kinds = drafts.slice(1).map(({ kind }) => kind)
  expect(kinds[0]).toBe(kinds[1])
  expect(kinds[0]).toContain('c1')
  expect(new Set(kinds).size).toBe(6)
})

describe('framing', () => {
  const probe = (hex: string) => {
    const bytes = bytesOf(hex)
    return [mqtt.frame(bytes, 0, bytes.length), mqtt.probe?.(bytes, 0, bytes.length)]
  }

  test.each([
    ['CONNECT', packet('10', string('MQTT'), '0402003c', string('c')), 'both'],
    ['CONNECT of another protocol', packet('10', string('HTTP'), '0402003c', string('c')), 'frame'],
    ['PINGREQ', 'c000', 'both'],
    ['PUBLISH', packet('30', string('a/b'), text('x')), 'both'],
    ['PUBLISH to a wildcard', packet('30', string('a/#'), text('x')), 'frame'],
    ['PUBLISH by an alias', packet('30', string(''), '03 230001', text('x')), 'both'],
    ['PUBLISH by an alias, QoS 1', packet('32', string(''), '0001 03 230001'), 'both'],
    ['PUBLISH to nobody', packet('30', string(''), '00', text('x')), 'frame'],
    ['QoS 3', packet('36', string('a/b'), '0001'), 'frame'],
    ['type 0', packet('00', string('a/b')), 'frame'],
    ['PUBACK for packet 0', '40020000', 'frame'],
    ['SUBACK with flags', '91030001 00', 'frame'],
  ])('%s: %s', (_name, hex, known) => {
    const length = bytesOf(hex).length
    expect(probe(hex)).toEqual([length, known === 'both' ? length : -1])
  })

  test('a remaining length of up to four bytes, 256 MiB less one', () => {
    expect(probe('30 ffffff7f 0001 61')).toEqual([268_435_460, 268_435_460])
    expect(probe('30 ffffffff 01')[0]).toBe(-1)
    expect(probe('30 ffff')[0]).toBe(0)
  })

  test('after a gap packets must follow each other exactly', () => {
    const publish = packet('30', string('plant/a'), text('1'))
    const chain = bytesOf(`6f6e2f62 ${publish} ${publish} ${publish} 30`)
    expect(mqtt.resync?.(chain, 0, chain.length)).toBe(4)
    const ending = bytesOf(`6f6e2f62 ${publish} ${publish}`)
    expect(mqtt.resync?.(ending, 0, ending.length)).toBe(4)
    const one = bytesOf(`6f6e2f62 ${publish} 30`)
    expect(mqtt.resync?.(one, 0, one.length)).toBe(-1)
  })
})

describe('payloads', () => {
  const typed = (bytes: Uint8Array) => payloadTypeOf(bytes, 0, bytes.length)

  test.each([
    ['', 'empty'],
    ['{"a":1}', 'json'],
    [' [1, 2]\n', 'json'],
    ['{', 'text'],
    ['21.5', 'text'],
    ['Füllstand', 'text'],
    ['\u0000\u0001', 'binary'],
    [`${'ü'.repeat(511)}aüü`, 'text'],
  ])('%j is %s', (payload, type) => {
    expect(typed(new Uint8Array(Buffer.from(payload)))).toBe(type)
  })

  test('bytes that are no UTF-8 are binary', () => {
    expect(typed(bytesOf('c328'))).toBe('binary')
  })

  test.each([
    ['21.5', 21.5],
    ['-0.001', -0.001],
    ['+7', 7],
    ['007', 7],
    [' 1e3\n', 1000],
    ['0.1', 0.1],
    ['123456789012345678', 123456789012345680],
    ['1.', 1],
    ['', NaN],
    ['-', NaN],
    ['1.2.3', NaN],
    ['0x10', NaN],
    ['Infinity', NaN],
    ['1e999', NaN],
    ['12 34', NaN],
    ['on', NaN],
  ])('%j is the number %d', (payload, number) => {
    const bytes = new Uint8Array(Buffer.from(payload))
    expect(plainNumber(bytes, 0, bytes.length)).toBe(number)
  })
})
