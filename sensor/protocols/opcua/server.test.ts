import { describe, expect, test } from 'vitest'
import { Bounded } from './server.ts'

describe('Bounded', () => {
  test('keeps what is in use, forgets what is not, and counts it', () => {
    const memory = { forgotten: 0 }
    const table = new Bounded<number>(8, memory)
    table.set('used', 1)
    for (let i = 0; i < 100; i++) {
      table.set(`once ${i}`, i)
      expect(table.get('used')).toBe(1)
    }
    const kept = Array.from({ length: 100 }, (_, i) => table.get(`once ${i}`))
    expect(kept.filter((value) => value !== undefined).length).toBeLessThanOrEqual(8)
    expect(table.get('once 0')).toBeUndefined()
    expect(table.get('once 99')).toBe(99)
    expect(memory.forgotten).toBe(100 - kept.filter((value) => value !== undefined).length)
  })

  test('deletes from both generations', () => {
    const table = new Bounded<number>(4, { forgotten: 0 })
    for (const key of ['a', 'b', 'c', 'd']) table.set(key, 1)
    for (const key of ['a', 'd']) table.delete(key)
    expect(['a', 'b', 'c', 'd'].map((key) => table.get(key))).toEqual([undefined, 1, 1, undefined])
  })
})
