/** What people do at the cluster reaches the sensor, and what they do at the sensor the cluster. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { openElasticStore } from '../elastic/store.ts'
import * as plant from '../fixture.ts'
import { signingKey } from '../sign.ts'
import { openSqliteStore } from '../sqlite.ts'
import type { Store } from '../store.ts'
import { prepared, shipTo } from './drained.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const WAIT_MS_MAX = 60_000

async function until(what: string, reached: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS_MAX; Date.now() < end; await sleep(100)) {
    if (await reached()) return
  }
  throw new Error(`after ${WAIT_MS_MAX / 1000} s it is not so: ${what}`)
}

const notes = async (store: Store, id: string): Promise<string[]> =>
  ((await store.finding(id))?.history ?? []).map(({ note }) => note ?? '')

describe.each(Object.entries(inject('servers')))('%s', (name, url) => {
  test('acts go both ways; what judges needs a trusted key', async () => {
    const namespace = `acts_${process.pid}_${name}`
    const place = plant.temporary()
    ends.push(place.remove)
    const client = await prepared(url, namespace)
    ends.push(() => client.close())
    const store = await openSqliteStore(place.dir)
    ends.push(() => store.close())
    await store.setShipping(true)
    await plant.fill(store)

    const console = plant.temporary()
    ends.push(console.remove)
    const key = signingKey(console.dir)
    const options = { url: [url], namespace, requestMs: 30_000 }
    const signed = await openElasticStore(options, key)
    ends.push(() => signed.close())
    const stranger = await openElasticStore(options)
    ends.push(() => stranger.close())

    const shipping = shipTo(store, url, namespace, { trusted: [key.name] })
    ends.push(() => shipping.stop())
    await shipping.drained()
    await until('all is found', async () => {
      const there = [signed.finding('f1'), signed.asset('a1'), signed.asset('a2')]
      return (await Promise.all(there)).every((one) => one !== undefined)
    })

    // At the cluster: a note, and approvals with a trusted key and with none.
    const note = { action: 'comment', note: 'from the cluster' } as const
    expect(await signed.act(['f2'], plant.request(note))).toEqual([{ id: 'f2' }])
    expect(await signed.act(['f1'], plant.request({ action: 'approve' }))).toEqual([{ id: 'f1' }])
    const by = { who: 'eve', time: plant.time(200) }
    expect(await stranger.renameAsset('a1', 'Not yours', by)).toMatchObject({ id: 'a1' })
    expect(await signed.renameAsset('a2', 'Station', by)).toMatchObject({ id: 'a2' })
    // At the sensor: another note on the same finding.
    const own = plant.request({ action: 'comment', note: 'from the sensor', time: plant.time(101) })
    expect(await store.act(['f2'], own)).toEqual([{ id: 'f2' }])

    await until('the sensor has the note of the cluster', async () =>
      (await notes(store, 'f2')).includes('from the cluster'),
    )
    await until('the cluster has the note of the sensor', async () =>
      (await notes(signed, 'f2')).includes('from the sensor'),
    )
    await until('both decisions came', async () => (await store.decisionsSince(0)).length >= 2)
    await until("the stranger's is held", async () => shipping.shipper.state.held > 0)
    const order = ['from the cluster', 'from the sensor']
    expect(await notes(store, 'f2')).toEqual(order)
    expect(await notes(signed, 'f2')).toEqual(order)
    const told = (await store.decisionsSince(0)).map((decision) =>
      decision.kind === 'rename' ? decision.name : `${decision.kind} ${decision.finding}`,
    )
    expect(told.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['Station', 'approve f1'])
    expect((await store.finding('f1'))?.state).toBe('closed')
  })
})
