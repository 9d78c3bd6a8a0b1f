/** How much a cluster holds; what it has deleted its own lifecycle knows. */
import type { StoreStats } from '../store.ts'
import type { Access } from './access.ts'
import { bucketsOf, numberOf, totalOf } from './access.ts'
import { memberOf } from './bulk.ts'
import { call } from './client.ts'

export async function statsOf(access: Access): Promise<StoreStats> {
  const { alias, observations } = access.names
  const counted = async (index: string): Promise<number> =>
    totalOf(await access.search(index, { size: 0, track_total_hits: true }))
  const days = {
    date_histogram: { field: 'event.ingested', calendar_interval: 'day', min_doc_count: 1 },
  }
  const [findings, assets, conversations, observed, bytes] = await Promise.all([
    counted(alias.findings),
    counted(alias.assets),
    counted(alias.conversations),
    access.search(observations, { size: 0, track_total_hits: true, aggs: { days } }),
    bytesOf(access),
  ])
  return {
    findings,
    findings_deleted: 0,
    assets,
    observations: totalOf(observed),
    observations_dropped: 0,
    conversations,
    conversations_dropped: 0,
    bytes,
    days: bucketsOf(observed, 'days').length,
  }
}

/** 0 where the key may not ask. */
async function bytesOf({ names, client }: Access): Promise<number> {
  const indices = [...Object.values(names.alias), names.observations].join(',')
  const answer = await call(client, 'GET', `/${indices}/_stats/store`).catch(() => undefined)
  const all = memberOf(memberOf(answer, '_all'), 'total')
  return numberOf(memberOf(memberOf(all, 'store'), 'size_in_bytes'))
}
