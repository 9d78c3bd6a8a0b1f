/** The built pages: what is served of them, how, and that nothing beside them is. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporary } from '../stores/fixture.ts'
import type { TestConsole } from './fixture.ts'
import { testConsole } from './fixture.ts'

const SECRET = 'do not serve this'
const PAGE = '<!doctype html><title>Fieldtap</title>'
let place: { dir: string; remove: () => void }
let console: TestConsole

beforeAll(async () => {
  place = temporary()
  const ui = join(place.dir, 'dist')
  mkdirSync(join(ui, 'assets'), { recursive: true })
  writeFileSync(join(place.dir, 'secret.txt'), SECRET)
  writeFileSync(join(place.dir, 'dist-secret.txt'), SECRET)
  writeFileSync(join(ui, '.env'), SECRET)
  writeFileSync(join(ui, 'index.html'), PAGE)
  writeFileSync(join(ui, 'index.html.gz'), gzipSync(PAGE))
  writeFileSync(join(ui, 'assets', 'app-1a2b.js'), 'export const x = 1')
  writeFileSync(join(ui, 'assets', 'app-1a2b.js.gz'), gzipSync('export const x = 1'))
  writeFileSync(join(ui, 'plain.svg'), '<svg/>')
  console = await testConsole({ ui })
})
afterAll(async () => {
  await console.close()
  place.remove()
})

test.each(['/', '/findings', '/findings/f1?sort=-last', '/assets', '/assets/10.20.1.5', '/zones/'])(
  '%s is the console, asked for anew each time',
  async (url) => {
    const answer = await console.inject({ url })
    expect([answer.statusCode, answer.body]).toEqual([200, PAGE])
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.headers['cache-control']).toBe('no-cache')
  },
)

test.each([
  ['/', PAGE],
  ['/findings/f1', PAGE],
  ['/assets/app-1a2b.js', 'export const x = 1'],
])('%s is sent as the build compressed it', async (url, text) => {
  const answer = await console.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
  expect(answer.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(answer.rawPayload).toString()).toBe(text)
  expect(answer.headers['vary']).toContain('accept-encoding')
})

test('what is named by its content is kept for good', async () => {
  const answer = await console.inject({ url: '/assets/app-1a2b.js' })
  expect(answer.headers['content-type']).toMatch(/^(text|application)\/javascript/)
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  const other = await console.inject({ url: '/plain.svg', headers: { 'accept-encoding': 'gzip' } })
  expect(other.body).toBe('<svg/>')
  expect(other.headers['cache-control']).toBe('no-cache')
})

test.each(['/assets/gone.js', '/favicon.ico', '/app.css', '/api/', '/api/x.js'])(
  '%s is missing, and no page in its place',
  async (url) => {
    const answer = await console.inject({ url })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'NOT_FOUND'])
  },
)

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/....//secret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/..;/secret.txt',
  '/%252e%252e/secret.txt',
  '/../dist-secret.txt',
  '/%00../secret.txt',
  '/index.html%00',
  '/.env',
  '/assets/../.env',
  '/file:///etc/passwd',
  '/etc/passwd',
])('%s reaches nothing beside the pages', async (url) => {
  const answer = await console.inject({ url })
  expect(answer.body).not.toContain(SECRET)
  expect(answer.body).not.toContain('root:')
  if (answer.statusCode === 200) expect(answer.body).toBe(PAGE)
  else expect(answer.statusCode).toBeLessThan(500)
})

test('pages that were not built are said to be missing, and the API works', async () => {
  const empty = await testConsole({ ui: join(place.dir, 'nowhere') })
  const answer = await empty.inject({ url: '/findings' })
  expect(answer.statusCode).toBe(503)
  expect(answer.body).toContain('npm install')
  expect((await empty.ask('GET', '/api/findings')).statusCode).toBe(200)
  await empty.close()
})

test('a link out of the pages is not followed', async () => {
  symlinkSync(join(place.dir, 'secret.txt'), join(place.dir, 'dist', 'out.txt'))
  const answer = await console.inject({ url: '/out.txt' })
  expect(answer.body).not.toContain(SECRET)
})
