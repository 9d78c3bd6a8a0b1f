/** What tests of delivery need of a real server: set up, looked through, and a shipper to it. */
import type { Client } from '../elastic/client.ts'
import { call, connect } from '../elastic/client.ts'
import { setup } from '../elastic/setup.ts'
import { Writer } from '../elastic/writer.ts'
import type { LocalStore } from '../local.ts'
import { Shipper } from './shipper.ts'

const PAGE = 10_000

export async function prepared(url: string, namespace: string): Promise<Client> {
  const client = connect({ url: [url], namespace, requestMs: 60_000 })
  const retention = { days: 30, findingsDays: 400 }
  await setup(client, { namespace, malcolm: false, retention })
  return client
}

export interface Scan {
  /** Documents, in all indices. */
  documents: number
  ids: Set<string>
}

/**
 * Every `_id` that there is, by looking at each document; a repeat across the edge of two pages is
 * found by the number of documents.
 */
export async function scan(client: Client, index: string): Promise<Scan> {
  await call(client, 'POST', `/${index}/_refresh`)
  const ids = new Set<string>()
  let documents = 0
  let after: unknown[] | undefined
  for (;;) {
    const answer = (await call(client, 'POST', `/${index}/_search`, {
      size: PAGE,
      _source: false,
      sort: [{ 'event.id': 'asc' }],
      track_total_hits: false,
      ...(after === undefined ? {} : { search_after: after }),
    })) as { hits: { hits: { _id: string; sort: unknown[] }[] } }
    const { hits } = answer.hits
    for (const hit of hits) ids.add(hit._id)
    documents += hits.length
    after = hits.at(-1)?.sort
    if (hits.length < PAGE) return { documents, ids }
  }
}

export async function count(client: Client, index: string): Promise<number> {
  const answer = (await call(client, 'GET', `/${index}/_count`)) as { count: number }
  return answer.count
}

export interface Shipping {
  readonly shipper: Shipper
  /** From now on it is so much later for the shipper. */
  skip(ms: number): void
  /** Until nothing waits and no flight is open. */
  drained(): Promise<void>
  stop(): Promise<void>
}

/** In this process, by the clock. */
export function shipTo(
  store: LocalStore,
  url: string,
  namespace: string,
  { requestMs = 30_000, trusted = [] }: { requestMs?: number; trusted?: readonly string[] } = {},
): Shipping {
  const options = { url: [url], namespace, requestMs }
  const client = connect(options)
  let skipped = 0
  const stopped = new AbortController()
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  const clock = { now: () => Date.now() + skipped, random: () => Math.random(), sleep }
  const cluster = new Writer(client, options)
  const shipper = new Shipper({ depot: store, cluster, clock, trusted: () => trusted })
  const running = shipper.run(stopped.signal)
  // Whoever waits is told; until then it is nobody's failure.
  running.catch(() => {})
  return {
    shipper,
    skip: (ms) => void (skipped += ms),
    drained: async () => {
      for (;;) {
        const { documents, observations } = await store.backlog(Date.now())
        if (documents + observations === 0) {
          if ((await store.flights()).length === 0) return
          skipped += 61_000
        }
        await Promise.race([sleep(250), running])
      }
    },
    stop: async () => {
      stopped.abort()
      await running
      await client.close()
    },
  }
}
