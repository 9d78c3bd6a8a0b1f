/** A console over a filled store, asked without a socket. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import * as plant from '../stores/fixture.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import type { LocalStore } from '../stores/local.ts'
import type { ConsoleOptions } from './server.ts'
import { buildApp } from './server.ts'

export const AUTHORITY = '127.0.0.1:8620'
export const NOW = Date.UTC(2026, 10, 21, 9)

export interface TestConsole {
  store: LocalStore
  ask(method: InjectOptions['method'], url: string, body?: unknown): Promise<LightMyRequestResponse>
  inject(request: InjectOptions): Promise<LightMyRequestResponse>
  close(): Promise<void>
}

export async function testConsole(change: Partial<ConsoleOptions> = {}): Promise<TestConsole> {
  const place = plant.temporary()
  const store = await openSqliteStore(place.dir)
  await plant.fill(store)
  const app = await buildApp(
    {
      store,
      ui: place.dir,
      host: '127.0.0.1',
      port: 8620,
      version: '0.1.0',
      now: () => NOW,
      ...change,
    },
    () => new Set([AUTHORITY, 'localhost:8620', '[::1]:8620']),
  )
  const inject = (request: InjectOptions): Promise<LightMyRequestResponse> =>
    app.inject({ ...request, headers: { host: AUTHORITY, ...request.headers } })
  return {
    store,
    inject,
    ask: (method, url, body) =>
      inject({
        method: method ?? 'GET',
        url,
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
      }),
    close: async () => {
      await app.close()
      await store.close()
      place.remove()
    },
  }
}
