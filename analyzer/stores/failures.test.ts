/** What the embedded store says when it cannot be opened, and who can read it. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import { openSqliteStore } from './sqlite.ts'

let place: { dir: string; remove: () => void }
beforeEach(() => {
  place = plant.temporary()
})
afterEach(() => place.remove())

const file = (): string => join(place.dir, 'fieldtap.db')

test.each<[string, () => string, object]>([
  [
    'a file that is no database',
    () => {
      writeFileSync(file(), 'not a database at all, but long enough to be read as one'.repeat(99))
      return place.dir
    },
    { code: 'STORE_CORRUPT', remedy: expect.stringContaining('fieldtap.db-wal') },
  ],
  [
    'a directory that cannot be made',
    () => {
      writeFileSync(join(place.dir, 'file'), '')
      return join(place.dir, 'file', 'data')
    },
    { code: 'STORE_UNAVAILABLE', remedy: expect.stringContaining('can be written') },
  ],
  [
    'a directory in place of the file',
    () => {
      mkdirSync(file())
      return place.dir
    },
    { code: 'STORE_UNAVAILABLE' },
  ],
  [
    'a store of a newer version',
    () => {
      const db = new DatabaseSync(file())
      db.exec('PRAGMA user_version = 99')
      db.close()
      return place.dir
    },
    { code: 'STORE_NEWER', remedy: expect.stringContaining('--data') },
  ],
])('%s', async (_, prepare, expected) => {
  await expect(openSqliteStore(prepare())).rejects.toMatchObject(expected)
})

test('a store that must be there is not made', async () => {
  const missing = openSqliteStore(place.dir, { mustExist: true })
  await expect(missing).rejects.toMatchObject({ code: 'STORE_MISSING' })
  const store = await openSqliteStore(place.dir)
  await store.close()
  await (await openSqliteStore(place.dir, { mustExist: true })).close()
})

test('nobody else on the host can read it', async () => {
  const store = await openSqliteStore(join(place.dir, 'data'))
  await store.putFindings([plant.finding()], plant.FROM)
  expect(statSync(join(place.dir, 'data')).mode & 0o777).toBe(0o700)
  for (const name of ['fieldtap.db', 'fieldtap.db-wal', 'fieldtap.db-shm']) {
    expect(statSync(join(place.dir, 'data', name)).mode & 0o777).toBe(0o600)
  }
  await store.close()
})

test('two processes may make it at once', async () => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => openSqliteStore(place.dir)))
  await Promise.all(stores.map((store, i) => store.setMeta(`k${i}`, 'v')))
  expect(await stores[0]?.getMeta('k3')).toBe('v')
  await Promise.all(stores.map((store) => store.close()))
})

test('a writer that holds the store for too long is told of, and nothing is lost by it', async () => {
  const store = await openSqliteStore(place.dir, { busyMs: 50 })
  const other = new DatabaseSync(file())
  other.exec('BEGIN IMMEDIATE')
  await expect(store.putFindings([plant.finding()], plant.FROM)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    remedy: expect.stringContaining('Another process'),
  })
  other.exec('ROLLBACK')
  other.close()
  await store.putFindings([plant.finding()], plant.FROM)
  expect((await store.findings({})).total).toBe(1)
  await store.close()
})

test('one bad put takes nothing but itself back', async () => {
  const store = await openSqliteStore(place.dir)
  const bad = { ...plant.finding({ id: 'bad' }), rule: null } as never
  const puts = [[plant.finding({ id: 'a' })], [bad], [plant.finding({ id: 'b' })]]
  const results = await Promise.allSettled(puts.map((put) => store.putFindings(put, plant.FROM)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await store.findings({})).total).toBe(2)
  await store.close()
})

test('actions cannot be changed or deleted, not even by hand', async () => {
  const store = await openSqliteStore(place.dir)
  await store.putFindings([plant.finding()], plant.FROM)
  await store.act(['f1'], plant.request())
  await store.close()
  const db = new DatabaseSync(file())
  expect(() => db.exec("UPDATE actions SET who = 'eve'")).toThrow('never changed')
  expect(() => db.exec('DELETE FROM actions')).toThrow('never deleted')
  db.close()
})

test('more calls than can wait are refused at once', async () => {
  const store = await openSqliteStore(place.dir)
  const calls = Array.from({ length: 1100 }, (_, i) => store.setMeta(`k${i}`, 'v'))
  const results = await Promise.allSettled(calls)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1000)
  expect(results.at(-1)).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
  expect(await store.getMeta('k999')).toBe('v')
  await store.close()
})
