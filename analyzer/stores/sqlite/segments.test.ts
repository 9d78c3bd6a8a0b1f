/** Files of observations: when one ends, what is found over all of them, what a kill leaves. */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Doc } from '../../facts.ts'
import * as plant from '../fixture.ts'
import type { OperationQuery } from '../store.ts'
import type { DatabaseOptions } from './database.ts'
import { openDatabase } from './database.ts'
import { moveOperations } from './move.ts'
import { listOperations } from './observations.ts'
import { pack, unpack } from './pack.ts'
import { Segments } from './segments.ts'
import type { Mark } from './walk.ts'
import { Walk } from './walk.ts'

let place: { dir: string; remove: () => void }
let db: DatabaseSync
let segments: Segments

function open(change: Partial<DatabaseOptions> = {}): void {
  const options = {
    dir: place.dir,
    mustExist: false,
    isOwner: true,
    busyMs: 100,
    operationsMax: 1e9,
    conversationsMax: 10,
    segmentBytesMax: 1e9,
    ...change,
  }
  db = openDatabase(options)
  segments = new Segments(db, options)
  segments.reconcile()
}

function close(): void {
  segments.close()
  db.close()
}

function put(...docs: Doc[]): void {
  if (segments.isDue(docs.length)) segments.prepare(docs.length)
  db.exec('BEGIN IMMEDIATE')
  segments.put(pack(docs), plant.FROM)
  segments.commit()
  db.exec('COMMIT')
}

function observed(n: number, change: Record<string, Doc[string]> = {}): Doc {
  return plant.operation({ 'event.id': `op-${n}`, '@timestamp': plant.time(n), ...change })
}

const files = (): string[] => readdirSync(join(place.dir, 'observations')).toSorted()
const ids = (query: OperationQuery = {}): string[] => {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = listOperations(db, segments, { ...query, after })
    found.push(...page.rows.map(({ id }) => id))
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
}

beforeEach(() => {
  place = plant.temporary()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 23, 59) })
  open()
})
afterEach(() => {
  close()
  place.remove()
  vi.useRealTimers()
})

describe('a file', () => {
  test('ends with the day on which its observations were received', () => {
    put(observed(1))
    vi.setSystemTime(Date.UTC(2026, 10, 22))
    put(observed(2))
    expect(files().filter((name) => name.endsWith('.db'))).toEqual([
      '2026-11-21.db',
      '2026-11-22.db',
    ])
    expect(ids()).toEqual(['op-2', 'op-1'])
  })

  test('ends where it is full, and the day goes on in another', () => {
    close()
    open({ segmentBytesMax: 100_000 })
    for (let i = 0; i < 20; i++) put(...Array.from({ length: 50 }, (_, j) => observed(i * 50 + j)))
    expect(files()).toContain('2026-11-21-2.db')
    expect(ids()).toHaveLength(1000)
  })

  test('holds every dataset, of which operations are listed', () => {
    const change = { '@timestamp': plant.time(3), 'event.id': 'c', 'event.dataset': 'ot.change' }
    put(observed(1), change, { ...observed(4), 'event.dataset': 'ot.sensor' })
    expect(ids()).toEqual(['op-1'])
    expect(segments.rows()).toBe(3)
    expect(segments.get('c')?.doc).toEqual(change)
  })

  test('keeps what was put and not its order of fields alone', () => {
    const odd = { ...observed(1), ['__proto__']: 'x', 'a"b\n': [1, 'ü\0\ud800', true], '': -0.5 }
    put(odd)
    expect(segments.get('op-1')?.doc).toEqual(odd)
  })
})

test('what is there in whichever file is not put again', () => {
  put(observed(1), observed(2))
  vi.setSystemTime(Date.UTC(2026, 10, 22))
  put(observed(3))
  vi.setSystemTime(Date.UTC(2026, 10, 23))
  put(observed(1), observed(2), observed(3), observed(4), observed(4))
  expect(ids()).toEqual(['op-4', 'op-3', 'op-2', 'op-1'])
})

test('a shape that was taken back is none', () => {
  put(observed(1))
  db.exec('BEGIN')
  expect(() =>
    segments.put(
      pack([observed(2, { extra: 1 }), observed(3, { 'event.sequence': 0.5 })]),
      plant.FROM,
    ),
  ).toThrow('cannot store REAL')
  segments.commit()
  db.exec('COMMIT')
  put(observed(4, { other: 1 }))
  expect(ids()).toEqual(['op-4', 'op-1'])
  expect(segments.get('op-4')?.doc).toEqual(observed(4, { other: 1 }))
})

test('pages over files are those of one list, whatever the times, however short a call', () => {
  const row = fc.record({
    time: fc.integer({ min: 0, max: 9 }),
    sequence: fc.integer({ min: 0, max: 2 }),
    file: fc.integer({ min: 0, max: 3 }),
    write: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (rows, limit) => {
      close()
      place.remove()
      place = plant.temporary()
      vi.setSystemTime(Date.UTC(2026, 10, 21))
      open()
      const docs = rows
        .toSorted((a, b) => a.file - b.file)
        .map(({ time, sequence, file, write }, i) => ({
          file,
          doc: observed(time, {
            'event.id': `op-${i}`,
            'event.sequence': sequence,
            'ot.operation.class': write ? ['write'] : ['read'],
          }),
        }))
      for (const { file, doc } of docs) {
        vi.setSystemTime(Date.UTC(2026, 10, 21 + file))
        put(doc)
      }
      const key = ({ doc }: { doc: Doc }): string =>
        `${String(doc['@timestamp'])} ${String(doc['event.sequence'])}`
      const expected = docs
        .toReversed()
        .toSorted((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0))
        .filter(({ doc }) => String(doc['ot.operation.class']) === 'write')
        .map(({ doc }) => doc['event.id'])
      expect(ids({ limit, classes: ['write'] })).toEqual(expected)
      expect(hurried(limit)).toEqual(expected)
    }),
    { numRuns: 15 },
  )
})

/** All that match, by walks that end at once. */
function hurried(limit: number): unknown[] {
  const where = [{ sql: 'instr(r.classes, ?) > 0', values: [' write '] }]
  const found: unknown[] = []
  let after: Mark | undefined
  do {
    const walk = new Walk(segments, segments.entries(), { where, after, limit, deadline: 0 })
    let last: Mark | undefined
    for (let next = walk.next(); next !== undefined; next = walk.next()) {
      found.push(next.observed.doc['event.id'])
      last = next.mark
    }
    after = walk.cut(last)
  } while (after !== undefined)
  return found
}

describe('after a kill', () => {
  test('a file that was not listed yet is listed, an empty one deleted', () => {
    put(observed(1))
    db.exec('DELETE FROM segments')
    writeFileSync(join(place.dir, 'observations', '2026-11-20.db'), '')
    close()
    open()
    expect(ids()).toEqual(['op-1'])
    expect(files()).not.toContain('2026-11-20.db')
    put(observed(1), observed(2))
    expect(ids()).toEqual(['op-2', 'op-1'])
  })

  test('a file that is gone is no longer listed', () => {
    put(observed(1))
    close()
    const file = join(place.dir, 'observations', '2026-11-21.db')
    renameSync(file, `${file}.gone`)
    open()
    expect(segments.entries()).toEqual([])
    put(observed(2))
    expect(ids()).toEqual(['op-2'])
    expect(existsSync(file)).toBe(true)
  })
})

test('operations of an older store are moved, what was moved already only once', () => {
  const insert = db.prepare(
    `INSERT INTO operations (id, time, sequence, classes, source, target, text, body)
     VALUES (?, '', 0, '', '', '', '', ?)`,
  )
  db.exec('BEGIN')
  for (let i = 0; i < 4500; i++) insert.run(`op-${i}`, JSON.stringify(observed(i)))
  db.exec('COMMIT')
  put(observed(7), observed(4499))
  moveOperations(db, segments)
  expect(segments.rows()).toBe(4500)
  expect(db.prepare('SELECT count(*) AS n FROM operations').get()).toEqual({ n: 0 })
  expect(segments.get('op-4000')?.doc).toEqual(observed(4000))
})

test('values are packed without the names of their fields', () => {
  const doc = { a: 1, b: ['x', 2, false], c: 'y' }
  const { shapes, text } = pack([doc, doc, { c: 1 }])
  expect(shapes).toEqual(['["a","b","c"]', '["c"]'])
  expect(text).not.toContain('"b"')
  expect(unpack(['a', 'b', 'c'], '[1,["x",2,false],"y"]')).toEqual(doc)
})
