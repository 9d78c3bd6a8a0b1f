/** Every route: what it answers, in the shape that it promises, and what it refuses. */
import { Readable } from 'node:stream'
import { hash } from 'node:crypto'
import type { TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as plant from '../stores/fixture.ts'
import { pageOf } from './answers.ts'
import type { TestConsole } from './fixture.ts'
import { NOW, testConsole } from './fixture.ts'
import * as schema from './schema.ts'

const context = { OperationRow: schema.OperationRow, Action: schema.Action }

function shaped(type: TSchema, answer: unknown): boolean {
  return Check(context, type, answer)
}

let console: TestConsole
beforeAll(async () => {
  console = await testConsole({
    packets: async ({ id }) =>
      id === 'f1' ? () => Readable.from([Buffer.from('pcap'), Buffer.from('ng')]) : undefined,
  })
})
afterAll(() => console.close())

describe('reading', () => {
  test.each<[string, TSchema]>([
    ['/api/findings', pageOf(schema.FindingRow)],
    ['/api/findings/f1', schema.FindingDetail],
    ['/api/assets', pageOf(schema.AssetRow)],
    ['/api/assets/a1', schema.AssetRow],
    ['/api/conversations', pageOf(schema.ConversationRow)],
    ['/api/operations', pageOf(schema.OperationRow)],
    ['/api/zones', schema.ZoneMatrix],
    ['/api/rules', pageOf(schema.RuleRow)],
    ['/api/health', schema.Health],
  ])('%s answers what it promises', async (url, type) => {
    const answer = await console.ask('GET', url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(shaped(type, answer.json())).toBe(true)
  })

  test.each([
    ['severity=high,low', ['f2', 'f1']],
    ['severity=high&state=open,acknowledged', ['f1']],
    ['state=closed', []],
    ['q=registers&posture=false', ['f2', 'f1']],
    ['rule=r-3', ['f3']],
    ['asset=a1&sort=-severity', ['f1', 'f3', 'f2']],
    ['asset=10.20.0.9&limit=1', ['f3']],
    [`from=${plant.time(5)}`, ['f3', 'f2']],
    ['to=2026-11-21T08:00:05Z', ['f2', 'f1']],
    ['to=2026-11-21T09:00:05%2B01:00', ['f2', 'f1']],
    ['severity=&state=&q=&rule=&asset=&from=&to=&sort=&after=', ['f3', 'f2', 'f1']],
  ])('/api/findings?%s', async (query, expected) => {
    const { rows } = (await console.ask('GET', `/api/findings?${query}`)).json()
    expect(rows.map((row: { id: string }) => row.id)).toEqual(expected)
  })

  test('pages of every list go on where the last one ended', async () => {
    const first = (await console.ask('GET', '/api/findings?limit=2')).json()
    expect(first).toMatchObject({ total: 3, next: expect.any(String) })
    const second = (await console.ask('GET', `/api/findings?limit=2&after=${first.next}`)).json()
    expect(second.rows.map((row: { id: string }) => row.id)).toEqual(['f1'])
    expect(second.next).toBeNull()
    for (const list of ['assets', 'conversations', 'operations']) {
      const { next, total } = (await console.ask('GET', `/api/${list}?limit=1`)).json()
      expect(total === 1 ? next === null : typeof next === 'string').toBe(true)
    }
  })

  test.each([
    ['/api/operations?class=write&asset=a1&q=holding', 1],
    ['/api/operations?class=read', 0],
    ['/api/conversations?q=plc&asset=10.20.1.5', 1],
    ['/api/assets?q=telemecanique%20bmx', 1],
  ])('%s finds %i', async (url, total) => {
    expect((await console.ask('GET', url)).json().total).toBe(total)
  })

  test.each([
    ['/api/findings?limit=0', 'limit'],
    ['/api/findings?limit=1001', 'limit'],
    ['/api/findings?limit=ten', 'limit'],
    ['/api/findings?severity=high,loud', 'severity'],
    ['/api/findings?state=done', 'state'],
    ['/api/findings?posture=perhaps', 'posture'],
    ['/api/findings?sort=-colour', 'sort'],
    ['/api/findings?sort=last,first', 'sort'],
    ['/api/findings?from=yesterday', 'from'],
    ['/api/findings?to=2026-13-40T00:00:00Z', 'to'],
    ['/api/findings?after=nonsense', 'after'],
    ['/api/findings?colour=red', 'colour'],
    [`/api/findings?q=${'x'.repeat(401)}`, 'q'],
    ['/api/findings?q=a&q=b', 'q'],
    ['/api/operations?class=loud', 'class'],
    ['/api/assets?limit=-1', 'limit'],
  ])('%s is refused by name', async (url, field) => {
    const answer = await console.ask('GET', url)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({
      code: expect.stringMatching(/^(QUERY|CURSOR)_INVALID$/),
      message: expect.stringContaining(`${field}:`),
      remedy: expect.stringMatching(/^[A-Z].*\.$/),
    })
  })

  test.each(['/api/findings/no', '/api/findings/no/packets', '/api/assets/no', '/api/no', '/api'])(
    '%s is not there',
    async (url) => {
      const answer = await console.ask('GET', url)
      expect(answer.statusCode).toBe(404)
      expect(shaped(schema.ApiError, answer.json())).toBe(true)
    },
  )

  test('packets are a download with their hash, and said to be there', async () => {
    const answer = await console.ask('GET', '/api/findings/f1/packets')
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toBe('pcapng')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-pcapng',
      'content-disposition': 'attachment; filename="finding-f1.pcapng"',
      'x-content-sha256': hash('sha256', 'pcapng', 'hex'),
    })
    expect((await console.ask('GET', '/api/findings/f1')).json().packets_available).toBe(true)
    expect((await console.ask('GET', '/api/findings/f2')).json().packets_available).toBe(false)
    const gone = await console.ask('GET', '/api/findings/f2/packets')
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'PACKETS_UNAVAILABLE'])
  })

  test('metrics name what Prometheus reads, and leave out what nobody knows', async () => {
    const { body } = await console.ask('GET', '/metrics')
    expect(body).toContain('fieldtap_packets_total 1200\n')
    expect(body).toContain('fieldtap_findings_open{severity="high"} 1\n')
    expect(body).toContain('fieldtap_store_findings 3\n')
    expect(body).not.toContain('fieldtap_lost_packets_total')
  })

  test('the description is OpenAPI 3.1 and has every route', async () => {
    const document = (await console.ask('GET', '/api/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/findings',
        '/api/findings/{id}',
        '/api/findings/{id}/actions',
        '/api/findings/{id}/packets',
        '/api/findings/actions',
        '/api/assets/{id}/name',
        '/api/conversations',
        '/api/zones',
        '/api/operations',
        '/api/rules',
        '/api/health',
        '/api/events',
      ]),
    )
    const references = JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? []
    expect(new Set(references)).toEqual(
      new Set([
        '"$ref":"#/components/schemas/OperationRow"',
        '"$ref":"#/components/schemas/Action"',
      ]),
    )
  })
})

describe('acting', () => {
  const act = (id: string, body: unknown) =>
    console.ask('POST', `/api/findings/${id}/actions`, body)

  test('answers the finding as it is now, with its history', async () => {
    const answer = await act('f1', { action: 'acknowledge' })
    expect(answer.statusCode).toBe(200)
    expect(shaped(schema.FindingDetail, answer.json())).toBe(true)
    expect(answer.json()).toMatchObject({
      state: 'acknowledged',
      packets_available: true,
      history: [
        {
          action: 'acknowledge',
          who: 'local',
          time: new Date(NOW).toISOString().replace('Z', '000Z'),
        },
      ],
    })
    const closed = await act('f1', { action: 'close', reason: 'maintenance', note: 'planned' })
    expect(closed.json()).toMatchObject({ state: 'closed', reason: 'maintenance' })
    const last = closed.json().history.at(-1).id
    const undone = await act('f1', { action: 'undo', undoes: last })
    expect(undone.json()).toMatchObject({ state: 'acknowledged' })
    expect(undone.json().history.at(-1)).toMatchObject({ action: 'undo', undoes: last })
    expect((await act('f1', { action: 'undo' })).json().state).toBe('open')
  })

  test.each([
    ['no', { action: 'acknowledge' }, 404, 'NOT_FOUND'],
    ['f1', { action: 'close' }, 400, 'REASON_REQUIRED'],
    ['f1', { action: 'comment' }, 400, 'NOTE_REQUIRED'],
    ['f1', { action: 'undo' }, 409, 'NOTHING_TO_UNDO'],
    ['f3', { action: 'approve' }, 409, 'NOTHING_TO_APPROVE'],
    ['f1', { action: 'close', reason: 'bored' }, 400, 'BODY_INVALID'],
    ['f1', { action: 'delete' }, 400, 'BODY_INVALID'],
    ['f1', {}, 400, 'BODY_INVALID'],
    ['f1', [], 400, 'BODY_INVALID'],
    ['f1', null, 400, 'BODY_INVALID'],
    ['f1', { action: 'acknowledge', as: 'root' }, 400, 'BODY_INVALID'],
    ['f1', { action: 'comment', note: 'x'.repeat(4001) }, 400, 'BODY_INVALID'],
  ])('on %s: %j is %i %s', async (id, body, status, code) => {
    const answer = await act(id, body)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(shaped(schema.ApiError, answer.json())).toBe(true)
  })

  test('on many says what it could not do', async () => {
    const body = { ids: ['f2', 'f3', 'f2', 'no'], action: 'approve' }
    const answer = await console.ask('POST', '/api/findings/actions', body)
    expect(answer.json()).toMatchObject({
      done: ['f2'],
      refused: [
        { id: 'f3', code: 'NOTHING_TO_APPROVE' },
        { id: 'no', code: 'NOT_FOUND' },
      ],
    })
    expect(await console.store.decisionsSince(0)).toMatchObject([{ kind: 'approve', who: 'local' }])
    const none = await console.ask('POST', '/api/findings/actions', { ids: [], action: 'approve' })
    expect(none.statusCode).toBe(400)
  })

  test('a typed name is trimmed, kept and taken back', async () => {
    const name = (text: unknown) => console.ask('PUT', '/api/assets/a1/name', { name: text })
    expect((await name('  Boiler ')).json()).toMatchObject({ name: 'Boiler', name_source: 'typed' })
    expect((await name('')).json()).toMatchObject({ name: 'PLC-1', name_source: 'observed' })
    expect((await name('x'.repeat(121))).statusCode).toBe(400)
    expect((await console.ask('PUT', '/api/assets/no/name', { name: 'x' })).statusCode).toBe(404)
  })

  test.each([
    '<script>alert(1)</script>',
    `'; DROP TABLE findings; --`,
    '{{7*7}}${7*7}',
    '\u202egpj.exe',
    'nul\0and\u0007bell',
    '__proto__',
    '\ud83d\udd25'.repeat(10),
  ])('the text %j comes back as it went in', async (text) => {
    const commented = await act('f1', { action: 'comment', note: text })
    expect(commented.json().history.at(-1).note).toBe(text)
    const named = await console.ask('PUT', '/api/assets/a1/name', { name: text })
    expect(named.json().name).toBe(text)
    const query = `/api/assets?q=${encodeURIComponent(text)}`
    expect((await console.ask('GET', query)).json().rows[0].name).toBe(text)
    const missing = await console.ask('GET', `/api/findings/${encodeURIComponent(text)}`)
    expect(missing.statusCode).toBe(404)
  })

  test('a body that would reach the prototype is refused', async () => {
    const answer = await console.inject({
      method: 'POST',
      url: '/api/findings/f1/actions',
      headers: { 'content-type': 'application/json' },
      payload: '{"action":"acknowledge","__proto__":{"x":1}}',
    })
    expect(answer.statusCode).toBe(400)
  })

  test('a body beyond the limit is refused', async () => {
    const answer = await act('f1', { action: 'comment', note: 'x'.repeat(2 << 20) })
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'BODY_TOO_LARGE'])
  })
})

describe('health', () => {
  test('of a sensor that fell silent is red, with the reason in words', async () => {
    const late = await testConsole({ now: () => Date.now() + 60_000 })
    const health = (await late.ask('GET', '/api/health')).json()
    expect(health.level).toBe('red')
    expect(health.reasons[0]).toMatch(/^The sensor has not reported for \d+ s$/)
    await late.store.putHealth(plant.health({ state: 'finished' }), plant.FROM)
    expect((await late.ask('GET', '/api/health')).json().level).toBe('grey')
    await late.close()
  })

  test('of a sensor that cannot write names the disk first', async () => {
    const trouble = 'The disk that holds /data is full'
    const hours = { now: () => Date.now() + 3_600_000, diskTrouble: () => trouble, folder: '/data' }
    const late = await testConsole(hours)
    expect((await late.ask('GET', '/api/health')).json().reasons.slice(0, 2)).toEqual([
      trouble,
      expect.stringMatching(/^The sensor has not reported for \d+ s$/),
    ])
    await late.close()
    // As long as the sensor speaks, the disk is its own affair.
    const fresh = await testConsole({ ...hours, now: Date.now })
    expect((await fresh.ask('GET', '/api/health')).json()).toMatchObject({
      reasons: [],
      folder: '/data',
    })
    await fresh.close()
  })

  test('of a store that no sensor has written to says so', async () => {
    const place = plant.temporary()
    const store = await plant.stores['sqlite']?.(place.dir)
    const lines: string[] = []
    const empty = await testConsole({
      store: store as never,
      log: { write: (line) => lines.push(line) },
    })
    const health = (await empty.ask('GET', '/api/health')).json()
    expect(health).toMatchObject({ mode: 'none', level: 'amber' })
    expect(shaped(schema.Health, health)).toBe(true)
    const zones = (await empty.ask('GET', '/api/zones')).json()
    expect(zones).toEqual({ policy: null, zones: [], cells: [] })
    await store?.close()
    const failed = await empty.ask('GET', '/api/findings')
    expect(lines).toEqual([expect.stringContaining('STORE_UNAVAILABLE')])
    expect([failed.statusCode, failed.json().code]).toEqual([503, 'STORE_UNAVAILABLE'])
    await empty.close()
    place.remove()
  })
})

test('the check of shapes sees what is missing, also behind a reference', async () => {
  const detail = (await console.ask('GET', '/api/findings/f1')).json()
  expect(shaped(schema.FindingDetail, { ...detail, count: 'many' })).toBe(false)
  expect(shaped(schema.FindingDetail, { ...detail, history: [{}] })).toBe(false)
})
