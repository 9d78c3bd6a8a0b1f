import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { Order } from './order.ts'

const operation = (sequence: number): Operation => ({ sequence }) as Operation

test('operations leave in the order of their requests, whatever answers first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), (priorities) => {
      const out: number[] = []
      const order = new Order((done) => out.push(done.sequence))
      const operations = priorities.map((_, sequence) => operation(sequence))
      for (const one of operations) order.requested(one)
      const answered = operations
        .map((one, index) => ({ one, priority: priorities[index] ?? 0 }))
        .sort((a, b) => a.priority - b.priority)
      for (const { one } of answered) order.completed(one)
      expect(out).toEqual(operations.map(({ sequence }) => sequence))
    }),
  )
})

test('what is never answered goes out at the end, and too many held ones early', () => {
  const out: number[] = []
  const order = new Order((done) => out.push(done.sequence))
  for (let sequence = 0; sequence < 70_000; sequence++) order.requested(operation(sequence))
  expect(order.early).toBe(70_000 - 65_536)
  order.flush()
  expect(out).toHaveLength(70_000)
  expect(out).toEqual(out.toSorted((a, b) => a - b))
})
