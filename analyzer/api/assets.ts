/** Assets, and the names that people give them. */
import { Type } from 'typebox'
import { errors, pageOf } from './answers.ts'
import type { App, Context } from './app.ts'
import { wallTime } from './app.ts'
import { notFound } from './errors.ts'
import { Id, Word, closed, pageParameters, scopeOf, scopeParameters } from './query.ts'
import { AssetRow } from './schema.ts'
import { whoOf, whoParameter } from './who.ts'

/** A name of this length still fits a table's cell. */
const NAME_CHARS_MAX = 120

const Query = Type.Object({ q: Type.Optional(Word), ...pageParameters, ...scopeParameters }, closed)
const Name = Type.Object(
  {
    name: Type.String({
      maxLength: NAME_CHARS_MAX,
      description: 'Empty: the observed name again.',
    }),
    ...whoParameter,
  },
  closed,
)

export function assetRoutes(app: App, context: Context): void {
  const { store } = context
  app.get(
    '/api/assets',
    { schema: { querystring: Query, response: { 200: pageOf(AssetRow), ...errors } } },
    async ({ query }) =>
      store.assets({
        ...scopeOf(query),
        text: query.q,
        limit: query.limit,
        after: query.after || undefined,
      }),
  )

  app.get(
    '/api/assets/:id',
    { schema: { params: Id, response: { 200: AssetRow, ...errors } } },
    async ({ params }) => {
      const asset = await store.asset(params.id)
      if (asset === undefined) throw notFound('asset')
      return asset
    },
  )

  app.put(
    '/api/assets/:id/name',
    { schema: { params: Id, body: Name, response: { 200: AssetRow, ...errors } } },
    async ({ params, body }) => {
      const by = { who: whoOf(context, body.who), time: wallTime(context) }
      const asset = await store.renameAsset(params.id, body.name.trim(), by)
      if (asset === undefined) throw notFound('asset')
      return asset
    },
  )
}
