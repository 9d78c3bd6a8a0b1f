/**
 * What changed, as it changes: server-sent events (HTML standard, section 9.2). An event names a
 * topic and nothing else: the page asks for what it shows. The id is the store's cursor, so that
 * a page that was away learns at once which topics moved meanwhile, whoever serves it now.
 */
import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import type { Topic } from '../stores/store.ts'
import type { App, Context } from './app.ts'
import { HttpError } from './errors.ts'

/** How soon a page hears of a finding. */
const POLL_MS = 500
/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 15_000
/** What a browser waits before it asks again. */
const RETRY_MS = 2000
/** Pages open at once; each costs a socket. */
export const STREAMS_MAX = 64
/** A page that does not read is let go: it asks again and loses nothing. */
const BACKLOG_BYTES_MAX = 64 << 10

export function eventRoutes(app: App, context: Context): void {
  const streams = new Set<ServerResponse>()
  let cursor = ''
  let timer: NodeJS.Timeout | undefined

  const send = (stream: ServerResponse, text: string): void => {
    if (stream.writableLength > BACKLOG_BYTES_MAX) stream.destroy()
    else stream.write(text)
  }
  const announce = (text: string): void => {
    for (const stream of streams) send(stream, text)
  }
  const poll = async (): Promise<void> => {
    // While the store fails the API answers errors, which says more than an event could.
    const changes = await context.store.changes(cursor).catch(() => undefined)
    if (changes !== undefined && changes.cursor !== cursor) {
      cursor = changes.cursor
      announce(eventText(changes.changed, cursor))
    }
    if (streams.size > 0) timer = setTimeout(() => void poll(), POLL_MS)
    else timer = undefined
  }
  const heartbeat = setInterval(() => announce(': still here\n\n'), HEARTBEAT_MS)
  heartbeat.unref()

  app.get(
    '/api/events',
    {
      schema: {
        description: 'Server-sent events: each names a topic that changed.',
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 200 })) }),
      },
    },
    async (request, reply) => {
      if (streams.size >= STREAMS_MAX) {
        const remedy = 'Close some of the pages that show the console.'
        throw new HttpError(503, 'TOO_MANY_STREAMS', `${STREAMS_MAX} pages listen already`, remedy)
      }
      const since = request.headers['last-event-id']
      const changes = await context.store.changes(since)
      if (timer === undefined) {
        cursor = changes.cursor
        timer = setTimeout(() => void poll(), POLL_MS)
      }
      const stream = reply.raw
      stream.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      })
      reply.hijack()
      streams.add(stream)
      stream.once('close', () => streams.delete(stream))
      stream.write(`retry: ${RETRY_MS}\n\n`)
      // A page that comes for the first time has just loaded everything.
      const topics: readonly (Topic | 'ready')[] = since === undefined ? [] : changes.changed
      stream.write(eventText([...topics, 'ready'], changes.cursor))
    },
  )

  app.addHook('preClose', (done) => {
    clearTimeout(timer)
    clearInterval(heartbeat)
    for (const stream of streams) stream.end()
    done()
  })
}

/** The id goes with the last event only: what is cut off before it is sent again. */
function eventText(topics: readonly string[], cursor: string): string {
  return topics
    .map((topic, i) => {
      const id = i === topics.length - 1 ? `id: ${cursor}\n` : ''
      return `${id}event: ${topic}\ndata: ${JSON.stringify({ topic })}\n\n`
    })
    .join('')
}
