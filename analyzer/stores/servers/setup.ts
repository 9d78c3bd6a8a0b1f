/**
 * The servers that all tests of the suite share: one of each kind, started before the first and
 * stopped after the last. A test keeps to a namespace of its own; one that kills a server starts
 * it for itself.
 */
import type { TestProject } from 'vitest/node'
import type { ServerKind } from './fetch.ts'
import { serverKinds } from './fetch.ts'
import { TestServer } from './server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Partial<Record<ServerKind, string>>
  }
}

const running: TestServer[] = []

/** `FIELDTAP_SERVER_KINDS`, as `opensearch,es9`: only those, at the desk. */
export async function setup(project: TestProject): Promise<void> {
  const wanted = process.env['FIELDTAP_SERVER_KINDS']?.split(',')
  for (const kind of serverKinds) {
    if (wanted !== undefined && !wanted.includes(kind)) continue
    running.push(await TestServer.start(kind))
  }
  const urls = Object.fromEntries(running.map(({ kind, url }) => [kind, url]))
  project.provide('servers', urls)
}

export async function teardown(): Promise<void> {
  await Promise.all(running.map((server) => server.stop()))
}
