import { expect, test } from 'vitest'
import type { Backlog, DeliveryState, StoreSpace } from '#analyzer'
import { BacklogWatch, lasting } from './backlog-watch.ts'

const MINUTE = 60_000
const NOW = Date.UTC(2026, 10, 21, 12)
const iso = (ms: number): string => new Date(ms).toISOString()

function backlog(change: Partial<Backlog> = {}): Backlog {
  return { documents: 0, observations: 0, oldest_ms: 0, dead_letters: 0, lost: 0, ...change }
}

function delivery(change: Partial<DeliveryState> = {}): DeliveryState {
  const counts = { sent: 0, repeated: 0, retried: 0, rejected: 0, held: 0 }
  const said = { since: iso(NOW - 12 * MINUTE), at: iso(NOW), server: 'elasticsearch 9.4.3' }
  return { state: 'idle', reason: '', ...said, ...counts, ...change }
}

function watching(...taken: Parameters<BacklogWatch['take']>): BacklogWatch {
  const watch = new BacklogWatch()
  watch.take(...taken)
  return watch
}

test('a backlog that grows old is told once, and again after it was gone', () => {
  const watch = watching(backlog({ observations: 5, oldest_ms: 15 * MINUTE }), delivery())
  expect(watch.look(NOW, undefined)).toEqual([])
  watch.take(backlog({ observations: 5, documents: 1, oldest_ms: 15 * MINUTE + 1 }), delivery())
  const fields = { seconds: 900, documents: 1, observations: 5, reason: 'old' }
  expect(watch.look(NOW, undefined)).toEqual([{ event: 'backlog', fields }])
  expect(watch.look(NOW + MINUTE, undefined)).toEqual([])
  watch.take(backlog(), delivery())
  expect(watch.look(NOW, undefined)).toEqual([])
  watch.take(backlog({ observations: 1, oldest_ms: 20 * MINUTE }), delivery())
  expect(watch.look(NOW, undefined)).toHaveLength(1)
})

test('so is one that fills most of a store that is nearly full', () => {
  const space = {
    ...{ state: 'ok', reason: '', free_bytes: 1e12, observations_refused: 0, damaged: [] },
    ...{ store_bytes: 81, quota_bytes: 100, oldest: iso(NOW - 15 * MINUTE) },
  } as StoreSpace
  const young = backlog({ observations: 5, oldest_ms: 14 * MINUTE })
  expect(watching(young, delivery()).look(NOW, space)).toEqual([
    { event: 'backlog', fields: expect.objectContaining({ reason: 'much' }) as object },
  ])
  expect(watching(young, delivery()).look(NOW, { ...space, store_bytes: 79 })).toEqual([])
  const most = { ...space, oldest: iso(NOW - 60 * MINUTE) }
  expect(watching(young, delivery()).look(NOW, most)).toEqual([])
})

test('dead letters are told at the first, and not again within an hour', () => {
  const watch = watching(backlog(), delivery())
  expect(watch.look(NOW, undefined)).toEqual([])
  watch.take(backlog({ dead_letters: 2 }), delivery())
  expect(watch.look(NOW, undefined)).toEqual([{ event: 'dead-letter', fields: { count: 2 } }])
  watch.take(backlog({ dead_letters: 7 }), delivery())
  expect(watch.look(NOW + 59 * MINUTE, undefined)).toEqual([])
  expect(watch.look(NOW + 60 * MINUTE, undefined)).toEqual([
    { event: 'dead-letter', fields: { count: 5 } },
  ])
  watch.take(backlog(), delivery())
  expect(watch.look(NOW + 200 * MINUTE, undefined)).toEqual([])
  watch.take(backlog({ dead_letters: 1 }), delivery())
  expect(watch.look(NOW + 200 * MINUTE, undefined)).toHaveLength(1)
})

test.each<[string, Partial<Backlog>, DeliveryState | undefined, string[], string[]]>([
  ['all is well', {}, delivery(), [], []],
  ['it is sending', { observations: 9 }, delivery({ state: 'sending' }), [], []],
  [
    'away',
    { observations: 43_210 },
    delivery({ state: 'away' }),
    [],
    ['the cluster has been away for 12 min: 43\u2009210 observations wait'],
  ],
  [
    'refused',
    { documents: 1 },
    delivery({ state: 'refused', reason: '401: the key was revoked' }),
    [],
    ['the cluster has refused this sensor for 12 min (401: the key was revoked): 1 document waits'],
  ],
  [
    'blocked',
    { documents: 2, observations: 1 },
    delivery({ state: 'blocked', reason: 'index read-only' }),
    [],
    [
      'the cluster has taken nothing for 12 min (index read-only): 1 observation and 2 documents wait',
    ],
  ],
  [
    'no shipper',
    { documents: 2 },
    undefined,
    [],
    ['nobody delivers, start fieldtap shipper: 2 documents wait'],
  ],
  ['no shipper yet', {}, undefined, [], []],
  [
    'a shipper that died',
    {},
    delivery({ at: iso(NOW - 3 * MINUTE) }),
    [],
    ['nobody has delivered for 3 min, start fieldtap shipper'],
  ],
  [
    'too slow',
    { observations: 9, oldest_ms: 20 * MINUTE },
    delivery({ state: 'sending' }),
    [],
    ['9 observations wait for the cluster, the oldest for 20 min'],
  ],
  [
    'lost and refused',
    { lost: 3, dead_letters: 1 },
    delivery(),
    ['3 observations deleted before they could be sent'],
    ['the cluster refused 1 document'],
  ],
])('%s', (_name, change, state, red, amber) => {
  expect(watching(backlog(change), state).reasons(NOW)).toEqual({ red, amber })
})

test('where there is no cluster nothing is told', () => {
  const watch = watching(undefined, undefined)
  expect(watch.look(NOW, undefined)).toEqual([])
  expect(watch.reasons(NOW)).toEqual({ red: [], amber: [] })
  expect(Object.values(watch.counters())).toEqual([0, 0, 0, 0, 0])
})

test.each([
  [0, '0 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [7_199_999, '119 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 d'],
])('%i ms are %s', (ms, text) => {
  expect(lasting(ms)).toBe(text)
})
