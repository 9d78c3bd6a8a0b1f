/** Every cluster keeps the promises that the embedded store keeps. */
import { afterAll, describe, inject } from 'vitest'
import { countCases } from './cases-counts.ts'
import { fleetCases } from './cases-fleet.ts'
import { listCases } from './cases-lists.ts'
import { recordCases } from './cases-records.ts'
import { togetherCases } from './cases-together.ts'
import { storeCases } from './cases.ts'
import { TestPlaces } from './elastic/place.ts'

describe.each(Object.entries(inject('servers')))('%s', (name, url) => {
  const places = new TestPlaces(url)
  afterAll(() => places.close())
  const open = (dir: string): ReturnType<TestPlaces['open']> => places.open(dir)

  storeCases(name, open)
  listCases(name, open)
  recordCases(name, open)
  countCases(name, open)
  fleetCases(name, open)
  togetherCases(name, open)
})
