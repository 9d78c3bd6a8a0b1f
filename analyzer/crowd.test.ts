/** What is judged, told and learned of strangers that come in a burst. */
import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { Analyzer } from './analyzer.ts'
import { Baseline } from './baseline/baseline.ts'
import { PARTIES_MAX } from './findings/parties.ts'
import { SUBJECTS_TOGETHER_MAX } from './findings/places.ts'
import { exampleFlow, exampleOperation } from './inventory/examples.ts'
import { APART_LEARNING, APART_MAX } from './inventory/crowds.ts'
import { loadRules } from './sigma/ruleset.ts'
import { Zones } from './zones/zones.ts'

const text = `title: Write
id: 00000000-0000-5000-8000-000000000001
logsource: {category: network, service: modbus}
detection: {write: {ot.operation.class: write}, condition: write}
level: high
fieldtap: {subject: [ot.operation.target], summary: '{source} wrote {target} on {destination}'}
---
title: Scan
id: 00000000-0000-5000-8000-000000000003
correlation:
  type: event_count
  rules: [read]
  group-by: [source.ip]
  timespan: 60s
  condition: {gte: 20}
level: high
fieldtap: {summary: '{source} read much'}
---
title: Read
name: read
id: 00000000-0000-5000-8000-000000000002
logsource: {category: network, service: modbus}
detection: {read: {ot.operation.class: read}, condition: read}
level: low
`

function made(phase: 'learning' | 'watching'): Analyzer {
  const { rules, errors } = loadRules([{ file: 'r.yml', text }])
  expect(errors).toEqual([])
  const zones = new Zones(undefined)
  const baseline = new Baseline({ phase })
  const analyzer = new Analyzer({ sensor: 'test', site: 'test', rules, zones, baseline })
  // The server is none of the strangers.
  analyzer.approve(['asset 10.10.1.10'])
  return analyzer
}

/** A request to one server; who asks is its number. */
function ask(number: number, action: string, register: number, more: object = {}): Operation {
  const isWrite = action.startsWith('Write')
  const client = `10.99.${number >> 8}.${number & 255}`
  return exampleOperation({
    flow: exampleFlow({ client, proven: false, ...more }),
    action,
    classes: [isWrite ? 'write' : 'read'],
    targets: [`holding:${register}`],
    kind: `${action} ${register}`,
    time: 1e15 + number,
  })
}

const write = (number: number, register = 40): Operation => {
  return ask(number, 'Write Single Register', register)
}
const read = (number: number): Operation => ask(number, 'Read Holding Registers', 1)

function told(analyzer: Analyzer): string[] {
  return analyzer.findings.all().map(({ count, summary }) => `${count} ${summary}`)
}

function asked(analyzer: Analyzer, operation: Operation): void {
  analyzer.requested(operation)
  analyzer.completed(operation)
}

function answered(analyzer: Analyzer, operation: Operation): void {
  analyzer.requested(operation)
  operation.flow.proven = true
  operation.answer = { outcome: 'success' }
  operation.answered = operation.time + 1
  analyzer.completed(operation)
}

describe('a flood of strangers', () => {
  test('is one finding beyond those who are told apart', () => {
    const analyzer = made('watching')
    for (let at = 0; at < 1000; at++) asked(analyzer, write(at))
    const many = told(analyzer).filter((line) => line.includes('many addresses'))
    expect(many).toEqual([`${1000 - APART_MAX} many addresses wrote register 40 on 10.10.1.10`])
    expect(told(analyzer)).toHaveLength(APART_MAX + 1)
    const [found] = analyzer.findings.all().filter(({ summary }) => summary.startsWith('many'))
    expect(found?.sources?.map(({ ip }) => ip).slice(0, 2)).toEqual(['10.99.0.32', '10.99.0.33'])
    expect(found?.sources).toHaveLength(PARTIES_MAX)
  })

  test('of targets too: some are told apart, then what was asked', () => {
    const analyzer = made('watching')
    for (let at = 0; at < 5000; at++) asked(analyzer, write(at, at))
    const many = told(analyzer).filter((line) => line.includes('many addresses'))
    expect(many).toHaveLength(SUBJECTS_TOGETHER_MAX + 1)
    expect(many.reduce((sum, line) => sum + Number.parseInt(line, 10), 0)).toBe(5000 - APART_MAX)
  })

  test('and something else in the midst of it is told', () => {
    const analyzer = made('watching')
    for (let at = 0; at < 5000; at++) asked(analyzer, write(at, at))
    asked(analyzer, ask(5000, 'Write Single Coil', 7))
    expect(told(analyzer)).toContain('1 many addresses wrote register 7 on 10.10.1.10')
  })

  test('is no scan by one of them, and one that scans is told', () => {
    const analyzer = made('watching')
    for (let at = 0; at < 1000; at++) asked(analyzer, read(at))
    expect(told(analyzer)).toEqual([])
    for (let at = 0; at < 20; at++) analyzer.requested(read(0))
    expect(told(analyzer)).toEqual(['2 10.99.0.0 read much'])
  })

  test('who is answered is judged as itself, as of when it asked', () => {
    const alone = made('watching')
    answered(alone, write(2000))
    const [expected] = alone.findings.all()
    const analyzer = made('watching')
    for (let at = 0; at < 1000; at++) asked(analyzer, write(at))
    const before = told(analyzer)
    answered(analyzer, write(2000))
    const found = analyzer.findings.all().find(({ source }) => source.ip === '10.99.7.208')
    expect(found).toMatchObject({ id: expected?.id, count: 1, summary: expected?.summary })
    // One packet counts once: what many did is as it was.
    expect(told(analyzer).filter((line) => !line.includes('10.99.7.208'))).toEqual(before)
  })

  test('is not learned', () => {
    const analyzer = made('learning')
    for (let at = 0; at < APART_LEARNING.asked + 100; at++) analyzer.requested(read(at))
    const { pairs } = analyzer.learned()
    expect(pairs).toHaveLength(APART_LEARNING.asked)
    expect(pairs.filter(({ client }) => client === 'many')).toEqual([])
  })

  test('balances', () => {
    const analyzer = made('watching')
    for (let at = 0; at < 1000; at++) answered(analyzer, write(at))
    const counters = analyzer.counters()
    expect(counters['operations_judged']! + counters['operations_repeated']!).toBe(1000)
    expect(counters['strangersTogether']).toBeGreaterThan(900)
  })
})
