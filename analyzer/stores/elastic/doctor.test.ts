import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Check } from './doctor.ts'
import { doctor } from './doctor.ts'

/** Answers by the beginning of a path; what is not here is not there. */
type Answers = Record<string, { status?: number; body: unknown }>

let server: Server
let url: string
let answers: Answers

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    const [found] = Object.entries(answers)
      .filter(([begin]) => (begin === '/' ? path === '/' : path.startsWith(begin)))
      .map(([, answer]) => answer)
    const { status = 200, body } = found ?? { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  answers = {
    '/': { body: { version: { number: '9.4.3' } } },
    '/_nodes/stats': { body: { nodes: { a: { timestamp: Date.now() } } } },
    '/_cluster/health': { body: { status: 'green' } },
    '/_cat/allocation': { body: [{ 'disk.percent': '41' }] },
    '/_index_template/_simulate': { body: {} },
  }
})

async function look(): Promise<{ checks: Check[]; wrong: string }> {
  const elastic = { url: [url], namespace: 'default', requestMs: 5000 }
  const checks = await doctor({ elastic, malcolm: false })
  expect(checks.filter(({ ok, remedy = '' }) => !ok && remedy === '')).toEqual([])
  return {
    checks,
    wrong: checks
      .filter(({ ok }) => !ok)
      .map(({ what }) => what)
      .join('\n'),
  }
}

test('a server on which nothing is set up lacks templates and aliases, and the rest is well', async () => {
  const { checks, wrong } = await look()
  expect(wrong).toContain('logs-ot-default is missing')
  expect(wrong).toContain('alias ot-findings-default stands for nothing')
  const well = checks.filter(({ ok }) => ok).map(({ what }) => what)
  expect(well.join('\n')).toMatch(/clocks are 0\.\d s apart[^]*cluster is green[^]*disk 41 % full/)
})

test.each<[string, Answers, RegExp]>([
  [
    'a clock two minutes ahead',
    { '/_nodes/stats': { body: { nodes: { a: { timestamp: Date.now() + 120_000 } } } } },
    /clocks are 1[12]\d\.\d s apart/,
  ],
  ['a red cluster', { '/_cluster/health': { body: { status: 'red' } } }, /the cluster is red/],
  [
    'a full disk on one of two nodes',
    { '/_cat/allocation': { body: [{ 'disk.percent': '20' }, { 'disk.percent': '91' }] } },
    /disk 91 % full/,
  ],
  [
    'an index that the server blocked for a full disk',
    {
      '/ot-findings-default,': {
        body: {
          'ot-findings-default-000001': {
            settings: { index: { blocks: { read_only_allow_delete: 'true' } } },
          },
        },
      },
    },
    /read-only: ot-findings-default-000001 \(read_only_allow_delete\)/,
  ],
  [
    'two indices to write to behind one alias',
    {
      '/ot-audit-default/_alias': {
        body: {
          a: { aliases: { 'ot-audit-default': { is_write_index: true } } },
          b: { aliases: { 'ot-audit-default': { is_write_index: true } } },
        },
      },
    },
    /alias ot-audit-default stands for 2 indices, and one is to be written to/,
  ],
  [
    'a template of a newer fieldtap',
    {
      '/_component_template/ot-settings': {
        body: { component_templates: [{ component_template: { version: 99, _meta: {} } }] },
      },
    },
    /ot-settings is of version 99, this fieldtap has \d/,
  ],
  [
    'a right that is missing',
    {
      '/_security/user/_has_privileges': {
        body: {
          cluster: { monitor: false },
          index: { 'logs-ot.*': { read: true, manage: false } },
        },
      },
    },
    /the key may not: monitor of the cluster, manage on logs-ot\.\*/,
  ],
  ['credentials that are refused', { '/': { status: 401, body: {} } }, /refuses this key.*401/],
])('%s is found', async (_name, change, words) => {
  answers = { ...answers, ...change }
  expect((await look()).wrong).toMatch(words)
})

test.each([null, [], 'x', 7, { nodes: 7 }, { version: [] }])(
  'nonsense from everywhere, as %j, is told and throws nothing',
  async (nonsense) => {
    answers = { '/': { body: nonsense } }
    for (const path of ['/_', '/ot-', '/logs-']) answers[path] = { body: nonsense }
    const { checks } = await look()
    expect(checks.length).toBeGreaterThan(5)
  },
)
