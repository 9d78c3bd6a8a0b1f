import { expect, test } from 'vitest'
import type { ForeignAct } from '../outbox.ts'
import { isoTime } from '../rows.ts'
import type { Cluster } from './cluster.ts'
import { driven, from } from './driven.ts'
import { FaultyCluster } from './faulty-cluster.ts'
import { MemoryDepot } from './memory-depot.ts'

const typed = (id: string, ms: number): ForeignAct => {
  const name = { id, name: 'pump', who: 'ana', time: isoTime(ms * 1000) }
  return { kind: 'asset', asset: 'a1', typed: name }
}

interface Asked {
  cluster: FaultyCluster
  depot: MemoryDepot
  /** ms before the time of asking. */
  asked: number[]
  acts: ForeignAct[]
}

function place(): Asked {
  const depot = new MemoryDepot()
  depot.origins = [{ ...from, received: 0, health: {} as never }]
  const cluster = new FaultyCluster()
  const asked: number[] = []
  const acts: ForeignAct[] = []
  cluster.actsSince = async function* (this: void, ...args: Parameters<Cluster['actsSince']>) {
    const since = Date.parse(args[1])
    asked.push(since === 0 ? Number.POSITIVE_INFINITY : cluster.now - since)
    yield await Promise.resolve(acts)
  } as never
  return { cluster, depot, asked, acts }
}

test('acts are asked for each five seconds, with an overlap, and all of them each hour', async () => {
  const { cluster, depot, asked, acts } = place()
  const one = driven(depot, cluster)
  acts.push(typed('n1', cluster.now - 1000))
  const began = cluster.now
  while (cluster.now - began < 3600_000 + 60_000) await one.turn()
  expect(asked.filter((ms) => ms === Number.POSITIVE_INFINITY)).toHaveLength(2)
  expect(asked.length).toBeGreaterThan(700)
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(10 * 60_000)
  expect(depot.acts.length).toBe(asked.length)
  // The mark is durable, and a new process looks through everything first.
  asked.length = 0
  const next = driven(depot, cluster)
  await next.turn()
  cluster.pass(6000)
  await next.turn()
  expect(asked).toEqual([Number.POSITIVE_INFINITY, expect.any(Number)])
})

test('a console whose clock is ahead hides nothing, and one that is wrong stops nothing', async () => {
  const { cluster, depot, asked, acts } = place()
  acts.push(typed('n1', cluster.now + 9_000_000), typed('n2', 0))
  acts.push({
    ...typed('n3', 0),
    typed: { id: 'n3', name: '', who: '', time: 'tomorrow' },
  } as never)
  const one = driven(depot, cluster)
  for (let i = 0; i < 3; i++) {
    await one.turn()
    cluster.pass(6000)
  }
  expect(asked.slice(1).every((ms) => ms >= 10 * 60_000)).toBe(true)
})

test('a cluster that goes away while it is asked is asked again, from the same mark', async () => {
  const { cluster, depot } = place()
  const lost = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('connection lost')) }),
  }
  cluster.actsSince = () => lost as never
  const one = driven(depot, cluster)
  for (let i = 0; i < 400; i++) await one.turn()
  expect(depot.meta.size).toBe(0)
  expect(one.shipper.state).toMatchObject({ state: 'away', reason: 'connection lost' })
})
