/** Zones that several sensors see, and zones that only have the same name. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ZoneMatrix } from '../api/schema.ts'
import * as plant from './fixture.ts'
import type { MatrixRow } from './matrices.ts'
import { mergeMatrix } from './matrices.ts'

type Cell = ZoneMatrix['cells'][number]

function row(sensor: string, cell: Partial<Cell> = {}, site = 'plant-1'): MatrixRow {
  const cells = plant.matrix.cells.map((one) => ({ ...one, ...cell }))
  return { sensor, site, matrix: { ...plant.matrix, cells } }
}

test('of one sensor is as it is, of none there is none', () => {
  expect(mergeMatrix([])).toBeUndefined()
  expect(mergeMatrix([row('north')])).toEqual(plant.matrix)
})

test('of one site: a zone is one zone, and what one sensor saw holds', () => {
  const merged = mergeMatrix([
    row('north', { state: 'allowed', conduits: ['C-2'], violations: 0, operations: 9 }),
    row('south'),
    row('west', { from: 'Z-CELL1', to: 'Z-OPS', state: 'idle' }),
  ])
  expect(merged?.policy).toEqual(plant.matrix.policy)
  expect(merged?.zones).toEqual(plant.matrix.zones)
  expect(merged?.cells).toEqual([
    { ...plant.matrix.cells[0], conduits: ['C-2', 'C-1'], operations: 130 },
    { ...plant.matrix.cells[0], from: 'Z-CELL1', to: 'Z-OPS', state: 'idle' },
  ])
})

test('of two sites: equal names are different zones', () => {
  const merged = mergeMatrix([row('north'), row('south', { state: 'idle' }, 'plant-2')])
  expect(merged?.policy).toBeNull()
  expect(merged?.zones.map(({ id }) => id)).toEqual([
    'plant-1/Z-OPS',
    'plant-1/Z-CELL1',
    'plant-2/Z-OPS',
    'plant-2/Z-CELL1',
  ])
  expect(merged?.cells.map(({ from, state }) => [from, state])).toEqual([
    ['plant-1/Z-OPS', 'violation'],
    ['plant-2/Z-OPS', 'idle'],
  ])
})

test('the newest policy of a site is the one', () => {
  const newer = row('a')
  const policy = plant.matrix.policy as NonNullable<ZoneMatrix['policy']>
  newer.matrix = { ...newer.matrix, policy: { ...policy, version: 4 } }
  const none = row('c')
  none.matrix = { ...none.matrix, policy: null }
  expect(mergeMatrix([newer, row('b'), none])?.policy?.version).toBe(4)
})

test('does not depend on the order of the sensors', () => {
  const rows = fc.uniqueArray(
    fc.record({
      sensor: fc.constantFrom('a', 'b', 'c', 'd'),
      site: fc.constantFrom('plant-1', 'plant-2'),
      state: fc.constantFrom<Cell['state']>('allowed', 'violation', 'idle', 'not-visible'),
      to: fc.constantFrom('x', 'y'),
      violations: fc.integer({ min: 0, max: 5 }),
    }),
    { selector: ({ sensor }) => sensor, minLength: 1 },
  )
  fc.assert(
    fc.property(rows, (all) => {
      const told = all.map(({ sensor, site, ...cell }) => row(sensor, cell, site))
      const merged = mergeMatrix(told)
      expect(mergeMatrix(told.toReversed())).toEqual(merged)
      const sum = (cells: readonly Cell[]): number =>
        cells.reduce((total, { violations }) => total + violations, 0)
      expect(sum(merged?.cells ?? [])).toBe(sum(told.flatMap(({ matrix }) => matrix.cells)))
    }),
  )
})
