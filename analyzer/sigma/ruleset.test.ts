import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { formatInputError } from '../input/input.ts'
import { loadRules, type RuleSet } from './ruleset.ts'

function load(...texts: string[]): RuleSet {
  const { rules, errors } = loadRules(texts.map((text, at) => ({ file: `${at}.yml`, text })))
  expect(errors.map(formatInputError)).toEqual([])
  return rules
}

const simple = (name: string, detection: string, service = 'modbus') =>
  `title: ${name}\nname: ${name}\nlogsource: {category: network, service: ${service}}\n` +
  `detection:\n  s: ${detection}\n  condition: s\n`

describe('what is wrong with rule files is said at once, with its place', () => {
  test('over several files and documents', () => {
    const { rules, errors } = loadRules([
      { file: 'a.yml', text: 'title: [\n' },
      {
        file: 'b.yml',
        text:
          'title: x\nfalsepositive: [y]\nlogsource: {category: network, service: modbsu}\n' +
          'detection:\n  s:\n    modbus.unit_idd|contains: 5\n  condition: s and nto\nlevel: hgih\n' +
          '---\ntitle: y\n',
      },
    ])
    expect(errors.map(formatInputError)).toEqual([
      'a.yml:2:1: not YAML: deficient indentation. Check indentation (spaces, no tabs), quotes and colons here and on the line before.',
      'b.yml:2:1: `falsepositive` is not known. Did you mean `falsepositives`?',
      'b.yml:3:41: the service `modbsu` is not one of ours. Did you mean `modbus`?',
      'b.yml:6:5: no observation has a field `modbus.unit_idd`. Did you mean `modbus.unit_id`?',
      'b.yml:6:31: `contains` works on text, and 5 is a number. Put it in quotes.',
      'b.yml:7:20: `nto` is not defined in the detection. Defined are `s`.',
      'b.yml:8:8: `level` must be one of informational, low, medium, high, critical, not `hgih`. Did you mean `high`?',
      'b.yml:10:1: `logsource` is missing. Add `logsource` with `category: network` and a `service`.',
      'b.yml:10:1: `detection` is missing. Add `detection` with a selection and a `condition`.',
    ])
    expect(rules.rules).toEqual([])
  })

  const counted = simple('base', '{modbus.unit_id: 1}')
  const correlation = (body: string) => `title: c\nname: c\ncorrelation:\n${body}`
  test.each([
    [simple('x', '{a: 1}').replace('s: {', 'timeframe: 5m\n  s: {'), '`timeframe` is no part'],
    ['title: f\nfilter: {rules: any}\n', 'documents with `filter` are not supported'],
    ['action: global\ntitle: x\n', 'documents with `action` are not supported'],
    ['- x\n', 'this is no rule'],
    [
      correlation('  type: event_count\n  rules: [bsae]\n  timespan: 1m\n  condition: {gte: 2}\n'),
      'there is no rule `bsae`',
    ],
    [
      correlation(
        '  type: event_count\n  rules: [base]\n  timespan: banana\n  condition: {gte: 2}\n',
      ),
      'is not well formed: `banana`',
    ],
    [correlation('  type: event_count\n  rules: [base]\n  timespan: 1m\n'), 'has no threshold'],
    [
      correlation('  type: value_count\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2}\n'),
      'none is named',
    ],
    [
      correlation('  type: event_count\n  rules: [c]\n  timespan: 1m\n  condition: {gte: 2}\n'),
      'it counts itself',
    ],
    [
      correlation('  type: event_cuont\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2}\n'),
      'Did you mean `event_count`?',
    ],
    [
      correlation(
        '  type: event_count\n  rules: [base]\n  group-by: [source.iq]\n  timespan: 1m\n  condition: {gte: 2}\n',
      ),
      'Did you mean `source.ip`?',
    ],
  ])('%j', (text, message) => {
    const { errors } = loadRules([
      { file: 'base.yml', text: counted },
      { file: 'x.yml', text },
    ])
    expect(errors.map(formatInputError).join('\n')).toContain(message)
  })

  test('two rules of one name', () => {
    const { errors } = loadRules([
      { file: 'a.yml', text: counted },
      { file: 'b.yml', text: counted },
    ])
    expect(errors.map(({ message }) => message)).toEqual([
      '`base` is also the id or name of a.yml:1',
    ])
  })
})

describe('who is asked', () => {
  test.each([
    ['category: network, service: modbus', 'ot.modbus', true],
    ['category: network, service: modbus', 'ot.mqtt', false],
    ['category: network, service: inventory', 'ot.change', true],
    ['category: network, service: zones', 'ot.mqtt', true],
    ['category: network', 'ot.anomaly', true],
  ])('%s of %s: %s', (logsource, dataset, expected) => {
    const text = `title: t\nlogsource: {${logsource}}\ndetection: {s: {modbus.unit_id: 1}, condition: s}\n`
    const found = load(text).match({ 'event.dataset': dataset, 'modbus.unit_id': 1 }, 'request')
    expect(found.length === 1).toBe(expected)
  })

  test.each([
    ['product: windows', 'Image', 'its log source is not one of this sensor'],
    ['category: network, service: dns', 'dns.query', 'its log source is not one of this sensor'],
    ['category: process_creation, product: windows', 'Image', 'its log source is not'],
  ])('a rule for %s is inactive and says why', (logsource, field, reason) => {
    const text = `title: t\nlogsource: {${logsource}}\ndetection: {s: {${field}: x}, condition: s}\n`
    const rules = load(text)
    expect(rules.inactive[0]?.reason).toContain(reason)
    expect(rules.match({ 'event.dataset': 'ot.modbus', [field]: 'x' }, 'request')).toEqual([])
  })

  test.each([
    ['{modbus.unit_id: 1}', 'request'],
    ['{modbus.unit_id: 1, ot.operation.value_number|gt: 5}', 'value'],
    ['{ot.baseline.value: step}', 'value'],
    ['{ot.operation.value_number|gt: 5, ot.operation.status: x}', 'answer'],
    ['[keyword]', 'answer'],
  ])('%s is asked in phase %s', (detection, phase) => {
    expect(load(simple('t', detection)).rules[0]?.phase).toBe(phase)
  })
})

test('the index finds what asking every rule finds, in the order of the files', () => {
  const field = fc.constantFrom(
    'modbus.unit_id',
    'modbus.function_code',
    'ot.operation.class',
    'source.ip',
  )
  const value = fc.constantFrom('1', '2', 'write', 'Read', "'w*'", 'null', "''")
  const line = fc
    .tuple(
      field,
      fc.constantFrom('', '|contains', '|neq', '|all', '|cased'),
      fc.array(value, { minLength: 1, maxLength: 3 }),
    )
    .map(([name, modifier, values]) => {
      const texts = modifier === '|contains' ? ["'w'", "'R*d'"] : values
      return `${name}${modifier}: [${texts.join(', ')}]`
    })
  const map = fc
    .uniqueArray(line, { minLength: 1, maxLength: 3, selector: (text) => text.split(':')[0] })
    .map((lines) => `{${lines.join(', ')}}`)
  const selection = fc.oneof(
    map,
    fc.array(map, { minLength: 1, maxLength: 2 }).map((maps) => `[${maps.join(', ')}]`),
  )
  const condition = fc.constantFrom(
    'a',
    'a and b',
    'a or b',
    'a and not b',
    'not a',
    '1 of them',
    'not (a or b)',
  )
  const rule = fc.tuple(
    selection,
    selection,
    condition,
    fc.constantFrom(', service: modbus', ', service: mqtt', ''),
  )
  const scalar = fc.constantFrom('1', 1, 2, 'WRITE', 'read', 'w', '')
  const doc = fc.record(
    {
      'event.dataset': fc.constantFrom('ot.modbus', 'ot.mqtt', 'ot.other'),
      'modbus.unit_id': scalar,
      'modbus.function_code': scalar,
      'ot.operation.class': fc.array(scalar, { maxLength: 3 }),
      'source.ip': scalar,
    },
    { requiredKeys: ['event.dataset'] },
  )
  let hits = 0
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 12 }),
      fc.array(doc, { maxLength: 10 }),
      (written, docs) => {
        const texts = written.map(
          ([a, b, how, service], at) =>
            `title: r${at}\nname: r${at}\nlogsource: {category: network${service}}\n` +
            `detection:\n  a: ${a}\n  b: ${b}\n  condition: ${how}\n`,
        )
        const rules = load(texts.join('---\n'))
        for (const one of docs as Doc[]) {
          const service = String(one['event.dataset']).slice(3)
          const naive = rules.rules.filter(
            ({ logsource, detection }) =>
              (logsource.service === undefined || logsource.service === service) &&
              detection!.test(one),
          )
          const found = rules.match(one, 'request').map((match) => match.rule)
          hits += found.length
          expect(found).toEqual(naive)
        }
      },
    ),
    { numRuns: 300 },
  )
  expect(hits).toBeGreaterThan(300)
})

test('fields that matched are told, what was denied is not', () => {
  const rules = load(
    'title: t\nlogsource: {category: network, service: modbus}\ndetection:\n' +
      '  a: {ot.operation.class: write, modbus.unit_id: [1, 2]}\n  b: {source.ip: 192.0.2.1}\n' +
      '  c: {modbus.function_code: 6}\n  condition: a and not b and (a or c)\n',
  )
  const doc = {
    'event.dataset': 'ot.modbus',
    'ot.operation.class': ['write', 'read'],
    'modbus.unit_id': 2,
  }
  expect(rules.match(doc, 'request')[0]?.matched).toEqual([
    { field: 'ot.operation.class', value: 'write, read' },
    { field: 'modbus.unit_id', value: '2' },
  ])
})
