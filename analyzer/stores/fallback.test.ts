/** A cluster that comes and goes in front of this machine's own store; both are real stores. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConsoleStore } from './fallback.ts'
import { FallbackStore } from './fallback.ts'
import * as plant from './fixture.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'
import { StoreError } from './store.ts'

const NORTH = { sensor: 'north', site: 'plant-1' }
const SOUTH = { sensor: 'south', site: 'plant-2' }

type Mood = 'well' | 'away' | 'silent' | 'broken'

let fleet: Store
let own: Store
let places: { dir: string; remove: () => void }[]
let mood: Mood
let now: number
/** Calls that reached the cluster. */
let reached: string[]
let opened: number

beforeEach(async () => {
  places = [plant.temporary(), plant.temporary()]
  const [one, other] = places.map(({ dir }) => openSqliteStore(dir))
  fleet = (await one) as Store
  own = (await other) as Store
  await own.putFindings([plant.finding({ id: 'n1' }), plant.finding({ id: 'n2' })], NORTH)
  await own.putHealth(plant.health(NORTH), NORTH)
  await fleet.putFindings([plant.finding({ id: 'n1' }), plant.finding({ id: 'n2' })], NORTH)
  await fleet.putFindings([plant.finding({ id: 's1' }), plant.finding({ id: 's2' })], SOUTH)
  await fleet.putAssets([plant.asset({ id: 'south-a' })], SOUTH)
  await fleet.putHealth(plant.health(NORTH), NORTH)
  await fleet.putHealth(plant.health(SOUTH), SOUTH)
  mood = 'well'
  now = 0
  reached = []
  opened = 0
})
afterEach(async () => {
  await fleet.close()
  await own.close()
  places.forEach((place) => place.remove())
})

/** The fleet's store as a cluster gives it: each call by mood. */
function cluster(): ConsoleStore {
  const answer = (name: string, call: () => unknown): unknown => {
    reached.push(name)
    if (mood === 'away') throw new StoreError('STORE_UNAVAILABLE', 'connection refused', 'See.')
    if (mood === 'broken') throw new TypeError('a defect')
    return mood === 'silent' ? new Promise(() => undefined) : call()
  }
  return new Proxy(fleet, {
    get(store, name: keyof Store | 'then') {
      // It is no promise.
      if (name === 'then') return undefined
      if (name === 'kind') return 'elasticsearch'
      if (name === 'close') return async () => undefined
      const call = store[name] as (...args: unknown[]) => unknown
      return async (...args: unknown[]) => answer(name, () => call(...args))
    },
  })
}

function fallback(answerMs = 10_000): FallbackStore {
  const open = async (): Promise<ConsoleStore> => {
    opened++
    if (mood === 'away') throw new StoreError('STORE_UNAVAILABLE', 'no route to host', 'See.')
    return cluster()
  }
  return new FallbackStore({ open, local: own, now: () => now, answerMs })
}

const ids = async (store: FallbackStore): Promise<string[]> =>
  (await store.findings({ sort: 'first' })).rows.map(({ id }) => id).toSorted()
const all = ['n1', 'n2', 's1', 's2']
const mine = ['n1', 'n2']

describe('reading', () => {
  test('is of the cluster, without it of this machine, and says so', async () => {
    const store = fallback()
    expect(await ids(store)).toEqual(all)
    expect([store.kind, store.away()]).toEqual(['elasticsearch', undefined])
    mood = 'away'
    expect(await ids(store)).toEqual(mine)
    expect(store.kind).toBe('sqlite')
    expect(store.away()).toMatchObject({ reason: 'connection refused', since: 0 })
    expect(await store.finding('s1')).toBeUndefined()
    expect((await store.finding('n1'))?.id).toBe('n1')
    expect((await store.sensors()).map(({ sensor }) => sensor)).toEqual(['north'])
  })

  test('leaves a cluster that is away alone for 5 s, then for 10', async () => {
    const store = fallback()
    mood = 'away'
    await ids(store)
    opened = 0
    for (const [at, times] of [
      [4999, 0],
      [5000, 1],
      [14_999, 1],
      [15_000, 2],
      [29_999, 2],
      [30_000, 3],
    ] as const) {
      now = at
      expect(await ids(store)).toEqual(mine)
      expect([at, opened]).toEqual([at, times])
    }
    mood = 'well'
    now = 60_000
    expect(await ids(store)).toEqual(all)
    expect(store.away()).toBeUndefined()
    // The next absence begins anew.
    mood = 'away'
    await ids(store)
    mood = 'well'
    now += 5000
    expect(await ids(store)).toEqual(all)
  })

  test('waits a minute at most, however long it is away', async () => {
    const store = fallback()
    mood = 'away'
    for (now = 0; now < 3_600_000; now += 60_000) await ids(store)
    expect(opened).toBe(60)
  })

  test('many at once find out once', async () => {
    const store = fallback()
    await ids(store)
    mood = 'away'
    reached = []
    await Promise.all([ids(store), ids(store), ids(store)])
    expect(store.away()).toMatchObject({ until: 5000, times: 1 })
    now = 5000
    reached = []
    await Promise.all([ids(store), ids(store), ids(store)])
    expect(reached).toHaveLength(1)
    expect(store.away()).toMatchObject({ until: 15_000, times: 2 })
  })

  test('does not wait for one that never answers', async () => {
    const store = fallback(20)
    await ids(store)
    mood = 'silent'
    expect(await ids(store)).toEqual(mine)
    expect(store.away()?.reason).toMatch(/^no answer within/)
  })

  test('a defect is not taken for an absence', async () => {
    const store = fallback()
    await ids(store)
    mood = 'broken'
    await expect(store.findings({})).rejects.toThrow('a defect')
    expect(store.away()).toBeUndefined()
  })

  test('a cluster that is away at the start is found when it comes', async () => {
    mood = 'away'
    const store = fallback()
    expect(await ids(store)).toEqual(mine)
    expect(store.away()?.reason).toBe('no route to host')
    mood = 'well'
    now = 5000
    expect(await ids(store)).toEqual(all)
    await store.close().catch(() => undefined)
    own = await openSqliteStore((places[1] as { dir: string }).dir)
  })

  test.each(['STORE_REFUSED', 'STORE_MISSING'] as const)(
    'a cluster that cannot be used (%s) is as good as away',
    async (code) => {
      const open = async (): Promise<never> => {
        throw new StoreError(code, 'the key was revoked', 'Make another one.')
      }
      const store = new FallbackStore({ open, local: own, now: () => now })
      expect(await ids(store)).toEqual(mine)
      expect(store.away()?.reason).toBe('the key was revoked')
    },
  )

  test('a page is never continued in the other store', async () => {
    const store = fallback()
    const first = await store.findings({ limit: 1 })
    const second = await store.findings({ limit: 1, after: first.next ?? '' })
    expect(second.rows[0]?.id).not.toBe(first.rows[0]?.id)
    mood = 'away'
    const next = { limit: 1, after: first.next ?? '' }
    await expect(store.findings(next)).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
    const { next: here } = await store.findings({ limit: 1 })
    expect((await store.findings({ limit: 1, after: here ?? '' })).rows).toHaveLength(1)
    mood = 'well'
    now = 5000
    const back = { limit: 1, after: here ?? '' }
    await expect(store.findings(back)).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
    expect(store.away()).toBeUndefined()
    await expect(store.assets({ after: '' })).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
  })

  test('to who listened to the other store everything is new', async () => {
    const store = fallback()
    const { cursor } = await store.changes()
    expect((await store.changes(cursor)).changed).toEqual([])
    mood = 'away'
    const here = await store.changes(cursor)
    expect(here.changed).toContain('findings')
    expect((await store.changes(here.cursor)).changed).toEqual([])
    mood = 'well'
    now = 5000
    expect((await store.changes(here.cursor)).changed).toContain('findings')
  })
})

describe('acting', () => {
  const states = async (store: Store, id: string): Promise<string | undefined> =>
    (await store.finding(id))?.state

  test('is done in one store alone', async () => {
    const store = fallback()
    expect(await store.act(['n1', 's1'], plant.request())).toEqual([{ id: 'n1' }, { id: 's1' }])
    expect([await states(fleet, 'n1'), await states(own, 'n1')]).toEqual(['acknowledged', 'open'])
    mood = 'away'
    await ids(store)
    expect(await store.act(['n2'], plant.request())).toEqual([{ id: 'n2' }])
    expect([await states(fleet, 'n2'), await states(own, 'n2')]).toEqual(['open', 'acknowledged'])
  })

  test('on what another sensor told is refused in words while the cluster is away', async () => {
    const store = fallback()
    mood = 'away'
    const [mineToo, theirs] = await store.act(['n1', 's1'], plant.request())
    expect(mineToo).toEqual({ id: 'n1' })
    expect(theirs?.refused).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/the cluster is away/),
      remedy: expect.stringMatching(/when the cluster is back/),
    })
    const rename = store.renameAsset('south-a', 'Boiler', { who: 'ana', time: plant.time(1) })
    await expect(rename).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    mood = 'well'
    now = 5000
    expect(await store.act(['s1', 'none'], plant.request())).toMatchObject([
      { id: 's1' },
      { refused: { message: 'there is no such finding' } },
    ])
    const by = { who: 'ana', time: plant.time(1) }
    expect(await store.renameAsset('south-a', 'Boiler', by)).toMatchObject({ name: 'Boiler' })
    expect(await store.renameAsset('none', 'Boiler', by)).toBeUndefined()
  })

  test('when the cluster goes away meanwhile nothing is done twice, and that is said', async () => {
    const store = fallback()
    await ids(store)
    mood = 'away'
    await expect(store.act(['n1'], plant.request())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      remedy: expect.stringMatching(/Look whether it was done/),
    })
    expect(await states(own, 'n1')).toBe('open')
    expect(await store.act(['n1'], plant.request())).toEqual([{ id: 'n1' }])
    expect(await states(own, 'n1')).toBe('acknowledged')
  })
})
