/** What people did in a cluster to what one sensor has told, for that sensor to take up. */
import type { ForeignAct } from '../outbox.ts'
import type { Origin } from '../store.ts'
import { assetOf, findingOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import type { Client } from './client.ts'
import { call, storeErrorOf } from './client.ts'
import type { Names } from './names.ts'
import { bodyOf, hitsOf } from './revise.ts'

/** Findings and assets of one look. */
const PAGE_DOCS = 500

/** The one that was acted on longest ago first; within a page by the time of the act. */
export async function* actsSince(
  client: Client,
  { alias }: Names,
  { sensor, site }: Origin,
  since: string,
): AsyncGenerator<ForeignAct[]> {
  let after: unknown
  do {
    const hits = await page(client, `${alias.findings},${alias.assets}`, {
      size: PAGE_DOCS,
      query: {
        bool: {
          filter: [
            { term: { 'agent.id': sensor.toWellFormed() } },
            { term: { 'ot.site': site.toWellFormed() } },
            { range: { 'ot.acted': { gte: since } } },
          ],
        },
      },
      sort: [{ 'ot.acted': 'asc' }, { 'event.id': 'asc' }],
      _source: ['ot.body'],
      track_total_hits: false,
      ...(after === undefined ? {} : { search_after: after }),
    })
    after = hits.length < PAGE_DOCS ? undefined : memberOf(hits.at(-1), 'sort')
    const acts = hits
      .flatMap((hit) => actsOf(bodyOf(hit)))
      .filter((act) => timeOf(act) >= since)
      .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0))
    if (acts.length > 0) yield acts
  } while (after !== undefined)
}

async function page(
  client: Client,
  index: string,
  body: Record<string, unknown>,
): Promise<unknown[]> {
  try {
    return hitsOf(await call(client, 'POST', `/${index}/_search`, body))
  } catch (error) {
    throw storeErrorOf(error)
  }
}

function actsOf(body: unknown): ForeignAct[] {
  const found = findingOf(body)
  if (found !== undefined) {
    const finding = found.finding.id
    return found.acts.map((act) => ({ kind: 'finding', finding, act }))
  }
  const stored = assetOf(body)
  const [part] = Object.values(stored?.parts ?? {})
  if (stored?.typed === undefined || part === undefined) return []
  const { typed, signature } = stored
  return [{ kind: 'asset', asset: part.id, typed, signature }]
}

function timeOf(foreign: ForeignAct): string {
  return foreign.kind === 'finding' ? foreign.act.time : foreign.typed.time
}
