/** Documents that lie in more than one index behind an alias: a page of ids after another. */
import type { Client } from './client.ts'
import { call } from './client.ts'

/** A server gives no more at once. */
const PAGE = 10_000
/** Ids that are looked at: a million takes some minutes. */
const PAGES_MAX = 100

export interface Repeats {
  documents: number
  /** Ids that came twice, in order; `some` where only their number is known. */
  repeated: string[]
}

interface Answer {
  hits?: { total?: { value?: unknown }; hits?: { sort?: unknown[] }[] }
}

export async function repeats(client: Client, alias: string): Promise<Repeats> {
  await call(client, 'POST', `/${alias}/_refresh`)
  let documents = 0
  let seen = 0
  let after: unknown
  const repeated = new Set<string>()
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = (await call(client, 'POST', `/${alias}/_search`, {
      size: PAGE,
      _source: false,
      sort: [{ 'event.id': { order: 'asc', missing: '_last' } }],
      ...(page === 0 ? { track_total_hits: true } : { search_after: [after] }),
    })) as Answer | null
    if (page === 0) documents = Number(answer?.hits?.total?.value ?? 0)
    const ids = (answer?.hits?.hits ?? []).map(({ sort }) => String(sort?.[0]))
    for (const [i, id] of ids.entries()) if (i > 0 && ids[i - 1] === id) repeated.add(id)
    seen += ids.length
    if (ids.length < PAGE) {
      // A page begins after the last id of the one before: its twin is left out, and missing here.
      const lost = documents - seen
      return { documents, repeated: [...repeated, ...(lost > 0 ? [`${lost} more`] : [])] }
    }
    after = ids.at(-1)
  }
  return { documents, repeated: [...repeated] }
}
