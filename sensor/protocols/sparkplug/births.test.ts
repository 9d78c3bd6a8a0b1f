import { expect, test } from 'vitest'
import { Births } from './births.ts'
import type { Payload } from './payload.ts'

function birthOf(names: number): Payload {
  const metrics = Array.from({ length: names }, (_, i) => {
    return { name: `metric ${i}`, alias: '', datatype: 3, value: undefined }
  })
  return { timestamp: 1, seq: 0, metrics, failedAt: -1, beyond: false }
}

test('edge nodes that nobody hears of any more make way, and are counted', () => {
  const memory = { forgotten: 0 }
  const births = new Births(memory)
  const used = births.edge('used')
  for (let i = 0; i < 4000; i++) {
    births.edge(`forged ${i}`)
    if (i % 100 === 0) expect(births.edge('used')).toBe(used)
  }
  // Of 4001 there are one generation of 1024 and part of another; the one in use is never lost.
  expect(memory.forgotten).toBeGreaterThanOrEqual(4001 - 2 * 1024)
  expect(memory.forgotten).toBeLessThan(4001 - 1024)
})

test('names beyond the bound over all edge nodes are not learnt, and are counted', () => {
  const memory = { forgotten: 0 }
  const births = new Births(memory)
  for (let i = 0; i < 30; i++) births.learn(births.edge(`edge ${i}`), '', birthOf(8000))
  expect(memory.forgotten).toBe(30 * 8000 - 200_000)
})
