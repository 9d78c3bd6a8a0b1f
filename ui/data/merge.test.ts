import { describe, expect, it } from 'vitest'
import type { FindingRow } from '../../analyzer/api/schema.ts'
import { merge, newSince } from './merge.ts'

const row = (id: string, last: string, change: Partial<FindingRow> = {}): FindingRow =>
  ({ id, last, count: 1, state: 'open', ...change }) as FindingRow

describe('taking in findings', () => {
  it('updates rows where they stand and never reorders them', () => {
    const taken = [row('a', '10:03'), row('b', '10:02'), row('c', '10:01')]
    const head = [row('c', '10:05', { count: 7 }), row('a', '10:03'), row('b', '10:02')]
    const { rows, fresh } = merge(taken, head, '10:03', [])
    expect(rows.map(({ id, count }) => [id, count])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 7],
    ])
    expect(fresh).toBe(0)
  })
  it('counts what is new without showing it', () => {
    const head = [row('n', '10:06'), row('a', '10:03'), row('deep', '09:00')]
    const { rows, fresh } = merge([row('a', '10:03')], head, '10:03', [])
    expect(rows).toHaveLength(1)
    expect(fresh).toBe(1)
  })
  it('counts what the view would no longer hold, and leaves it', () => {
    const taken = [row('a', '1', { state: 'closed' }), row('b', '1')]
    expect(merge(taken, [], '1', ['open', 'escalated'])).toMatchObject({ left: 1, fresh: 0 })
  })
  it('shows a row once that came on two pages', () => {
    expect(merge([row('a', '1'), row('a', '1')], [], '1', []).rows).toHaveLength(1)
  })
  it('knows from when on a row that is not shown is new', () => {
    const taken = [row('a', '10:03'), row('b', '10:01')]
    const asOf = '10:04'
    expect(newSince(taken, { complete: true, newestFirst: false, asOf })).toBe('')
    expect(newSince(taken, { complete: false, newestFirst: true, asOf })).toBe('10:01')
    expect(newSince(taken, { complete: false, newestFirst: false, asOf })).toBe('10:04')
    expect(newSince([], { complete: true, newestFirst: true, asOf })).toBe('')
  })
})
