/** Whatever arrives first, twice or late: there is one history, one state, one asset. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Action } from '../api/schema.ts'
import { severities } from '../findings/finding.ts'
import * as plant from './fixture.ts'
import type { StoredAct, StoredFinding } from './merge.ts'
import { mergeActs, mergeAssets, mergeFinding, mergeNames, stateOf } from './merge.ts'
import type { TypedName } from './outbox.ts'
import type { AssetRecord } from './rows.ts'
import { assetRecord } from './rows.ts'
import { fold } from './triage.ts'

const from = { sensor: 'north', site: 'plant-1' }

function act(change: Partial<StoredAct> = {}): StoredAct {
  return {
    id: 'act-1',
    time: plant.time(1),
    who: 'ana',
    action: 'acknowledge',
    from: 'open',
    to: 'acknowledged',
    count: 1,
    severity: 3,
    ...change,
  }
}

function stored(change: Partial<StoredFinding> = {}): StoredFinding {
  return { finding: plant.finding(), from, acts: [], ...change }
}

const acts = fc.array(
  fc
    .record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      time: fc.integer({ min: 0, max: 4 }).map(plant.time),
      who: fc.constantFrom('ana', 'bo'),
      action: fc.constantFrom<Action['action']>(
        'acknowledge',
        'reopen',
        'approve',
        'close',
        'undo',
      ),
      reason: fc.constantFrom('true-positive' as const, 'duplicate' as const),
      undoes: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ reason, undoes, ...rest }) =>
      act({
        ...rest,
        ...(rest.action === 'close' ? { reason } : {}),
        ...(rest.action === 'undo' ? { undoes } : {}),
      }),
    ),
  { maxLength: 8 },
)

const documents = fc
  .record({
    last: fc.integer({ min: 0, max: 2 }).map(plant.time),
    count: fc.integer({ min: 1, max: 3 }),
    severity: fc.constantFrom(...severities),
    sensor: fc.constantFrom('north', 'south'),
    acts,
  })
  .map(({ last, count, severity, sensor, acts }) =>
    stored({
      finding: plant.finding({ last, count, severity }),
      from: { ...from, sensor },
      acts: mergeActs([], acts),
    }),
  )

describe('findings', () => {
  test('merge to the same from either side, in any grouping, and again', () => {
    fc.assert(
      fc.property(documents, documents, documents, (a, b, c) => {
        const ab = mergeFinding(a, b)
        expect(mergeFinding(b, a)).toEqual(ab)
        expect(mergeFinding(ab, c)).toEqual(mergeFinding(a, mergeFinding(b, c)))
        expect(mergeFinding(a, a)).toEqual(a)
        expect(mergeFinding(ab, a)).toEqual(ab)
        expect(mergeFinding(undefined, a)).toEqual(a)
      }),
    )
  })

  test('keep the newest of the sensor and every act, in whatever order they come', () => {
    const parts = fc.array(documents, { minLength: 1, maxLength: 8 })
    const shuffled = parts.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
      ),
    )
    const of = (all: readonly StoredFinding[]): StoredFinding =>
      all.reduce<StoredFinding | undefined>(mergeFinding, undefined) as StoredFinding
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const merged = of(all)
        expect(of(other)).toEqual(merged)
        expect(stateOf(of(other))).toEqual(stateOf(merged))
        const newest = all
          .map(({ finding }) => finding.last)
          .toSorted()
          .at(-1)
        expect(merged.finding.last).toBe(newest)
        const ids = new Set(all.flatMap(({ acts }) => acts.map(({ id }) => id)))
        expect(merged.acts.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted())
      }),
    )
  })

  test('an older state that comes late changes nothing', () => {
    const newer = stored({
      finding: plant.finding({ last: plant.time(9), count: 4, severity: 'critical' }),
      acts: [act()],
    })
    const older = stored({ finding: plant.finding({ last: plant.time(3), count: 2 }) })
    expect(mergeFinding(newer, older)).toEqual(newer)
    const repeat = stored({ finding: plant.finding({ last: plant.time(9), count: 3 }) })
    expect(mergeFinding(newer, repeat)).toEqual(newer)
  })

  test('what a store gives back in another order of members is the same', () => {
    const reordered = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).toReversed()) as T
    const one = stored({ acts: [act()] })
    const other = { ...one, finding: reordered(one.finding), acts: [reordered(act())] }
    expect(JSON.stringify(mergeFinding(one, other))).toBe(JSON.stringify(one))
    expect(JSON.stringify(mergeFinding(other, one))).toBe(JSON.stringify(other))
  })

  test('an act that grew stale is judged by what the finding is now', () => {
    const close = act({ action: 'close', to: 'closed', reason: 'true-positive', count: 1 })
    const sensor = stored({ finding: plant.finding({ count: 2, last: plant.time(5) }) })
    const person = stored({ acts: [close] })
    expect(stateOf(person)).toEqual({ state: 'closed', reason: 'true-positive' })
    expect(stateOf(mergeFinding(sensor, person))).toEqual({ state: 'open' })
    expect(stateOf(mergeFinding(person, sensor))).toEqual({ state: 'open' })
  })
})

describe('acts', () => {
  test('stand in the order of time, then of id, however they came', () => {
    fc.assert(
      fc.property(acts, acts, (a, b) => {
        const merged = mergeActs(a, b)
        expect(mergeActs(b, a)).toEqual(merged)
        expect(mergeActs(merged, a)).toEqual(merged)
        const places = merged.map(({ time, id }) => `${time} ${id}`)
        expect(places).toEqual(places.toSorted())
        expect(fold(mergeActs(b, a))).toEqual(fold(merged))
      }),
    )
  })

  test('an undo takes back its act, even if its clock was behind', () => {
    const early = act({ id: 'u', action: 'undo', undoes: 'act-1', time: plant.time(0) })
    expect(stateOf(stored({ acts: mergeActs([act()], [early]) })).state).toBe('open')
  })
})

const record = (change: Partial<AssetRecord>): AssetRecord => ({
  ...assetRecord(plant.asset()),
  ...change,
})
const row = assetRecord(plant.asset()).attributes[0] as AssetRecord['attributes'][number]

const parts = fc.dictionary(
  fc.constantFrom('north', 'south', 'west', '7'),
  fc
    .record({
      last: fc.integer({ min: 0, max: 3 }).map(plant.time),
      first: fc.integer({ min: -3, max: 0 }).map(plant.time),
      name: fc.constantFrom('', 'PLC-1', 'plc'),
      name_source: fc.constantFrom('observed', 'policy'),
      ip: fc.subarray(['10.0.0.1', '10.0.0.2', '10.0.0.3']),
      attributes: fc.array(
        fc.record({
          attribute: fc.constantFrom('model', '__proto__'),
          value: fc.constantFrom('x', 'y'),
          protocol: fc.constant('modbus'),
          confidence: fc.constantFrom('A', 'B', 'C', 'declared'),
          first: fc.integer({ min: -3, max: 0 }).map(plant.time),
          last: fc.integer({ min: 0, max: 3 }).map(plant.time),
          packets: fc.integer({ min: 1, max: 9 }),
        }),
      ),
    })
    .map(record),
)

describe('assets', () => {
  test('of one sensor are as it told them; of none there is none', () => {
    const alone = assetRecord(plant.asset())
    expect(mergeAssets({ north: alone })).toEqual(alone)
    expect(mergeAssets({})).toBeUndefined()
  })

  test('do not depend on which sensor is written down first', () => {
    fc.assert(
      fc.property(parts, (all) => {
        const turned = Object.fromEntries(Object.entries(all).toReversed())
        expect(JSON.stringify(mergeAssets(turned))).toBe(JSON.stringify(mergeAssets(all)))
      }),
    )
  })

  test('have every address, the widest time and all packets of their sensors', () => {
    fc.assert(
      fc.property(parts, (all) => {
        const merged = mergeAssets(all)
        const each = Object.values(all)
        fc.pre(merged !== undefined)
        expect(merged.ip.toSorted()).toEqual([...new Set(each.flatMap(({ ip }) => ip))].toSorted())
        expect(merged.first).toBe(each.map(({ first }) => first).toSorted()[0])
        expect(merged.last).toBe(
          each
            .map(({ last }) => last)
            .toSorted()
            .at(-1),
        )
        const packets = (rows: AssetRecord['attributes']): number =>
          rows.reduce((sum, { packets }) => sum + packets, 0)
        expect(packets(merged.attributes)).toBe(
          each.reduce((sum, { attributes }) => sum + packets(attributes), 0),
        )
      }),
    )
  })

  test('a name of the policy goes first, then the newest; the best value speaks for itself', () => {
    const north = record({ name: 'plc', name_source: 'observed', last: plant.time(9) })
    const south = record({ name: 'PLC-1', name_source: 'policy', last: plant.time(2) })
    expect(mergeAssets({ north, south })).toMatchObject({ name: 'PLC-1', name_source: 'policy' })
    const nameless = record({ name: '', name_source: '', last: plant.time(10) })
    expect(mergeAssets({ north, nameless })).toMatchObject({ name: 'plc' })
    const guess = { ...row, value: 'guess', confidence: 'C' }
    const known = { ...row, value: 'known', confidence: 'declared' }
    const merged = mergeAssets({
      north: record({ attributes: [guess], identity: { name: 'guess' }, last: plant.time(9) }),
      south: record({ attributes: [known], identity: { name: 'known' }, last: plant.time(1) }),
    })
    expect(merged?.identity).toEqual({ name: 'known' })
    expect(merged?.attributes.map(({ value }) => value)).toEqual(['known', 'guess'])
  })

  test('one value told by two sensors is one row', () => {
    const part = record({ attributes: [{ ...row, packets: 2 }] })
    const other = record({ attributes: [{ ...row, packets: 3, first: plant.time(-5) }] })
    expect(mergeAssets({ north: part, south: other })?.attributes).toEqual([
      { ...row, packets: 5, first: plant.time(-5) },
    ])
  })
})

describe('typed names', () => {
  const name = fc.option(
    fc.record<TypedName>({
      id: fc.constantFrom('a', 'b', 'c'),
      name: fc.constantFrom('', 'press'),
      who: fc.constant('ana'),
      time: fc.integer({ min: 0, max: 2 }).map(plant.time),
    }),
    { nil: undefined },
  )

  test('the later is the name, from either side, in any grouping', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        const ab = mergeNames(a, b)
        expect(mergeNames(b, a)).toEqual(ab)
        expect(mergeNames(ab, c)).toEqual(mergeNames(a, mergeNames(b, c)))
        expect(mergeNames(a, a)).toEqual(a)
        for (const one of [a, b]) {
          if (one !== undefined) expect((ab?.time ?? '') >= one.time).toBe(true)
        }
      }),
    )
  })
})
