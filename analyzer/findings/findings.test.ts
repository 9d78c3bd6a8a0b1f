import { beforeEach, describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { loadRules, type RuleSet } from '../sigma/ruleset.ts'
import {
  EPISODE_SILENCE_US,
  FINDING_EVIDENCE_MAX,
  FINDING_OPERATIONS_MAX,
  type Finding,
} from './finding.ts'
import { Findings, EPISODES_MAX } from './findings.ts'
import { SUBJECTS_PER_RULE_MAX } from './places.ts'

const text = `title: Write
id: 6a3a0a3e-0000-4000-8000-000000000001
tags: [attack.t1692.001, fieldtap.mb-01]
logsource: {category: network, service: modbus}
detection: {s: {ot.operation.class: write}, condition: s}
level: high
fieldtap:
  subject: [modbus.unit_id]
  summary: '{source} wrote {target} on {destination}'
  check: [Who?]
---
title: Zone
id: 6a3a0a3e-0000-4000-8000-000000000002
tags: [fieldtap.zn-01]
logsource: {category: network}
detection: {s: {ot.zone.verdict: violation}, condition: s}
level: high
---
title: Posture
id: 6a3a0a3e-0000-4000-8000-000000000003
tags: [fieldtap.posture]
logsource: {category: network, service: mqtt}
detection: {s: {mqtt.type: CONNECT}, condition: s}
level: medium
---
title: Scan
id: 6a3a0a3e-0000-4000-8000-000000000004
correlation:
  type: value_count
  rules: [6a3a0a3e-0000-4000-8000-000000000001]
  group-by: [source.ip]
  timespan: 60s
  condition: {field: destination.ip, gte: 2}
  generate: true
level: high
fieldtap: {summary: '{source} wrote {count} hosts'}
`

const { rules, errors } = loadRules([{ file: 'r.yml', text }])
const T0 = 1_767_225_600e6

const write = {
  'event.dataset': 'ot.modbus',
  'source.ip': '192.0.2.20',
  'source.mac': '00-80-F4-10-20-01',
  'destination.ip': '192.0.2.80',
  'ot.destination.asset.name': 'PLC-1',
  'ot.destination.zone.id': 'Z1',
  'ot.operation.class': ['write'],
  'ot.operation.target': ['holding:40'],
  'modbus.unit_id': 1,
}

let findings: Findings
let ordinal: number

beforeEach(() => {
  ordinal = 0
  findings = new Findings({ sensor: 's1' })
})

function context(time: number, more: object = {}) {
  ordinal++
  return {
    time,
    packets: [ordinal],
    eventId: () => `e${ordinal}`,
    entries: [] as string[],
    notAssessable: [] as string[],
    ...more,
  }
}

function raise(doc: Doc, time = T0, more: object = {}): Finding {
  const [match] = rules.match(doc, 'request')
  return findings.raise(match!, doc, context(time, more))
}

test('a match becomes a finding that says what, who and why', () => {
  expect(errors).toEqual([])
  const doc = {
    ...write,
    'ot.baseline.precedent': ['hmi-1 writes here'],
    'ot.zone.line': 'p.yml:4',
  }
  const finding = raise(doc, T0 + 5, { entries: ['target a'], notAssessable: ['encrypted'] })
  expect(findings.drain()).toEqual([finding])
  expect(findings.drain()).toEqual([])
  expect(finding).toMatchObject({
    rule: { id: '6a3a0a3e-0000-4000-8000-000000000001', title: 'Write' },
    severity: 'high',
    severity_reasons: [],
    summary: '192.0.2.20 wrote register 40 on PLC-1',
    explanation: {
      matched: [{ field: 'ot.operation.class', value: 'write' }],
      precedent: ['hmi-1 writes here'],
      policy: 'p.yml:4',
      check: ['Who?'],
      not_assessable: ['content not visible: encrypted'],
    },
    count: 1,
    first: '2026-01-01T00:00:00.000005Z',
    last: '2026-01-01T00:00:00.000005Z',
    source: { ip: '192.0.2.20', mac: '00:80:f4:10:20:01', name: '', zone: '' },
    target: { ip: '192.0.2.80', mac: '', name: 'PLC-1', zone: 'Z1' },
    technique: ['T1692.001'],
    evidence: [{ packet: 1 }],
    operations: ['e1'],
    approves: ['target a'],
  })
})

test('what lasted a while is found at its begin, and is over at its end', () => {
  const finding = raise(write, T0 + 9e6, { begin: T0 + 2e6 })
  findings.drain()
  expect(finding).toMatchObject({
    first: '2026-01-01T00:00:02.000000Z',
    last: '2026-01-01T00:00:09.000000Z',
  })
  const later = T0 + 9e6 + EPISODE_SILENCE_US + 1
  const next = raise(write, later, { begin: T0 + 2e6 })
  expect(next.id, 'an episode of its own').not.toBe(finding.id)
  expect(next.first > finding.last).toBe(true)
})

describe('folding', () => {
  test('the same subject is one finding', () => {
    const first = raise(write)
    const second = raise({ ...write, 'ot.operation.target': ['holding:41'] }, T0 + 1e6)
    expect(second).toBe(first)
    expect(findings.all()).toEqual([first])
    expect(second).toMatchObject({
      count: 2,
      last: '2026-01-01T00:00:01.000000Z',
      evidence: [{ packet: 1 }, { packet: 2 }],
      operations: ['e1', 'e2'],
    })
  })

  test.each([
    ['modbus.unit_id', 2],
    ['source.ip', '192.0.2.21'],
    ['destination.ip', '192.0.2.81'],
    ['ot.source.asset.id', 'other'],
  ])('another %s is another finding', (field, value) => {
    expect(raise({ ...write, [field]: value }).id).not.toBe(raise(write).id)
  })

  test('two addresses of one asset are one source', () => {
    const known = { ...write, 'ot.source.asset.id': 'a1' }
    raise(known)
    const finding = raise({ ...known, 'source.ip': '192.0.2.99' })
    expect(finding.sources?.map(({ ip }) => ip)).toEqual(['192.0.2.20', '192.0.2.99'])
  })

  test('ids are those of the same capture on another machine', () => {
    const other = new Findings({ sensor: 's1' })
    const elsewhere = new Findings({ sensor: 's2' })
    const [match] = rules.match(write, 'request')
    const id = raise(write).id
    expect(other.raise(match!, write, context(T0)).id).toBe(id)
    expect(elsewhere.raise(match!, write, context(T0)).id).not.toBe(id)
  })

  test('a repeat costs a count', () => {
    const finding = raise(write)
    expect(findings.repeat(finding, T0 + 3e6, [7], '')).toBe(finding)
    expect(findings.drain()).toEqual([finding])
    expect(finding).toMatchObject({ count: 2, last: '2026-01-01T00:00:03.000000Z' })
    expect(finding.evidence).toEqual([{ packet: 1 }, { packet: 7 }])
    expect(finding.operations).toEqual(['e1'])
  })

  test('an earlier repeat does not turn time back', () => {
    const finding = raise(write)
    findings.repeat(finding, T0 - 5e6, [], '')
    expect(findings.all()[0]).toMatchObject({ count: 2, last: finding.first })
  })

  test('after a day of silence a new episode begins, for repeats too', () => {
    const first = raise(write)
    const same = findings.repeat(first, T0 + EPISODE_SILENCE_US, [], '')
    expect(same).toBe(first)
    const later = T0 + 2 * EPISODE_SILENCE_US + 1
    const second = findings.repeat(first, later, [9], 'e9')
    expect(second.id).not.toBe(first.id)
    expect(second).toMatchObject({ count: 1, evidence: [{ packet: 9 }], operations: ['e9'] })
    expect(findings.repeat(first, later + 1, [], '')).toBe(second)
    expect(raise(write, later + 2)).toBe(second)
    expect(first.count).toBe(2)
    expect(findings.all()).toEqual([first, second])
  })
})

describe('severity', () => {
  test.each([
    [{ 'ot.zone.verdict': 'violation', 'ot.zone.code': 'V-PORT' }, 'critical'],
    [{ 'ot.zone.verdict': 'permitted', 'ot.zone.window': 'w1' }, 'medium'],
    [{ 'ot.zone.verdict': 'permitted', 'ot.operation.class': ['program', 'write'] }, 'high'],
    [{ 'ot.zone.verdict': 'permitted', 'ot.operation.class': ['control', 'write'] }, 'high'],
    [{ 'ot.zone.verdict': 'accepted' }, 'high'],
    [{ 'ot.zone.verdict': 'allowed' }, 'high'],
  ])('%j: %s', (zone, severity) => {
    const finding = raise({ ...write, ...zone } as Doc)
    expect(finding.severity).toBe(severity)
    expect(finding.severity_reasons).toHaveLength(severity === 'high' ? 0 : 1)
  })

  test('the zone rules match the verdict itself', () => {
    const doc = { ...write, 'ot.operation.class': ['read'], 'ot.zone.verdict': 'violation' }
    expect(raise(doc)).toMatchObject({ severity: 'high', zone: { verdict: 'violation' } })
  })

  test('posture is no event', () => {
    const doc = {
      'event.dataset': 'ot.mqtt',
      'mqtt.type': 'CONNECT',
      'ot.zone.verdict': 'violation',
    }
    const [match] = rules.match(doc, 'request').filter(({ rule }) => rule.posture)
    expect(findings.raise(match!, doc, context(T0)).severity).toBe('medium')
  })

  test('rises with a worse match, and never falls', () => {
    const finding = raise(write)
    raise({ ...write, 'ot.zone.verdict': 'violation' })
    expect(finding.severity).toBe('critical')
    raise(write)
    expect(finding.severity).toBe('critical')
  })
})

test('a correlation is about its group and names everyone it covers', () => {
  const fresh = new Findings({ sensor: 's1' })
  const own: RuleSet = loadRules([{ file: 'r.yml', text }]).rules
  const found = ['80', '81', '82'].flatMap((last, at) => {
    const doc = { ...write, 'destination.ip': `192.0.2.${last}`, 'ot.destination.asset.name': '' }
    const told = { packets: [at + 1], doc }
    const eventId = `e${at}`
    return own
      .match(doc, 'request')
      .flatMap((match) => own.correlate(match, doc, T0 + at, { ...told, eventId }))
      .map((match) =>
        fresh.raise(match, doc, { ...context(T0 + at), ...told, eventId: () => eventId }),
      )
  })
  expect(new Set(found)).toHaveLength(1)
  expect(found[0]).toMatchObject({
    summary: '192.0.2.20 wrote 3 hosts',
    count: 2,
    evidence: [{ packet: 1 }, { packet: 2 }, { packet: 3 }],
    operations: ['e0', 'e1', 'e2'],
  })
  expect(found[0]?.targets?.map(({ ip }) => ip)).toEqual(['192.0.2.81', '192.0.2.80', '192.0.2.82'])
})

test('what a store kept is gone on with', () => {
  raise(write)
  const before = structuredClone(findings.all()[0]!)
  const restarted = new Findings({ sensor: 's1' })
  restarted.load([before])
  const [match] = rules.match(write, 'request')
  const after = restarted.raise(match!, write, context(T0 + 1e6))
  expect(after).toBe(before)
  expect(after).toMatchObject({ id: before.id, count: 2 })
})

describe('bounds', () => {
  test('a storm grows nothing', () => {
    const finding = raise(write)
    for (let at = 2; at < 1000; at++) findings.repeat(finding, T0 + at, [at], `r${at}`)
    expect(finding.count).toBe(999)
    expect(finding.evidence).toHaveLength(FINDING_EVIDENCE_MAX)
    expect(finding.operations).toHaveLength(FINDING_OPERATIONS_MAX)
    expect(finding.operations.at(-1)).toBe('r100')
  })

  test('a flood of subjects ends in one finding that says so', () => {
    for (let at = 0; at < SUBJECTS_PER_RULE_MAX; at++) raise({ ...write, 'modbus.unit_id': at })
    const rest = raise({ ...write, 'modbus.unit_id': -1 })
    expect(raise({ ...write, 'modbus.unit_id': -2 })).toBe(rest)
    expect(rest.summary).toContain('the rest together')
    expect(findings.overflowed).toBe(2)
    expect(findings.all()).toHaveLength(SUBJECTS_PER_RULE_MAX + 1)
  })

  test('strangers cannot crowd out what a known pair does', () => {
    const stranger = { entries: ['talker 10.0.0.1 -> 10.0.0.2'] }
    for (let at = 0; at <= SUBJECTS_PER_RULE_MAX; at++) {
      raise({ ...write, 'modbus.unit_id': at }, T0, stranger)
    }
    expect(findings.overflowed).toBe(1)
    const own = raise({ ...write, 'modbus.unit_id': -1 }, T0, { entries: [] })
    expect(own.summary).not.toContain('the rest together')
    const restarted = new Findings({ sensor: 's' })
    restarted.load(findings.all())
    const told = { time: T0, packets: [], entries: [], notAssessable: [] }
    const context = { ...told, eventId: () => '' }
    const [match] = rules.match({ ...write, 'modbus.unit_id': -3 }, 'request')
    restarted.raise(match!, { ...write, 'modbus.unit_id': -3 }, context)
    expect(restarted.overflowed).toBe(0)
  })

  test('episodes that are over and were taken make way, and what repeats begins another', () => {
    const day = 86_400e6
    const first = raise(write)
    // Every two days another episode of the same, and one subject that is heard of once.
    for (let at = 1; at <= EPISODES_MAX; at++) {
      findings.repeat(first, T0 + 2 * at * day, [at], '')
      if (at % 1000 === 0) findings.drain()
    }
    expect(findings.forgotten).toBeGreaterThan(EPISODES_MAX / 2)
    expect(findings.all().length).toBeLessThan(EPISODES_MAX / 2)
    const again = findings.repeat(first, T0 + 2 * (EPISODES_MAX + 1) * day, [7], 'late')
    expect(again).toMatchObject({ count: 1, subject: first.subject, operations: ['late'] })
    expect(again.id).not.toBe(first.id)
  })

  test('what was not taken is not forgotten', () => {
    const first = raise(write)
    const days = Array.from({ length: 1000 }, (_, at) => T0 + 2 * (at + 1) * 86_400e6)
    for (const time of days) findings.repeat(first, time, [1], '')
    expect(findings.forgotten).toBe(0)
    expect(findings.all()).toHaveLength(1001)
  })

  test('a packet of one file is not cited as one of another', () => {
    // Seven are read: five of the one, then two of the other; where the rest was is forgotten.
    findings.placeOf = (packet) => {
      if (packet > 7) return undefined
      return packet < 6 ? { packet, file: 'a.pcap' } : { packet: packet - 5, file: 'b.pcap' }
    }
    const finding = raise(write, T0, { packets: [2] })
    raise(write, T0, { packets: [7, 2] })
    findings.repeat(finding, T0, [9, 5], '')
    findings.placeOf = undefined
    findings.repeat(finding, T0, [6], '')
    expect(finding.evidence).toEqual([
      { packet: 2, file: 'a.pcap' },
      { packet: 2, file: 'b.pcap' },
      { packet: 5, file: 'a.pcap' },
    ])
  })
})

test('all are sorted by first, then id', () => {
  raise({ ...write, 'modbus.unit_id': 3 }, T0 + 9)
  for (const unit of [1, 2]) raise({ ...write, 'modbus.unit_id': unit }, T0)
  const keys = findings.all().map(({ first, id }) => `${first} ${id}`)
  expect(keys).toEqual(keys.toSorted())
})
