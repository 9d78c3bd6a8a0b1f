import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { formatInputError } from '../input/input.ts'
import { CITED_MAX, ENTRIES_MAX, GROUPS_MAX } from './correlation.ts'
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

describe('correlations', () => {
  const base = simple('base', '{modbus.function|exists: true}')
  const second = simple('second', '{modbus.subfunction|exists: true}')
  const rule = (body: string) => `title: c\nname: c\ncorrelation:\n${body.replaceAll(/^/gm, '  ')}`

  /** Feeds documents at their second; says at which of them the correlation holds. */
  function run(rules: RuleSet, docs: [number, Record<string, string | number | string[]>][]) {
    return docs.map(([second_, given]) => {
      const doc = { 'event.dataset': 'ot.modbus', 'source.ip': 'a', ...given }
      const found = rules.match(doc, 'request').flatMap((match) => {
        return rules.correlate(match, doc, second_ * 1e6)
      })
      return found[0]?.count ?? 0
    })
  }
  const F = { 'modbus.function': 'f' }
  const event = (at: number, given = {}): [number, Record<string, string>] => [
    at,
    { ...F, ...given },
  ]

  test('event_count in a window that slides, both ends within', () => {
    const rules = load(
      base,
      rule(
        'type: event_count\nrules: [base]\ngroup-by: [source.ip]\ntimespan: 10s\ncondition: {gte: 3}',
      ),
    )
    expect(run(rules, [event(0), event(5), event(10), event(11), event(30), event(31)])).toEqual([
      0, 0, 3, 3, 0, 0,
    ])
  })

  test('groups are apart', () => {
    const rules = load(
      base,
      rule(
        'type: event_count\nrules: [base]\ngroup-by: [source.ip]\ntimespan: 10s\ncondition: {gte: 2}',
      ),
    )
    expect(
      run(rules, [
        event(0),
        event(1, { 'source.ip': 'b' }),
        event(2),
        event(3, { 'source.ip': 'b' }),
      ]),
    ).toEqual([0, 0, 2, 2])
  })

  test('without a field of the group there is no group', () => {
    const rules = load(
      base,
      rule(
        'type: event_count\nrules: [base]\ngroup-by: [user.name]\ntimespan: 10s\ncondition: {gte: 1}',
      ),
    )
    expect(run(rules, [event(0), event(1, { 'user.name': 'x' })])).toEqual([0, 1])
  })

  test('value_count counts what differs, also members of lists', () => {
    const rules = load(
      base,
      rule(
        'type: value_count\nrules: [base]\ntimespan: 10s\ncondition: {field: ot.operation.target, gt: 2}',
      ),
    )
    const target = (
      at: number,
      ...targets: string[]
    ): [number, Record<string, string | string[]>] => [at, { ...F, 'ot.operation.target': targets }]
    expect(
      run(rules, [
        target(0, 'a'),
        target(1, 'a'),
        target(2, 'b'),
        target(3, 'c'),
        target(20, 'd'),
        target(21, 'e', 'f'),
      ]),
    ).toEqual([0, 0, 0, 3, 0, 3])
  })

  test('temporal: every rule, in whatever order', () => {
    const rules = load(base, second, rule('type: temporal\nrules: [base, second]\ntimespan: 10s'))
    const S = (at: number): [number, Record<string, string>] => [at, { 'modbus.subfunction': 's' }]
    expect(run(rules, [S(0), S(1), event(2), event(30)])).toEqual([0, 0, 2, 0])
  })

  test('temporal_ordered: each after the one before it', () => {
    const rules = load(
      base,
      second,
      rule('type: temporal_ordered\nrules: [base, second]\ntimespan: 10s'),
    )
    const S = (at: number): [number, Record<string, string>] => [at, { 'modbus.subfunction': 's' }]
    expect(run(rules, [S(0), event(1), S(2)])).toEqual([0, 0, 2])
  })

  test('value_sum and value_avg', () => {
    const sum = load(
      base,
      rule(
        'type: value_sum\nrules: [base]\ntimespan: 10s\ncondition: {field: modbus.quantity, gte: 10}',
      ),
    )
    const avg = load(
      base,
      rule(
        'type: value_avg\nrules: [base]\ntimespan: 10s\ncondition: {field: modbus.quantity, gt: 4, lte: 6}',
      ),
    )
    const Q = (at: number, quantity: number): [number, Record<string, string | number>] => [
      at,
      { ...F, 'modbus.quantity': quantity },
    ]
    expect(run(sum, [Q(0, 4), Q(1, 6), Q(15, 6)])).toEqual([0, 10, 0])
    expect(run(avg, [Q(0, 2), Q(1, 8), Q(2, 20)])).toEqual([0, 5, 0])
  })

  test('aliases name a field for each rule', () => {
    const rules = load(
      base,
      second,
      rule(
        'type: temporal\nrules: [base, second]\ngroup-by: [host]\ntimespan: 10s\naliases:\n  host: {base: source.ip, second: destination.ip}',
      ),
    )
    expect(
      run(rules, [
        [0, F],
        [1, { 'modbus.subfunction': 's', 'destination.ip': 'b' }],
        [2, { 'modbus.subfunction': 's', 'destination.ip': 'a' }],
      ]),
    ).toEqual([0, 0, 2])
  })

  test('a correlation may be counted by another', () => {
    const inner = rule(
      'type: event_count\nrules: [base]\ngroup-by: [source.ip]\ntimespan: 10s\ncondition: {gte: 2}',
    ).replaceAll('c\n', 'inner\n')
    const outer = `title: o\nname: o\ncorrelation:\n  type: event_count\n  rules: [inner]\n  timespan: 1m\n  condition: {gte: 2}\n`
    const rules = load(base, inner.replace('title: inner', 'title: i'), outer)
    expect(run(rules, [event(0), event(1), event(2)])).toEqual([0, 0, 2])
  })

  test('a rule that is counted raises nothing of its own, unless it is asked to', () => {
    const body = 'type: event_count\nrules: [base]\ntimespan: 10s\ncondition: {gte: 2}'
    const silent = load(base, rule(body))
    const loud = load(base, rule(`${body}\ngenerate: true`))
    expect(silent.rules.map((one) => silent.alerts(one))).toEqual([false, true])
    expect(loud.rules.map((one) => loud.alerts(one))).toEqual([true, true])
    expect(silent.rules.map((one) => silent.feeds(one))).toEqual([true, false])
  })

  test('events that counted are told once, the newest of many', () => {
    const rules = load(
      base,
      rule('type: event_count\nrules: [base]\ntimespan: 1h\ncondition: {gte: 300}'),
    )
    const doc = { 'event.dataset': 'ot.modbus', ...F }
    const [match] = rules.match(doc, 'request')
    const told = Array.from({ length: 302 }, (_, at) => {
      const contribution = { eventId: `e${at}`, packets: [at] }
      return rules.correlate(match!, doc, at * 1e6, contribution)[0]?.contributions ?? []
    })
    expect(told[298]).toEqual([])
    expect(told[299]).toHaveLength(CITED_MAX)
    expect(told[299]?.at(-1)).toEqual({ eventId: 'e299', packets: [299] })
    expect(told[300]).toEqual([{ eventId: 'e300', packets: [300] }])
  })

  test('memory is bounded, and what the bounds cost is counted', () => {
    const rules = load(
      base,
      rule(
        'type: event_count\nrules: [base]\ngroup-by: [source.ip]\ntimespan: 1h\ncondition: {gte: 5000}',
      ),
    )
    const doc = { 'event.dataset': 'ot.modbus', ...F }
    const [match] = rules.match(doc, 'request')
    for (let at = 0; at < GROUPS_MAX * 2; at++)
      rules.correlate(match!, { ...doc, 'source.ip': `h${at}` }, at)
    expect(rules.counters().groupsEvicted).toBe(0)
    for (let at = 0; at < GROUPS_MAX; at++)
      rules.correlate(match!, { ...doc, 'source.ip': `i${at}` }, at)
    expect(rules.counters().groupsEvicted).toBe(GROUPS_MAX)
    for (let at = 0; at < ENTRIES_MAX + 7; at++)
      rules.correlate(match!, { ...doc, 'source.ip': 'one' }, at)
    expect(rules.counters().entriesEvicted).toBe(7)
  })

  test('the count is that of a naive window', () => {
    const rules = () =>
      load(
        base,
        rule(
          'type: value_count\nrules: [base]\ntimespan: 10s\ncondition: {field: modbus.function, gte: 3}',
        ),
      )
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom('a', 'b', 'c', 'd')),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, (given) => {
        let now = 0
        const events = given.map(([wait, value]): [number, { 'modbus.function': string }] => [
          (now += wait),
          { 'modbus.function': value },
        ])
        const naive = events.map(([at], index) => {
          const within = events.slice(0, index + 1).filter(([time]) => time >= at - 10)
          const count = new Set(within.map(([, doc]) => doc['modbus.function'])).size
          return count >= 3 ? count : 0
        })
        expect(run(rules(), events)).toEqual(naive)
      }),
      { numRuns: 200 },
    )
  })
})
