/**
 * What a cluster costs the embedded store, and how fast what waits for it can be taken out:
 * observations put while it is configured, slices of them, findings that were there before.
 *
 *   node bench/outbox.ts [observations] [findings]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '#analyzer'
import type { LocalStore } from '#analyzer'
import { FROM, finding, observation, perSecond, tell } from './documents.ts'

const BATCH = 10_000
/** As many as delivery takes at a time. */
const SLICE = 4000
const DIRTY = 2000
const observations = Number(process.argv[2] ?? 200_000)
const findings = Number(process.argv[3] ?? 720_000)

function rate(count: number, since: number): string {
  return perSecond(count / ((performance.now() - since) / 1000))
}

async function putObservations(store: LocalStore, from: number): Promise<string> {
  const docs = Array.from({ length: observations }, (_, n) => observation(from + n))
  const began = performance.now()
  let waiting = Promise.resolve()
  for (let at = 0; at < docs.length; at += BATCH) {
    const put = store.putObservations(docs.slice(at, at + BATCH), FROM)
    await waiting
    waiting = put
  }
  await waiting
  return rate(observations, began)
}

async function takeObservations(store: LocalStore): Promise<string> {
  const began = performance.now()
  let count = 0
  for (;;) {
    const slice = await store.slice(SLICE)
    if (slice === undefined) return rate(count, began)
    await store.shipped(slice.segment, slice.to)
    count += slice.docs.length
  }
}

/** Of each tenth, so that it shows where it grows slower. */
async function drain(store: LocalStore): Promise<string[]> {
  const rates: string[] = []
  let [count, part, began] = [0, 0, performance.now()]
  for (;;) {
    const items = await store.dirty(DIRTY, Date.now())
    if (items.length === 0) return rates
    await store.sent(items.map(({ kind, id, revision }) => ({ kind, id, revision, place: 'p-1' })))
    count += items.length
    part += items.length
    if (part < findings / 10 && count < findings) continue
    rates.push(rate(part, began))
    ;[part, began] = [0, performance.now()]
  }
}

const dir = mkdtempSync(join(tmpdir(), 'fieldtap-bench-'))
try {
  tell('cores, load', `${cpus().length}, ${loadavg()[0]?.toFixed(2)}`)
  const store = await openStore(join(dir, 'store'))
  tell(`${observations} observations, no cluster`, await putObservations(store, 0))
  await store.setShipping(true)
  tell('the same with one', await putObservations(store, observations))
  tell(`${2 * observations} taken out, ${SLICE} at a time`, await takeObservations(store))
  await store.setShipping(false)
  const put = performance.now()
  for (let n = 0; n < findings; n += 1000) {
    const some = Array.from({ length: 1000 }, (_, i) => finding(n + i))
    await store.putFindings(some, FROM)
  }
  tell(`${findings} findings, no cluster`, rate(findings, put))
  const mark = performance.now()
  await store.setShipping(true)
  tell('marked', rate(findings, mark))
  const asked = performance.now()
  const { documents } = await store.backlog(Date.now())
  tell(`their number (${documents}), ms`, (performance.now() - asked).toFixed(1))
  tell(`taken out and sent, ${DIRTY} at a time, each tenth`, (await drain(store)).join(' '))
  await store.close()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
