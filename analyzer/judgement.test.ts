import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Asset } from './inventory/asset.ts'
import type { Flow, Labels, Operation } from '#sensor'
import { Judgement, Pair, Pairs, pairKey } from './judgement.ts'
import type { Judged } from './judgement.ts'

const asset = {} as Asset
const pairOf = (key: string): Pair => new Pair(key, asset, asset)
const judgement = (): Judgement => new Judgement({} as Judged)

test('a register sweep forgets the oldest kinds of a pair, not the newest', () => {
  const pair = pairOf('p')
  const made = Array.from({ length: 20_000 }, judgement)
  made.forEach((each, i) => pair.keep(`k${i}`, each))
  // Those that are forgotten have no age.
  expect(made.filter(({ age }) => age > 0).length).toBeLessThanOrEqual(2 * 4096)
  expect(pair.kind('k19999')).toBeDefined()
  expect(pair.kind('k0')).toBeUndefined()
})

test('a flood of pairs forgets those that nobody uses, and counts them', () => {
  const pairs = new Pairs()
  const used = pairOf('used')
  used.keep('kind', judgement())
  pairs.keep(used)
  const idle = pairOf('idle')
  idle.keep('kind', judgement())
  pairs.keep(idle)
  for (let i = 0; i < 100_000; i++) {
    pairs.keep(pairOf(`forged ${i}`))
    // As a flow does that points to it.
    pairs.use(used)
  }
  expect(100_002 - pairs.evicted).toBeLessThanOrEqual(2 * 16_384)
  expect(pairs.get('used')).toBe(used)
  expect(used.kind('kind')).toBeDefined()
  expect(pairs.get('idle')).toBeUndefined()
  expect(idle.kind('kind')).toBeUndefined()
})

test('so many judgements turn the generation, whoever they are of', () => {
  const pairs = new Pairs()
  const first = pairOf('first')
  first.keep('kind', judgement())
  pairs.keep(first)
  for (let i = 0; i < 2 * 65_536; i++) pairs.judged()
  expect(pairs.get('first')).toBeUndefined()
  expect(first.kind('kind')).toBeUndefined()
})

test('a pair answers as a table of the same bounds would, in whatever order it is asked', () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'anew', 'release'),
      kind: fc.integer({ min: 0, max: 5 }).map((n) => `k${n}`),
    }),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(steps, (taken) => {
      const pair = pairOf('p')
      const table = new Map<string, Judgement>()
      for (const { what, kind } of taken) {
        if (what === 'release') {
          pair.release()
          table.clear()
        } else {
          if (what === 'ask') expect(pair.kind(kind)).toBe(table.get(kind))
          if (what === 'ask' && table.has(kind)) continue
          const made = judgement()
          pair.keep(kind, made)
          table.set(kind, made)
        }
      }
    }),
    { numRuns: 500, seed: 1 },
  )
})

test('a kind that is polled in turn stays, whatever is asked between, and moves its generation', () => {
  const pair = pairOf('p')
  const polled = ['a', 'b', 'c'].map((key) => {
    const made = judgement()
    pair.keep(key, made)
    return { key, made }
  })
  for (let i = 0; i < 20_000; i++) {
    for (const { key, made } of polled) expect(pair.kind(key)).toBe(made)
    pair.keep(`swept ${i}`, judgement())
  }
})

test('operations in different tunnels, or of different mirrors, are judged apart', () => {
  const client = { ip: '10.0.0.1', port: 50_000, mac: '' }
  const server = { ip: '10.0.0.2', port: 502, mac: '' }
  const keyOf = (labels?: Labels): string => {
    const flow = { transport: 'tcp', initiatorReason: 'syn', vlans: [], client, server, labels }
    return pairKey({ client, server, flow: flow as unknown as Flow } as unknown as Operation)
  }
  const vxlan = (id: number): Labels => {
    const encapsulationIds = [`vxlan:${id}`]
    return { vlans: [], mirror: undefined, encapsulations: ['vxlan'], encapsulationIds }
  }
  expect(keyOf(vxlan(1))).toBe(keyOf(vxlan(1)))
  expect(new Set([keyOf(), keyOf(vxlan(1)), keyOf(vxlan(2))]).size).toBe(3)
})
