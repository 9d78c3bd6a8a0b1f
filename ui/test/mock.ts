/**
 * A small API over a plant held in memory, with the built console beside it, under the headers
 * that the real server sends. Counts the bytes it sends, as they go over the wire.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Action, FindingDetail, FindingRow } from '../../analyzer/api/schema.ts'
import { delivery, ofScope, scoped, sensorEntries } from './fleet.ts'
import type { Plant } from './plant.ts'

export interface Mock {
  url: string
  plant: Plant
  /** Bytes of bodies sent for each path. */
  sent: Map<string, number>
  /** `false`: every request under /api is cut off, as when Fieldtap is gone. */
  alive: boolean
  tell(...topics: string[]): void
  /** Breaks the streams of events. */
  cut(): void
  close(): Promise<void>
}

const dist = join(import.meta.dirname, '../dist')
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export async function startMock(plant: Plant, port = 0): Promise<Mock> {
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => void answer(request, response))
  const mock: Mock = {
    url: '',
    plant,
    sent: new Map(),
    alive: true,
    tell(...topics) {
      for (const stream of streams) {
        for (const topic of topics) stream.write(`event: ${topic}\ndata: {}\n\n`)
      }
    },
    cut() {
      for (const stream of streams) stream.destroy()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://console')
    response.setHeader('content-security-policy', "default-src 'self'")
    if (!url.pathname.startsWith('/api/')) return sendFile(url.pathname, response, mock.sent)
    if (!mock.alive) {
      request.socket.destroy()
      return
    }
    if (url.pathname === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: ready\ndata: {}\n\n')
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    const result = route(mock, request.method ?? 'GET', url, await body(request))
    const status = result === undefined ? 404 : 200
    const missing = { code: 'NOT_FOUND', message: 'there is no such thing', remedy: 'look again' }
    const zipped = gzipSync(JSON.stringify(result ?? missing))
    response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(zipped)
  }
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  mock.url = `http://127.0.0.1:${bound}`
  return mock
}

function sendFile(path: string, response: ServerResponse, sent: Map<string, number>): void {
  const named = extname(path) !== '' && existsSync(join(dist, path))
  const file = join(dist, named ? path : 'index.html')
  const bytes = readFileSync(`${file}.gz`)
  sent.set(path, (sent.get(path) ?? 0) + bytes.length)
  const type = types[extname(file)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' })
  response.end(bytes)
}

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function page<T>(rows: readonly T[], url: URL): { rows: T[]; total: number; next: string | null } {
  const limit = Number(url.searchParams.get('limit') ?? 100)
  const start = Number(url.searchParams.get('after') || 0)
  const end = start + limit
  const next = end < rows.length ? String(end) : null
  return { rows: rows.slice(start, end), total: rows.length, next }
}

function holding<T>(rows: readonly T[], url: URL): T[] {
  const q = (url.searchParams.get('q') ?? '').toLowerCase()
  return q === '' ? [...rows] : rows.filter((row) => JSON.stringify(row).toLowerCase().includes(q))
}

function route(mock: Mock, method: string, url: URL, sent: Record<string, unknown>): unknown {
  const plant = ofScope(mock.plant, url)
  const [, , list, id, what] = url.pathname.split('/').map(decodeURIComponent)
  switch (list) {
    case 'health':
      return { ...scoped(plant, url), open: opened(plant) }
    case 'sensors':
      return sensorEntries(plant)
    case 'delivery':
      return delivery(mock, method, id, sent)
    case 'counters':
      return plant.counters
    case 'findings':
      return method === 'POST' ? acted(plant, id, what, sent) : findings(plant, id, url)
    case 'assets':
      return method === 'PUT' ? renamed(plant, id, sent) : assets(plant, id, url)
    case 'conversations':
      return page(holding(plant.conversations, url), url)
    case 'operations':
      return page(holding(plant.operations, url), url)
    case 'rules':
      return page(plant.rules, url)
    case 'zones':
      return plant.zones
    default:
      return undefined
  }
}

function opened(plant: Plant): Plant['health']['open'] {
  const open = { informational: 0, low: 0, medium: 0, high: 0, critical: 0 }
  for (const row of plant.findings) if (row.state === 'open' && !row.posture) open[row.severity]++
  return open
}

const ranks = ['informational', 'low', 'medium', 'high', 'critical']

function findings(plant: Plant, id: string | undefined, url: URL): unknown {
  if (id !== undefined) return plant.findings.find((row) => row.id === id)
  const ask = (name: string): string => url.searchParams.get(name) ?? ''
  const any = (name: string, value: string): boolean =>
    ask(name) === '' || ask(name).split(',').includes(value)
  const rows = holding(plant.findings, url).filter(
    (row) =>
      any('severity', row.severity) &&
      any('state', row.state) &&
      any('posture', String(row.posture)) &&
      any('rule', row.rule.id) &&
      (ask('from') === '' || row.last >= ask('from')) &&
      (ask('to') === '' || row.last <= ask('to')),
  )
  const order: Readonly<Record<string, (row: FindingRow) => string | number>> = {
    '-last': (row) => row.last,
    '-severity': (row) => ranks.indexOf(row.severity),
    '-count': (row) => row.count,
  }
  const key = order[ask('sort')] ?? ((row: FindingRow) => row.last)
  rows.sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0))
  return page(rows, url)
}

function apply(finding: FindingDetail, sent: Record<string, unknown>): void {
  const action = sent as Pick<Action, 'action' | 'reason' | 'note'>
  const from = finding.state
  const last = finding.history.at(-1)
  const to = {
    acknowledge: 'acknowledged',
    close: 'closed',
    approve: 'closed',
    reopen: 'open',
    comment: from,
    undo: last?.from ?? 'open',
  } as const
  finding.state = to[action.action]
  delete finding.reason
  if (action.reason !== undefined) finding.reason = action.reason
  const id = `act${finding.history.length}`
  const time = finding.last
  finding.history.push({
    ...action,
    id,
    time,
    who: typeof sent['who'] === 'string' ? sent['who'] : 'local',
    from,
    to: finding.state,
  })
}

function acted(
  plant: Plant,
  id: string | undefined,
  what: string | undefined,
  sent: Record<string, unknown>,
): unknown {
  const { ids, ...act } = sent
  const wanted = what === 'actions' ? [id] : (ids as string[])
  const rows = plant.findings.filter((row) => wanted.includes(row.id))
  for (const row of rows) apply(row, act)
  return what === 'actions' ? rows[0] : { done: rows.map((row) => row.id), refused: [] }
}

function assets(plant: Plant, id: string | undefined, url: URL): unknown {
  if (id !== undefined) return plant.assets.find((row) => row.id === id)
  return page(holding(plant.assets, url), url)
}

function renamed(plant: Plant, id: string | undefined, sent: Record<string, unknown>): unknown {
  const asset = plant.assets.find((row) => row.id === id)
  if (asset === undefined) return undefined
  asset.name = String(sent['name'])
  asset.name_source = asset.name === '' ? '' : 'typed'
  return asset
}
