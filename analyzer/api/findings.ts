/** Findings: the list, one with its explanation and packets, and what people do with them. */
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { severities } from '../findings/finding.ts'
import { findingSorts } from '../stores/store.ts'
import type { ActRequest, FindingQuery } from '../stores/store.ts'
import type { App, Context } from './app.ts'
import { wallTime } from './app.ts'
import { notFound, refusalError } from './errors.ts'
import {
  Id,
  Word,
  closed,
  instant,
  order,
  pageParameters,
  scopeOf,
  scopeParameters,
  wordList,
} from './query.ts'
import { Action, CloseReason, FindingDetail, FindingRow } from './schema.ts'
import type { FindingDetail as Detail, FindingState } from './schema.ts'
import { errors, pageOf } from './answers.ts'
import { whoOf, whoParameter } from './who.ts'

const states = ['open', 'acknowledged', 'escalated', 'closed'] as const satisfies FindingState[]

/** What a list, and counts of what is in it, can be narrowed by. */
export const findingFilters = {
  severity: Type.Optional({ ...Word, description: 'Any of these, as `high,critical`.' }),
  state: Type.Optional({ ...Word, description: 'Any of these, as `open,acknowledged`.' }),
  q: Type.Optional({ ...Word, description: 'Words that must all be found in its values.' }),
  rule: Type.Optional(Word),
  asset: Type.Optional({ ...Word, description: 'Asset id or address.' }),
  from: Type.Optional({ ...Word, description: 'Last seen not before.' }),
  to: Type.Optional({ ...Word, description: 'Last seen not after.' }),
  posture: Type.Optional(Type.Boolean()),
  ...scopeParameters,
}
const Filters = Type.Object(findingFilters)

const Query = Type.Object(
  {
    ...findingFilters,
    sort: Type.Optional({
      ...Word,
      description: `\`-\` for descending: ${findingSorts.join(', ')}.`,
    }),
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
  seen: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'The last act in the history that was looked at; refused if there is a later one.',
    }),
  ),
  ...whoParameter,
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

async function detailed(context: Context, id: string): Promise<Detail> {
  const finding = await context.store.finding(id)
  if (finding === undefined) throw notFound('finding')
  return { ...finding, packets_available: (await context.packets(finding)) !== undefined }
}

export function findingQuery(query: Static<typeof Filters>): FindingQuery {
  const { severity, state, q, rule, asset, from, to, posture } = query
  return {
    ...scopeOf(query),
    severity: wordList('severity', severity, severities),
    state: wordList('state', state, states),
    text: q,
    // A filter that a form left empty is none.
    rule: rule === '' ? undefined : rule,
    asset: asset === '' ? undefined : asset,
    from: instant('from', from),
    to: instant('to', to),
    posture,
  }
}

export function findingRoutes(app: App, context: Context): void {
  app.get(
    '/api/findings',
    { schema: { querystring: Query, response: { 200: pageOf(FindingRow), ...errors } } },
    async ({ query }) => {
      const { sort, limit, after } = query
      return context.store.findings({
        ...findingQuery(query),
        limit,
        after: after === '' ? undefined : after,
        ...order('sort', sort, findingSorts),
      })
    },
  )

  app.get(
    '/api/findings/:id',
    { schema: { params: Id, response: { 200: FindingDetail, ...errors } } },
    async ({ params }) => detailed(context, params.id),
  )
}

function requested(context: Context, body: Static<typeof Act>): ActRequest {
  const { action, reason, note, undoes, seen } = body
  const who = whoOf(context, body.who)
  return { action, reason, note, undoes, seen, who, time: wallTime(context) }
}

export function actionRoutes(app: App, context: Context): void {
  app.post(
    '/api/findings/:id/actions',
    { schema: { params: Id, body: Act, response: { 200: FindingDetail, ...errors } } },
    async ({ params, body }) => {
      const [outcome] = await context.store.act([params.id], requested(context, body))
      if (outcome?.refused !== undefined) throw refusalError(outcome.refused)
      return detailed(context, params.id)
    },
  )

  app.post(
    '/api/findings/actions',
    { schema: { body: BulkAct, response: { 200: BulkAnswer, ...errors } } },
    async ({ body }) => {
      const outcomes = await context.store.act([...new Set(body.ids)], requested(context, body))
      return {
        done: outcomes.filter(({ refused }) => refused === undefined).map(({ id }) => id),
        refused: outcomes.flatMap(({ id, refused }) =>
          refused === undefined ? [] : [{ id, ...refused }],
        ),
      }
    },
  )
}
