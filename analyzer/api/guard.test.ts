/** Who is let in: a table of requests that a browser, a page elsewhere or a tool may send. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUTHORITY, testConsole } from './fixture.ts'
import type { TestConsole } from './fixture.ts'
import { authorities, loopbackAddress } from './guard.ts'

let console: TestConsole
beforeAll(async () => {
  console = await testConsole()
})
afterAll(() => console.close())

const json = { 'content-type': 'application/json' }
const body = '{"action":"acknowledge"}'

describe.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)(
  '%s',
  (method) => {
    const url = method === 'PUT' ? '/api/assets/a1/name' : '/api/findings/f1/actions'
    const ask = (headers: Record<string, string>) => {
      const read = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
      return console.inject({
        method,
        url: read ? '/api/findings' : url,
        headers: { ...(read ? {} : json), ...headers },
        ...(read ? {} : { payload: method === 'PUT' ? '{"name":""}' : body }),
      })
    }

    test.each([
      ['a foreign host', { host: 'evil.example' }, 421],
      ['a foreign host on our port', { host: 'evil.example:8620' }, 421],
      ['our name in front of another', { host: '127.0.0.1:8620.evil.example' }, 421],
      ['another port', { host: '127.0.0.1:9999' }, 421],
      ['no port', { host: '127.0.0.1' }, 421],
      ['another loopback address', { host: '127.0.0.2:8620' }, 421],
      ['an empty host', { host: '' }, 421],
      ['user information', { host: `x@${AUTHORITY}` }, 421],
      ['a foreign origin', { origin: 'http://evil.example' }, 403],
      ['our name as another origin', { origin: 'http://127.0.0.1:8620.evil.example' }, 403],
      ['another port of this machine', { origin: 'http://127.0.0.1:3000' }, 403],
      ['another scheme', { origin: `https://${AUTHORITY}` }, 403],
      ['an opaque origin', { origin: 'null' }, 403],
      ['cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
      ['same-site: another port of this machine', { 'sec-fetch-site': 'same-site' }, 403],
      ['a word that no browser sends', { 'sec-fetch-site': 'x' }, 403],
      [
        'own origin, but cross-site',
        { origin: `http://${AUTHORITY}`, 'sec-fetch-site': 'cross-site' },
        403,
      ],
    ])('%s is refused', async (_, headers, status) => {
      const answer = await ask(headers as Record<string, string>)
      expect(answer.statusCode).toBe(status)
      if (method !== 'HEAD') expect(answer.json().code).toMatch(/^(HOST_FOREIGN|CROSS_SITE)$/)
    })

    test.each([
      ['a tool: neither header', {}],
      ['our page', { origin: `http://${AUTHORITY}`, 'sec-fetch-site': 'same-origin' }],
      ['typed in', { 'sec-fetch-site': 'none' }],
      ['by name', { host: 'localhost:8620', origin: 'http://localhost:8620' }],
      ['by name in capitals', { host: 'LOCALHOST:8620' }],
      ['by IPv6', { host: '[::1]:8620' }],
    ])('%s is let in', async (_, headers) => {
      const answer = await ask(headers as Record<string, string>)
      const known = method === 'GET' || method === 'HEAD' || method === 'POST' || method === 'PUT'
      expect(answer.statusCode).toBe(known ? 200 : 404)
    })
  },
)

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/jsonp',
  'text/json',
  '',
])('a change as %j is refused: a form could send it', async (type) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
    const answer = await console.inject({
      method,
      url: '/api/findings/f1/actions',
      headers: type === '' ? {} : { 'content-type': type },
      payload: body,
    })
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'CONTENT_TYPE'])
  }
  expect((await console.store.finding('f3'))?.history).toEqual([])
})

test('a link followed from elsewhere is refused with a way in', async () => {
  const answer = await console.inject({
    url: '/findings/f1?x="><script>alert(1)</script>',
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  })
  expect(answer.statusCode).toBe(403)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(answer.body).toContain('<a href="/findings/f1">')
  expect(answer.body).not.toContain('<script>')
  const double = await console.inject({
    url: '//evil.example/x',
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  })
  expect(double.body).not.toContain('href="//')
})

test.each(['//[', '///', '//evil.example:99999/x'])('%s is no address of a site', async (url) => {
  const answer = await console.inject({
    url,
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  })
  expect(answer.statusCode).toBe(403)
  expect(answer.body).not.toContain('href="//')
})

test.each(['/', '/api/findings', '/api/no', '/metrics', '/findings/f1'])(
  '%s carries the headers that keep a page to itself',
  async (url) => {
    const { headers } = await console.inject({ url })
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(headers).not.toHaveProperty('x-powered-by')
  },
)

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['127.8.9.1', '127.8.9.1'],
  ['::1', '::1'],
  ['[::1]', '::1'],
])('%s is loopback', (host, address) => {
  expect(loopbackAddress(host)).toBe(address)
})

test.each([
  '0.0.0.0',
  '::',
  '192.168.1.10',
  '10.0.0.1',
  '',
  'plant.example',
  '127.0.0.1.evil.example',
  '128.0.0.1',
  '::ffff:127.0.0.1',
])('%s is none', (host) => {
  expect(() => loopbackAddress(host)).toThrow(
    expect.objectContaining({ code: 'HOST_NOT_LOOPBACK', remedy: expect.stringContaining('ssh') }),
  )
})

test('on port 80 the port may be left out', () => {
  expect(authorities('127.0.0.1', 80).has('localhost')).toBe(true)
  expect(authorities('127.0.0.1', 8620).has('localhost')).toBe(false)
})
