/** T20: whatever a cluster answers, each document arrives once, or is a dead letter with its reason. */
import { describe, expect, test } from 'vitest'
import { audit, drain, driven, isDone, observations } from './driven.ts'
import type { Fault } from './faulty-cluster.ts'
import { FaultyCluster } from './faulty-cluster.ts'
import { MemoryDepot } from './memory-depot.ts'

interface Place {
  depot: MemoryDepot
  cluster: FaultyCluster
}

function place(count: number, script: Fault[] = [], poison: string[] = []): Place {
  const depot = new MemoryDepot()
  if (count > 0) depot.segments.set('2026-11-21.db', { docs: observations(count), mark: 0 })
  return { depot, cluster: new FaultyCluster(script, poison) }
}

const ids = (count: number): string[] =>
  observations(count).map(({ doc }) => String(doc['event.id']))
const sentTimes = (cluster: FaultyCluster, id: string): number =>
  cluster.requests.filter((one) => one.call === 'create' && one.ids.includes(id)).length

describe.each<[string, Fault[], { looks?: number; letters?: string[]; most?: number }]>([
  ['all 201', [], { most: 1 }],
  ['some 429', [{ do: 'items', status: [201, 429, 201] }], { most: 2 }],
  ['some 503', [{ do: 'items', status: [503, 201] }], { most: 2 }],
  ['some 403 of a blocked index', [{ do: 'items', status: [201, 403] }], { most: 2 }],
  ['some 400', [{ do: 'items', status: [201, 400, 201, 201] }], { letters: ['o0001', 'o0005'] }],
  ['413 of the request', [{ do: 'status', status: 413 }], { most: 2 }],
  ['503 of the request', [{ do: 'status', status: 503 }], { most: 2 }],
  ['429 of the request', [{ do: 'status', status: 429 }], { most: 2 }],
  ['401', [{ do: 'status', status: 401 }], { most: 2 }],
  ['no connection', [{ do: 'away' }], { most: 2 }],
  ['a timeout before it was read', [{ do: 'hang-before' }], { looks: 1, most: 2 }],
  ['a timeout after it was carried out', [{ do: 'hang-after' }], { looks: 1, most: 1 }],
  ['a connection lost in the middle', [{ do: 'half' }], { looks: 1, most: 2 }],
  ['half an answer', [{ do: 'cut' }], { looks: 1, most: 1 }],
  ['an original that comes late', [{ do: 'late', ms: 20_000 }], { looks: 1, most: 2 }],
  [
    'an original that comes late, behind a rollover',
    [{ do: 'late', ms: 20_000, rolls: true }],
    { looks: 1, most: 2 },
  ],
])('%s', (_name, script, { looks = 0, letters = [], most = 2 }) => {
  const count = 8

  test('arrives once', async () => {
    // `describe` comes first and takes no fault but its own.
    const { depot, cluster } = place(count, [])
    const one = driven(depot, cluster)
    await one.turn()
    depot.segments.clear()
    cluster.streams.clear()
    cluster.requests.length = 0
    depot.segments.set('2026-11-22.db', { docs: observations(count), mark: 0 })
    cluster.script.push(...script)
    await drain(one, depot)
    const arrived = ids(count).filter((id) => cluster.copies(id) === 1)
    expect(arrived).toEqual(ids(count).filter((id) => !letters.includes(id)))
    expect([...depot.buried.keys()]).toEqual(letters)
    expect(cluster.requests.filter(({ call }) => call === 'present').length >= looks).toBe(true)
    for (const id of ids(count)) expect(sentTimes(cluster, id), id).toBeLessThanOrEqual(most)
  })
})

test('a dead letter says why, holds nothing up, and arrives when it is replayed', async () => {
  const { depot, cluster } = place(5, [], ['o0002'])
  const one = driven(depot, cluster)
  await drain(one, depot)
  expect(ids(5).filter((id) => cluster.copies(id) === 1)).toHaveLength(4)
  expect([...depot.buried.values()]).toEqual([
    expect.objectContaining({
      id: 'o0002',
      kind: 'observation',
      place: 'logs-ot.modbus',
      status: 400,
      type: 'document_parsing_exception',
      reason: 'poison',
      tries: 1,
      doc: expect.stringContaining('"event.id":"o0002"') as string,
    }),
  ])
  const mended = new FaultyCluster()
  mended.streams.set('logs-ot.modbus', cluster.streams.get('logs-ot.modbus') ?? [])
  await depot.replay()
  await drain(driven(depot, mended), depot)
  expect(mended.copies('o0002')).toBe(1)
  expect(depot.buried.size).toBe(0)
})

test('a letter that is refused again is a dead letter again, and one that is there is not sent', async () => {
  const { depot, cluster } = place(3, [], ['o0000', 'o0001'])
  await drain(driven(depot, cluster), depot)
  cluster.streams.get('logs-ot.modbus')?.[0]?.set('o0000', 'somebody else sent it')
  await depot.replay()
  await drain(driven(depot, cluster), depot)
  expect([...depot.buried.keys()]).toEqual(['o0001'])
  expect(depot.buried.get('o0001')).toMatchObject({ tries: 2, isReplayed: false })
  expect(
    cluster.requests.filter(({ call }) => call === 'resend').flatMap((one) => one.ids),
  ).toEqual(['o0001'])
})

test('413 goes down to the one document that is too large, and the others arrive', async () => {
  const { depot, cluster } = place(40)
  const docs = depot.segments.get('2026-11-21.db')?.docs ?? []
  docs[17] = { ...docs[17], doc: { ...docs[17]?.doc, 'mqtt.payload': 'x'.repeat(9000) } } as never
  cluster.bytesMax = 4000
  await drain(driven(depot, cluster), depot)
  expect([...depot.buried.values()]).toEqual([
    expect.objectContaining({ id: 'o0017', status: 413, type: 'too_large' }),
  ])
  expect(ids(40).filter((id) => cluster.copies(id) === 1)).toHaveLength(39)
  expect(cluster.requests.filter(({ call }) => call === 'create').length).toBeLessThan(16)
})

test('413 of documents that change: halved alike', async () => {
  const { depot, cluster } = place(0)
  for (let i = 0; i < 20; i++) depot.change(audit(`a${i}`))
  cluster.bytesMax = 1200
  await drain(driven(depot, cluster), depot)
  expect(cluster.documents.size).toBe(20)
  expect(depot.buried.size).toBe(0)
})

test('401 is no fault of a document: it waits, in words, until people have mended it', async () => {
  const { depot, cluster } = place(5)
  const one = driven(depot, cluster)
  cluster.script.push(...Array.from({ length: 12 }, () => ({ do: 'status', status: 401 }) as const))
  for (let i = 0; i < 40; i++) await one.turn()
  expect(depot.buried.size).toBe(0)
  expect(one.shipper.state).toMatchObject({
    state: 'refused',
    reason: expect.stringMatching('401|key'),
  })
  await drain(one, depot)
  expect(ids(5).every((id) => cluster.copies(id) === 1)).toBe(true)
  expect(one.shipper.state.reason).toBe('')
})

test('a cluster that is away is asked less and less, with one small request', async () => {
  const { depot, cluster } = place(5000)
  const one = driven(depot, cluster)
  await one.turn()
  depot.segments.set('2026-11-22.db', { docs: observations(3000, 'ot.opcua', 'p'), mark: 0 })
  cluster.script.push(...Array.from({ length: 30 }, () => ({ do: 'away' }) as const))
  const began = cluster.now
  const before = cluster.requests.length
  while (cluster.now - began < 10 * 60_000 && cluster.script.length > 0) await one.turn()
  expect(one.shipper.state.state).toBe('away')
  expect(cluster.requests.length - before).toBeLessThan(45)
  await drain(one, depot)
  // What finds out whether it is back is small, and the first that is sent then.
  const sizes = cluster.requests
    .filter(({ call }) => call === 'create')
    .map(({ ids }) => ids.length)
  const back = sizes.indexOf(10)
  expect(sizes.slice(0, back).every((size) => size >= 1000)).toBe(true)
  expect(sizes.slice(back + 1).filter((size) => size > 10).length).toBeGreaterThan(0)
  expect(one.shipper.state).toMatchObject({
    state: expect.stringMatching('idle|sending'),
    sent: 8000,
  })
})

test('the newest state is sent, and none overtakes another', async () => {
  const { depot, cluster } = place(0, [])
  const one = driven(depot, cluster)
  await one.turn()
  cluster.script.push(
    { do: 'late', ms: 20_000 },
    { do: 'hang-after' },
    { do: 'items', status: [503] },
  )
  for (let revision = 1; revision <= 6; revision++) {
    depot.change(audit('f1', revision))
    await one.turn()
  }
  await drain(one, depot)
  cluster.pass(60_000)
  expect(cluster.documents.get('audit/f1')?.revision).toBe(6)
})

test('what changes while it is on its way is sent again', async () => {
  const { depot, cluster } = place(0)
  const one = driven(depot, cluster)
  depot.change(audit('f1', 1))
  const revise = cluster.revise.bind(cluster)
  cluster.revise = (items) => {
    if (cluster.documents.size === 0) depot.change(audit('f1', 2))
    return revise(items)
  }
  await drain(one, depot)
  expect(cluster.documents.get('audit/f1')?.revision).toBe(2)
})

test('what one blocked index refuses does not stop documents, and is said', async () => {
  const { depot, cluster } = place(5)
  const one = driven(depot, cluster)
  await one.turn()
  depot.segments.set('2026-11-22.db', { docs: observations(3, 'ot.mqtt', 'm'), mark: 0 })
  cluster.create = (_stream, docs) =>
    Promise.resolve(docs.map(() => ({ kind: 'later', status: 403, reason: 'index read-only' })))
  depot.change(audit('f1'))
  for (let i = 0; i < 20; i++) await one.turn()
  expect(cluster.documents.size).toBe(1)
  expect(depot.buried.size).toBe(0)
  expect(one.shipper.state).toMatchObject({ state: 'blocked', reason: 'index read-only' })
  expect(isDone(depot)).toBe(false)
})

test('what an earlier process sent is known for as long as nothing may be read', async () => {
  const { depot, cluster } = place(4)
  const first = driven(depot, cluster, { killAt: 7 })
  while (await first.turn()) {
    // It dies when its first request was carried out, or before.
  }
  expect(depot.open.size).toBe(1)
  const slice = depot.slice.bind(depot)
  depot.slice = () => Promise.resolve(undefined)
  const second = driven(depot, cluster)
  for (let i = 0; i < 1000; i++) await second.turn()
  expect(depot.open.size).toBe(1)
  depot.slice = slice
  cluster.rollover('logs-ot.modbus')
  await drain(second, depot)
  expect(ids(4).map((id) => [cluster.copies(id), sentTimes(cluster, id)])).toEqual(
    ids(4).map(() => [1, 1]),
  )
})

test('it says each second how it is doing, and looks after the cluster each hour', async () => {
  const { depot, cluster } = place(0)
  let maintained = 0
  const maintain = (): Promise<void> => Promise.resolve(void maintained++)
  const one = driven(depot, cluster, { maintain })
  const began = cluster.now
  while (cluster.now - began < 3 * 3600_000) await one.turn()
  expect(maintained).toBe(3)
  expect(depot.told.length).toBeGreaterThan(10_000)
  expect(depot.told.at(-1)).toMatchObject({
    state: 'idle',
    server: 'elasticsearch 9.4.3 at memory',
  })
})

test('a store that is busy for once is tried again, one that is gone ends it', async () => {
  const { depot, cluster } = place(3)
  const told: unknown[] = []
  const one = driven(depot, cluster, { failed: (error) => told.push(error) })
  const slice = depot.slice.bind(depot)
  let failures = 3
  depot.slice = (limit) => (failures-- > 0 ? Promise.reject(new Error('busy')) : slice(limit))
  const stop = new AbortController()
  const shipped = depot.shipped.bind(depot)
  depot.shipped = (segment, to) => {
    stop.abort()
    return shipped(segment, to)
  }
  await one.shipper.run(stop.signal)
  expect(told).toHaveLength(3)
  expect(cluster.copies('o0002')).toBe(1)
  depot.dirty = () => Promise.reject(new Error('gone'))
  await expect(driven(depot, cluster).shipper.run(new AbortController().signal)).rejects.toThrow(
    'gone',
  )
})
