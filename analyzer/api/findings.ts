/** Findings: the list, one with its explanation and packets, and what people do with them. */
import { hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { severities } from '../findings/finding.ts'
import { findingSorts } from '../stores/store.ts'
import type { ActRequest } from '../stores/store.ts'
import type { App, Context } from './app.ts'
import { wallTime } from './app.ts'
import { HttpError, notFound, refusalError } from './errors.ts'
import { Id, Word, closed, instant, order, pageParameters, wordList } from './query.ts'
import { Action, CloseReason, FindingDetail, FindingRow } from './schema.ts'
import type { FindingDetail as Detail, FindingState } from './schema.ts'
import { errors, pageOf } from './answers.ts'

const states = ['open', 'acknowledged', 'escalated', 'closed'] as const satisfies FindingState[]

const Query = Type.Object(
  {
    severity: Type.Optional({ ...Word, description: 'Any of these, as `high,critical`.' }),
    state: Type.Optional({ ...Word, description: 'Any of these, as `open,acknowledged`.' }),
    q: Type.Optional({ ...Word, description: 'Words that must all be found in its values.' }),
    rule: Type.Optional(Word),
    asset: Type.Optional({ ...Word, description: 'Asset id or address.' }),
    from: Type.Optional({ ...Word, description: 'Last seen not before.' }),
    to: Type.Optional({ ...Word, description: 'Last seen not after.' }),
    posture: Type.Optional(Type.Boolean()),
    sort: Type.Optional({ ...Word, description: `\`-\` for descending: ${findingSorts.join(', ')}.` }),
    ...pageParameters,
  },
  closed,
)

/** A note that fits on a page. */
const NOTE_CHARS_MAX = 4000
const act = {
  action: Action.properties.action,
  reason: Type.Optional(CloseReason),
  note: Type.Optional(Type.String({ maxLength: NOTE_CHARS_MAX })),
  undoes: Type.Optional(
    Type.String({ maxLength: 100, description: 'Of an undo: only if this is the last act.' }),
  ),
}
const Act = Type.Object(act, closed)
/** As many as one page of the list shows. */
const IDS_MAX = 1000
const BulkAct = Type.Object(
  {
    ids: Type.Array(Type.String({ maxLength: 500 }), { minItems: 1, maxItems: IDS_MAX }),
    ...act,
  },
  closed,
)
const BulkAnswer = Type.Object({
  done: Type.Array(Type.String()),
  refused: Type.Array(
    Type.Object({
      id: Type.String(),
      code: Type.String(),
      message: Type.String(),
      remedy: Type.String(),
    }),
  ),
})

export function findingRoutes(app: App, context: Context): void {
  const { store } = context
  const detail = async (id: string): Promise<Detail> => {
    const finding = await store.finding(id)
    if (finding === undefined) throw notFound('finding')
    return { ...finding, packets_available: (await context.packets(finding)) !== undefined }
  }
  const requested = (body: Static<typeof Act>): ActRequest => {
    const { action, reason, note, undoes } = body
    return { action, reason, note, undoes, who: context.who, time: wallTime(context) }
  }

  app.get(
    '/api/findings',
    { schema: { querystring: Query, response: { 200: pageOf(FindingRow), ...errors } } },
    async ({ query }) => {
      const { severity, state, sort, q, rule, asset, from, to, posture, limit, after } = query
      return store.findings({
        severity: wordList('severity', severity, severities),
        state: wordList('state', state, states),
        text: q,
        // A filter that a form left empty is none.
        rule: rule === '' ? undefined : rule,
        asset: asset === '' ? undefined : asset,
        from: instant('from', from),
        to: instant('to', to),
        posture,
        limit,
        after: after === '' ? undefined : after,
        ...order('sort', sort, findingSorts),
      })
    },
  )

  app.get(
    '/api/findings/:id',
    { schema: { params: Id, response: { 200: FindingDetail, ...errors } } },
    async ({ params }) => detail(params.id),
  )

  app.post(
    '/api/findings/:id/actions',
    { schema: { params: Id, body: Act, response: { 200: FindingDetail, ...errors } } },
    async ({ params, body }) => {
      const [outcome] = await store.act([params.id], requested(body))
      if (outcome?.refused !== undefined) throw refusalError(outcome.refused)
      return detail(params.id)
    },
  )

  app.post(
    '/api/findings/actions',
    { schema: { body: BulkAct, response: { 200: BulkAnswer, ...errors } } },
    async ({ body }) => {
      const outcomes = await store.act([...new Set(body.ids)], requested(body))
      return {
        done: outcomes.filter(({ refused }) => refused === undefined).map(({ id }) => id),
        refused: outcomes.flatMap(({ id, refused }) =>
          refused === undefined ? [] : [{ id, ...refused }],
        ),
      }
    },
  )

  app.get(
    '/api/findings/:id/packets',
    { schema: { params: Id, description: 'A pcapng of the packets cited.', response: packetAnswers } },
    async ({ params }, reply) => {
      const finding = await store.finding(params.id)
      if (finding === undefined) throw notFound('finding')
      const read = await context.packets(finding)
      if (read === undefined) {
        throw new HttpError(
          404,
          'PACKETS_UNAVAILABLE',
          'the packets of this finding are not kept, or their capture file is gone',
          'put the capture file back in its place; packets of a live capture are not kept yet',
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

const packetAnswers = {
  200: { content: { 'application/x-pcapng': { schema: Type.Unsafe<Buffer>({ type: 'string' }) } } },
  ...errors,
}

/** 200 packets of the largest snapshot length that tcpdump takes. */
const PACKETS_BYTES_MAX = 64 << 20

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > PACKETS_BYTES_MAX) {
      throw new HttpError(413, 'PACKETS_TOO_LARGE', 'the packets cited are too large', 'use the capture')
    }
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

function fileName(id: string): string {
  return `finding-${id.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 80)}.pcapng`
}
