/** Sigma specification 2.1.0: what a detection item means, row by row. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { formatInputError } from '../input/input.ts'
import { compilePattern, fold, foldPattern, parsePattern, withDashes } from './pattern.ts'
import { loadRules } from './ruleset.ts'

/** The detection asked of a document that nothing routes away. */
function load(detection: string) {
  const lines = detection.split('\n').map((line) => `  ${line}`)
  const text = `title: t\nlogsource: {category: network}\ndetection:\n${lines.join('\n')}\n`
  return loadRules([{ file: 'r.yml', text: `${text}  condition: s\n` }])
}

function matches(detection: string, doc: Doc): boolean {
  const { rules, errors } = load(detection)
  expect(errors.map(formatInputError)).toEqual([])
  return rules.rules[0]!.detection!.test(doc)
}

const T = 'mqtt.topic'
const N = 'modbus.unit_id'

/** Detection with the value written after the key, document value, whether it matches. */
const item = (key: string, value: string, seen: Doc[string] | undefined): [string, Doc] => [
  `s:\n  ${key}: ${value}`,
  seen === undefined ? {} : { [key.split('|')[0]!]: seen },
]

describe('plain values', () => {
  test.each([
    [T, 'abc', 'ABC', true],
    [T, 'abc', 'abcd', false],
    [T, '[x, abc]', 'abc', true],
    [T, "''", '', true],
    [T, "''", undefined, false],
    [T, 'null', undefined, true],
    [T, 'null', '', false],
    [T, '[null, x]', undefined, true],
    [T, '[null, x]', 'x', true],
    [T, 'abc', ['x', 'abc'], true],
    [T, 'null', [], true],
    [N, '42', 42, true],
    [N, '42', '42', true],
    [N, "'42'", 42, true],
    [N, '42', 43, false],
    [T, '00000429', '00000429', true],
    [T, '18446744073709551615', '18446744073709551615', true],
    [T, '18446744073709551615', '18446744073709551614', false],
    ['mqtt.retain', 'true', true, true],
    ['mqtt.retain', 'true', 'True', true],
    [T, 'ÄÖÜ', 'äöü', true],
    [T, 'ΟΔΟΣ', 'οδος', true],
    [T, 'K', '\u212A', true],
  ])('%s: %s of %j: %s', (key, value, seen, expected) => {
    const [detection, doc] = item(key, value, seen)
    expect(matches(detection, doc)).toBe(expected)
  })
})

describe('wildcards and escapes', () => {
  test.each([
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['*b*', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'a\nx\nc', true],
    ['a*c', 'acd', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'a😀c', true],
    ['?', '', false],
    ['*', '', true],
    ['*a*b*c', 'xaxbxbxc', true],
    ['a*b?d*', 'aXbcdY', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\?', '?', true],
    ['\\?', 'x', false],
    ['\\\\*', '\\anything', true],
    ['\\\\*', '*', false],
    ['\\\\\\*', '\\*', true],
    ['\\\\\\*', '\\x', false],
    ['a\\b', 'a\\b', true],
    ['a\\\\b', 'a\\b', true],
    ['a\\\\\\b', 'a\\\\b', true],
    ['a\\\\\\\\b', 'a\\\\b', true],
    ['a\\', 'a\\', true],
    ['a\\\\', 'a\\', true],
  ])('%s of %j: %s', (pattern, text, expected) => {
    expect(compilePattern(foldPattern(parsePattern(pattern)))(fold(text))).toBe(expected)
  })

  test('a pattern of its own characters, escaped, matches that text only', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '*', '?', '\\', '/'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        const escaped = one.replaceAll(/[\\*?]/g, (character) => `\\${character}`)
        const match = compilePattern(parsePattern(escaped))
        expect(match(one)).toBe(true)
        expect(match(other)).toBe(one === other)
      }),
    )
  })

  test('agrees with a regular expression', () => {
    const unit = fc.constantFrom('a', 'b', '*', '?')
    const pattern = fc.string({ unit, maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 })
    let hits = 0
    fc.assert(
      fc.property(pattern, text, (written, seen) => {
        const source = written.replaceAll('*', '[^]*').replaceAll('?', '[^]')
        const expected = new RegExp(`^${source}$`, 'u').test(seen)
        if (expected) hits++
        expect(compilePattern(parsePattern(written))(seen)).toBe(expected)
      }),
      { numRuns: 3000 },
    )
    expect(hits).toBeGreaterThan(50)
  })

  test('many stars cost no more than the text is long for each', () => {
    const match = compilePattern(parsePattern(`${'*a'.repeat(40)}*b`))
    expect(match('a'.repeat(50_000))).toBe(false)
  })
})

describe('modifiers', () => {
  test.each([
    [`${T}|contains`, 'lan', 'a/PLANT/b', true],
    [`${T}|contains`, 'x', 'plant', false],
    [`${T}|contains`, "''", 'plant', true],
    [`${T}|contains`, "''", undefined, false],
    [`${T}|contains`, "'p*t'", 'a/plant/b', true],
    [`${T}|contains`, "'\\AppData\\'", 'C:\\AppData\\x', true],
    [`${T}|startswith`, 'pla', 'plant', true],
    [`${T}|startswith`, 'lan', 'plant', false],
    [`${T}|startswith`, "'a\\'", 'a\\b', true],
    [`${T}|endswith`, 'ant', 'plant', true],
    [`${T}|endswith`, 'plan', 'plant', false],
    [`${T}|contains|all`, '[pl, nt]', 'plant', true],
    [`${T}|contains|all`, '[pl, xx]', 'plant', false],
    [`${T}|all`, '[a, b]', ['a', 'b'], true],
    [`${T}|all`, 'a', 'a', true],
    [`${T}|cased`, 'Plant', 'Plant', true],
    [`${T}|cased`, 'Plant', 'plant', false],
    [`${T}|contains|cased`, 'LAN', 'plant', false],
    [`${T}|cased|contains`, 'lan', 'plant', true],
    [`${T}|re`, "'^pl.+t$'", 'plant', true],
    [`${T}|re`, 'lan', 'plant', true],
    [`${T}|re`, 'LAN', 'plant', false],
    [`${T}|re|i`, 'LAN', 'plant', true],
    [`${T}|re`, "'(?i)LAN'", 'plant', true],
    [`${T}|re|s`, "'p.t'", 'p\nt', true],
    [`${T}|re`, "'p.t'", 'p\nt', false],
    [`${T}|re|m`, "'^t$'", 'p\nt', true],
    [`${T}|re|all`, "['pl', 'nt$']", 'plant', true],
    ['source.ip|cidr', '192.0.2.0/24', '192.0.2.7', true],
    ['source.ip|cidr', '192.0.2.0/24', '192.0.3.7', false],
    ['source.ip|cidr', '192.0.2.7', '192.0.2.7', true],
    ['source.ip|cidr', '2001:db8::/32', '2001:db8::1', true],
    ['source.ip|cidr', '2001:db8::/32', '192.0.2.1', false],
    ['source.ip|cidr', '192.0.2.0/24', 'no address', false],
    [`${N}|gt`, '5', 6, true],
    [`${N}|gt`, '5', 5, false],
    [`${N}|gte`, '5', '5', true],
    [`${N}|lt`, '5', 4.5, true],
    [`${N}|lte`, '5', 5, true],
    [`${N}|lt`, '[1, 5]', 4, true],
    [`${N}|lt`, '5', 'four', false],
    [`${N}|lt`, '5', '', false],
    [`${N}|lt`, '5', undefined, false],
    [`${T}|exists`, 'true', 'x', true],
    [`${T}|exists`, 'true', '', true],
    [`${T}|exists`, 'true', undefined, false],
    [`${T}|exists`, 'false', undefined, true],
    [`${T}|neq`, 'x', 'y', true],
    [`${T}|neq`, '[x, y]', 'y', false],
    [`${T}|neq`, 'x', undefined, true],
    [`${T}|contains|neq`, 'x', 'axb', false],
    [`${N}|gt|neq`, '5', 6, false],
    ['event.start|hour', '7', '2026-01-31T07:05:00.000000Z', true],
    ['event.start|minute', '5', '2026-01-31T07:05:00.000000Z', true],
    ['event.start|day', '31', '2026-01-31T07:05:00.000000Z', true],
    ['event.start|month', '1', '2026-01-31T07:05:00.000000Z', true],
    ['event.start|year', '2026', '2026-01-31T07:05:00.000000Z', true],
    ['event.start|week', '53', '2027-01-01T00:00:00Z', true],
    ['event.start|week', '1', '2026-01-01T00:00:00Z', true],
    ['event.start|hour|gte', '18', '2026-01-31T19:05:00Z', true],
    ['event.start|hour|gte', '18', '2026-01-31T17:05:00Z', false],
    ['event.start|hour', '7', 'not a date', false],
    [`${T}|base64`, 'foobar', 'Zm9vYmFy', true],
    [`${T}|base64offset|contains`, 'foobar', 'eGZvb2Jhcg==', true],
    [`${T}|base64offset|contains`, 'foobar', 'Zm9vYmFy', true],
    [`${T}|base64offset|contains`, 'foobar', 'eHhmb29iYXJ4', true],
    [`${T}|base64offset|contains`, 'é12', Buffer.from('xxé12yy').toString('base64'), true],
    [`${T}|base64offset|contains`, 'é12', Buffer.from('xé12y').toString('base64'), true],
    [`${T}|utf16|base64`, 'cmd', '//5jAG0AZAA=', true],
    [`${T}|utf16le|base64`, 'cmd', 'YwBtAGQA', true],
    [`${T}|wide|base64`, 'cmd', 'YwBtAGQA', true],
    [`${T}|utf16be|base64`, 'cmd', 'AGMAbQBk', true],
    [`${T}|wide|base64`, 'é', '6QA=', true],
    [`${T}|windash|contains`, "' -p'", 'tool /p x', true],
    [`${T}|windash|contains`, "' -p'", 'tool \u2013p x', true],
    [`${T}|windash|contains`, "' /p'", 'tool -p x', true],
    [`${T}|windash|contains`, "' -param-name'", 'tool /param-name', true],
    [`${T}|windash|contains`, "' -param-name'", 'tool /param/name', false],
  ])('%s: %s of %j: %s', (key, value, seen, expected) => {
    const [detection, doc] = item(key, value, seen)
    expect(matches(detection, doc)).toBe(expected)
  })

  test.each([
    [`${T}|fieldref`, { [T]: 'a', 'mqtt.will.topic': 'A' }, true],
    [`${T}|fieldref`, { [T]: 'a', 'mqtt.will.topic': 'b' }, false],
    [`${T}|fieldref`, { [T]: 'a' }, false],
    [`${T}|fieldref|startswith`, { [T]: 'abc', 'mqtt.will.topic': 'ab' }, true],
    [`${T}|fieldref|contains`, { [T]: 'abc', 'mqtt.will.topic': 'b' }, true],
    [`${T}|fieldref|neq`, { [T]: 'a', 'mqtt.will.topic': 'b' }, true],
  ])('%s of %j: %s', (key, doc, expected) => {
    expect(matches(`s:\n  ${key}: mqtt.will.topic`, doc as Doc)).toBe(expected)
  })

  test.each([
    [`${T}|contians: x`, 'Did you mean `contains`?'],
    [`${T}|contains: 5`, 'Put it in quotes.'],
    [`${T}|contains: null`, 'cannot be searched for'],
    [`${T}|contains|endswith: x`, 'Keep one of them.'],
    [`${T}|expand: '%x%'`, 'cannot be filled in'],
    [`${T}|i: x`, 'without `re`'],
    [`${T}|contains|re: x`, 'not the first modifier'],
    [`${T}|re: '('`, 'not a regular expression'],
    [`${T}|re|contains: x`, 'works on text only'],
    ['source.ip|cidr: 192.0.2.1/24', 'bits set beyond'],
    ['source.ip|cidr|contains: 192.0.2.0/24', 'works on text only'],
    [`${N}|gt: '5'`, 'compares numbers'],
    [`${N}|gt|lt: 5`, 'cannot follow'],
    [`${T}|exists: yes`, 'takes true or false'],
    [`${T}|exists: [true, false]`, 'takes true or false'],
    [`${T}|fieldref: 'a*'`, 'name of a field'],
    [`${T}|base64: 'a*'`, 'cannot encode a wildcard'],
    [`${T}|contains|base64: a`, 'cannot be applied here'],
    [`${T}: []`, 'has no value'],
    [`${T}: {a: b}`, 'is no value of a field'],
    ["'|exists': true", 'needs a field'],
    ['mqtt.topci: x', 'Did you mean `mqtt.topic`?'],
    [`${T}|fieldref: mqtt.wil.topic`, 'Did you mean `mqtt.will.topic`?'],
  ])('%s is refused', (line, message) => {
    const { rules, errors } = load(`s:\n  ${line}`)
    expect(errors.map(formatInputError).join('\n')).toContain(message)
    expect(errors[0]).toMatchObject({ file: 'r.yml', line: 5 })
    expect(rules.rules).toEqual([])
  })
})

describe('maps, lists, keywords', () => {
  const doc = { [T]: 'plant/a', 'mqtt.type': 'PUBLISH', [N]: 7 }

  test.each([
    ['s:\n  mqtt.topic: plant/a\n  mqtt.type: publish', true],
    ['s:\n  mqtt.topic: plant/a\n  mqtt.type: connect', false],
    ['s:\n  - mqtt.topic: x\n  - mqtt.type: publish', true],
    ['s:\n  - mqtt.topic: x\n  - mqtt.type: y', false],
    ['s: LANT', true],
    ['s: [x, lant]', true],
    ['s: [x, y]', false],
    ['s: 7', true],
    ['s: mqtt.topic', false],
    ["s:\n  '|all': [plant, publish]", true],
    ["s:\n  '|all': [plant, x]", false],
    ["s:\n  '|re': '^PUB'", true],
    ['s:\n  - x\n  - mqtt.type: publish', true],
  ])('%s: %s', (detection, expected) => {
    expect(matches(detection, doc)).toBe(expected)
  })

  test.each(['s: {}', 's: []', 's: [[a]]'])('%s is refused', (detection) => {
    expect(load(detection).errors).toHaveLength(1)
  })
})

test('a dash inside a word stays what it is', () => {
  const match = compilePattern(withDashes(parsePattern('-a-b')))
  expect(['-a-b', '/a-b', '\u2014a-b', '/a/b'].map(match)).toEqual([true, true, true, false])
})
