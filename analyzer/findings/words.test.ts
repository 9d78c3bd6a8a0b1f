import { expect, test } from 'vitest'
import { printable, sentence, targetText } from './words.ts'

const doc = {
  'source.ip': '192.0.2.20',
  'destination.ip': '192.0.2.80',
  'ot.destination.asset.name': 'PLC-1',
  'ot.operation.target': ['holding:40-43'],
  'modbus.unit_id': 1,
}

test.each([
  ['{source} wrote {target} on {destination}', '192.0.2.20 wrote registers 40–43 on PLC-1'],
  ['{destination}[ (unit {modbus.unit_id})]', 'PLC-1 (unit 1)'],
  ['{destination}[ as {user.name}] now', 'PLC-1 now'],
  ['{user.name} came', 'unknown came'],
  ['[{user.name} ]{source}', '192.0.2.20'],
])('%s', (template, text) => {
  expect(sentence(template, doc)).toBe(text)
})

test('without name or address, the MAC; without that, it is said', () => {
  expect(sentence('{source}', { 'source.mac': '00-80-F4-10-20-01' })).toBe('00-80-F4-10-20-01')
  expect(sentence('{source}', {})).toBe('an unknown host')
})

test.each([
  ['holding:40', 'register 40'],
  ['coil:3', 'coil 3'],
  ['coil:0-9', 'coils 0–9'],
  ['discrete:7-8', 'discrete inputs 7–8'],
  ['node:nsu=urn:acme;s=Line1.SP', 'node nsu=urn:acme;s=Line1.SP'],
  ['topic:plant/a-b', 'topic plant/a-b'],
  ['metric:G/E/D/Speed', 'metric G/E/D/Speed'],
  ['strange', 'strange'],
])('%s is %s', (target, words) => {
  expect(targetText([target])).toBe(words)
})

test('of several targets the first, and how many more', () => {
  expect(targetText(['coil:1', 'coil:3', 'coil:5'])).toBe('coil 1 and 2 more')
})

test('what hides or turns text is shown, what is long is cut', () => {
  expect(printable('a\u202Eb\u0000c\u200B\n')).toBe('a\\u{202E}b\\u{0000}c\\u{200B}\\u{000A}')
  expect(printable('x'.repeat(500))).toHaveLength(120)
  expect(sentence('{mqtt.topic}', { 'mqtt.topic': 'a{source}[b]\u2066' })).toBe(
    'a{source}[b]\\u{2066}',
  )
})

test.each([
  ['entriesEvicted', 'matches left the window of a correlation rule early'],
  ['held-bytes', 'messages could not be put together: the buffers are full'],
  ['constructor', 'did not fit into the table constructor'],
])('the table %s is told in words', (table, words) => {
  expect(sentence('{ot.sensor.table}', { 'ot.sensor.table': table })).toBe(words)
})
