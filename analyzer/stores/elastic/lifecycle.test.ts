import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from './client.ts'
import { connect, storeErrorOf } from './client.ts'
import { backingIndices, maintain, policies, putPolicy } from './lifecycle.ts'
import { namesOf } from './names.ts'
import { lifecycleOf, probe } from './probe.ts'

const names = namesOf('default')
const kept = { days: 30, findingsDays: 400 }
const DAY_MS = 86_400_000

interface Asked {
  method: string
  path: string
  body: Record<string, unknown>
}
type Answer = { status: number; body?: unknown } | undefined

let server: Server
let client: Client
let asked: Asked[]
/** What the server says; what it leaves out is not there. */
let answer: (asked: Asked) => Answer

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      const { method = '', url = '' } = request
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      const one = { method, path: url, body }
      asked.push(one)
      const { status, body: told = {} } = answer(one) ?? { status: 400 }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(() => server.close())
beforeEach(() => {
  asked = []
  answer = () => ({ status: 200 })
  const { port } = server.address() as AddressInfo
  client = connect({ url: [`http://127.0.0.1:${port}`], namespace: 'default', requestMs: 2000 })
})
afterEach(() => client.close())

describe('what a server has', () => {
  const info = { version: { number: '8.0.0', distribution: undefined } }

  test.each([
    ['/_ilm/status', 200, 'ilm'],
    ['/_plugins/_ism/policies', 200, 'ism'],
    ['/_ilm/status', 403, 'ilm'],
    ['/none', 200, undefined],
  ])('%s that answers %i means %s', async (path, status, lifecycle) => {
    answer = (one) => (one.path === path ? { status } : undefined)
    expect(await lifecycleOf(client)).toBe(lifecycle)
  })

  test('a template is simulated, and nothing is put', async () => {
    const refused = ['constant_keyword']
    answer = ({ path, body }) => {
      if (path === '/') return { status: 200, body: info }
      const text = JSON.stringify(body)
      return refused.some((type) => text.includes(type)) ? { status: 400 } : { status: 200 }
    }
    expect(await probe(client)).toMatchObject({ constantKeyword: false, indexMode: true })
    expect(asked.filter(({ method }) => method === 'PUT' || method === 'DELETE')).toEqual([])
  })

  test('a key that may not simulate is told so, and takes no type for missing', async () => {
    answer = ({ path }) => ({ status: path === '/' ? 200 : 403, body: info })
    const failure = await probe(client).catch((error: unknown) => storeErrorOf(error).code)
    expect(failure).toBe('STORE_REFUSED')
  })
})

describe('policies of the server', () => {
  test('ILM rolls streams over by age and size, and deletes them alone', () => {
    const all = policies({ lifecycle: 'ilm' }, names, kept)
    expect(all.map(({ path }) => path)).toEqual([
      '/_ilm/policy/fieldtap-observations-default',
      '/_ilm/policy/fieldtap-findings-default',
      '/_ilm/policy/fieldtap-assets-default',
      '/_ilm/policy/fieldtap-audit-default',
    ])
    expect(all[0]?.body).toMatchObject({
      policy: {
        phases: {
          hot: { actions: { rollover: { max_age: '3d', max_size: '20gb' } } },
          delete: { min_age: '30d', actions: { delete: {} } },
        },
      },
    })
    for (const { body } of all.slice(1)) expect(JSON.stringify(body)).not.toContain('delete')
  })

  test('ISM says the same in its own words', () => {
    const [logs, findings] = policies({ lifecycle: 'ism' }, names, kept)
    expect(logs?.body).toMatchObject({
      policy: {
        default_state: 'hot',
        states: [
          {
            name: 'hot',
            actions: [{ rollover: { min_size: '20gb', min_index_age: '3d' } }],
            transitions: [{ state_name: 'delete', conditions: { min_rollover_age: '30d' } }],
          },
          { name: 'delete', actions: [{ delete: {} }] },
        ],
        ism_template: [{ index_patterns: ['logs-ot.*-default'] }],
      },
    })
    expect(JSON.stringify(findings?.body)).not.toContain('delete')
    expect(JSON.stringify(findings?.body)).toContain('ot-findings-default-*')
  })

  test('a policy of ISM that is there is replaced in the version that is there', async () => {
    const [policy] = policies({ lifecycle: 'ism' }, names, kept)
    if (policy === undefined) throw new Error('no policy')
    answer = ({ method, path }) => {
      if (method === 'GET') return { status: 200, body: { _seq_no: 7, _primary_term: 2 } }
      return { status: path.includes('if_seq_no=7&if_primary_term=2') ? 200 : 409 }
    }
    await putPolicy(client, policy)
    expect(asked.map(({ method }) => method)).toEqual(['PUT', 'GET', 'PUT'])
  })

  test('a server without a lifecycle gets none', () => {
    expect(policies({ lifecycle: undefined }, names, kept)).toEqual([])
  })
})

describe('deletion by our own hand', () => {
  const index = (name: string, created: unknown): [string, unknown] => [
    name,
    { settings: { index: { creation_date: created } } },
  ]
  const logs = (n: number): string => `.ds-logs-ot.modbus-default-2026.01.0${n}-00000${n}`

  test('streams are told apart by their names, their indices ordered by number', async () => {
    const found = Object.fromEntries([
      index(logs(2), '200'),
      index('.ds-logs-ot.mqtt-default-000010', '5'),
      index(logs(1), '100'),
      index('ot-findings-default-000001', '1'),
      index('.ds-logs-ot.modbus-default-2026.01.03-000003', 'nonsense'),
      ['.ds-logs-ot.modbus-default-2026.01.04-000004', null],
    ])
    answer = () => ({ status: 200, body: found })
    const streams = await backingIndices(client, names)
    expect([...streams].map(([name, all]) => [name, all.map((one) => one.index)])).toEqual([
      ['logs-ot.modbus-default', [logs(1), logs(2)]],
      ['logs-ot.mqtt-default', ['.ds-logs-ot.mqtt-default-000010']],
    ])
  })

  test('where the server has a lifecycle, it alone rolls over and deletes', async () => {
    answer = () => ({ status: 200, body: { deleted: 3 } })
    const done = await maintain(client, { lifecycle: 'ilm' }, names, kept, 0)
    expect(done).toEqual({ rolled: [], deleted: [], conversations: 3, findings: 3, problems: [] })
    expect(asked.every(({ path }) => path.includes('_delete_by_query'))).toBe(true)
  })

  test('of findings only those that are closed and old in every way', async () => {
    const now = 1000 * DAY_MS
    await maintain(client, { lifecycle: 'ilm' }, names, kept, now)
    const before = new Date(600 * DAY_MS).toISOString()
    expect(asked.at(-1)?.body).toEqual({
      query: {
        bool: {
          filter: [
            { term: { 'ot.finding.state': 'closed' } },
            { range: { 'ot.finding.last': { lt: before } } },
            { range: { 'event.ingested': { lt: before } } },
          ],
        },
      },
    })
  })

  test('what cannot be done is told, and the rest is done', async () => {
    const now = 100 * DAY_MS
    const old = Object.fromEntries([
      index(logs(1), 1 * DAY_MS),
      index(logs(2), 2 * DAY_MS),
      index(logs(3), 3 * DAY_MS),
    ])
    answer = ({ method, path }) => {
      if (method === 'GET') return { status: 200, body: path.includes('logs') ? old : {} }
      if (method === 'DELETE' && path.includes(logs(1))) {
        const error = { type: 'illegal_argument_exception', reason: 'it is being copied' }
        return { status: 400, body: { error } }
      }
      return { status: 200, body: { deleted: 0, rolled_over: false } }
    }
    const done = await maintain(client, { lifecycle: undefined }, names, kept, now)
    expect(done.deleted).toEqual([logs(2)])
    expect(done.problems.length).toBe(1)
    expect(done.problems[0]).toMatch(/000001: .*it is being copied/)
  })

  test('a cluster that is away rejects', async () => {
    const gone = connect({ url: ['http://127.0.0.1:1'], namespace: 'default', requestMs: 2000 })
    const failure = await maintain(gone, { lifecycle: 'ilm' }, names, kept, 0).catch(
      (error: unknown) => storeErrorOf(error).code,
    )
    await gone.close()
    expect(failure).toBe('STORE_UNAVAILABLE')
  })

  test.each(['null', [], { a: null }, { a: { settings: 7 } }])(
    'nonsense instead of indices deletes nothing: %j',
    async (nonsense) => {
      answer = () => ({ status: 200, body: nonsense })
      const done = await maintain(client, { lifecycle: undefined }, names, kept, 100 * DAY_MS)
      expect(done).toMatchObject({ deleted: [], rolled: [] })
      expect(asked.filter(({ method }) => method === 'DELETE')).toEqual([])
    },
  )
})
