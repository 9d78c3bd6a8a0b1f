import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errors } from '@elastic/elasticsearch'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BulkItem } from './bulk.ts'
import { bulk, fateOf, fateOfRequest, fatesOf } from './bulk.ts'
import type { Client } from './client.ts'
import { connect } from './client.ts'

const place = '.ds-logs-ot.modbus-t-2026.11.21-000001'
const item = (status: number, type = '', reason = ''): unknown => ({
  _index: place,
  _id: 'a',
  status,
  ...(type === '' ? {} : { error: { type, reason } }),
})

describe('the fate of one item', () => {
  test.each([
    ['create', item(201), { kind: 'done', place, repeated: false }],
    ['index', item(200), { kind: 'done', place, repeated: false }],
    ['create', item(409, 'version_conflict_engine_exception'), { kind: 'done', repeated: true }],
    ['index', item(409, 'version_conflict_engine_exception'), { kind: 'conflict', place }],
    ['create', item(429, 'es_rejected_execution_exception'), { kind: 'later', status: 429 }],
    ['create', item(429, 'cluster_block_exception', 'disk'), { kind: 'later', status: 429 }],
    ['create', item(403, 'cluster_block_exception'), { kind: 'later', status: 403 }],
    ['create', item(503, 'unavailable_shards_exception'), { kind: 'later', status: 503 }],
    ['create', item(500, 'anything'), { kind: 'later', status: 500 }],
    ['create', item(403, 'security_exception', 'no'), { kind: 'refused', status: 403 }],
    ['create', item(401, 'security_exception', 'no'), { kind: 'refused', status: 401 }],
    ['create', item(413), { kind: 'too-large' }],
    [
      'create',
      item(404, 'index_not_found_exception', 'no such index [x] and [require_alias] is true'),
      { kind: 'refused', status: 404, reason: expect.stringContaining('elastic setup') },
    ],
    [
      'create',
      item(400, 'illegal_argument_exception', 'no write index is defined for alias [ot-x]'),
      { kind: 'refused', reason: expect.stringContaining('elastic setup') },
    ],
    [
      'create',
      item(400, 'validation_exception', 'has [1000]/[1000] maximum normal shards open;'),
      { kind: 'later', status: 400 },
    ],
    [
      'create',
      item(400, 'document_parsing_exception', 'failed to parse field [source.ip]'),
      {
        kind: 'rejected',
        status: 400,
        type: 'document_parsing_exception',
        reason: 'failed to parse field [source.ip]',
      },
    ],
    ['create', item(422, 'odd'), { kind: 'rejected', status: 422 }],
    ['create', item(302), { kind: 'unknown' }],
    ['create', {}, { kind: 'unknown' }],
    ['create', null, { kind: 'unknown' }],
    ['create', { status: '201' }, { kind: 'unknown' }],
  ] as const)('%s %j', (op, answered, fate) => {
    expect(fateOf(answered, op)).toMatchObject(fate)
  })

  test('an answer with fewer items than were sent leaves the rest unknown', () => {
    const sent = ['a', 'b', 'c'].map((id) => ({ op: 'create' as const, id }))
    const answer = { items: [{ create: item(201) }, { create: { ...(item(201) as object) } }] }
    const kinds = fatesOf(answer, sent).map(({ kind }) => kind)
    // The second is told of another document.
    expect(kinds).toEqual(['done', 'unknown', 'unknown'])
  })

  test('whatever is answered, each has one fate and nothing throws', () => {
    const answers = fc.oneof(
      fc.anything(),
      fc.record({ items: fc.anything() }),
      fc.record({ items: fc.array(fc.anything()) }),
      fc.record({
        items: fc.array(
          fc.record({
            create: fc.record({ _id: fc.anything(), status: fc.anything(), error: fc.anything() }),
          }),
        ),
      }),
    )
    fc.assert(
      fc.property(answers, fc.array(fc.string(), { maxLength: 5 }), (answer, ids) => {
        const items = ids.map((id) => ({ op: 'create' as const, id }))
        expect(fatesOf(answer, items)).toHaveLength(ids.length)
      }),
    )
  })
})

describe('the fate of a request', () => {
  const answered = (statusCode: number, type = '', reason = ''): unknown =>
    new errors.ResponseError({
      statusCode,
      body: { error: { type, reason } },
      headers: {},
      warnings: null,
      meta: {} as never,
    })

  test.each([
    [answered(401, 'security_exception'), 5, { kind: 'refused', status: 401 }],
    [answered(403, 'security_exception'), 5, { kind: 'refused', status: 403 }],
    [answered(403, 'cluster_block_exception'), 5, { kind: 'later', status: 403 }],
    [answered(413), 5, { kind: 'too-large' }],
    [answered(429), 5, { kind: 'later', status: 429 }],
    [answered(503), 5, { kind: 'later', status: 503 }],
    [answered(404), 5, { kind: 'refused', status: 404 }],
    [answered(500), 5, { kind: 'unknown' }],
    [answered(502), 5, { kind: 'unknown' }],
    [answered(504), 5, { kind: 'unknown' }],
    [answered(409), 5, { kind: 'too-large' }],
    [answered(400, 'parse_exception'), 5, { kind: 'too-large' }],
    [answered(400, 'parse_exception', 'odd'), 1, { kind: 'rejected', status: 400, reason: 'odd' }],
    [new errors.TimeoutError('Request timed out'), 5, { kind: 'unknown' }],
    [new errors.DeserializationError('Unexpected end', '{'), 5, { kind: 'unknown' }],
    [new errors.ConnectionError('read ECONNRESET'), 5, { kind: 'unknown' }],
    [new errors.ConnectionError('other side closed - Local: a, Remote: b'), 5, { kind: 'unknown' }],
    [new errors.ConnectionError('connect ECONNREFUSED 127.0.0.1:9'), 5, { kind: 'away' }],
    [new errors.ConnectionError('getaddrinfo ENOTFOUND es1'), 5, { kind: 'away' }],
    [new errors.ConnectionError('Connect Timeout Error'), 5, { kind: 'away' }],
    [new errors.ConnectionError('self-signed certificate'), 5, { kind: 'away' }],
    [new errors.ConnectionError(''), 5, { kind: 'away' }],
    ['anything', 5, { kind: 'unknown' }],
  ] as const)('%s of %i', (error, count, fate) => {
    expect(fateOfRequest(error, count)).toMatchObject(fate)
  })
})

describe('over the wire', () => {
  let answer: (body: string) => { status?: number; body?: string; end?: 'cut' | 'reset' }
  let sent: { url: string; type: string; body: string }
  let client: Client
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      sent = { url: request.url ?? '', type: request.headers['content-type'] ?? '', body }
      const { status = 200, body: text = '', end } = answer(body)
      if (end === 'reset') return void request.socket.destroy()
      const headers = { 'content-type': 'application/json', 'content-length': text.length }
      response.writeHead(status, headers)
      if (end === 'cut') {
        response.write(text.slice(0, 10))
        return void setImmediate(() => request.socket.destroy())
      }
      response.end(text)
    })
  })
  const items: BulkItem[] = [
    { op: 'create', index: 'ot-audit-t', id: 'a', body: '{"x":1}', isAlias: true },
    { op: 'index', index: 'ot-f-000001', id: 'b', body: '{}', guard: { seqNo: 7, term: 2 } },
  ]

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const url = [`http://127.0.0.1:${port}`]
    client = connect({ url, namespace: 't', requestMs: 5000 })
  })
  afterAll(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })

  test('says what is to be done, a line each, and reads what was', async () => {
    const told = [
      { create: { _index: 'ot-audit-t-000001', _id: 'a', status: 201 } },
      { index: { _index: 'ot-f-000001', _id: 'b', status: 409 } },
    ]
    answer = () => ({ body: JSON.stringify({ errors: true, items: told }) })
    expect(await bulk(client, items, true)).toEqual([
      { kind: 'done', place: 'ot-audit-t-000001', repeated: false },
      { kind: 'conflict', place: 'ot-f-000001' },
    ])
    expect(sent.url).toBe('/_bulk?refresh=true')
    expect(sent.type).toBe('application/x-ndjson')
    expect(sent.body.split('\n').map((line) => (line === '' ? '' : JSON.parse(line)))).toEqual([
      { create: { _index: 'ot-audit-t', _id: 'a', require_alias: true } },
      { x: 1 },
      { index: { _index: 'ot-f-000001', _id: 'b', if_seq_no: 7, if_primary_term: 2 } },
      {},
      '',
    ])
    expect(await bulk(client, [])).toEqual([])
  })

  test.each([
    ['cut', { body: JSON.stringify({ items: [] }), end: 'cut' as const }],
    ['reset', { end: 'reset' as const }],
    ['no JSON', { body: '<html>' }],
    ['half', { body: '{"items":[' }],
    ['nothing', { body: '' }],
    ['a list', { body: '[]' }],
  ])('an answer that is %s leaves all unknown', async (_, told) => {
    answer = () => told
    const fates = await bulk(client, items)
    expect(fates.map(({ kind }) => kind)).toEqual(['unknown', 'unknown'])
  })

  test('where nobody listens nothing was sent', async () => {
    const away = connect({ url: ['http://127.0.0.1:1'], namespace: 't', requestMs: 1000 })
    expect(await bulk(away, items)).toMatchObject([{ kind: 'away' }, { kind: 'away' }])
    await away.close()
  })
})
