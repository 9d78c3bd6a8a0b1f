/**
 * T19: the cluster is away for an hour in which 200 findings a second begin and people go on
 * working; then it is back.
 */
import { afterEach, expect, test } from 'vitest'
import { call } from '../elastic/client.ts'
import * as plant from '../fixture.ts'
import type { ServerKind } from '../servers/fetch.ts'
import { TestServer } from '../servers/server.ts'
import type { LocalStore } from '../local.ts'
import { openSqliteStore } from '../sqlite.ts'
import { prepared, scan, shipTo } from './drained.ts'

const PER_SECOND = 200
/** `FIELDTAP_OUTAGE_S`: a shorter one, at the desk. */
const SECONDS = Number(process.env['FIELDTAP_OUTAGE_S'] ?? 3600)
const COUNT = PER_SECOND * SECONDS
const ACTS = 100
const BATCH_S = 10
const SPACE = 'outage'
const kinds = (process.env['FIELDTAP_SERVER_KINDS'] ?? 'opensearch').split(',') as ServerKind[]

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const idOf = (i: number): string => `f${String(i).padStart(7, '0')}`

/** An hour of it, as fast as the store takes it; each tenth of a second by its own time. */
async function outage(store: LocalStore): Promise<void> {
  const every = Math.floor(COUNT / ACTS)
  for (let second = 0; second < SECONDS; second += BATCH_S) {
    const begin = second * PER_SECOND
    const findings = Array.from({ length: PER_SECOND * BATCH_S }, (_, i) => {
      const at = plant.time(second + Math.floor(i / PER_SECOND))
      return plant.finding({ id: idOf(begin + i), first: at, last: at })
    })
    await store.putFindings(findings, plant.FROM)
    for (let i = begin; i < begin + findings.length; i++) {
      if (i % every !== 0) continue
      const [outcome] = await store.act([idOf(i)], plant.request({ note: `note ${i}` }))
      expect(outcome?.refused).toBeUndefined()
    }
  }
}

function rate(count: number, began: number): string {
  return `${Math.round((count * 1000) / (performance.now() - began))}/s`
}

test.each(kinds)(
  '%s, away for an hour, gets all of it',
  async (kind) => {
    const place = plant.temporary()
    ends.push(place.remove)
    const store = await openSqliteStore(place.dir)
    ends.push(() => store.close())
    await store.setShipping(true)
    const filling = performance.now()
    await outage(store)
    const stored = rate(COUNT, filling)
    const { documents, oldest_ms } = await store.backlog(Date.now() + SECONDS * 1000)
    // Acts are on record beside the findings.
    expect(documents).toBe(COUNT + ACTS)
    expect(oldest_ms).toBeGreaterThan(SECONDS * 1000)

    const server = await TestServer.start(kind)
    ends.push(() => server.stop())
    const client = await prepared(server.url, SPACE)
    ends.push(() => client.close())
    const shipping = shipTo(store, server.url, SPACE)
    ends.push(() => shipping.stop())
    const began = performance.now()
    await shipping.drained()
    const drained = rate(COUNT + ACTS, began)
    const found = await scan(client, `ot-findings-${SPACE}`)
    const audit = await scan(client, `ot-audit-${SPACE}`)
    process.stdout.write(
      `${kind}: ${COUNT} findings and ${ACTS} acts, stored at ${stored}, delivered at ${drained}; ` +
        `${COUNT - found.ids.size} lost, ${found.documents - found.ids.size} doubled\n`,
    )
    expect([found.documents, found.ids.size]).toEqual([COUNT, COUNT])
    expect(audit.ids.size).toBe(ACTS)
    const every = Math.floor(COUNT / ACTS)
    const ids = Array.from({ length: ACTS }, (_, i) => idOf(i * every))
    const acted = (await call(client, 'POST', `/ot-findings-${SPACE}/_search`, {
      size: 2 * ACTS,
      query: { ids: { values: ids } },
    })) as { hits: { hits: { _source: Record<string, unknown> }[] } }
    const told = acted.hits.hits.map(({ _source }) => JSON.stringify(_source))
    expect(told.filter((text) => /note \d+/.test(text))).toHaveLength(ACTS)
    expect(await store.backlog(Date.now())).toMatchObject({ dead_letters: 0, lost: 0 })
  },
  3_600_000,
)
