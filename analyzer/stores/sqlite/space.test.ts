/** What goes first when there is no room, what never goes, and what is said of it. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as plant from '../fixture.ts'
import { openDatabase } from './database.ts'
import type { DatabaseOptions, Upkeep } from './database.ts'
import { findingDetail, putFindings } from './findings.ts'
import type { Files } from './group.ts'
import { act } from './actions.ts'
import { pack } from './pack.ts'
import { Segments } from './segments.ts'
import * as spaces from './space.ts'
import { Space } from './space.ts'

const DAY_MS = 86_400_000
const start = Date.UTC(2026, 10, 21, 12)
let place: { dir: string; remove: () => void }
let files: Files
let space: Space

function open(upkeep: Partial<Upkeep>, change: Partial<DatabaseOptions> = {}): void {
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
  const db = openDatabase(options)
  files = { db, segments: new Segments(db, options) }
  space = new Space(place.dir, {
    quotaBytes: 1e12,
    reserveBytes: 0,
    days: 90,
    findingsDays: 400,
    ...upkeep,
  })
}

function put(count: number, prefix: string): void {
  const { db, segments } = files
  space.admit(count)
  if (segments.isDue(count)) segments.prepare(count)
  db.exec('BEGIN IMMEDIATE')
  segments.put(
    pack(Array.from({ length: count }, (_, i) => plant.operation({ 'event.id': `${prefix}${i}` }))),
    plant.FROM,
  )
  segments.commit()
  db.exec('COMMIT')
}

const days = (): string[] =>
  readdirSync(join(place.dir, 'observations')).filter((name) => name.endsWith('.db'))

beforeEach(() => {
  place = plant.temporary()
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: start })
})
afterEach(() => {
  files.segments.close()
  files.db.close()
  place.remove()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('days', () => {
  test('observations go with their day, those that a finding cites stay', () => {
    open({ days: 2 })
    putFindings(files.db, [plant.finding({ operations: ['a0'] })], plant.FROM)
    for (const [i, prefix] of ['a', 'b', 'c', 'd'].entries()) {
      vi.setSystemTime(start + i * DAY_MS)
      put(3, prefix)
    }
    expect(space.look(files)).toMatchObject({ state: 'ok', oldest: '2026-11-22' })
    expect(days()).toEqual(['2026-11-22.db', '2026-11-23.db', '2026-11-24.db'])
    expect(files.segments.get('a0')).toBeUndefined()
    const detail = findingDetail(files.db, files.segments, 'f1')
    expect(detail?.operations.map(({ id }) => id)).toEqual(['a0'])
  })

  test('go on where nothing is received any more', () => {
    open({ days: 2 })
    put(3, 'a')
    vi.setSystemTime(start + 9 * DAY_MS)
    space.look(files)
    expect(files.segments.rows()).toBe(0)
    expect(days()).toEqual(['2026-11-30.db'])
  })

  test('closed findings go, open ones never', () => {
    open({ findingsDays: 10 })
    const seen = { last: plant.time(0) }
    putFindings(
      files.db,
      [
        plant.finding(seen),
        plant.finding({ ...seen, id: 'f2' }),
        plant.finding({ id: 'f3', last: '2026-12-20T00:00:00.000000Z' }),
      ],
      plant.FROM,
    )
    act(files.db, ['f2', 'f3'], plant.request({ action: 'close', reason: 'duplicate' }))
    vi.setSystemTime(start + 5 * DAY_MS)
    space.look(files)
    expect(findingDetail(files.db, files.segments, 'f2')).toBeDefined()
    vi.setSystemTime(start + 11 * DAY_MS)
    space.look(files)
    const left = ['f1', 'f2', 'f3'].filter((id) => findingDetail(files.db, files.segments, id))
    expect(left).toEqual(['f1', 'f3'])
    // Put again, it is what people made of it.
    putFindings(files.db, [plant.finding({ ...seen, id: 'f2' })], plant.FROM)
    expect(findingDetail(files.db, files.segments, 'f2')).toMatchObject({ state: 'closed' })
  })
})

describe('the quota', () => {
  test('takes the oldest file, as often as it must', () => {
    open({ quotaBytes: 2_500_000 }, { segmentBytesMax: 250_000 })
    for (let i = 0; i < 100; i++) {
      put(200, `${i}-`)
      space.look(files)
    }
    const { store_bytes: used, state } = space.look(files)
    expect(state).toBe('ok')
    expect(used).toBeLessThanOrEqual(2_500_000)
    expect(files.segments.get('99-199')).toBeDefined()
    expect(files.segments.get('0-0')).toBeUndefined()
  })

  test('that findings have filled refuses observations and nothing else', () => {
    open({ quotaBytes: 300_000 })
    put(1, 'a')
    putFindings(files.db, plant.findings(300), plant.FROM)
    expect(space.look(files)).toMatchObject({
      state: 'full',
      reason: expect.stringContaining('store.quota'),
    })
    expect(() => put(5, 'b')).toThrow('keeps no observations')
    putFindings(files.db, [plant.finding({ id: 'late' })], plant.FROM)
    expect(space.look(files).observations_refused).toBe(5)
  })
})

describe('the reserve', () => {
  const reserve = (): string => join(place.dir, 'reserve')
  const MIB = 1 << 20

  test('is given up on a full disk, and taken again when there is room', () => {
    const free = vi.spyOn(spaces.disk, 'freeBytes').mockReturnValue(100 * MIB)
    open({ reserveBytes: MIB })
    expect(space.look(files)).toMatchObject({ state: 'ok', reason: '' })
    expect(statSync(reserve())).toMatchObject({ size: MIB })
    free.mockReturnValue(2.5 * MIB)
    expect(space.look(files).state).toBe('low')
    free.mockReturnValue(MIB - 1)
    expect(space.look(files)).toMatchObject({
      state: 'full',
      reason: expect.stringContaining('is full'),
    })
    expect(existsSync(reserve())).toBe(false)
    expect(() => put(1, 'a')).toThrow('keeps no observations')
    free.mockReturnValue(2.9 * MIB)
    vi.advanceTimersByTime(20_000)
    expect(space.look(files).state).toBe('full')
    free.mockReturnValue(100 * MIB)
    expect(space.look(files).state).toBe('ok')
    expect(existsSync(reserve())).toBe(true)
    put(1, 'a')
  })

  test('is not taken at once after a write has failed for want of room', () => {
    open({ reserveBytes: MIB })
    space.look(files)
    space.full()
    expect(space.look(files).state).toBe('full')
    vi.advanceTimersByTime(10_001)
    expect(space.look(files).state).toBe('ok')
  })
})

test('a disk that failed is told of once, though it works again', () => {
  open({})
  space.failed('disk I/O error')
  expect(space.look(files)).toMatchObject({ state: 'failing', reason: 'disk I/O error' })
  expect(space.look(files)).toMatchObject({ state: 'ok', reason: '' })
})
