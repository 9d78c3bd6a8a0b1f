import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { describe, expect, inject, test } from 'vitest'
import { ADMIN } from './program.ts'
import { TestServer } from './server.ts'

function statusOf(server: TestServer, who: typeof ADMIN | undefined): Promise<number | undefined> {
  const auth = who && `${who.username}:${who.password}`
  return new Promise((resolve, reject) => {
    const options = { ca: readFileSync(server.caFile), ...(auth === undefined ? {} : { auth }) }
    const asked = request(server.url, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('servers', () => {
  test.for(Object.entries(inject('servers')))('%s says what it is', async ([kind, url]) => {
    const { version } = (await (await fetch(url)).json()) as { version: { number: string } }
    const numbers = { opensearch: '3.8.0', es9: '9.4.3', es8: '8.19.8' }
    expect(version.number).toBe(numbers[kind as keyof typeof numbers])
  })

  test('one that is killed has its data when it is started again', async () => {
    const server = await TestServer.start('opensearch')
    try {
      const put = {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"a":1}',
      }
      await fetch(`${server.url}/notes/_doc/1`, put)
      await server.kill()
      await expect(fetch(server.url)).rejects.toThrow('fetch failed')
      await server.resume()
      expect((await fetch(`${server.url}/notes/_doc/1`)).status).toBe(200)
      server.freeze()
      const silent = fetch(server.url, { signal: AbortSignal.timeout(500) })
      await expect(silent).rejects.toThrow('aborted')
      server.thaw()
      expect((await fetch(server.url)).status).toBe(200)
    } finally {
      await server.stop()
    }
  })

  test('a secure one asks who it is', async () => {
    const server = await TestServer.start('es9', { isSecure: true })
    try {
      // Its certificate is its own: who does not have that as authority does not connect.
      await expect(fetch(server.url)).rejects.toThrow('fetch failed')
      expect(await statusOf(server, undefined)).toBe(401)
      expect(await statusOf(server, ADMIN)).toBe(200)
    } finally {
      await server.stop()
    }
  })
})
