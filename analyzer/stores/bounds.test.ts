/** What the embedded store does where a table, or its disk, is full. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import { openSqliteStore } from './sqlite.ts'

let place: { dir: string; remove: () => void }
beforeEach(() => {
  place = plant.temporary()
})
afterEach(() => place.remove())

test('a full table lets the oldest observations go, counts them, keeps what is cited', async () => {
  const store = await openSqliteStore(place.dir, { operationsMax: 100, conversationsMax: 10 })
  await store.putFindings([plant.finding({ operations: ['op-0'] })], plant.FROM)
  for (let i = 0; i < 130; i++) {
    await store.putObservations(
      [plant.operation({ 'event.id': `op-${i}`, '@timestamp': plant.time(i) })],
      plant.FROM,
    )
    await store.putConversations(
      [plant.conversation({ id: `c${i}`, last: plant.time(i) })],
      plant.FROM,
    )
  }
  const stats = await store.stats()
  expect(stats.observations).toBeLessThanOrEqual(100)
  expect(stats.observations + stats.observations_dropped).toBe(130)
  expect(stats).toMatchObject({ conversations: 10, conversations_dropped: 120 })
  expect((await store.finding('f1'))?.operations.map((row) => row.id)).toEqual(['op-0'])
  expect((await store.operations({ limit: 1 })).rows[0]?.id).toBe('op-129')
  expect((await store.conversations({ limit: 1 })).rows[0]?.id).toBe('c129')
  await store.close()
})

test('a full disk is an error with a code and a remedy, and what is stored stays', async () => {
  let store = await openSqliteStore(place.dir, { bytesMax: 512 * 1024 })
  const kept: string[] = []
  let failure: unknown
  for (let i = 0; i < 100; i++) {
    const batch = plant.findings(20, `b${i}-`)
    const [put] = await Promise.allSettled([store.putFindings(batch, plant.FROM)])
    if (put.status === 'rejected') {
      failure = put.reason
      break
    }
    kept.push(...batch.map((one) => one.id))
  }
  expect(failure).toMatchObject({
    code: 'STORE_FULL',
    message: expect.stringContaining('full'),
    remedy: expect.stringContaining('Free space'),
  })
  expect((await store.findings({})).total).toBe(kept.length)
  await store.close()
  store = await openSqliteStore(place.dir)
  await store.putFindings([plant.finding()], plant.FROM)
  expect((await store.findings({})).total).toBe(kept.length + 1)
  await store.close()
})
