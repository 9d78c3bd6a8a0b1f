import { expect, test } from 'vitest'
import type { StoreSpace } from '#analyzer'
import { SpaceWatch, spaceReasons } from './space-watch.ts'

function space(state: StoreSpace['state'], reason = ''): StoreSpace {
  const bytes = { free_bytes: 1, store_bytes: 2, quota_bytes: 3 }
  return { state, reason, ...bytes, observations_refused: 4, oldest: '2026-11-21', damaged: [] }
}

test('a change of the room is told once, and that it is over', () => {
  const watch = new SpaceWatch()
  expect(watch.look()).toEqual([])
  watch.space = space('ok')
  expect(watch.look()).toEqual([])
  watch.space = space('full', 'the disk is full')
  const fields = { state: 'full', reason: 'the disk is full' }
  expect(watch.look()).toEqual([{ event: 'store', fields }])
  expect(watch.keepsObservations).toBe(false)
  expect(watch.look()).toEqual([])
  watch.space = space('ok')
  expect(watch.look()).toEqual([{ event: 'store', fields: { state: 'ok' } }])
  expect(watch.keepsObservations).toBe(true)
  expect(watch.counters()).toMatchObject({ store_free_bytes: 1, records_refused: 4 })
})

test('a file that was put aside is told of', () => {
  const watch = new SpaceWatch()
  watch.space = { ...space('ok'), damaged: ['2026-11-20.db.damaged'] }
  watch.space = space('ok')
  const fields = { state: 'damaged', reason: '2026-11-20.db.damaged' }
  expect(watch.look()).toEqual([{ event: 'store', fields }])
  expect(watch.look()).toEqual([])
})

test.each<[StoreSpace | undefined, string[], string[]]>([
  [undefined, [], []],
  [space('ok'), [], []],
  [space('low', 'little is left'), [], ['the store: little is left']],
  [space('full', 'it is full'), ['no observations are kept: it is full'], []],
  [space('failing', 'EIO'), ['the disk of the store failed: EIO'], []],
])('%j reads as health', (given, red, amber) => {
  expect(spaceReasons(given)).toEqual({ red, amber })
})
