/** The routes that tell sensors and sites apart, who acts, and what waits for a cluster. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeadLetter } from '../stores/outbox.ts'
import * as plant from '../stores/fixture.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import type { Store } from '../stores/store.ts'
import type { ConsoleOutbox } from './app.ts'
import { backlogWords } from './backlog.ts'
import type { TestConsole } from './fixture.ts'
import { NOW, testConsole } from './fixture.ts'

const SOUTH = { sensor: 'sensor-2', site: 'plant-2' }

let console: TestConsole
beforeAll(async () => {
  // However long this takes, no sensor falls silent.
  const start = Date.now()
  console = await testConsole({ now: () => start })
  const { store } = console
  await store.putFindings([plant.finding({ id: 'south-1' })], SOUTH)
  await store.putAssets([plant.asset({ id: 'south-a' })], SOUTH)
  await store.putConversations([plant.conversation({ id: 'south-c' })], SOUTH)
  await store.putObservations([plant.operation({ 'event.id': 'south-o' })], SOUTH)
  await store.putMatrix({ ...plant.matrix, cells: [] }, SOUTH)
  await store.putRules([{ ...plant.rule, id: 'south-r' }], SOUTH)
  const counters = { 'delivery.documents': 3, 'delivery.oldest_ms': 90_000 }
  await store.putHealth(plant.health({ ...SOUTH, packets: 7, level: 'amber', counters }), SOUTH)
})
afterAll(() => console.close())

const get = async (url: string) => (await console.ask('GET', url)).json()
const ids = async (url: string): Promise<string[]> =>
  (await get(url)).rows.map((row: { id: string }) => row.id)

describe('a site or a sensor alone', () => {
  test.each(['site=plant-2', 'sensor=sensor-2', 'site=plant-2&sensor=sensor-2'])(
    'of every list: %s',
    async (scope) => {
      expect(await ids(`/api/findings?${scope}`)).toEqual(['south-1'])
      expect(await ids(`/api/assets?${scope}`)).toEqual(['south-a'])
      expect(await ids(`/api/conversations?${scope}`)).toEqual(['south-c'])
      expect(await ids(`/api/operations?${scope}`)).toEqual(['south-o'])
      expect(await ids(`/api/rules?${scope}`)).toEqual(['south-r'])
      expect((await get(`/api/zones?${scope}`)).cells).toEqual([])
      expect(await get(`/api/health?${scope}`)).toMatchObject({ ...SOUTH, packets: 7 })
      expect((await get(`/api/findings/groups?by=rule&${scope}`)).rows).toHaveLength(1)
      expect((await get(`/api/operations/groups?by=site&${scope}`)).rows).toMatchObject([
        { value: 'plant-2', count: 1 },
      ])
      const { rows } = await get(`/api/findings/histogram?${scope}`)
      expect(rows.map(({ count }: { count: number }) => count)).toContain(1)
      const report = await get(`/api/reports/zones?${scope}`)
      expect(report).toMatchObject({ site: 'plant-2', sensor: 'sensor-2', matrix: [] })
    },
  )

  test('asked for nothing, all of them', async () => {
    expect(await ids('/api/findings?site=&sensor=')).toHaveLength(4)
    expect(await ids('/api/findings?site=nowhere')).toEqual([])
    expect((await get('/api/zones')).zones.map(({ id }: { id: string }) => id)).toContain(
      'plant-2/Z-OPS',
    )
    expect(await get('/api/health')).toMatchObject({
      sensor: '',
      packets: 1207,
      level: 'amber',
      open: { high: 2 },
    })
  })

  test('rules come on one page, also to who pages through them', async () => {
    expect(await ids('/api/rules?limit=1&after=')).toHaveLength(2)
  })

  test('each sensor has a line, with what it has not delivered', async () => {
    expect(await get('/api/sensors')).toMatchObject([
      { ...plant.FROM, level: 'grey', backlog: '' },
      {
        ...SOUTH,
        level: 'amber',
        packets: 7,
        backlog: '3 documents waiting, the oldest for 1 minute',
      },
    ])
    expect(await get('/api/sensors?site=plant-2')).toHaveLength(1)
  })

  test('metrics of several say of which sensor each is', async () => {
    const { body } = await console.ask('GET', '/metrics')
    const packets = body.split('\n').filter((line) => line.startsWith('fieldtap_packets_total{'))
    expect(packets).toEqual([
      'fieldtap_packets_total{sensor="sensor-1",site="plant-1"} 1200',
      'fieldtap_packets_total{sensor="sensor-2",site="plant-2"} 7',
    ])
    expect(body).toMatch(/^fieldtap_store_findings 4$/m)
    const open = 'fieldtap_findings_open{severity="high",sensor="sensor-2",site="plant-2"} 1'
    expect(body).toContain(open)
  })
})

test('of a cluster is counted now and then, of a file each time', async () => {
  const place = plant.temporary()
  const store = await openSqliteStore(place.dir)
  await store.putHealth(plant.health(), plant.FROM)
  let [asked, at, kind] = [0, 0, 'opensearch']
  const watched = new Proxy(store, {
    get: (all, name: keyof Store) => {
      if (name === 'kind') return kind
      if (name === 'stats') asked++
      return all[name]
    },
  })
  const over = await testConsole({ store: watched, now: () => at })
  const times = async (time: number): Promise<number> => {
    at = time
    await over.ask('GET', '/api/health')
    return asked
  }
  expect([await times(0), await times(9999), await times(10_000)]).toEqual([1, 1, 2])
  kind = 'sqlite'
  expect([await times(10_001), await times(10_002)]).toEqual([3, 4])
  await over.close()
  await store.close()
  place.remove()
})

describe('who acts', () => {
  const act = (who: unknown) =>
    console.ask('POST', '/api/findings/f1/actions', { action: 'comment', note: 'x', who })

  test('is the name that was typed, in the history and on record', async () => {
    const answer = await act('  Ana Müller-李 (on call) ')
    expect(answer.statusCode).toBe(200)
    expect(answer.json().history.at(-1).who).toBe('Ana Müller-李 (on call)')
    expect((await get('/api/audit')).rows[0].who).toBe('Ana Müller-李 (on call)')
    const renamed = { name: 'Boiler', who: 'bo' }
    expect((await console.ask('PUT', '/api/assets/a1/name', renamed)).statusCode).toBe(200)
    expect((await get('/api/audit?action=rename')).rows[0].who).toBe('bo')
    await console.ask('POST', '/api/findings/actions', {
      ids: ['f2'],
      action: 'acknowledge',
      who: 'cleo',
    })
    expect((await get('/api/findings/f2')).history[0].who).toBe('cleo')
  })

  test('is "local" where no name was typed', async () => {
    expect((await act(undefined)).json().history.at(-1).who).toBe('local')
  })

  test.each([
    [''],
    ['   '],
    ['x'.repeat(81)],
    ['nul\0'],
    ['line\nfeed'],
    ['right\u202eto left'],
    ['zero\u200bwidth'],
    ['\ud800'],
    ['no\u00a0break'],
  ])('is not %j', async (who) => {
    const answer = await act(who)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'WHO_INVALID'])
    expect(answer.json().remedy).toMatch(/\.$/)
  })

  test('may have as many characters as are seen, of any plane', async () => {
    expect((await act('𠮷'.repeat(80))).statusCode).toBe(200)
  })
})

describe('delivery', () => {
  const letter: DeadLetter = {
    id: 'op-7',
    kind: 'observation',
    place: 'logs-ot.modbus-default',
    status: 400,
    type: 'mapper_parsing_exception',
    reason: 'failed to parse field [source.ip]',
    time: plant.time(4),
    tries: 1,
    doc: '{}',
  }
  const state = {
    state: 'away' as const,
    reason: 'connection refused',
    since: plant.time(1),
    at: new Date(NOW - 1000).toISOString(),
    server: 'elasticsearch 9.4.3 at https://es1:9200',
    ...{ sent: 9, repeated: 1, retried: 2, rejected: 1, held: 0 },
  }
  const backlog = { documents: 4, observations: 9, oldest_ms: 5000, dead_letters: 1, lost: 0 }
  const asked: unknown[] = []
  const outbox: ConsoleOutbox = {
    delivery: async () => state,
    backlog: async () => backlog,
    deadLetters: async (query) => {
      asked.push(query)
      return { rows: [letter], total: 1, next: null }
    },
    replay: async (some) => (asked.push(some), 1),
    discard: async (some, by) => (asked.push(some, by?.who), 1),
  }
  let shipping: TestConsole
  beforeAll(async () => {
    shipping = await testConsole({ outbox, away: () => ({ reason: 'connection refused' }) })
  })
  afterAll(() => shipping.close())

  test('of a console that delivers nothing', async () => {
    expect(await get('/api/delivery')).toMatchObject({
      isConfigured: false,
      isRunning: false,
      state: null,
    })
    const answer = await console.ask('GET', '/api/delivery/letters')
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'NO_DELIVERY'])
  })

  test('tells how it goes, what waits and what was refused', async () => {
    const told = (await shipping.ask('GET', '/api/delivery')).json()
    expect(told).toEqual({ isConfigured: true, isRunning: true, state, backlog })
    const letters = (await shipping.ask('GET', '/api/delivery/letters?limit=5')).json()
    expect(letters).toEqual({ rows: [letter], total: 1, next: null })
    expect(asked.splice(0)).toEqual([{ limit: 5, after: undefined }])
  })

  test('by a process that says nothing any more is not running', async () => {
    const late = await testConsole({ outbox, now: () => NOW + 5000 })
    expect((await late.ask('GET', '/api/delivery')).json()).toMatchObject({ isRunning: false })
    await late.close()
  })

  test.each([
    ['replay', {}, undefined],
    ['replay', { ids: ['op-7'] }, ['op-7']],
    ['discard', { ids: ['op-7'], who: 'ana' }, ['op-7'], 'ana'],
    ['discard', { ids: ['op-7'] }, ['op-7'], 'local'],
  ])('%s %j is done', async (what, body, ...told) => {
    const answer = await shipping.ask('POST', `/api/delivery/${what}`, body)
    expect([answer.statusCode, answer.json()]).toEqual([200, { count: 1 }])
    expect(asked.splice(0)).toEqual(told)
  })

  test.each([
    ['discard', {}],
    ['discard', { ids: [] }],
    ['replay', { all: true }],
  ])('%s %j is refused', async (what, body) => {
    expect((await shipping.ask('POST', `/api/delivery/${what}`, body)).statusCode).toBe(400)
    expect(asked).toEqual([])
  })

  test('from a page of another site is refused', async () => {
    const answer = await shipping.inject({
      method: 'POST',
      url: '/api/delivery/discard',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
      payload: '{"ids":["op-7"]}',
    })
    expect([answer.statusCode, asked]).toEqual([403, []])
  })

  test('of a cluster that is away: health says whose store is shown', async () => {
    const health = (await shipping.ask('GET', '/api/health')).json()
    expect(health).toMatchObject({ level: 'amber', fallback: 'connection refused' })
    expect(health.reasons[0]).toBe(
      "The cluster is away, this machine's own store is shown: connection refused",
    )
  })

  test.each([
    [{}, ''],
    [{ documents: 1, oldest_ms: 20 }, '1 document waiting, the oldest for 1 second'],
    [
      { documents: 2, observations: 1, oldest_ms: 7_300_000 },
      '2 documents and 1 observation waiting, the oldest for 2 hours',
    ],
    [{ dead_letters: 2, lost: 1 }, '2 documents refused; 1 observation deleted before being sent'],
  ])('%j in words', (some, words) => {
    const none = { documents: 0, observations: 0, oldest_ms: 0, dead_letters: 0, lost: 0 }
    expect(backlogWords({ ...none, ...some })).toBe(words)
  })
})
