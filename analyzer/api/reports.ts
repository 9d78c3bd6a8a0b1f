/** Reports as files: the routes of what is found in the folder of reports. */
import { Type } from 'typebox'
import type { Report } from '../reports/report.ts'
import { mediaTypes } from '../reports/report.ts'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { HttpError } from './errors.ts'
import { closed, scopeOf, scopeParameters } from './query.ts'

const ReportList = Type.Array(
  Type.Object({ name: Type.String(), title: Type.String(), summary: Type.String() }),
)
const Format = Type.Union([Type.Literal('json'), Type.Literal('html'), Type.Literal('csv')])

export function reportRoutes(
  app: App,
  { store }: Context,
  reports: ReadonlyMap<string, Report>,
): void {
  app.get('/api/reports', { schema: { response: { 200: ReportList, ...errors } } }, async () =>
    [...reports].map(([name, { title, summary }]) => ({ name, title, summary })),
  )

  app.get(
    '/api/reports/:name',
    {
      schema: {
        params: Type.Object({ name: Type.String({ pattern: '^[a-z-]{1,40}$' }) }, closed),
        querystring: Type.Object({ format: Type.Optional(Format), ...scopeParameters }, closed),
        response: { 200: Type.String(), ...errors },
      },
    },
    async ({ params: { name }, query }, reply) => {
      const { format = 'json' } = query
      const report = reports.get(name)
      if (report === undefined) {
        const names = [...reports.keys()].join(', ')
        throw new HttpError(404, 'NOT_FOUND', `there is no report ${name}`, `Reports: ${names}.`)
      }
      const file = `fieldtap-${name}.${format}`
      return reply
        .header('content-type', mediaTypes[format])
        .header('content-disposition', `attachment; filename="${file}"`)
        .serializer((text: unknown) => String(text))
        .send(await report.make(store, format, scopeOf(query)))
    },
  )
}
