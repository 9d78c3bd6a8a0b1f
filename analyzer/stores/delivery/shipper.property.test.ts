/**
 * T20 as a property: whatever a cluster answers, and whenever the shipper dies, once the cluster is
 * well every document is there exactly once or among the dead letters, and none that was accepted
 * was sent again.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fate } from './cluster.ts'
import { audit, drain, driven, isDone, observations } from './driven.ts'
import type { Fault } from './faulty-cluster.ts'
import { FaultyCluster } from './faulty-cluster.ts'
import { MemoryDepot } from './memory-depot.ts'

const SCRIPTS = 500
/** Scripts and deaths are no longer than this: more requests than these bounds is a loop. */
const REQUESTS_PER_FAULT = 40

const status = fc.constantFrom(201, 201, 429, 400, 403, 503, 413)
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    do: fc.constant('items' as const),
    status: fc.array(status, { minLength: 1, maxLength: 7 }),
  }),
  fc.record({ do: fc.constant('status' as const), status: fc.constantFrom(401, 413, 429, 503) }),
  fc.record({ do: fc.constantFrom('hang-before' as const, 'hang-after' as const) }),
  fc.record({ do: fc.constantFrom('half' as const, 'cut' as const, 'away' as const) }),
  fc.record({ do: fc.constant('rollover' as const) }),
  fc.record({
    do: fc.constant('late' as const),
    ms: fc.integer({ min: 1, max: 50_000 }),
    rolls: fc.boolean(),
  }),
)

/** Notes what a living shipper was told is there. */
class Witness extends FaultyCluster {
  readonly accepted = new Set<string>()
  readonly sentAgain: string[] = []

  override async create(...args: Parameters<FaultyCluster['create']>): Promise<Fate[]> {
    const ids = args[1].map((one) => this.addressOf(one).id)
    this.sentAgain.push(...ids.filter((id) => this.accepted.has(id)))
    const fates = await super.create(...args)
    for (const [i, id] of ids.entries()) if (fates[i]?.kind === 'done') this.accepted.add(id)
    return fates
  }
}

test('exactly once, or a dead letter', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 14 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      fc.subarray(['o0001', 'p0000', 'audit/a2']),
      fc.integer(),
      async (script, deaths, count, poison, seed) => {
        const depot = new MemoryDepot()
        depot.segments.set('1', { docs: observations(count), mark: 0 })
        depot.segments.set('2', { docs: observations(count, 'ot.opcua', 'p'), mark: 0 })
        for (let i = 0; i < 5; i++) depot.change(audit(`a${i}`))
        const cluster = new Witness(script, poison)
        for (const killAt of deaths) {
          const one = driven(depot, cluster, { killAt, seed })
          for (let turns = 0; turns < 40 && !isDone(depot) && (await one.turn()); turns++) {
            if (turns === 5) depot.change(audit('a1', 1 + (depot.places.has('audit/a1') ? 2 : 1)))
          }
        }
        await drain(driven(depot, cluster, { seed }), depot)
        const letters = new Set(depot.buried.keys())
        for (const { doc } of [...depot.segments.values()].flatMap(({ docs }) => docs)) {
          const id = String(doc['event.id'])
          expect(cluster.copies(id), id).toBe(letters.has(id) ? 0 : 1)
        }
        for (let i = 0; i < 5; i++) {
          const isThere = cluster.documents.has(`audit/a${i}`)
          expect(isThere || letters.has(`a${i}`)).toBe(true)
        }
        expect(cluster.sentAgain).toEqual([])
        const bound = REQUESTS_PER_FAULT * (script.length + deaths.length + 2) + 8 * count
        expect(cluster.requests.length).toBeLessThan(bound)
      },
    ),
    { numRuns: SCRIPTS, seed: 20, endOnFailure: false },
  )
}, 120_000)
