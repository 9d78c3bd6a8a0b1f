/** What was seen: conversations, zones, operations; and the rules that judged it. */
import { Type } from 'typebox'
import { operationClasses } from '#sensor'
import { errors, pageOf } from './answers.ts'
import type { App, Context } from './app.ts'
import { Word, closed, instant, pageParameters, wordList } from './query.ts'
import type { ZoneMatrix as Matrix } from './schema.ts'
import { ConversationRow, OperationRow, RuleRow, ZoneMatrix } from './schema.ts'

const common = { q: Type.Optional(Word), asset: Type.Optional(Word), ...pageParameters }
const ConversationQuery = Type.Object(common, closed)
const OperationQuery = Type.Object(
  {
    ...common,
    class: Type.Optional({ ...Word, description: 'Any of these, as `write,program`.' }),
    from: Type.Optional(Word),
    to: Type.Optional(Word),
  },
  closed,
)

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
    async ({ query: { q, asset, limit, after } }) =>
      store.conversations({
        text: q,
        asset: asset || undefined,
        limit,
        after: after || undefined,
      }),
  )

  app.get(
    '/api/operations',
    {
      schema: { querystring: OperationQuery, response: { 200: pageOf(OperationRow), ...errors } },
    },
    async ({ query: { q, asset, from, to, limit, after, class: classes } }) =>
      store.operations({
        text: q,
        asset: asset || undefined,
        classes: wordList('class', classes, operationClasses),
        from: instant('from', from),
        to: instant('to', to),
        limit,
        after: after || undefined,
      }),
  )

  app.get(
    '/api/zones',
    { schema: { response: { 200: ZoneMatrix, ...errors } } },
    async () => (await store.matrix()) ?? noMatrix,
  )

  app.get('/api/rules', { schema: { response: { 200: pageOf(RuleRow), ...errors } } }, async () => {
    const rows = await store.rules()
    return { rows, total: rows.length, next: null }
  })
}
