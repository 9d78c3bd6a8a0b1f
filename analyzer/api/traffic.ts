/** What was seen: conversations, zones, operations; and the rules that judged it. */
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { operationClasses } from '#sensor'
import { errors, pageOf } from './answers.ts'
import type { App, Context } from './app.ts'
import {
  ScopeQuery,
  Word,
  closed,
  instant,
  pageParameters,
  scopeOf,
  scopeParameters,
  wordList,
} from './query.ts'
import type { OperationRow as Operation, Page, ZoneMatrix as Matrix } from './schema.ts'
import { ConversationRow, OperationRow, RuleRow, ZoneMatrix } from './schema.ts'
import type { OperationQuery as Query } from '../stores/store.ts'

const common = {
  q: Type.Optional(Word),
  asset: Type.Optional(Word),
  ...pageParameters,
  ...scopeParameters,
}
/** They come on one page, whatever is asked. */
const RuleQuery = Type.Object({ ...pageParameters, ...scopeParameters }, closed)
const ConversationQuery = Type.Object(common, closed)
/** What a list, and counts of what is in it, can be narrowed by. */
export const operationFilters = {
  q: Type.Optional(Word),
  asset: Type.Optional(Word),
  class: Type.Optional({ ...Word, description: 'Any of these, as `write,program`.' }),
  from: Type.Optional(Word),
  to: Type.Optional(Word),
  ...scopeParameters,
}
const Filters = Type.Object(operationFilters)
const OperationQuery = Type.Object({ ...operationFilters, ...pageParameters }, closed)

export function operationQuery(query: Static<typeof Filters>): Query {
  const { q, asset, from, to, class: classes } = query
  return {
    ...scopeOf(query),
    text: q,
    asset: asset || undefined,
    classes: wordList('class', classes, operationClasses),
    from: instant('from', from),
    to: instant('to', to),
  }
}

/** Calls that one answer may take: each ends by itself after a while, and lets others in. */
const CALLS_MAX = 20

/** Where little matches a call may end before it found anything; nobody wants an empty page. */
async function pageWithRows(store: Context['store'], query: Query): Promise<Page<Operation>> {
  let page = await store.operations(query)
  for (let calls = 1; calls < CALLS_MAX && page.rows.length === 0 && page.next !== null; calls++) {
    page = await store.operations({ ...query, after: page.next })
  }
  return page
}

/** Before a sensor has written one. */
const noMatrix: Matrix = { policy: null, zones: [], cells: [] }

export function trafficRoutes(app: App, context: Context): void {
  const { store } = context
  app.get(
    '/api/conversations',
    {
      schema: {
        querystring: ConversationQuery,
        response: { 200: pageOf(ConversationRow), ...errors },
      },
    },
    async ({ query }) =>
      store.conversations({
        ...scopeOf(query),
        text: query.q,
        asset: query.asset || undefined,
        limit: query.limit,
        after: query.after || undefined,
      }),
  )

  app.get(
    '/api/operations',
    {
      schema: { querystring: OperationQuery, response: { 200: pageOf(OperationRow), ...errors } },
    },
    async ({ query }) =>
      pageWithRows(store, {
        ...operationQuery(query),
        limit: query.limit,
        after: query.after || undefined,
      }),
  )

  app.get(
    '/api/zones',
    { schema: { querystring: ScopeQuery, response: { 200: ZoneMatrix, ...errors } } },
    async ({ query }) => (await store.matrix(scopeOf(query))) ?? noMatrix,
  )

  app.get(
    '/api/rules',
    { schema: { querystring: RuleQuery, response: { 200: pageOf(RuleRow), ...errors } } },
    async ({ query }) => {
      const rows = await store.rules(scopeOf(query))
      return { rows, total: rows.length, next: null }
    },
  )
}
