/** The routes of counts and of the record. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as plant from '../stores/fixture.ts'
import type { TestConsole } from './fixture.ts'
import { testConsole } from './fixture.ts'

let console: TestConsole
beforeAll(async () => {
  console = await testConsole()
  const version = { kind: 'policy' as const, name: 'policy.yaml', text: 'zones: []\n' }
  await console.store.putVersion({ ...version, time: plant.time(0), who: 'fieldtap' }, plant.FROM)
})
afterAll(() => console.close())

const get = async (url: string) => console.ask('GET', url)

test('findings and operations are counted over time, as they are filtered', async () => {
  const findings = (await get('/api/findings/histogram?buckets=2&severity=high,medium')).json()
  expect(findings.rows.map((row: { count: number }) => row.count)).toEqual([1, 1])
  const operations = (await get('/api/operations/histogram?class=write')).json()
  expect(operations).toMatchObject({ isComplete: true })
  expect(operations.rows).toHaveLength(60)
  expect(operations.rows[0]).toEqual({ from: plant.time(0), count: 1 })
})

test('findings and operations are counted by what they have in common', async () => {
  expect((await get('/api/findings/groups?by=rule&limit=1')).json().rows).toEqual([
    { value: plant.rule.id, count: 2, last: plant.time(5) },
  ])
  expect((await get('/api/operations/groups?by=action')).json().rows).toEqual([
    { value: 'Write Multiple Registers', count: 1, last: plant.time(0) },
  ])
})

test('the record tells who did what, and what was judged by', async () => {
  const body = { action: 'comment', note: 'on call' }
  await console.ask('POST', '/api/findings/f1/actions', body)
  const { rows } = (await get('/api/audit')).json()
  expect(rows).toMatchObject([
    { action: 'comment', subject: 'f1', note: 'on call', who: 'local' },
    { action: 'policy', subject: 'policy.yaml', who: 'fieldtap' },
  ])
  const policies = (await get('/api/audit?action=policy')).json()
  expect(policies.total).toBe(1)
  const text = await get(`/api/audit/${policies.rows[0].id}/text`)
  expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(text.body).toBe('zones: []\n')
})

test('an act on what somebody else has acted on since is refused', async () => {
  const answer = await console.ask('POST', '/api/findings/f2/actions', {
    action: 'acknowledge',
    seen: '',
  })
  expect(answer.statusCode).toBe(200)
  const late = await console.ask('POST', '/api/findings/f2/actions', {
    action: 'close',
    reason: 'duplicate',
    seen: '',
  })
  expect(late.statusCode).toBe(409)
  expect(late.json()).toMatchObject({
    code: 'CONFLICT',
    remedy: expect.stringContaining('history'),
  })
})

test.each([
  ['/api/findings/groups', 400],
  ['/api/findings/groups?by=colour', 400],
  ['/api/findings/histogram?buckets=0', 400],
  ['/api/operations/histogram?class=nothing', 400],
  ['/api/operations/groups?by=rule', 400],
  ['/api/audit?action=theft', 400],
  ['/api/audit/nobody/text', 404],
])('%s is answered by %d and what to do', async (url, status) => {
  const answer = await get(url)
  expect(answer.statusCode).toBe(status)
  expect(answer.json().remedy).toMatch(/\.$/)
})
