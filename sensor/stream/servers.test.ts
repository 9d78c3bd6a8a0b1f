import { expect, test } from 'vitest'
import type { AnyDissector } from '../protocols/dissector.ts'
import { ServerTable } from './servers.ts'

let made = 0
const dissector = { name: 'test', server: () => ++made } as unknown as AnyDissector

test('connections to one server share its state; what is not in use any more goes', () => {
  const table = new ServerTable(10)
  const first = table.of(dissector, '10.0.0.1', 502)
  expect(table.of(dissector, '10.0.0.1', 502)).toBe(first)
  expect(table.of(dissector, '10.0.0.1', 503)).not.toBe(first)
  for (let i = 0; i < 100; i++) {
    table.of(dissector, `10.1.0.${i}`, 502)
    // In use all the time: it survives every change of generation.
    if (i % 5 === 0) expect(table.of(dissector, '10.0.0.1', 502)).toBe(first)
  }
  // Of 102 there are a generation of 10 and part of another.
  expect(table.dropped).toBeGreaterThanOrEqual(102 - 20)
  expect(table.dropped).toBeLessThan(102 - 10)
  const before = made
  table.of(dissector, '10.1.0.3', 502)
  expect(made).toBe(before + 1)
})
