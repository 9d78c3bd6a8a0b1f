import { expect, test } from 'vitest'
import { fieldOf, storedFields } from '../../sigma/fields.ts'
import { dashboards } from './dashboards.ts'
import { fieldsOf, panels } from './panels.ts'

interface Saved {
  id: string
  type: string
  attributes: Record<string, unknown>
  references: { id: string; name: string; type: string }[]
}

const objects = (namespace: string): Saved[] =>
  dashboards(namespace)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Saved)

test('every field that a panel names is mapped, as a type that can be told apart', () => {
  const named = panels.flatMap(fieldsOf)
  expect(named.length).toBeGreaterThan(50)
  const typeOf = (name: string): string | undefined =>
    (fieldOf(name) ?? storedFields.get(name))?.type
  expect(named.filter((name) => typeOf(name) === undefined)).toEqual([])
  const told = panels.flatMap(({ by }) => by)
  expect(told.filter((name) => !['keyword', 'ip'].includes(typeOf(name) ?? ''))).toEqual([])
  const sums = panels.flatMap(({ sum }) => sum ?? [])
  expect(sums.filter((name) => typeOf(name) !== 'long')).toEqual([])
})

test('everything that an object refers to is before it', () => {
  const before = new Set<string>()
  for (const { id, type, references } of objects('default')) {
    const unknown = references.filter((one) => !before.has(`${one.type} ${one.id}`))
    expect(unknown, id).toEqual([])
    before.add(`${type} ${id}`)
  }
  expect(before.size).toBe(3 + panels.length + 3)
})

test('every panel is on its dashboard, side by side with no overlap', () => {
  const boards = objects('default').filter(({ type }) => type === 'dashboard')
  const shown = boards.flatMap(({ references }) => references.map(({ id }) => id))
  expect(shown.toSorted()).toEqual(panels.map(({ id }) => `fieldtap-${id}-default`).toSorted())
  for (const { attributes } of boards) {
    const all = JSON.parse(String(attributes['panelsJSON'])) as {
      gridData: { x: number; y: number; w: number; h: number }
    }[]
    const cells = all.flatMap(({ gridData: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(48)
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`)
    })
    expect(cells.length).toBe(new Set(cells).size)
  }
})

test('those of two namespaces stand beside each other', () => {
  const ids = [...objects('north'), ...objects('south')].map(({ id }) => id)
  expect(ids.length).toBe(new Set(ids).size)
  const [assets] = objects('north')
  expect(assets?.attributes['title']).toBe('ot-assets-north')
})

test('a visualisation counts, and orders by what it counts', () => {
  for (const { type, attributes } of objects('default')) {
    if (type !== 'visualization') continue
    const state = JSON.parse(String(attributes['visState'])) as {
      aggs: { id: string; type: string; params: { orderBy?: string } }[]
    }
    const ids = state.aggs.map(({ id }) => id)
    expect(ids.length).toBe(new Set(ids).size)
    const orders = state.aggs.flatMap(({ params }) => params.orderBy ?? [])
    expect(orders.filter((id) => !ids.includes(id))).toEqual([])
  }
})
