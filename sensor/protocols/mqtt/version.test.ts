import { describe, expect, test } from 'vitest'
import { dissectors } from '../index.ts'
import { mqttWith } from './index.ts'
import { listen, packet, string, text } from './sample.ts'

const mqtt = dissectors.find(({ name }) => name === 'mqtt') ?? mqttWith([])
const open = () => listen(mqtt)

const versionOf = (heard: ReturnType<typeof open>, at = 0) =>
  heard.drafts[at]?.fields['mqtt.version']

describe('joined after its CONNECT', () => {
  /** Sparkplug: a metric "Level" of 7, and nothing else. */
  const level = `12 0b 0a05${text('Level')} 2007 5807`
  const data = string('spBv1.0/G/NDATA/E')

  test.each<[string, string, string | undefined, string | undefined]>([
    ['a text behind no properties', packet('30', string('a'), '00', text('21.5')), '5.0', '21.5'],
    ['a text', packet('30', string('a'), text('21.5')), '3.1.1', '21.5'],
    ['JSON behind a property', packet('30', string('a'), '020101', text('{}')), '5.0', '{}'],
    ['JSON', packet('30', string('a'), text('{"v":1}')), '3.1.1', '{"v":1}'],
    ['no payload at all', packet('30', string('a')), '3.1.1', undefined],
    ['an alias for a topic', packet('30', string(''), '03 230001', text('7')), '5.0', '7'],
    ['Sparkplug behind no properties', packet('30', data, '00', level), '5.0', undefined],
    ['Sparkplug', packet('30', data, level), '3.1.1', undefined],
    ['bytes that fit both', packet('30', string('a'), '00 01ff80'), undefined, undefined],
  ])('%s shows the version by itself', (_name, hex, version, payload) => {
    const heard = open()
    heard.tell(hex, true)
    expect([heard.odd, versionOf(heard)]).toEqual([[], version])
    expect(heard.drafts[0]?.fields['mqtt.payload']).toBe(payload)
    expect(heard.drafts[0]?.notAssessable).toEqual(['midstream'])
  })

  test('where both fit, nothing is said of the payload until version 5 fitted three times', () => {
    const heard = open()
    for (let i = 0; i < 4; i++) heard.tell(packet('30', string('a'), '00 01ff80'), true)
    const types = heard.drafts.map(({ fields }) => fields['mqtt.payload_type'])
    expect(types).toEqual([undefined, undefined, 'binary', 'binary'])
    expect(heard.drafts.at(-1)?.fields['mqtt.payload_bytes']).toBe(3)
    expect(heard.drafts[0]?.kind).not.toBe(heard.drafts[3]?.kind)
  })

  test('a guess is given up for what it does not explain', () => {
    const heard = open()
    heard.tell(packet('30', string('a'), '00', text('7')), true)
    heard.tell(packet('30', string('a'), text('{"v":1}')), true)
    heard.tell(packet('30', string('a'), '00', text('7')), true)
    expect([0, 1, 2].map((at) => versionOf(heard, at))).toEqual(['5.0', '3.1.1', '5.0'])
    expect(heard.odd).toEqual([])
  })

  test('once three packets were of version 5 only, what is not is malformed', () => {
    const heard = open()
    for (let i = 0; i < 3; i++) heard.tell(packet('30', string('a'), '00', text('7')), true)
    heard.tell(packet('30', string('a'), 'ff01', text('7')), true)
    expect(heard.odd).toEqual(['length-mismatch'])
  })

  test('what no version explains is malformed at once', () => {
    const heard = open()
    heard.tell(packet('30', data, '12 7f 0a05', text('Level')), true)
    heard.tell(packet('30', string('a/#'), text('x')), true)
    heard.tell(packet('30', '0002 fffe', '00'), true)
    expect(heard.odd).toEqual(['length-mismatch', 'value-invalid', 'bad-utf8'])
  })

  test.each([
    ['PUBACK with a reason', packet('40', '0001 10 00'), 'server'],
    ['PUBREL with a reason', packet('62', '0001 92'), 'client'],
    ['SUBACK behind properties', packet('90', '0001 00 01 02 9e'), 'server'],
    ['SUBACK', packet('90', '0001 01 80'), 'server'],
    ['UNSUBACK with codes', packet('b0', '0001 00 00'), 'server'],
    ['UNSUBACK', packet('b0', '0001'), 'server'],
    ['CONNACK with properties', packet('20', '0000 03 22000a'), 'server'],
    ['CONNACK', packet('20', '0000'), 'server'],
    ['DISCONNECT with a reason', packet('e0', '04'), 'client'],
  ])('%s is right in its own version, whatever was guessed', (_name, hex, by) => {
    for (const before of [packet('30', string('a'), '00', text('7')), packet('30', string('a'))]) {
      const heard = open()
      heard.tell(before, true)
      heard.tell(hex, by === 'client')
      // Nobody saw what it answers.
      expect(heard.odd.filter((code) => code !== 'unsolicited-response')).toEqual([])
    }
  })
})
