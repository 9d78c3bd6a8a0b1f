/** The packets of a finding, as a capture to open elsewhere. */
import { hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { HttpError, notFound } from './errors.ts'
import { Id } from './query.ts'

const packetAnswers = {
  200: { content: { 'application/x-pcapng': { schema: Type.Unsafe<Buffer>({ type: 'string' }) } } },
  ...errors,
}

/** 200 packets of the largest snapshot length that tcpdump takes. */
const PACKETS_BYTES_MAX = 64 << 20

export function packetRoutes(app: App, context: Context): void {
  app.get(
    '/api/findings/:id/packets',
    {
      schema: {
        params: Id,
        description: 'A pcapng of the packets cited.',
        response: packetAnswers,
      },
    },
    async ({ params }, reply) => {
      const finding = await context.store.finding(params.id)
      if (finding === undefined) throw notFound('finding')
      const read = await context.packets(finding)
      if (read === undefined) {
        throw new HttpError(
          404,
          'PACKETS_UNAVAILABLE',
          'the packets of this finding are not kept, or their capture file is gone',
          'Put the capture file back in its place; packets of a live capture are not kept yet.',
        )
      }
      const bytes = await collect(read())
      reply.header('content-type', 'application/x-pcapng')
      reply.header('content-disposition', `attachment; filename="${fileName(finding.id)}"`)
      reply.header('x-content-sha256', hash('sha256', bytes, 'hex'))
      return reply.send(bytes)
    },
  )
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > PACKETS_BYTES_MAX) {
      throw new HttpError(
        413,
        'PACKETS_TOO_LARGE',
        'the packets cited are too large',
        'Use the capture.',
      )
    }
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

function fileName(id: string): string {
  return `finding-${id.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 80)}.pcapng`
}
