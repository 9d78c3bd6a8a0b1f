/** The record: what people did, and what was judged by since when. */
import { Type } from 'typebox'
import { errors, pageOf } from './answers.ts'
import type { App, Context } from './app.ts'
import { notFound } from './errors.ts'
import { Id, Word, closed, pageParameters, scopeOf, scopeParameters, wordList } from './query.ts'
import { AuditRow } from './schema.ts'

const actions = [
  'acknowledge',
  'close',
  'reopen',
  'comment',
  'approve',
  'undo',
  'rename',
  'discard',
  'policy',
  'baseline',
] as const

const Query = Type.Object(
  {
    action: Type.Optional({ ...Word, description: `Any of these: ${actions.join(', ')}.` }),
    ...pageParameters,
    ...scopeParameters,
  },
  closed,
)

export function auditRoutes(app: App, context: Context): void {
  app.get(
    '/api/audit',
    { schema: { querystring: Query, response: { 200: pageOf(AuditRow), ...errors } } },
    async ({ query }) =>
      context.store.audit({
        ...scopeOf(query),
        actions: wordList('action', query.action, actions),
        limit: query.limit,
        after: query.after || undefined,
      }),
  )

  app.get(
    '/api/audit/:id/text',
    { schema: { params: Id, response: { 200: Type.String(), ...errors } } },
    async ({ params }, reply) => {
      const text = await context.store.versionText(params.id)
      if (text === undefined) throw notFound('version')
      return reply.type('text/plain; charset=utf-8').send(text)
    },
  )
}
