import { describe, expect, test } from 'vitest'
import { Matrix } from './matrix.ts'

const facts = (from: string, to: string, conduit?: string) => ({
  'ot.source.zone.id': from,
  'ot.destination.zone.id': to,
  ...(conduit === undefined ? {} : { 'ot.zone.conduit': conduit }),
})

describe('the zone matrix', () => {
  test('holds what was seen against what was declared', () => {
    const matrix = new Matrix()
    const allowed = matrix.cell(facts('A', 'B', 'C-AB'))
    if (allowed !== undefined) Object.assign(allowed, { operations: 3, allowed: 3 })
    const violated = matrix.cell(facts('B', 'A'))
    if (violated !== undefined) Object.assign(violated, { operations: 5, violations: 2 })
    const inside = matrix.cell(facts('A', 'A'))
    if (inside !== undefined) Object.assign(inside, { operations: 1 })
    const rows = matrix.rows([
      { id: 'C-AB', from: ['A'], to: ['B'], visible: true },
      { id: 'C-AC', from: ['A'], to: ['C'], visible: true },
      { id: 'C-AD', from: ['A'], to: ['D'], visible: false },
    ])
    expect(rows.map(({ from, to, state }) => `${from}>${to} ${state}`)).toEqual([
      'A>A not-declared',
      'A>B allowed',
      'A>C idle',
      'A>D not-visible',
      'B>A violation',
    ])
    expect(rows[1]?.conduits).toEqual(['C-AB'])
    expect(rows[4]).toMatchObject({ violations: 2, operations: 5 })
  })

  test('operations without zones have no cell', () => {
    expect(new Matrix().cell({})).toBeUndefined()
  })
})
