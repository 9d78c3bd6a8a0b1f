/** What every store promises of its numbers: over time, and of each. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FindingGroup, OperationGroup } from './counts.ts'
import * as plant from './fixture.ts'
import type { Store } from './store.ts'

export function countCases(name: string, open: plant.OpenStore): void {
  describe(`${name}, counts`, () => {
    const place = plant.temporary()
    let store: Store

    beforeAll(async () => {
      store = await open(place.dir)
      await plant.fill(store)
      await store.putFindings(plant.findings(100, 'n'), plant.FROM)
      await store.act(['n00001'], plant.request())
      const docs = Array.from({ length: 60 }, (_, i) =>
        plant.operation({
          'event.id': `o${i}`,
          '@timestamp': plant.time(i),
          'event.action': i % 3 === 0 ? 'Read Coils' : 'Write Single Coil',
          'ot.operation.class': i % 3 === 0 ? ['read'] : ['write', 'control'],
          'source.ip': `10.20.0.${i % 2}`,
          ...(i % 5 === 0 ? { 'modbus.unit_id': i } : {}),
        }),
      )
      await store.putObservations(
        [...docs, { '@timestamp': plant.time(3), 'event.id': 'c', 'event.dataset': 'ot.change' }],
        plant.FROM,
      )
    })
    afterAll(async () => {
      await store.close()
      place.remove()
    })

    test('a histogram has every finding in the bucket of its last match', async () => {
      const query = { text: 'registers', rule: plant.rule.id }
      const { rows, isComplete } = await store.findingHistogram(query, 10)
      expect(isComplete).toBe(true)
      expect(rows).toHaveLength(10)
      expect(rows[0]?.from).toBe(plant.time(0))
      // f1 at 0, f2 at 5, and one of each second from 0 to 99.
      expect(rows.map(({ count }) => count)).toEqual([12, 10, 10, 10, 10, 10, 10, 10, 10, 10])
    })

    test('a histogram over a time range has its buckets there, empty ones too', async () => {
      const range = { from: plant.time(90), to: '2026-11-21T08:03:09.999999Z' }
      const { rows } = await store.findingHistogram(range, 10)
      const [first, second] = rows
      expect([first?.from, second?.from]).toEqual([plant.time(90), plant.time(100)])
      expect(rows.map(({ count }) => count)).toEqual([10, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    })

    test('a histogram of operations counts what the list has', async () => {
      const { rows } = await store.operationHistogram({ classes: ['write'] }, 6)
      expect(rows.map(({ from }) => from.slice(11, 19))[0]).toBe('08:00:00')
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(41)
      const range = { from: plant.time(10), to: '2026-11-21T08:00:29.999999Z' }
      const part = await store.operationHistogram(range, 2)
      expect(part.rows).toEqual([
        { from: plant.time(10), count: 10 },
        { from: plant.time(20), count: 10 },
      ])
    })

    test('of nothing there is no histogram', async () => {
      expect((await store.findingHistogram({ text: 'nowhere' }, 5)).rows).toEqual([])
      expect((await store.operationHistogram({ text: 'nowhere' }, 5)).rows).toEqual([])
    })

    test.each<[FindingGroup, [string, number][]]>([
      [
        'rule',
        [
          [plant.rule.id, 102],
          ['r-3', 1],
        ],
      ],
      [
        'state',
        [
          ['open', 102],
          ['acknowledged', 1],
        ],
      ],
      ['target', [['PLC-1', 103]]],
      [
        'severity',
        [
          ['high', 21],
          ['low', 21],
          ['medium', 21],
          ['critical', 20],
          ['informational', 20],
        ],
      ],
    ])('findings by %s', async (by, expected) => {
      const { rows } = await store.groupFindings({}, by, 10)
      const counted = rows.map(({ value, count }) => [value, count] as const)
      expect(counted.toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))).toEqual(expected)
    })

    test.each<[OperationGroup, [string, number][]]>([
      [
        'class',
        [
          ['write', 41],
          ['control', 40],
          ['read', 20],
        ],
      ],
      [
        'action',
        [
          ['Write Single Coil', 40],
          ['Read Coils', 20],
          ['Write Multiple Registers', 1],
        ],
      ],
      ['protocol', [['ot.modbus', 61]]],
      [
        'source',
        [
          ['10.20.0.0', 30],
          ['10.20.0.1', 30],
          ['10.20.0.9', 1],
        ],
      ],
    ])('operations by %s', async (by, expected) => {
      const { rows, isComplete } = await store.groupOperations({}, by, 10)
      expect(rows.map(({ value, count }) => [value, count])).toEqual(expected)
      expect(isComplete).toBe(true)
    })

    test('groups are the largest, of what was asked, with their newest', async () => {
      const query = { classes: ['read'], to: plant.time(30) }
      expect(await store.groupOperations(query, 'action', 1)).toEqual({
        rows: [{ value: 'Read Coils', count: 11, last: plant.time(30) }],
        isComplete: true,
      })
      const { rows } = await store.groupFindings({ severity: ['high'] }, 'rule', 1)
      expect(rows).toEqual([{ value: plant.rule.id, count: 21, last: plant.time(98) }])
    })
  })
}
