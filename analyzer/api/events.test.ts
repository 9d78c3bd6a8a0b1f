/** Changes as they come, over a real socket: what a page hears, and what it has missed. */
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as plant from '../stores/fixture.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import type { Store } from '../stores/store.ts'
import { STREAMS_MAX } from './events.ts'
import type { RunningConsole } from './server.ts'
import { createConsole } from './server.ts'

interface Event {
  event: string
  id: string
  data: unknown
}

/** An event source with nothing but what the standard asks of one. */
class Listener {
  readonly heard: Event[] = []
  lastId = ''
  comments = 0
  response: IncomingMessage | undefined

  async open(url: string): Promise<number> {
    const headers = this.lastId === '' ? {} : { 'last-event-id': this.lastId }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}/api/events`, { headers }, resolve).once('error', reject)
    })
    this.response = response
    let buffer = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      buffer += text
      const parts = buffer.split('\n\n')
      buffer = parts.pop() ?? ''
      parts.forEach((part) => this.#take(part))
    })
    return response.statusCode ?? 0
  }

  #take(part: string): void {
    const fields = new Map(part.split('\n').map((line) => line.split(': ', 2) as [string, string]))
    const event = fields.get('event')
    if (event === undefined) return
    const id = fields.get('id') ?? ''
    if (id !== '') this.lastId = id
    this.heard.push({ event, id, data: JSON.parse(fields.get('data') ?? 'null') })
  }

  async until(event: string): Promise<string[]> {
    for (let i = 0; i < 300; i++) {
      const names = this.heard.map((one) => one.event)
      if (names.includes(event)) {
        this.heard.length = 0
        return names
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`never heard ${event}, but ${JSON.stringify(this.heard)}`)
  }

  close(): void {
    this.response?.destroy()
  }
}

let place: { dir: string; remove: () => void }
let store: Store
let console: RunningConsole

beforeAll(async () => {
  place = plant.temporary()
  store = await openSqliteStore(place.dir)
  await plant.fill(store)
  console = await start()
})
afterAll(async () => {
  await console.close()
  await store.close()
  place.remove()
})

const start = (port = 0): Promise<RunningConsole> =>
  createConsole({ store, ui: place.dir, host: 'localhost', port, version: '0.1.0' })

describe('a page that listens', () => {
  test('hears of nothing but what changes, from whichever process', async () => {
    const page = new Listener()
    expect(await page.open(console.url)).toBe(200)
    expect(page.response?.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(await page.until('ready')).toEqual(['ready'])
    const sensor = await openSqliteStore(place.dir)
    await sensor.putFindings([plant.finding({ count: 2, last: plant.time(9) })], plant.FROM)
    expect(await page.until('findings')).toEqual(['findings'])
    await store.renameAsset('a1', 'Boiler', { who: 'ana', time: plant.time(1) })
    expect(await page.until('assets')).toEqual(['assets'])
    await sensor.putHealth(plant.health({ packets: 1300 }), plant.FROM)
    expect(await page.until('health')).toEqual(['health'])
    await sensor.close()
    page.close()
  })

  test('and was away learns what it missed, also from another console', async () => {
    const page = new Listener()
    await page.open(console.url)
    await page.until('ready')
    page.close()
    await store.putFindings([plant.finding({ count: 3, last: plant.time(10) })], plant.FROM)
    await store.putObservations([plant.operation({ 'event.id': 'op-9' })], plant.FROM)
    const other = await start()
    await page.open(other.url)
    expect(await page.until('ready')).toEqual(['findings', 'operations', 'ready'])
    page.close()
    await page.open(other.url)
    expect(await page.until('ready')).toEqual(['ready'])
    await other.close()
  })

  test('with an id of nowhere is told to load everything', async () => {
    const page = new Listener()
    page.lastId = 'nonsense'
    await page.open(console.url)
    expect(await page.until('ready')).toContain('zones')
    page.close()
  })

  test('is one of so many, and closing the console lets all of them go', async () => {
    const crowded = await start()
    const pages = Array.from({ length: STREAMS_MAX }, () => new Listener())
    for (const page of pages) expect(await page.open(crowded.url)).toBe(200)
    expect(await new Listener().open(crowded.url)).toBe(503)
    const ended = pages.map((page) => new Promise((resolve) => page.response?.once('end', resolve)))
    await crowded.close()
    await Promise.all(ended)
  })
})

test('a port in use is said with a way out', async () => {
  const port = Number(new URL(console.url).port)
  await expect(start(port)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(String(port)),
    remedy: expect.stringContaining('--port'),
  })
})

test('an address that is not loopback is refused before anything listens', async () => {
  const open = createConsole({ store, ui: place.dir, host: '0.0.0.0', port: 0, version: '1' })
  await expect(open).rejects.toMatchObject({ code: 'HOST_NOT_LOOPBACK' })
})

test('a request without a host is refused', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(console.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.on('close', () => resolve(text))
    socket.write('GET /api/findings HTTP/1.0\r\n\r\n')
  })
  expect(answer).toMatch(/^HTTP\/1\.1 421 /)
  expect(answer).toContain('HOST_FOREIGN')
})
