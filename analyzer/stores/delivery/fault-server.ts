/**
 * A cluster over HTTP that fails as it is told, for tests: it speaks as much of Elasticsearch as
 * delivery does. What is answered wrongly is answered to bulk requests; all else is well.
 */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Action } from './fault-indices.ts'
import { FaultIndices } from './fault-indices.ts'

export type Answer =
  /** By item in turn; 201 carries it out. */
  | { do: 'items'; status: readonly number[] }
  | { do: 'status'; status: number; type?: string }
  | { do: 'hang-before' | 'hang-after' }
  /** Carried out; half of the answer, then the connection is lost. */
  | { do: 'half' }
  /** Carried out; an answer that is no JSON. */
  | { do: 'cut' }
  /** Carried out for the first half of the items; no answer, connection lost. */
  | { do: 'reset' }
  /** Connection lost; carried out when the test says so. */
  | { do: 'late' }

const reasons: Readonly<Record<number, string>> = {
  400: 'document_parsing_exception',
  401: 'security_exception',
  403: 'cluster_block_exception',
  413: 'too_large',
  429: 'es_rejected_execution_exception',
  503: 'unavailable_shards_exception',
}

export class FaultServer {
  readonly indices = new FaultIndices()
  readonly script: Answer[] = []
  /** Ids of each bulk request. */
  readonly bulks: string[][] = []
  /** Bytes of a request, at most. */
  bytesMax = Number.POSITIVE_INFINITY
  /** Refused as documents, whatever the script. */
  readonly poison = new Set<string>()
  readonly #late: Action[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer((request, response) => {
      // Whoever asked has given up before all of it was here.
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(): Promise<FaultServer> {
    const made = new FaultServer()
    await made.open()
    return made
  }

  /** On the port that it had, if it had one. */
  async open(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** What came late is carried out now. */
  catchUp(): void {
    for (const action of this.#late.splice(0)) this.indices.apply(action)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*/, ''))
    if (path === '/_bulk') this.#bulk(body, response)
    else send(response, 200, this.#answer(request.method ?? '', path, body))
  }

  #answer(method: string, path: string, body: Buffer): unknown {
    const [, target = '', verb = '', id = ''] = path.split('/')
    const names = target.split(',')
    if (target === '') return { version: { number: '9.4.3', build_flavor: 'default' } }
    if (target === '_mget') {
      const { docs } = parsed(body) as { docs: { _index: string; _id: string }[] }
      return { docs: docs.map(({ _index, _id }) => this.indices.get(_index, _id)) }
    }
    if (verb === '_refresh') this.indices.refresh(names)
    if (verb === '_rollover') this.indices.rollover(target)
    if (verb === '_search') {
      const { query } = parsed(body) as { query?: { ids?: { values: string[] } } }
      const hits = query === undefined ? [] : this.indices.search(names, query.ids?.values)
      return { timed_out: false, _shards: { failed: 0 }, hits: { hits } }
    }
    if (method === 'DELETE') this.indices.remove(target, id)
    return { acknowledged: true }
  }

  #bulk(body: Buffer, response: ServerResponse): void {
    const actions = actionsOf(body.toString())
    this.bulks.push(actions.map(({ id }) => id))
    if (body.length > this.bytesMax) {
      refuse(response, 413)
      return
    }
    const answer = this.script.shift()
    const apply = (some: readonly Action[]): string => {
      const items = some.map((action) => ({ [action.op]: this.#apply(action) }))
      return JSON.stringify({ errors: true, items })
    }
    switch (answer?.do) {
      case undefined:
        send(response, 200, apply(actions))
        break
      case 'items':
        send(response, 200, JSON.stringify({ items: this.#items(actions, answer.status) }))
        break
      case 'status':
        refuse(response, answer.status, answer.type)
        break
      case 'hang-before':
        break
      case 'hang-after':
        apply(actions)
        break
      case 'half':
        cut(response, apply(actions))
        break
      case 'cut':
        send(response, 200, apply(actions).slice(0, -10))
        break
      case 'reset':
        apply(actions.slice(0, Math.ceil(actions.length / 2)))
        response.socket?.destroy()
        break
      case 'late':
        this.#late.push(...actions)
        response.socket?.destroy()
        break
    }
  }

  #items(actions: readonly Action[], status: readonly number[]): unknown[] {
    return actions.map((action, i) => {
      const code = status[i % status.length] ?? 201
      return { [action.op]: code === 201 ? this.#apply(action) : refused(action, code) }
    })
  }

  #apply(action: Action): Record<string, unknown> {
    return this.poison.has(action.id) ? refused(action, 400) : this.indices.apply(action)
  }
}

function refused({ index, id }: Action, status: number): Record<string, unknown> {
  const error = { type: reasons[status] ?? 'exception', reason: `refused with ${status}` }
  return { _index: index, _id: id, status, error }
}

function refuse(response: ServerResponse, status: number, type = reasons[status]): void {
  send(response, status, { error: { type, reason: `refused with ${status}` }, status })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The connection is lost when half of what was announced is sent. */
function cut(response: ServerResponse, text: string): void {
  const length = Buffer.byteLength(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
  response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy())
}

function parsed(body: Buffer): unknown {
  return body.length === 0 ? {} : JSON.parse(body.toString())
}

function actionsOf(text: string): Action[] {
  const lines = text.split('\n')
  return Array.from({ length: Math.floor(lines.length / 2) }, (_, i) => {
    const [[op, about] = ['create', {}]] = Object.entries(
      JSON.parse(lines[2 * i] ?? '{}') as Record<string, Record<string, unknown>>,
    )
    return {
      op: op === 'index' ? 'index' : 'create',
      index: String(about['_index']),
      id: String(about['_id']),
      source: lines[2 * i + 1] ?? '',
      seqNo: about['if_seq_no'] as number | undefined,
    }
  })
}
