/** The store of a console: this machine's own, alone or behind a cluster. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import { openConsoleStore } from './open.ts'
import { openSqliteStore } from './sqlite.ts'

const place = plant.temporary()
afterAll(() => place.remove())

/** Nothing listens there: RFC 6335 reserves the port. */
const cluster = { url: ['http://127.0.0.1:1'], namespace: 'default', requestMs: 1000 }

test('where there is no store there is none to show', async () => {
  const sqlite = { mustExist: true, isOwner: false }
  const data = join(place.dir, 'none')
  for (const none of [undefined, cluster]) {
    const opening = openConsoleStore({ data, sqlite, cluster: none })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_MISSING' })
  }
})

test('without a cluster it is this machine’s own, and nothing is sent', async () => {
  const data = join(place.dir, 'alone')
  const shown = await openConsoleStore({ data, sqlite: {}, cluster: undefined })
  await plant.fill(shown.local)
  expect((await shown.store.findings({})).total).toBe(3)
  expect([shown.store.kind, shown.outbox, shown.away()]).toEqual(['sqlite', undefined, undefined])
  expect(existsSync(join(data, 'decisions.key'))).toBe(false)
  await shown.store.close()
})

test('a cluster that is away shows this machine’s own, and says so', async () => {
  const data = join(place.dir, 'away')
  const sensor = await openSqliteStore(data)
  await plant.fill(sensor)
  const shown = await openConsoleStore({ data, sqlite: { isOwner: false }, cluster })
  expect((await shown.store.findings({})).total).toBe(3)
  expect(shown.away()?.reason).toMatch(/cannot be reached/)
  expect(await shown.outbox?.backlog(Date.now())).toMatchObject({ documents: 0 })
  expect(existsSync(join(data, 'decisions.key'))).toBe(true)
  await shown.store.close()
  await sensor.close()
})
