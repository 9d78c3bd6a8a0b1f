import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Packet } from '../packet/packet.ts'
import { FlowTable } from './flow-table.ts'

interface Key {
  readonly a: number
  readonly b: number
  readonly aPort: number
  readonly bPort: number
  readonly transport: number
  readonly family: number
}

function packet(key: Key, turned = false): Packet {
  const p = new Packet()
  const { a, b, aPort, bPort } = key
  p.family = key.family
  p.transport = key.transport
  p.source0 = p.source3 = (turned ? b : a) | 0
  p.destination0 = p.destination3 = (turned ? a : b) | 0
  if (key.family === 4) p.source3 = p.destination3 = 0
  p.sourcePort = turned ? bPort : aPort
  p.destinationPort = turned ? aPort : bPort
  return p
}

const keys = fc.record({
  a: fc.integer({ min: 0x0a000001, max: 0x0a000004 }),
  b: fc.constantFrom(0x0a000001, 0xc0a80001, 0xffffffff),
  aPort: fc.integer({ min: 1, max: 3 }),
  bPort: fc.constantFrom(2, 502),
  transport: fc.constantFrom(6, 17),
  family: fc.constantFrom(4, 6),
})

/** The same conversation, whichever end is named first. */
function nameOf({ a, b, aPort, bPort, transport, family }: Key): string {
  const ends = [`${a >>> 0}:${aPort}`, `${b >>> 0}:${bPort}`].sort()
  return [...ends, transport, family].join(' ')
}

test('it finds what a map of strings finds, in both directions, after any removals', () => {
  const steps = fc.array(fc.record({ key: keys, turned: fc.boolean(), remove: fc.boolean() }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, fc.integer(), (list, seed) => {
      const table = new FlowTable(64, seed)
      const model = new Map<string, number>()
      for (const { key, turned, remove } of list) {
        const name = nameOf(key)
        const slot = table.find(packet(key, turned))
        expect(slot).toBe(model.get(name) ?? -1)
        if (slot >= 0 && remove) {
          table.remove(slot)
          model.delete(name)
        } else if (slot < 0 && !table.full) {
          model.set(name, table.add(packet(key, turned)))
        }
        expect(table.size).toBe(model.size)
      }
    }),
    { numRuns: 300, seed: 3 },
  )
})

test('slots do not depend on the seed, and the direction is that of the key', () => {
  const slots = [1, 99].map((seed) => {
    const table = new FlowTable(1000, seed)
    return Array.from({ length: 500 }, (_, i) => {
      const key = { a: i, b: 77, aPort: 4000 + i, bPort: 502, transport: 6, family: 4 }
      table.find(packet(key))
      const slot = table.add(packet(key))
      const forward = table.find(packet(key)) === slot && table.fromLow
      const back = table.find(packet(key, true)) === slot && table.fromLow
      expect(forward).toBe(!back)
      return slot
    })
  })
  expect(slots[0]).toEqual(slots[1])
})
