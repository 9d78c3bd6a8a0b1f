/** What several sensors say of themselves, and what the silence of one says. */
import { describe, expect, test } from 'vitest'
import { currentOf, mergeHealth, ofSensors, silenceMax } from './fleet.ts'
import * as plant from './fixture.ts'
import type { HealthSnapshot, SensorRow } from './store.ts'

const NOW = 1_000_000
const SILENT = silenceMax('sqlite')

function row(sensor: string, change: Partial<HealthSnapshot> = {}, late = 0): SensorRow {
  const health = plant.health({ sensor, site: 'plant-1', ...change })
  return { sensor, site: health.site, health, received: NOW - late }
}

function told(rows: readonly SensorRow[], silentMs: number): HealthSnapshot | undefined {
  const now = ofSensors(rows).map((one) => ({ ...one, health: currentOf(one, NOW, silentMs) }))
  return mergeHealth(now)
}
const merged = (...rows: SensorRow[]): HealthSnapshot | undefined => told(rows, SILENT)

describe('one sensor', () => {
  test('is as it said', () => {
    expect(merged()).toBeUndefined()
    expect(merged(row('north'))).toEqual(plant.health({ sensor: 'north' }))
  })

  test.each([
    ['running', SILENT, 'grey'],
    ['running', SILENT + 1, 'red'],
    ['starting', SILENT + 1, 'red'],
    ['finished', SILENT + 1, 'grey'],
    ['stopped', 9e9, 'grey'],
  ])('%s and silent for %d ms is %s', (state, late, level) => {
    const health = merged(row('north', { state, reasons: ['before'] }, late))
    expect(health?.level).toBe(level)
    if (level === 'red') {
      expect(health?.reasons).toEqual([
        `The sensor has not reported for ${Math.round(late / 1000)} s`,
        'before',
      ])
    }
  })

  test('of a cluster may be as late as its delivery', () => {
    const late = row('north', {}, SILENT + 1)
    for (const kind of ['elasticsearch', 'opensearch'] as const) {
      expect(told([late], silenceMax(kind))?.level).toBe('grey')
      const gone = row('north', {}, silenceMax(kind) + 1)
      expect(told([gone], silenceMax(kind))?.level).toBe('red')
    }
  })

  test('that said less, or anything, is told as what can be read of it', () => {
    const { rate: _, interfaces: __, ...older } = plant.health({ sensor: 'north' })
    const { coverage: ___, ...less } = older
    const early = { ...row('north'), health: less as HealthSnapshot }
    expect(merged(early)).toEqual({ ...older, coverage: [] })
    for (const broken of [{ packets: 'many' }, { coverage: [null] }, { reasons: 'x' }]) {
      const health = { ...plant.health(), ...broken } as unknown as HealthSnapshot
      const told = merged({ ...row('north'), health }, row('south'))
      expect(told).toMatchObject({ level: 'red', packets: 1200 })
      expect(told?.reasons[0]).toMatch(/^north: What the sensor says of itself cannot be read/)
    }
  })

  test('that did not know its name before the first packet is not two', () => {
    const nameless = row('', { state: 'starting' }, SILENT + 1)
    expect(merged(nameless, row('north'))).toEqual(plant.health({ sensor: 'north' }))
    expect(merged(nameless)?.level).toBe('red')
    const elsewhere = row('', { site: 'plant-2' })
    expect(merged(elsewhere, row('north'))?.packets).toBe(2400)
  })
})

describe('several sensors', () => {
  test('are as bad as the worst, whose reasons stand first, each with its name', () => {
    const amber = row('north', { level: 'amber', reasons: ['the disk is nearly full'] })
    const grey = row('east')
    const silent = row('south', { reasons: ['x'] }, 12_000)
    const health = merged(amber, grey, silent)
    expect(health).toMatchObject({ level: 'red', sensor: '', site: 'plant-1', mode: 'file' })
    expect(health?.reasons).toEqual([
      'south: The sensor has not reported for 12 s',
      'south: x',
      'north: the disk is nearly full',
    ])
  })

  test('are the same in whatever order they stand', () => {
    const rows = [row('a', { level: 'amber' }), row('b', {}, 9000), row('c', { site: 'plant-2' })]
    expect(merged(...rows.toReversed())).toEqual(merged(...rows))
  })

  test('add up', () => {
    const coverage = plant.health().coverage.map((line) => ({
      ...line,
      messages: 758,
      decoded: 1,
    }))
    const health = merged(
      row('north', { counters: { flows: 2, 'packets.tcp': 1 }, packets_per_second: 3 }),
      row('south', { counters: { flows: 5 }, coverage, capture_last: plant.time(99) }),
    )
    expect(health).toMatchObject({
      packets: 2400,
      bytes: 180_000,
      packets_per_second: 23,
      counters: { flows: 7, 'packets.tcp': 1 },
      capture_first: plant.time(0),
      capture_last: plant.time(99),
      state: 'running',
    })
    expect(health?.coverage).toEqual([
      {
        protocol: 'modbus',
        messages: 1000,
        malformed: 2,
        gaps: 0,
        encrypted: 0,
        decoded: expect.closeTo(0.9995, 4),
      },
    ])
    expect(health?.accounting.map(({ part }) => part)).toEqual(['north: packets', 'south: packets'])
    expect(health?.events).toHaveLength(2)
  })

  test.each([
    [0, 0, 0],
    [null, null, null],
    [0, null, null],
    [7, null, 7],
    [7, 1, 8],
  ])('that lost %j and %j lost %j', (one, other, all) => {
    expect(merged(row('a', { lost: one }), row('b', { lost: other }))?.lost).toBe(all)
  })

  test('that read files name them all', () => {
    const rows = [row('a', { source: 'x' }), row('b', { source: 'y' }), row('c', { source: 'x' })]
    expect(merged(...rows)).toMatchObject({ mode: 'file', source: 'x, y', files: ['x', 'y'] })
    expect(merged(row('a'), row('b', { mode: 'live' }))?.files).toBeUndefined()
  })

  test('of two sites name neither as the one', () => {
    const health = merged(row('a'), row('b', { site: 'plant-2', mode: 'live', source: 'eth0' }))
    expect(health).toMatchObject({ site: '', mode: 'several', source: 'day.pcapng, eth0' })
  })

  test('have their packets by minute put together', () => {
    const early = { last: '2026-11-21T08:01:00.000000Z', packets: [1, 2, 3] }
    const late = { last: '2026-11-21T08:03:00.000000Z', packets: [10, 20] }
    const health = merged(row('a', { rate: early }), row('b', { rate: late }), row('c'))
    expect(health?.rate).toEqual({ last: late.last, packets: [3, 10, 20] })
  })

  test.each([
    [['finished', 'running'], 'running'],
    [['finished', 'stopped'], 'stopped'],
    [['running', 'failed'], 'failed'],
    [['dreaming'], 'dreaming'],
  ])('%j are %s', (states, expected) => {
    const rows = states.map((state, at) => row(`s${at}`, { state }))
    expect(merged(...rows)?.state).toBe(expected)
  })
})
