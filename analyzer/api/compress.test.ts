/** What goes over the wire is smaller, and the same. */
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as plant from '../stores/fixture.ts'
import type { TestConsole } from './fixture.ts'
import { testConsole } from './fixture.ts'

let console: TestConsole
beforeAll(async () => {
  console = await testConsole()
  await console.store.putFindings(plant.findings(40), plant.FROM)
})
afterAll(() => console.close())

const ask = (url: string, accepted?: string) =>
  console.inject({
    url,
    headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
  })

test.each(['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, GZIP;q=0.5', 'gzip;q=0.001'])(
  'many rows for who takes %s are compressed',
  async (accepted) => {
    const plain = await ask('/api/findings')
    const small = await ask('/api/findings', accepted)
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4)
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body)
    expect(small.headers['content-length']).toBe(String(small.rawPayload.length))
  },
)

test.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000', 'xgzip'])(
  'many rows for who takes %s are not',
  async (accepted) => {
    const { headers, body } = await ask('/api/findings', accepted)
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers.vary).toBe('accept-encoding')
    expect(JSON.parse(body)).toMatchObject({ total: 43 })
  },
)

test('what is small, an error or a download of bytes is sent as it is', async () => {
  for (const url of ['/api/findings?limit=1', '/api/findings/none', '/api/sensors']) {
    expect((await ask(url, 'gzip')).headers['content-encoding']).toBeUndefined()
  }
})
