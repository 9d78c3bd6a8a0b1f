/** A server that is killed, and one that hangs, in the middle of a delivery. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { call, connect } from '../elastic/client.ts'
import * as plant from '../fixture.ts'
import type { ServerKind } from '../servers/fetch.ts'
import { TestServer } from '../servers/server.ts'
import type { LocalStore } from '../local.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { Shipping } from './drained.ts'
import { count, prepared, scan, shipTo } from './drained.ts'

const DOCUMENTS = 50_000
const BATCH = 5000
/** Answers that came before the fault. */
const BEFORE = 12_000
const SPACE = 'kill'
const STREAM = `logs-ot.modbus-${SPACE}`
const kinds = (process.env['FIELDTAP_SERVER_KINDS'] ?? 'opensearch,es9').split(',') as ServerKind[]

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function filled(): Promise<LocalStore> {
  const place = plant.temporary()
  ends.push(place.remove)
  const store = await openSqliteStore(place.dir)
  ends.push(() => store.close())
  await store.setShipping(true)
  for (let at = 0; at < DOCUMENTS; at += BATCH) {
    const docs = Array.from({ length: BATCH }, (_, i) =>
      plant.operation({ 'event.id': `op-${at + i}`, 'event.sequence': at + i }),
    )
    await store.putObservations(docs, plant.FROM)
  }
  return store
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await sleep(5)
}

interface Place {
  server: TestServer
  store: LocalStore
  shipping: Shipping
}

async function begun(kind: ServerKind, requestMs: number): Promise<Place> {
  const server = await TestServer.start(kind)
  ends.push(() => server.stop())
  const store = await filled()
  const client = await prepared(server.url, SPACE)
  await client.close()
  const shipping = shipTo(store, server.url, SPACE, { requestMs })
  ends.push(() => shipping.stop())
  await until(() => shipping.shipper.state.sent >= BEFORE)
  return { server, store, shipping }
}

/** Nothing lost, nothing doubled; the figures. */
async function arrived({ server, shipping }: Place, what: string): Promise<void> {
  const client = await prepared(server.url, SPACE)
  ends.push(() => client.close())
  const before = await count(client, STREAM)
  await shipping.drained()
  const { documents, ids } = await scan(client, STREAM)
  const { sent, repeated, retried } = shipping.shipper.state
  const late = before - ids.size
  process.stdout.write(
    `${server.kind}, ${what}: ${DOCUMENTS} documents, ${sent} told as written, ${repeated} found ` +
      `to be there, ${retried} not told; ${late > 0 ? `${late} repeats taken out, ` : ''}` +
      `${DOCUMENTS - ids.size} lost, ${documents - ids.size} doubled\n`,
  )
  expect([documents, ids.size]).toEqual([DOCUMENTS, DOCUMENTS])
  expect(retried).toBeGreaterThan(0)
}

test.each(kinds)('%s is killed and started again on its data', async (kind) => {
  const place = await begun(kind, 30_000)
  const { server, store } = place
  await server.kill()
  expect((await store.backlog(Date.now())).observations).toBeGreaterThan(0)
  await server.resume()
  await waiting(store)
  await arrived(place, 'kill -9 in the middle')
})

test.each(kinds)('%s hangs, rolls over, and does late what it was asked', async (kind) => {
  const place = await begun(kind, 3000)
  const { server, store, shipping } = place
  server.freeze()
  const { retried } = shipping.shipper.state
  await until(() => shipping.shipper.state.retried > retried)
  const client = connect({ url: [server.url], namespace: SPACE, requestMs: 60_000 })
  ends.push(() => client.close())
  // It waits in the frozen server with what was asked before.
  const rolled = call(client, 'POST', `/${STREAM}/_rollover`)
  await sleep(500)
  server.thaw()
  await rolled
  await waiting(store)
  await arrived(place, 'SIGSTOP, timeout, rollover, SIGCONT')
})

/** Until all was sent; a second look is still to come. */
async function waiting(store: LocalStore): Promise<void> {
  while ((await store.backlog(Date.now())).observations > 0) await sleep(100)
}
