/** Copies of a store: what they hold, what is refused, and what a damaged file costs. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as plant from '../fixture.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { LocalStore } from '../local.ts'
import { backupStore, restoreStore } from './backup.ts'
import { checkStore } from './check.ts'

vi.mock('node:fs', { spy: true })

let place: { dir: string; remove: () => void }
let store: LocalStore
const at = (...names: string[]): string => join(place.dir, ...names)
const upkeep = { quotaBytes: 1e12, reserveBytes: 0, days: 90, findingsDays: 400 }

beforeEach(async () => {
  place = plant.temporary()
  store = await openSqliteStore(at('data'), { operationsMax: 50, upkeep })
  await plant.fill(store)
})
afterEach(async () => {
  await store.close()
  place.remove()
})

async function put(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await store.putObservations([plant.operation({ 'event.id': `n${i}` })], plant.FROM)
  }
}

/** Bytes of the middle of a file, gone. */
function damage(path: string): void {
  const { size } = fs.statSync(path)
  const fd = fs.openSync(path, 'r+')
  fs.writeSync(fd, Buffer.alloc(size - 200, 0xaa), 0, size - 200, 100)
  fs.closeSync(fd)
}

const days = (dir = 'data'): string[] =>
  fs
    .readdirSync(at(dir, 'observations'))
    .filter((name) => name.endsWith('.db'))
    .toSorted()

test('a copy is made while others write, and brought back it is the store', async () => {
  await put(12)
  const writing = put(30)
  const { files } = backupStore(at('data'), at('copy'))
  await writing
  expect(files.map(({ name }) => name)).toContain('fieldtap.db')
  expect(files.length).toBeGreaterThan(2)
  restoreStore(at('copy'), at('again'))
  expect(checkStore(at('again')).every((file) => file.damage === '')).toBe(true)
  const again = await openSqliteStore(at('again'))
  expect(await again.finding('f1')).toEqual(await store.finding('f1'))
  expect((await again.operations({})).total).toBeGreaterThanOrEqual(13)
  expect(fs.statSync(at('again', 'fieldtap.db')).mode & 0o777).toBe(0o600)
  await again.close()
})

test('a copy that is made while a day goes has what findings cite of it', async () => {
  await store.putFindings([plant.finding({ count: 9, operations: ['op-1'] })], plant.FROM)
  await put(40)
  const [first = ''] = days().toSorted((a, b) => a.length - b.length)
  const gone = at('data', 'observations', first)
  vi.mocked(fs.existsSync).mockImplementation((path) => {
    if (path !== gone) return fs.statSync(path, { throwIfNoEntry: false }) !== undefined
    // The sensor has deleted it between the copy of the main database and its own.
    const main = new DatabaseSync(at('data', 'fieldtap.db'))
    const body = JSON.stringify(plant.operation())
    main.prepare('INSERT OR IGNORE INTO kept (id, body) VALUES (?, ?)').run('op-1', body)
    main.close()
    return false
  })
  const { files } = backupStore(at('data'), at('copy'))
  vi.mocked(fs.existsSync).mockRestore()
  expect(files.map(({ name }) => name)).not.toContain(`observations/${first}`)
  restoreStore(at('copy'), at('again'))
  const again = await openSqliteStore(at('again'))
  expect((await again.finding('f1'))?.operations.map(({ id }) => id)).toEqual(['op-1'])
  await again.close()
})

test.each<[string, () => void, string]>([
  ['a folder with something in it', () => fs.writeFileSync(at('x'), ''), 'BACKUP_REFUSED'],
])('no copy goes into %s', (_, prepare, code) => {
  prepare()
  expect(() => backupStore(at('data'), at('.'))).toThrow(expect.objectContaining({ code }))
})

test.each<[string, () => void, string]>([
  ['without its manifest', () => fs.rmSync(at('copy', 'manifest.json')), 'BACKUP_INVALID'],
  ['of which a file is gone', () => fs.rmSync(at('copy', 'fieldtap.db')), 'BACKUP_INVALID'],
  ['of which a file changed', () => damage(at('copy', 'fieldtap.db')), 'BACKUP_INVALID'],
  [
    'that names files elsewhere',
    () => {
      const path = at('copy', 'manifest.json')
      const text = fs.readFileSync(path, 'utf8')
      fs.writeFileSync(path, text.replace('observations/', 'observations/../../'))
    },
    'BACKUP_INVALID',
  ],
  [
    'over a store',
    () => fs.cpSync(at('data', 'fieldtap.db'), at('again', 'fieldtap.db')),
    'RESTORE_REFUSED',
  ],
  [
    "over another store's observations",
    () => {
      fs.mkdirSync(at('again', 'observations'), { recursive: true })
      fs.writeFileSync(at('again', 'observations', '2001-01-01.db'), '')
    },
    'RESTORE_REFUSED',
  ],
])('a copy %s is not brought back', (_, prepare, code) => {
  backupStore(at('data'), at('copy'))
  prepare()
  expect(() => restoreStore(at('copy'), at('again'))).toThrow(expect.objectContaining({ code }))
  expect(fs.existsSync(at('again', 'fieldtap.db.part'))).toBe(false)
})

test('what was interrupted is brought back again', () => {
  backupStore(at('data'), at('copy'))
  const [day = ''] = days('copy')
  fs.mkdirSync(at('again', 'observations'), { recursive: true })
  fs.writeFileSync(at('again', 'observations', day), 'half')
  restoreStore(at('copy'), at('again'))
  expect(checkStore(at('again')).every((file) => file.damage === '')).toBe(true)
})

test('a damaged main database is refused, and the days are taken over by a new one', async () => {
  await store.close()
  damage(at('data', 'fieldtap.db'))
  expect(checkStore(at('data'))[0]?.damage).not.toBe('')
  await expect(openSqliteStore(at('data'))).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    remedy: expect.stringContaining('fieldtap store restore'),
  })
  fs.rmSync(at('data', 'fieldtap.db'))
  store = await openSqliteStore(at('data'))
  expect((await store.operations({})).rows.map(({ id }) => id)).toEqual(['op-1'])
})

test('a damaged day is put aside at the start, and said', async () => {
  await store.close()
  const [day = ''] = days()
  damage(at('data', 'observations', day))
  store = await openSqliteStore(at('data'), { upkeep })
  expect((await store.upkeep())?.damaged).toEqual([`${day}.damaged`])
  expect((await store.upkeep())?.damaged).toEqual([])
  expect(await store.finding('f1')).toBeDefined()
  await store.putObservations([plant.operation({ 'event.id': 'new' })], plant.FROM)
  expect((await store.operations({})).rows.map(({ id }) => id)).toEqual(['new'])
  expect(fs.existsSync(at('data', 'observations', `${day}.damaged`))).toBe(true)
})

test('an older damaged day costs nothing but itself, and is put aside once somebody reads it', async () => {
  await put(12)
  await store.close()
  const day = days().find((name) => name.endsWith('-2.db')) ?? ''
  expect(days().length).toBeGreaterThan(1)
  damage(at('data', 'observations', day))
  store = await openSqliteStore(at('data'), { upkeep })
  const reader = await openSqliteStore(at('data'), { isOwner: false })
  const ids: string[] = []
  let after: string | undefined
  do {
    // A page may be empty where the disk is slow.
    const page = await reader.operations({ after })
    ids.push(...page.rows.map(({ id }) => id))
    after = page.next ?? undefined
  } while (after !== undefined)
  expect(ids).toContain('n11')
  expect(ids).not.toContain('n5')
  expect(ids).toContain('n0')
  await reader.close()
  expect((await store.upkeep())?.damaged).toEqual([`${day}.damaged`])
  expect(days()).not.toContain(day)
})
