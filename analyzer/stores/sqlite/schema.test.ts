/** Stores of earlier versions, brought to this one. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import { openSqliteStore } from '../sqlite.ts'

test('a store of version 1 keeps what it has: operations, acts, names', async () => {
  const place = plant.temporary()
  const made = await openSqliteStore(place.dir)
  await plant.fill(made)
  await made.act(['f1'], plant.request({ action: 'comment', note: 'on call' }))
  await made.renameAsset('a1', 'Boiler', { who: 'ben', time: plant.time(200) })
  await made.close()
  const db = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  // What later versions added, taken out again; the file of observations stays unlisted.
  db.exec(`DROP TABLE audit; DROP TABLE segments; DROP TABLE kept; PRAGMA user_version = 1`)
  db.prepare("INSERT INTO operations VALUES (1, 'op-9', '', 0, '', '', '', '', ?)").run(
    JSON.stringify(plant.operation({ 'event.id': 'op-9', '@timestamp': plant.time(9) })),
  )
  db.close()
  const store = await openSqliteStore(place.dir)
  expect((await store.operations({})).rows.map(({ id }) => id)).toEqual(['op-9', 'op-1'])
  expect((await store.audit({})).rows).toMatchObject([
    { action: 'rename', subject: 'a1', who: 'ben', note: 'Boiler' },
    { action: 'comment', subject: 'f1', who: 'ana', note: 'on call' },
  ])
  await store.close()
  const after = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  expect(() => after.exec("UPDATE audit SET who = 'eve'")).toThrow('never changed')
  expect(() => after.exec('DELETE FROM audit')).toThrow('never deleted')
  after.close()
  place.remove()
})
