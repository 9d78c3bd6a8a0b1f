/** A move of operations that is killed again and again: each is there in the end, and once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import { openSqliteStore } from '../sqlite.ts'
import { checkStore } from './check.ts'

const ROWS = 60_000
const KILLS = 12
/** Between the start of a process and its end, ms: in the middle of the move more often than not. */
const LIFE_MS = [60, 900] as const

const opener = `
import { openSqliteStore } from ${JSON.stringify(new URL('../sqlite.ts', import.meta.url).href)}
await openSqliteStore(process.argv[2])
process.stdout.write('moved')
`

test('kill -9 in the middle of the move loses nothing and doubles nothing', async () => {
  const place = plant.temporary()
  await (await openSqliteStore(place.dir)).close()
  fill(place.dir)
  const script = join(place.dir, 'opener.mjs')
  writeFileSync(script, opener)
  let interrupted = 0
  for (let round = 0; round < KILLS; round++) {
    const child = spawn(process.execPath, [script, place.dir], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    const [least, most] = LIFE_MS
    await pause(least + ((most - least) * ((round * 7) % KILLS)) / KILLS)
    child.kill('SIGKILL')
    await exited
    if (left(place.dir) > 0) interrupted++
  }
  expect(interrupted).toBeGreaterThan(2)
  const store = await openSqliteStore(place.dir)
  expect(left(place.dir)).toBe(0)
  expect((await store.stats()).observations).toBe(ROWS)
  const found = new Set<unknown>()
  let after: string | undefined
  do {
    const page = await store.exportPage('observations', { limit: 1000, after })
    for (const row of page.rows) found.add(row['event.id'])
    after = page.next ?? undefined
  } while (after !== undefined)
  expect(found.size).toBe(ROWS)
  await store.close()
  expect(checkStore(place.dir).filter(({ damage }) => damage !== '')).toEqual([])
  place.remove()
})

function fill(dir: string): void {
  const db = new DatabaseSync(join(dir, 'fieldtap.db'))
  db.exec('BEGIN')
  const insert = db.prepare(
    `INSERT INTO operations (id, time, sequence, classes, source, target, text, body)
     VALUES (?, '', 0, '', '', '', '', ?)`,
  )
  for (let i = 0; i < ROWS; i++) {
    const doc = plant.operation({ 'event.id': `op-${i}`, '@timestamp': plant.time(i) })
    insert.run(`op-${i}`, JSON.stringify(doc))
  }
  db.exec('COMMIT')
  db.close()
}

function left(dir: string): number {
  const db = new DatabaseSync(join(dir, 'fieldtap.db'))
  const n = Number(db.prepare('SELECT count(*) AS n FROM operations').get()?.['n'])
  db.close()
  return n
}
