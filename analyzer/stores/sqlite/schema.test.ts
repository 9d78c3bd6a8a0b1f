/** Stores of earlier versions, brought to this one. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import { openSqliteStore } from '../sqlite.ts'
import { migrate } from './schema.ts'

const text = (value: unknown): string => JSON.stringify(value)

/** As a sensor of version 1 wrote it, and a person acted on it. */
function fill(db: DatabaseSync): void {
  const { id, rule, first, last } = plant.finding()
  const op = plant.operation({ 'event.id': 'op-9', '@timestamp': plant.time(9) })
  const record = { ...plant.asset(), identity: {}, attributes: [], name_source: 'observed' }
  const asset = { ...record, first: plant.time(0), last: plant.time(60) }
  const rows: [table: string, values: (string | number | null)[]][] = [
    ['documents', ['health', 1, text(plant.health())]],
    ['documents', ['matrix', 1, text(plant.matrix)]],
    ['rules', [rule.id, 0, text(plant.rule)]],
    ['rules', ['r-2', 1, text({ ...plant.rule, id: 'r-2' })]],
    [
      'findings',
      [id, rule.id, rule.title, 3, 1, first, last, 0, 'a', 'b', 0, 'plc-1', text(plant.finding())],
    ],
    ['finding_addresses', [plant.PLC.ip, id]],
    ['assets', ['a1', '4 010', 'plc-1', text(asset)]],
    ['asset_addresses', [plant.PLC.ip, 'a1']],
    ['asset_names', ['a1', 'Boiler', 'boiler', 'ben', plant.time(200)]],
    ['conversations', ['c1', plant.WRITER.ip, plant.PLC.ip, last, '', text(plant.conversation())]],
    ['operations', [1, 'op-9', '', 0, '', '', '', '', text(op)]],
    [
      'actions',
      [1, 'x1', id, plant.time(100), 'ana', 'comment', 'open', 'open', null, 'on call', null, 1, 3],
    ],
    [
      'decisions',
      [1, plant.time(200), 'ben', text({ kind: 'rename', asset: 'a1', name: 'Boiler' })],
    ],
  ]
  for (const [table, values] of rows) {
    db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values)
  }
}

test('a store of version 1 keeps what it has, as of the sensor that wrote it', async () => {
  const place = plant.temporary()
  const db = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  migrate(db, 1)
  fill(db)
  db.close()
  const store = await openSqliteStore(place.dir)
  const { rows } = await store.operations({ site: 'plant-1' })
  expect(rows).toMatchObject([{ id: 'op-9', ...plant.FROM, destination: { name: 'Boiler' } }])
  expect((await store.audit({ sensor: 'sensor-1' })).rows).toMatchObject([
    { action: 'rename', subject: 'a1', who: 'ben', note: 'Boiler' },
    { action: 'comment', subject: 'f1', who: 'ana', note: 'on call' },
  ])
  expect(await store.finding('f1')).toMatchObject({
    ...plant.FROM,
    target: { name: 'Boiler' },
    rule_description: plant.rule.description,
  })
  const expected = { site: 'plant-1', sensors: ['sensor-1'], name: 'Boiler', findings: 1 }
  expect((await store.assets({ site: 'plant-1' })).rows).toMatchObject([expected])
  expect((await store.conversations({ sensor: 'sensor-1' })).rows).toMatchObject([{ id: 'c1' }])
  expect((await store.rules()).map(({ id, findings }) => [id, findings])).toEqual([
    [plant.rule.id, 1],
    ['r-2', 0],
  ])
  expect(await store.matrix()).toEqual(plant.matrix)
  expect(await store.sensors()).toEqual([{ ...plant.FROM, received: 1, health: plant.health() }])
  await store.close()
  const after = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  expect(() => after.exec("UPDATE audit SET who = 'eve'")).toThrow('never changed')
  expect(() => after.exec('DELETE FROM audit')).toThrow('never deleted')
  after.close()
  place.remove()
})

test('a file of observations that does not say whose they are is of that sensor', async () => {
  const place = plant.temporary()
  const made = await openSqliteStore(place.dir)
  await made.putHealth(plant.health(), plant.FROM)
  await made.putObservations([plant.operation()], plant.FROM)
  const [name] = [new Date().toISOString().slice(0, 10)]
  await made.close()
  const main = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  main.prepare("UPDATE meta SET value = ? WHERE key = 'origin.before'").run('["old","north"]')
  main.close()
  const file = new DatabaseSync(join(place.dir, 'observations', `${name}.db`))
  file.exec('DROP TABLE origins; ALTER TABLE observations DROP COLUMN origin')
  file.exec('PRAGMA user_version = 1')
  file.close()
  const store = await openSqliteStore(place.dir)
  await store.putObservations([plant.operation({ 'event.id': 'op-2' })], plant.FROM)
  const ids = async (site: string): Promise<string[]> =>
    (await store.operations({ site })).rows.map(({ id, sensor }) => `${sensor} ${id}`)
  expect(await ids('north')).toEqual(['old op-1'])
  expect(await ids('plant-1')).toEqual(['sensor-1 op-2'])
  await store.close()
  place.remove()
})
