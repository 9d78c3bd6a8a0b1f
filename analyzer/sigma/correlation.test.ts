/** Sigma specification 2.1.0, correlation rules: types, groups, windows, and their bounds. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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

  test('many of one kind leave room for the others, and push nobody out', () => {
    const rules = load(
      base,
      rule(
        'type: value_count\nrules: [base]\ntimespan: 1h\ncondition: {field: modbus.function, gte: 3}',
      ),
    )
    const [match] = rules.match({ 'event.dataset': 'ot.modbus', ...F }, 'request')
    const seen = (value: string, at: number) =>
      rules.correlate(match!, { 'event.dataset': 'ot.modbus', 'modbus.function': value }, at)
    seen('a', 0)
    seen('b', 1)
    for (let at = 2; at < 5 * ENTRIES_MAX; at++) expect(seen('b', at)).toEqual([])
    expect(seen('c', 5 * ENTRIES_MAX)).toMatchObject([{ count: 3 }])
    expect(rules.counters().entriesEvicted).toBe(0)
    for (let at = 0; at < 3 * ENTRIES_MAX; at++) {
      const [found] = seen(`value ${at}`, 6 * ENTRIES_MAX + at)
      expect(found?.count).toBeGreaterThanOrEqual(3)
    }
    expect(rules.counters().entriesEvicted, 'above the threshold all the while').toBe(0)
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
