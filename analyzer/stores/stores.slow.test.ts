/** A writer that is killed in the middle: what was acknowledged is there, and nothing is broken. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as plant from './fixture.ts'
import { openSqliteStore } from './sqlite.ts'

const ROUNDS = 3
/** Batches acknowledged before the kill. */
const BATCHES = 30

/** Prints the id of the last finding of each batch once the store has acknowledged it. */
const writer = `
import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
import { FROM, findings } from ${JSON.stringify(new URL('./fixture.ts', import.meta.url).href)}
const [dir, round] = process.argv.slice(2)
const store = await openSqliteStore(dir)
for (let i = 0; ; i++) {
  const batch = findings(20, round + '-' + i + '-')
  store.putFindings(batch, FROM).then(() => process.stdout.write(round + '-' + i + '\\n'))
  if (i % 4 === 3) await store.changes()
}
`

test('kill -9 loses nothing that was acknowledged', async () => {
  const place = plant.temporary()
  const script = join(place.dir, 'writer.mjs')
  writeFileSync(script, writer)
  const acknowledged: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [script, place.dir, `r${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let seen = 0
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line)
      if (++seen === BATCHES) child.kill('SIGKILL')
    }
    expect(seen).toBeGreaterThanOrEqual(BATCHES)
  }
  const store = await openSqliteStore(place.dir)
  for (const batch of acknowledged) {
    expect(await store.finding(`${batch}-00000`)).toBeDefined()
    expect(await store.finding(`${batch}-00019`)).toBeDefined()
  }
  // A batch is there as a whole or not at all.
  expect((await store.findings({})).total % 20).toBe(0)
  await store.close()
  const db = new DatabaseSync(join(place.dir, 'fieldtap.db'))
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  db.close()
  place.remove()
})
