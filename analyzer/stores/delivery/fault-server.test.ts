/** T20 over the wire: the shipper, the writer and its client against a server that fails. */
import { createServer } from 'node:https'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../elastic/client.ts'
import { Writer } from '../elastic/writer.ts'
import { audit, isDone, observations } from './driven.ts'
import type { Answer } from './fault-server.ts'
import { FaultServer } from './fault-server.ts'
import { MemoryDepot } from './memory-depot.ts'
import { Shipper } from './shipper.ts'

const COUNT = 8
const HANG_MS = 500
const PATIENCE_MS = 10_000
const STREAM = 'logs-ot.modbus-t20'
const ids = observations(COUNT).map(({ doc }) => String(doc['event.id']))
const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Place {
  server: FaultServer
  depot: MemoryDepot
  shipper: Shipper
  turns: (until: () => boolean) => Promise<void>
}

function shipperTo(
  url: string,
  depot: MemoryDepot,
  requestMs: number,
): Pick<Place, 'shipper' | 'turns'> {
  let now = Date.now()
  const options = { url: [url], namespace: 't20', requestMs }
  const client = connect(options)
  ends.push(() => client.close())
  const clock = { now: () => now, random: () => 0.5, sleep: () => Promise.resolve() }
  const cluster = new Writer(client, options)
  const shipper = new Shipper({ depot, cluster, clock, trusted: () => [] })
  const turns = async (until: () => boolean): Promise<void> => {
    for (let i = 0; i < 3000; i++) {
      // What it waits for has passed at once.
      now += await shipper.turn()
      if (until()) return
    }
    throw new Error(`not reached: ${JSON.stringify(shipper.state)}`)
  }
  return { shipper, turns }
}

async function place(script: readonly Answer[] = []): Promise<Place> {
  const server = await FaultServer.start()
  ends.push(() => server.close())
  server.script.push(...script)
  const depot = new MemoryDepot()
  depot.segments.set('2026-11-21.db', { docs: observations(COUNT), mark: 0 })
  // Only what hangs is waited for: a machine that is busy is no fault.
  const hangs = script.some((answer) => answer.do.startsWith('hang'))
  const url = `http://127.0.0.1:${server.port}`
  return { server, depot, ...shipperTo(url, depot, hangs ? HANG_MS : PATIENCE_MS) }
}

describe.each<[string, Answer[], { letters?: number; most?: number }]>([
  ['201 for all', [], { most: 1 }],
  ['429 items', [{ do: 'items', status: [201, 429] }], {}],
  ['503 items', [{ do: 'items', status: [503, 201, 201] }], {}],
  ['403 items of a blocked index', [{ do: 'items', status: [403, 201] }], {}],
  ['400 items', [{ do: 'items', status: [400, 201, 201, 201] }], { letters: 2, most: 1 }],
  ['413 items', [{ do: 'items', status: [413, 201] }], {}],
  ['a mixture', [{ do: 'items', status: [201, 400, 429, 413, 503, 201] }], { letters: 2 }],
  ['413 of the request', [{ do: 'status', status: 413 }], {}],
  ['429 of the request', [{ do: 'status', status: 429 }], {}],
  ['503 of the request', [{ do: 'status', status: 503 }], {}],
  ['401', [{ do: 'status', status: 401 }], {}],
  ['403 of the request', [{ do: 'status', status: 403, type: 'security_exception' }], {}],
  ['hang before', [{ do: 'hang-before' }], {}],
  ['hang after', [{ do: 'hang-after' }], { most: 1 }],
  ['half an answer', [{ do: 'half' }], { most: 1 }],
  ['JSON that is cut', [{ do: 'cut' }], { most: 1 }],
  ['a connection that is reset', [{ do: 'reset' }], {}],
  ['two in a row', [{ do: 'reset' }, { do: 'cut' }], {}],
])('%s', (_name, script, { letters = 0, most = 2 }) => {
  test('each arrives once, and none that was accepted is sent again', async () => {
    const { server, depot, turns } = await place(script)
    await turns(() => isDone(depot))
    const arrived = ids.filter((id) => server.indices.copies(STREAM, id) === 1)
    expect(arrived).toHaveLength(COUNT - letters)
    expect(depot.buried.size).toBe(letters)
    const sent = (id: string): number => server.bulks.filter((bulk) => bulk.includes(id)).length
    // After a reset some are there; who was not told is sent twice at most.
    expect(Math.max(...ids.map(sent))).toBeLessThanOrEqual(most + Math.max(0, script.length - 1))
  })
})

test('a late original behind a rollover: the repeat is taken out of the newer index', async () => {
  const { server, depot, turns } = await place([{ do: 'late' }])
  await turns(() => server.bulks.length === 2)
  server.indices.rollover(STREAM)
  server.catchUp()
  expect(ids.map((id) => server.indices.copies(STREAM, id))).toEqual(ids.map(() => 2))
  await turns(() => isDone(depot))
  expect(ids.map((id) => server.indices.copies(STREAM, id))).toEqual(ids.map(() => 1))
})

test('a request that is too large goes down to the one document that is', async () => {
  const { server, depot, turns } = await place()
  const docs = depot.segments.get('2026-11-21.db')?.docs ?? []
  docs[3] = { ...docs[3], doc: { ...docs[3]?.doc, 'ot.note': 'x'.repeat(30_000) } } as never
  server.bytesMax = 20_000
  await turns(() => isDone(depot))
  expect([...depot.buried.values()]).toEqual([
    expect.objectContaining({ id: 'o0003', status: 413, place: STREAM }),
  ])
  expect(ids.filter((id) => server.indices.copies(STREAM, id) === 1)).toHaveLength(COUNT - 1)
})

test('a key that is revoked in the middle refuses all, buries nothing, and is told', async () => {
  const { server, depot, shipper, turns } = await place()
  await turns(() => isDone(depot))
  server.script.push(...Array.from({ length: 9 }, () => ({ do: 'status', status: 401 }) as const))
  depot.segments.set('2026-11-22.db', { docs: observations(COUNT, 'ot.mqtt', 'm'), mark: 0 })
  await turns(() => server.script.length === 2)
  expect(shipper.state).toMatchObject({
    state: 'refused',
    reason: expect.stringContaining('401') as string,
  })
  await turns(() => isDone(depot))
  expect(depot.buried.size).toBe(0)
  expect(server.indices.copies('logs-ot.mqtt-t20', 'm0007')).toBe(1)
  expect(shipper.state.reason).toBe('')
})

test('a server that is gone, and back on its port', async () => {
  const { server, depot, shipper, turns } = await place()
  const { port } = server
  await server.close()
  await turns(() => shipper.state.state === 'away')
  expect(shipper.state.reason).not.toBe('')
  await server.open(port)
  await turns(() => isDone(depot))
  expect(ids.every((id) => server.indices.copies(STREAM, id) === 1)).toBe(true)
})

test('audit records are created once, though their answer is lost and their index rolls over', async () => {
  const { server, depot, turns } = await place([{ do: 'hang-after' }])
  depot.segments.clear()
  for (let i = 0; i < 4; i++) depot.change(audit(`act-${i}`))
  await turns(() => server.bulks.length === 1)
  server.indices.rollover('ot-audit-t20')
  await turns(() => isDone(depot))
  for (let i = 0; i < 4; i++) expect(server.indices.copies('ot-audit-t20', `act-${i}`)).toBe(1)
})

test('a certificate of nobody known is refused in words, and nothing is sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldtap-tls-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const out = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', ...curve, ...out], { stdio: 'pipe' })
  let requests = 0
  const options = { key: readFileSync(key), cert: readFileSync(cert) }
  const server = createServer(options, () => requests++).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => void server.close())
  const depot = new MemoryDepot()
  depot.segments.set('2026-11-21.db', { docs: observations(COUNT), mark: 0 })
  const { port } = server.address() as AddressInfo
  const { shipper, turns } = shipperTo(`https://127.0.0.1:${port}`, depot, PATIENCE_MS)
  await turns(() => shipper.state.state !== 'idle')
  expect(shipper.state).toMatchObject({
    state: expect.stringMatching('refused|away') as string,
    reason: expect.stringMatching('certificate') as string,
  })
  expect([requests, depot.buried.size]).toEqual([0, 0])
})
