/** What waits for the cluster, how sending goes, and what was refused. */
import { Type } from 'typebox'
import type { Backlog } from '../stores/outbox.ts'
import { errors, pageOf } from './answers.ts'
import type { App, Context } from './app.ts'
import { wallTime } from './app.ts'
import { HttpError } from './errors.ts'
import { closed, pageParameters } from './query.ts'
import { whoOf, whoParameter } from './who.ts'
import { DeadLetterRow, Delivery } from './fleet-schema.ts'

/** As many as one page of letters shows. */
const IDS_MAX = 1000
const Ids = Type.Array(Type.String({ maxLength: 500 }), { minItems: 1, maxItems: IDS_MAX })
const Replay = Type.Object({ ids: Type.Optional(Ids) }, closed)
const Discard = Type.Object({ ids: Ids, ...whoParameter }, closed)
const Done = Type.Object({ count: Type.Integer() })

/** A shipper says each second how it is doing. */
const SILENT_MS_MAX = 5000

const nothing: Backlog = { documents: 0, observations: 0, oldest_ms: 0, dead_letters: 0, lost: 0 }

function outboxOf({ outbox }: Context): NonNullable<Context['outbox']> {
  if (outbox !== undefined) return outbox
  throw new HttpError(
    409,
    'NO_DELIVERY',
    'this console sends nothing to a cluster',
    'Name a cluster in fieldtap.yaml under "elasticsearch".',
  )
}

export function deliveryRoutes(app: App, context: Context): void {
  app.get(
    '/api/delivery',
    {
      schema: {
        description: 'How documents reach the cluster; `state` is null where none is configured.',
        response: { 200: Delivery, ...errors },
      },
    },
    async () => {
      const { outbox } = context
      const state = (await outbox?.delivery()) ?? null
      const backlog = (await outbox?.backlog(context.now())) ?? nothing
      const isRunning = state !== null && context.now() - Date.parse(state.at) <= SILENT_MS_MAX
      return { isConfigured: outbox !== undefined, isRunning, state, backlog }
    },
  )

  app.get(
    '/api/delivery/letters',
    {
      schema: {
        description: 'Documents that the cluster refused for what they are.',
        querystring: Type.Object(pageParameters, closed),
        response: { 200: pageOf(DeadLetterRow), ...errors },
      },
    },
    async ({ query: { limit, after } }) =>
      outboxOf(context).deadLetters({ limit, after: after || undefined }),
  )

  app.post(
    '/api/delivery/replay',
    {
      schema: {
        description: 'Sends refused documents again; without ids all of them.',
        body: Replay,
        response: { 200: Done, ...errors },
      },
    },
    async ({ body }) => ({ count: await outboxOf(context).replay(body.ids) }),
  )

  app.post(
    '/api/delivery/discard',
    {
      schema: {
        description: 'Gives refused documents up: they never reach the cluster.',
        body: Discard,
        response: { 200: Done, ...errors },
      },
    },
    async ({ body }) => {
      const by = { who: whoOf(context, body.who), time: wallTime(context) }
      return { count: await outboxOf(context).discard(body.ids, by) }
    },
  )
}
