/** Who comes with many forged strangers hides nothing that changes the plant. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { Analyzer } from './analyzer.ts'
import { Baseline } from './baseline/baseline.ts'
import type { Finding } from './findings/finding.ts'
import { SUBJECTS_TOGETHER_MAX } from './findings/places.ts'
import { PARTIES_MAX } from './findings/parties.ts'
import { exampleFlow, exampleOperation } from './inventory/examples.ts'
import type { ExampleOperation } from './inventory/examples.ts'
import { loadRules } from './sigma/ruleset.ts'
import { loadPolicy } from './zones/load.ts'
import { Zones } from './zones/zones.ts'

const policy = `apiVersion: zones/v1
metadata: {site: x, version: 1, owner: o, approvedBy: [p], approvedAt: '2023-01-15',
  changeRef: C, reviewBy: '2037-01-15'}
suc: {name: x, function: y, accessPoints: [m]}
defaults: {interZone: deny, intraZone: baseline, unassigned: violation,
  unknownProtocol: violation, opaque: not-assessable}
assets: [{name: plc, ip: 10.0.2.1}]
zones:
  - {id: Z-CELL, name: cell, kind: control, slT: 2, accountable: P,
      members: [{cidr: 10.0.2.0/24}]}
  - {id: Z-SCADA, name: scada, kind: supervisory, slT: 2, accountable: P,
      members: [{cidr: 10.0.0.0/23}, {cidr: 10.1.0.0/16}]}
conduits:
  - id: C-1
    from: [Z-SCADA]
    to: [Z-CELL]
    slT: 2
    accountable: OT
    purpose: polling
    channels:
      - protocol: modbus
        ports: [502]
        allow:
          - {ops: [read], ranges: {holding: ['0-9999']}}
          - {ops: [write], ranges: {holding: ['40-43']}}
`

const rules = `title: Forbidden
id: 00000000-0000-5000-8000-000000000001
logsource: {category: network}
detection: {violation: {ot.zone.verdict: violation}, condition: violation}
level: high
tags: [fieldtap.zn-01]
fieldtap: {subject: [ot.zone.code, ot.operation.target]}
---
title: Changed
id: 00000000-0000-5000-8000-000000000002
logsource: {category: network}
detection:
  change: {ot.operation.class: [program, control, command, write, publish, deliver, other]}
  condition: change
level: medium
fieldtap: {subject: [event.action, ot.operation.target], summary: '{source} changed {target}'}
---
title: Wanted
id: 00000000-0000-5000-8000-000000000003
logsource: {category: network}
detection: {wanted: {source.ip: 10.0.1.200}, condition: wanted}
level: high
`

let analyzer: Analyzer
let time: number

function made(): Analyzer {
  const loaded = loadRules([{ file: 'r.yml', text: rules }])
  expect(loaded.errors).toEqual([])
  const read = loadPolicy(policy, 'p.yaml')
  expect(read.errors).toEqual([])
  const baseline = new Baseline({ phase: 'watching' })
  const zones = new Zones(read.policy)
  return new Analyzer({ sensor: 't', site: 't', rules: loaded.rules, zones, baseline })
}

beforeEach(() => {
  analyzer = made()
  time = 1e15
})

type Given = Omit<ExampleOperation, 'client' | 'server'>

function ask(client: string, given: Given, server = '10.0.2.1'): Operation {
  const flow = exampleFlow({ proven: false, client, server, port: given.port ?? 502 })
  const kind = `${given.action} ${given.targets?.join()}`
  return exampleOperation({ kind, ...given, time: time++, flow })
}

function unanswered(operation: Operation): void {
  analyzer.requested(operation)
  analyzer.completed(operation)
}

function answered(operation: Operation): void {
  analyzer.requested(operation)
  operation.flow.proven = true
  operation.answer = { outcome: 'success' }
  operation.answered = operation.time
  analyzer.completed(operation)
}

const forged = (at: number): string => `10.1.${at >> 8}.${at & 255}`
const REAL = '10.0.1.200'

/** Uses up the room of those who are told apart, and of kinds of what many ask. */
function flood(like?: Given): void {
  for (let at = 0; at < 200; at++) {
    const targets = [`holding:${1000 + at}`]
    unanswered(ask(forged(at), { action: 'Read Holding Registers', classes: ['read'], targets }))
  }
  if (like !== undefined) for (let at = 0; at < 3; at++) unanswered(ask(forged(500 + at), like))
}

function of(title: string, ip = REAL): Finding[] {
  return analyzer.findings
    .all()
    .filter(({ rule, source }) => rule.title === title && source.ip === ip)
}

const targetOf = ({ explanation }: Finding): string[] =>
  explanation.matched.filter(({ field }) => field.includes('target')).map(({ value }) => value)

test('a write that is forbidden is told, though many wrote what is allowed', () => {
  const write = { action: 'Write Single Register', classes: ['write'] } as const
  flood({ ...write, targets: ['holding:40'] })
  expect(analyzer.inventory.counters.strangersTogether).toBeGreaterThan(100)
  expect(of('Forbidden', forged(500))).toEqual([])
  unanswered(ask(REAL, { ...write, targets: ['holding:500'] }))
  const [found, ...more] = of('Forbidden')
  expect(more).toEqual([])
  expect(found).toMatchObject({
    count: 1,
    severity: 'high',
    target: { ip: '10.0.2.1' },
    zone: { verdict: 'violation', code: 'V-TARGET', conduit: 'C-1' },
  })
  expect(of('Changed')).toMatchObject([{ count: 1, zone: { verdict: 'violation' } }])
  expect(of('Wanted')).toMatchObject([{ count: 1 }])
})

test('who is looked for by address is found, though many did the same before', () => {
  const write: Given = { action: 'Write Single Register', classes: ['write'], targets: ['a'] }
  for (let at = 0; at < 100; at++) unanswered(ask(forged(at), write))
  expect(of('Wanted')).toEqual([])
  unanswered(ask(REAL, write))
  expect(of('Wanted')).toMatchObject([{ count: 1 }])
})

describe('what changes something is judged by itself, by whatever protocol', () => {
  const ua = { protocol: 'opcua', port: 4840 }
  const mqtt = { protocol: 'mqtt', port: 1883 }
  const sparkplug = { protocol: 'sparkplug', port: 1883 }
  test.each<[string, Given, string, string]>([
    ['Modbus file', { action: 'Write File Record', classes: ['program'] }, 'file:1', 'file:2'],
    ['Modbus coil', { action: 'Write Single Coil', classes: ['write'] }, 'coil:1', 'coil:2'],
    ['Modbus control', { action: 'Force Listen Only Mode', classes: ['control'] }, 'a', 'b'],
    ['of a vendor', { action: 'UMAS', classes: ['other'] }, 'x', 'y'],
    ['read and write', { action: 'RW', classes: ['write', 'read'] }, 'holding:40', 'holding:41'],
    ['OPC UA Write', { ...ua, action: 'Write', classes: ['write'] }, 'node:i=1', 'node:i=2'],
    ['OPC UA Call', { ...ua, action: 'Call', classes: ['command'] }, 'method:i=1', 'method:i=2'],
    ['NCMD', { ...sparkplug, action: 'NCMD', classes: ['command'] }, 'metric:a', 'metric:b'],
    ['DCMD', { ...sparkplug, action: 'DCMD', classes: ['write'] }, 'metric:a', 'metric:b'],
    ['handed on', { ...sparkplug, action: 'DCMD', classes: ['deliver'] }, 'metric:a', 'metric:b'],
    ['PUBLISH', { ...mqtt, action: 'PUBLISH', classes: ['publish'] }, 'topic:a', 'topic:b'],
  ])('%s', (_, what, theirs, own) => {
    flood({ ...what, targets: [theirs] })
    const before = analyzer.counters()['operations_judged']!
    unanswered(ask(REAL, { ...what, targets: [own] }))
    unanswered(ask(forged(800), { ...what, targets: [own] }))
    expect(analyzer.counters()['operations_judged']).toBe(before + 2)
    const [found, ...more] = of('Changed')
    expect(more).toEqual([])
    expect(found).toMatchObject({ count: 2, target: { ip: '10.0.2.1' } })
    expect(found?.summary).toContain('many addresses changed')
    expect(found?.sources?.map(({ ip }) => ip)).toEqual([REAL, forged(800)])
    // Who is looked for is found, though another one did the like before.
    unanswered(ask(REAL, { ...what, targets: [theirs] }))
    expect(of('Wanted')).toMatchObject([{ count: 2 }])
  })
})

test('of what is only read, a violation is not hidden by what is allowed', () => {
  flood()
  const read = { action: 'Read Holding Registers', classes: ['read'] } as const
  unanswered(ask(REAL, { ...read, targets: ['holding:20000'] }))
  expect(of('Forbidden')).toMatchObject([{ count: 1, zone: { code: 'V-TARGET' } }])
  const judged = analyzer.counters()['operations_judged']!
  unanswered(ask(forged(900), { ...read, targets: ['holding:20001'] }))
  expect(analyzer.counters()['operations_judged']).toBe(judged)
})

describe('one packet counts once', () => {
  const write: Given = {
    action: 'Write Single Register',
    classes: ['write'],
    targets: ['holding:7'],
  }
  const counts = (): number =>
    analyzer.findings
      .all()
      .filter(({ rule }) => rule.title === 'Changed')
      .reduce((sum, { count }) => sum + count, 0)

  test('where it is answered, and so told apart, with the id that it has alone', () => {
    flood(write)
    const before = counts()
    const at = time
    answered(ask(REAL, write))
    expect(counts()).toBe(before + 1)
    const [found] = of('Changed')
    expect(found).toMatchObject({ count: 1, summary: expect.stringContaining(REAL) as string })
    analyzer = made()
    time = at
    answered(ask(REAL, write))
    expect(of('Changed')[0]?.id).toBe(found?.id)
  })

  test('where the answer comes late: after as long as one may take it is one of many', () => {
    flood(write)
    const before = counts()
    const late = ask(REAL, write)
    analyzer.requested(late)
    analyzer.advance(late.time + 4.9e6)
    expect(counts()).toBe(before)
    analyzer.advance(late.time + 5e6)
    expect(counts()).toBe(before + 1)
    late.flow.proven = true
    late.answer = { outcome: 'success' }
    analyzer.completed(late)
    expect(counts()).toBe(before + 1)
  })

  test('where the capture ends before', () => {
    flood(write)
    const before = counts()
    analyzer.requested(ask(REAL, write))
    analyzer.end()
    expect(counts()).toBe(before + 1)
  })

  test('as it was when it was asked, whatever is missing since', () => {
    flood(write)
    const one = ask(REAL, { ...write, targets: ['holding:8'] })
    analyzer.requested(one)
    Object.assign(one, { notAssessable: ['gap'] })
    analyzer.completed(one)
    expect(of('Changed')[0]?.explanation.not_assessable).toEqual([])
  })
})

test('a flood of targets is told by the first of them and one finding that counts', () => {
  const write = { action: 'Write Single Register', classes: ['write'] } as const
  flood()
  const changed = (): Finding[] =>
    analyzer.findings
      .all()
      .filter(({ rule, summary }) => rule.title === 'Changed' && summary.includes('many addresses'))
  for (let at = 0; at < 3000; at++) {
    unanswered(ask(forged(at), { ...write, targets: [`holding:${20_000 + at}`] }))
  }
  const rest = changed().filter(({ summary }) => summary.includes('the rest together'))
  expect(changed()).toHaveLength(SUBJECTS_TOGETHER_MAX + 1)
  expect(rest).toHaveLength(1)
  expect(rest[0]?.summary).toBe(
    'many addresses → plc: Changed: more than 64 cases, the rest together',
  )
  expect(rest[0]!.count).toBeGreaterThan(2800)
  expect(rest[0]!.explanation.matched).toHaveLength(PARTIES_MAX)
  expect(targetOf(rest[0]!)).toContain(`holding:${20_000 + 32 + SUBJECTS_TOGETHER_MAX}`)
  expect(rest[0]!.sources).toHaveLength(PARTIES_MAX)
  // What is allowed, or done in another way, or to somebody else, has room of its own.
  unanswered(ask(REAL, { ...write, targets: ['holding:41'] }))
  expect(of('Changed')).toMatchObject([{ count: 1, zone: { verdict: 'allowed' } }])
  unanswered(ask(REAL, { action: 'Write Single Coil', classes: ['write'], targets: ['coil:1'] }))
  expect(of('Changed')).toHaveLength(2)
})
