/** The shipper as a process, killed in the middle, against real servers. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, inject, test } from 'vitest'
import type { Client } from '../elastic/client.ts'
import * as plant from '../fixture.ts'
import type { LocalStore } from '../local.ts'
import { openSqliteStore } from '../sqlite.ts'
import { count, prepared, scan } from './drained.ts'

const OBSERVATIONS = 5000
const FINDINGS = 500
const KILLS = 4
const launcher = fileURLToPath(new URL('../../../bin/fieldtap.js', import.meta.url))
const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function fill(store: LocalStore): Promise<string[]> {
  const docs = Array.from({ length: OBSERVATIONS }, (_, i) =>
    plant.operation({
      'event.id': `op-${i}`,
      'event.sequence': i,
      'event.dataset': i % 2 === 0 ? 'ot.modbus' : 'ot.opcua',
    }),
  )
  await store.setShipping(true)
  await store.putObservations(docs, plant.FROM)
  await store.putFindings(plant.findings(FINDINGS), plant.FROM)
  return docs.map((doc) => String(doc['event.id']))
}

function started(dir: string): ChildProcess {
  const args = [launcher, 'shipper', '--data', dir, '--config', join(dir, 'fieldtap.yaml')]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  ends.push(() => void child.kill('SIGKILL'))
  return child
}

async function arrived(client: Client, namespace: string): Promise<number> {
  const streams = await count(client, `logs-ot.*-${namespace}`)
  return streams + (await count(client, `ot-findings-${namespace}`))
}

async function drained(store: LocalStore): Promise<void> {
  for (;;) {
    const { documents, observations } = await store.backlog(Date.now())
    if (documents + observations === 0) return
    await sleep(100)
  }
}

/** Number of the newest request that is on its way. */
async function newest(store: LocalStore): Promise<number> {
  return Math.max(0, ...(await store.flights()).map(({ n }) => n))
}

describe.each(Object.entries(inject('servers')))('%s', (name, url) => {
  test('nothing is lost and nothing doubled by killing the shipper in the middle', async () => {
    const namespace = `ship_${process.pid}_${name}`
    const client = await prepared(url, namespace)
    ends.push(() => client.close())
    const place = plant.temporary()
    ends.push(place.remove)
    const store = await openSqliteStore(place.dir)
    ends.push(() => store.close())
    const ids = await fill(store)
    const config = `elasticsearch:\n  url: ${url}\n  namespace: ${namespace}\n`
    writeFileSync(join(place.dir, 'fieldtap.yaml'), config)
    const killedAt: number[] = []
    for (let i = 0; i < KILLS; i++) {
      const child = started(place.dir)
      // Once it has begun: findings first, then observations, each time a little further.
      const before = await newest(store)
      for (let waited = 0; waited < 4000; waited++) {
        const { documents, observations } = await store.backlog(Date.now())
        if ((i === 0 && documents < FINDINGS) || documents + observations === 0) break
        if ((await newest(store)) > before) break
        await sleep(5)
      }
      await sleep(40 * i)
      child.kill('SIGKILL')
      await once(child, 'exit')
      killedAt.push(await arrived(client, namespace))
    }
    const last = started(place.dir)
    await drained(store)
    const begun = Date.now()
    while (Date.parse((await store.delivery())?.at ?? '') < begun) await sleep(100)
    last.kill('SIGTERM')
    expect(await once(last, 'exit')).toEqual([0, null])
    const streams = await scan(client, `logs-ot.*-${namespace}`)
    const findings = await scan(client, `ot-findings-${namespace}`)
    process.stdout.write(
      `${name}: killed ${KILLS} times, at ${killedAt.join(', ')} documents; ` +
        `${streams.documents} observations of ${streams.ids.size} ids, ` +
        `${findings.documents} findings of ${findings.ids.size} ids\n`,
    )
    expect(ids.filter((id) => !streams.ids.has(id))).toEqual([])
    expect([streams.documents, findings.documents]).toEqual([OBSERVATIONS, FINDINGS])
    expect(findings.ids.size).toBe(FINDINGS)
    expect(killedAt.some((there) => there < OBSERVATIONS + FINDINGS)).toBe(true)
    expect(await store.backlog(Date.now())).toMatchObject({ dead_letters: 0, lost: 0 })
  })
})
