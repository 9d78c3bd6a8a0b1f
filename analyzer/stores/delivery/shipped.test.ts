/** The embedded store as the outbox of the shipper, over the wire to a server that fails. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '../elastic/client.ts'
import { Writer } from '../elastic/writer.ts'
import * as plant from '../fixture.ts'
import type { LocalStore } from '../local.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { Answer } from './fault-server.ts'
import { FaultServer } from './fault-server.ts'
import { Shipper } from './shipper.ts'

const SPACE = 'shipped'
let place: ReturnType<typeof plant.temporary>
let store: LocalStore
let server: FaultServer
const clients: ReturnType<typeof connect>[] = []

beforeEach(async () => {
  place = plant.temporary()
  store = await openSqliteStore(place.dir)
  await store.setShipping(true)
  server = await FaultServer.start()
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await server.close()
  await store.close()
  place.remove()
})

interface Running {
  shipper: Shipper
  /** Until nothing waits; what it waits for has passed at once. */
  drain: () => Promise<void>
}

function running(): Running {
  let passed = 0
  const options = { url: [`http://127.0.0.1:${server.port}`], namespace: SPACE, requestMs: 500 }
  const client = connect(options)
  clients.push(client)
  const clock = {
    now: () => Date.now() + passed,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
  }
  const shipper = new Shipper({
    depot: store,
    cluster: new Writer(client, options),
    clock,
    trusted: () => [],
  })
  const drain = async (): Promise<void> => {
    for (let i = 0; i < 2000; i++) {
      passed += await shipper.turn()
      const { documents, observations } = await store.backlog(clock.now())
      const isDone = documents + observations === 0 && (await store.flights()).length === 0
      if (isDone && (await store.replayed(1)).length === 0) return
    }
    throw new Error(`not done: ${JSON.stringify(shipper.state)}`)
  }
  return { shipper, drain }
}

async function fill(count: number): Promise<string[]> {
  const docs = Array.from({ length: count }, (_, i) =>
    plant.operation({
      'event.id': `op-${i}`,
      'event.sequence': i,
      'event.dataset': i % 3 === 0 ? 'ot.mqtt' : 'ot.modbus',
    }),
  )
  await store.putObservations(docs, plant.FROM)
  await store.putFindings(plant.findings(20), plant.FROM)
  await store.putAssets([plant.asset()], plant.FROM)
  await store.putConversations([plant.conversation()], plant.FROM)
  await store.putHealth(plant.health(), plant.FROM)
  return docs.map((doc) => String(doc['event.id']))
}

const copies = (id: string): number =>
  ['modbus', 'mqtt']
    .map((name) => server.indices.copies(`logs-ot.${name}-${SPACE}`, id))
    .reduce((a, b) => a + b)

const scripts: readonly [string, readonly Answer[]][] = [
  ['a healthy cluster', []],
  ['answers that are lost', [{ do: 'hang-after' }, { do: 'reset' }, { do: 'cut' }]],
  [
    'mixed answers',
    [
      { do: 'items', status: [201, 429, 503] },
      { do: 'status', status: 503 },
    ],
  ],
]

test.each(scripts)('%s gets everything once', async (_name, script) => {
  const ids = await fill(300)
  server.script.push(...script)
  await running().drain()
  expect(ids.filter((id) => copies(id) !== 1)).toEqual([])
  const found = plant.findings(20).map(({ id }) => id)
  const alias = `ot-findings-${SPACE}`
  expect(found.filter((id) => server.indices.copies(alias, id) !== 1)).toEqual([])
  expect(await store.backlog(Date.now())).toMatchObject({ documents: 0, dead_letters: 0, lost: 0 })
})

test('what is refused is kept with its reason, holds nothing up, and goes when it is replayed', async () => {
  const ids = await fill(30)
  for (const id of ['op-4', 'op-9']) server.poison.add(id)
  await running().drain()
  const { rows } = await store.deadLetters({})
  expect(
    rows
      .map(({ id, status, kind }) => [id, status, kind])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  ).toEqual([
    ['op-4', 400, 'observation'],
    ['op-9', 400, 'observation'],
  ])
  server.poison.clear()
  expect(await store.replay(['op-4'])).toBe(1)
  await running().drain()
  expect(ids.filter((id) => copies(id) !== 1)).toEqual(['op-9'])
  expect(await store.replay()).toBe(1)
  await running().drain()
  expect(ids.filter((id) => copies(id) !== 1)).toEqual([])
  expect((await store.deadLetters({})).rows).toEqual([])
})

test('a shipper that is dropped in the middle of a request is followed by one that looks', async () => {
  const ids = await fill(120)
  const first = running()
  server.script.push({ do: 'hang-before' }, { do: 'hang-after' }, { do: 'hang-after' })
  const lost = first.shipper.turn()
  const before = server.bulks.length
  while (server.bulks.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
  // Its process is gone, and nothing of it is heard again.
  await running().drain()
  server.indices.rollover(`logs-ot.modbus-${SPACE}`)
  await running().drain()
  expect(ids.filter((id) => copies(id) !== 1)).toEqual([])
  await lost
})

test('a finding that goes on is sent again, in its newest state', async () => {
  await fill(3)
  const { drain } = running()
  await drain()
  const grown = { ...plant.findings(20)[4], count: 77, last: plant.time(5000) }
  await store.putFindings([plant.finding(grown)], plant.FROM)
  await store.act([plant.finding(grown).id], plant.request())
  expect(await store.backlog(Date.now())).toMatchObject({ documents: 2 })
  await drain()
  server.indices.refresh([`ot-findings-${SPACE}`])
  const [hit] = server.indices.search([`ot-findings-${SPACE}`], [plant.finding(grown).id])
  expect(JSON.stringify(hit)).toContain('77')
  expect(JSON.stringify(hit)).toContain('acknowledge')
})
