/** Every store there is keeps the same promises. */
import { countCases } from './cases-counts.ts'
import { fleetCases } from './cases-fleet.ts'
import { listCases } from './cases-lists.ts'
import { localCases } from './cases-local.ts'
import { recordCases } from './cases-records.ts'
import { togetherCases } from './cases-together.ts'
import { storeCases } from './cases.ts'
import { stores } from './fixture.ts'

for (const [name, open] of Object.entries(stores)) {
  storeCases(name, open)
  listCases(name, open)
  recordCases(name, open)
  countCases(name, open)
  fleetCases(name, open)
  localCases(name, open)
  togetherCases(name, open)
}
