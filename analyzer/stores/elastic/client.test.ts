import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreError } from '../store.ts'
import { call, connect, storeErrorOf } from './client.ts'
import type { ElasticOptions } from './options.ts'
import { optionProblems } from './options.ts'
import { identify } from './probe.ts'

const SECRET = 'bWluZTp2ZXJ5LXNlY3JldC1rZXk='
const plain = { url: ['https://es1:9200'], namespace: 'default', requestMs: 2000 }

let folder: string
let seen: { headers: IncomingHttpHeaders; url: string }[]
let answer: { status: number; body: string; headers?: Record<string, string> }
let server: Server
let url: string

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ headers: request.headers, url: request.url ?? '' })
    const { status, body, headers = { 'content-type': 'application/json' } } = answer
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  seen = []
  folder = mkdtempSync(join(tmpdir(), 'fieldtap-client-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** What `run` throws, as code and message. */
async function failure(run: () => unknown): Promise<StoreError> {
  try {
    await run()
  } catch (error) {
    return storeErrorOf(error)
  }
  throw new Error('nothing was thrown')
}

describe('options', () => {
  test.each<[string, Partial<ElasticOptions>, string[]]>([
    ['one of https', {}, []],
    ['http to this machine', { url: ['http://127.0.0.1:9200', 'http://[::1]:9200'] }, []],
    ['http by name', { url: ['http://localhost:9200'] }, []],
    ['http to another', { url: ['http://10.1.2.3:9200'] }, ['ELASTIC_PLAINTEXT']],
    ['a name that begins like loopback', { url: ['http://127.0.0.1.evil'] }, ['ELASTIC_PLAINTEXT']],
    ['one of two in plain', { url: ['https://a', 'http://b'] }, ['ELASTIC_PLAINTEXT']],
    ['a password in it', { url: ['https://u:p@es1'] }, ['ELASTIC_SECRET_IN_URL']],
    ['no url', { url: ['es1:9200'] }, ['ELASTIC_URL_INVALID']],
    ['a file', { url: ['file:///etc/passwd'] }, ['ELASTIC_URL_INVALID']],
    ['none', { url: [] }, ['ELASTIC_URL_INVALID']],
    ['a namespace with -', { namespace: 'a-b' }, ['NAMESPACE_INVALID']],
    ['both ways in', { apiKeyFile: 'k', username: 'u' }, ['ELASTIC_AUTH_TWICE']],
    ['a user alone', { username: 'u' }, ['ELASTIC_AUTH_HALF']],
    [
      'all at once',
      { url: ['http://b'], namespace: '', passwordFile: 'p' },
      ['ELASTIC_PLAINTEXT', 'NAMESPACE_INVALID', 'ELASTIC_AUTH_HALF'],
    ],
  ])('%s', (_name, options, codes) => {
    const problems = optionProblems({ ...plain, ...options })
    expect(problems.map(({ code }) => code)).toEqual(codes)
    expect(problems.filter(({ remedy }) => remedy === '')).toEqual([])
    expect(problems.filter(({ message }) => message.includes('u:p'))).toEqual([])
  })

  test('what is wrong with them refuses to connect', async () => {
    const { code } = await failure(() => connect({ ...plain, url: ['http://es1:9200'] }))
    expect(code).toBe('ELASTIC_PLAINTEXT')
  })
})

describe('secrets', () => {
  test.each([
    ['read by its group', 0o640, SECRET, 'ELASTIC_SECRET_READABLE'],
    ['read by all', 0o604, SECRET, 'ELASTIC_SECRET_READABLE'],
    ['of two lines', 0o600, 'one\ntwo', 'ELASTIC_SECRET_INVALID'],
    ['empty', 0o600, ' \n', 'ELASTIC_SECRET_INVALID'],
  ])('a file that is %s is refused', async (_name, mode, text, code) => {
    const apiKeyFile = file('key', text, mode)
    const error = await failure(() => connect({ ...plain, apiKeyFile }))
    expect(error.code).toBe(code)
    expect(`${error.message} ${error.remedy}`).not.toContain(text.trim() || '\0')
  })

  test('a credential of systemd may show a group, and is still for nobody else', async () => {
    vi.stubEnv('CREDENTIALS_DIRECTORY', folder)
    const given = file('credential', SECRET, 0o440)
    await connect({ ...plain, apiKeyFile: given }).close()
    const open = file('open-credential', SECRET, 0o444)
    const { code } = await failure(() => connect({ ...plain, apiKeyFile: open }))
    expect(code).toBe('ELASTIC_SECRET_READABLE')
    vi.unstubAllEnvs()
  })

  test('one that is not there is said', async () => {
    const apiKeyFile = join(folder, 'absent')
    const error = await failure(() => connect({ ...plain, apiKeyFile }))
    expect(error).toMatchObject({ code: 'ELASTIC_SECRET_UNREADABLE' })
    const none = file('ca.pem', 'no certificate')
    expect(await failure(() => connect({ ...plain, caFile: none }))).toMatchObject({
      code: 'ELASTIC_CA_UNREADABLE',
    })
  })

  test('a key goes into the header, encoded once, and a password as the standard says', async () => {
    answer = { status: 200, body: '{}' }
    const ask = async (more: Partial<ElasticOptions>): Promise<string | undefined> => {
      const client = connect({ ...plain, url: [url], ...more })
      await call(client, 'GET', '/')
      await client.close()
      return seen.at(-1)?.headers.authorization
    }
    expect(await ask({ apiKeyFile: file('a', `${SECRET}\n`) })).toBe(`ApiKey ${SECRET}`)
    expect(await ask({ apiKeyFile: file('b', 'mine:very-secret-key') })).toBe(`ApiKey ${SECRET}`)
    expect(await ask({ username: 'u', passwordFile: file('c', 'p w') })).toBe(
      `Basic ${Buffer.from('u:p w').toString('base64')}`,
    )
    expect(await ask({})).toBeUndefined()
  })

  test.each([401, 400, 503])('a server that says them back in %i tells nobody', async (status) => {
    answer = {
      status,
      body: JSON.stringify({
        error: { type: `t ${SECRET}`, reason: `got ApiKey ${SECRET}, mine:very-secret-key` },
        headers: { authorization: SECRET },
      }),
    }
    const client = connect({ ...plain, url: [url], apiKeyFile: file('k', 'mine:very-secret-key') })
    const error = await failure(() => call(client, 'GET', '/'))
    await client.close()
    const told = inspect(error, { depth: 9, showHidden: true })
    expect(told).toContain('got ApiKey …')
    expect(told).not.toContain(SECRET)
    expect(told).not.toContain('very-secret-key')
  })
})

describe('a cluster that answers', () => {
  const failing = (status: number, type: string): typeof answer => ({
    status,
    body: JSON.stringify({ error: { type, reason: 'why' }, status }),
  })

  test.each<[string, typeof answer, string, string]>([
    ['401', failing(401, 'security_exception'), 'STORE_REFUSED', 'refuses'],
    ['403', failing(403, 'security_exception'), 'STORE_REFUSED', 'security_exception: why'],
    ['a block', failing(403, 'cluster_block_exception'), 'STORE_UNAVAILABLE', 'cluster_block'],
    ['no index', failing(404, 'index_not_found_exception'), 'STORE_MISSING', 'no indices'],
    ['429', failing(429, 'circuit_breaking_exception'), 'STORE_UNAVAILABLE', '429'],
    [
      'no words',
      { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } },
      'STORE_UNAVAILABLE',
      '502',
    ],
    ['half a JSON', { status: 200, body: '{"a":' }, 'STORE_UNAVAILABLE', 'no JSON'],
    ['an odd error', { status: 500, body: '{"error":{"type":7}}' }, 'STORE_UNAVAILABLE', '500'],
  ])('%s is said as %s', async (_name, given, code, words) => {
    answer = given
    const client = connect({ ...plain, url: [url] })
    const error = await failure(() => call(client, 'GET', '/_x'))
    await client.close()
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.remedy).not.toBe('')
    expect(seen.length, 'nothing is tried again').toBe(1)
  })

  test('one that is not there is unavailable', async () => {
    const client = connect({ ...plain, url: ['http://127.0.0.1:1'] })
    const error = await failure(() => call(client, 'GET', '/'))
    await client.close()
    expect(error.code).toBe('STORE_UNAVAILABLE')
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('is asked in plain JSON, and says what it is', async () => {
    answer = {
      status: 200,
      body: '{"version":{"number":"3.8.0","distribution":"opensearch"}}',
    }
    const client = connect({ ...plain, url: [url] })
    expect(await identify(client)).toEqual({ distribution: 'opensearch', version: '3.8.0' })
    await call(client, 'POST', '/_x', { a: 1 })
    await client.close()
    expect(seen.filter(({ headers }) => headers.accept?.includes('vnd'))).toEqual([])
    expect(seen[1]?.headers['content-type']).toBe('application/json')
    expect(seen[1]?.headers['x-elastic-client-meta']).toBeUndefined()
  })

  test.each(['null', '[]', '{"version":7}', '{"version":{"number":{}}}', '"x"'])(
    'what it is may be nonsense: %s',
    async (body) => {
      answer = { status: 200, body }
      const client = connect({ ...plain, url: [url] })
      expect(await identify(client)).toEqual({ distribution: 'elasticsearch', version: 'unknown' })
      await client.close()
    },
  )
})
