/** The sensors, each in a line. */
import { Type } from 'typebox'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { backlogOf, backlogWords } from './backlog.ts'
import { sensorRows } from './health.ts'
import { ScopeQuery } from './query.ts'
import { SensorEntry } from './schema.ts'
import type { SensorEntry as Entry } from './schema.ts'

export function sensorRoutes(app: App, context: Context): void {
  app.get(
    '/api/sensors',
    { schema: { querystring: ScopeQuery, response: { 200: Type.Array(SensorEntry), ...errors } } },
    async ({ query }) => {
      const rows = await sensorRows(context, query)
      return rows.map(({ sensor, site, received, health }): Entry => {
        const { version, mode, source, state, level, reasons, phase, counters } = health
        const { capture_last, packets, packets_per_second, lost } = health
        return {
          sensor,
          site,
          ...{ version, mode, source, state, level, reasons, phase },
          received: new Date(received).toISOString().replace('Z', '000Z'),
          ...{ capture_last, packets, packets_per_second, lost },
          backlog: backlogWords(backlogOf(counters)),
        }
      })
    },
  )
}
