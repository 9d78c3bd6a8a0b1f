/**
 * How fast the embedded store is: observations per second, put in batches and durable, through its
 * thread and by one thread alone; pages of a list of many findings.
 *
 *   node bench/stores.ts [observations] [findings]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '#analyzer'
import type { Store } from '#analyzer'
import { openDatabase } from '../analyzer/stores/sqlite/database.ts'
import { pack } from '../analyzer/stores/sqlite/pack.ts'
import { Segments } from '../analyzer/stores/sqlite/segments.ts'
import { FROM, finding, observation, perSecond, tell } from './documents.ts'

const BATCH = 10_000
const PAGE = 100
const observations = Number(process.argv[2] ?? 200_000)
const findings = Number(process.argv[3] ?? 100_000)

async function putAll(store: Store): Promise<number> {
  const docs = Array.from({ length: observations }, (_, n) => observation(n))
  const began = performance.now()
  // Two batches at a time: one is packed while the other is written.
  let waiting = Promise.resolve()
  for (let at = 0; at < docs.length; at += BATCH) {
    const put = store.putObservations(docs.slice(at, at + BATCH), FROM)
    await waiting
    waiting = put
  }
  await waiting
  return observations / ((performance.now() - began) / 1000)
}

function putAlone(dir: string): { wall: number; cpu: number; packing: number } {
  const options = { dir, mustExist: false, isOwner: true, busyMs: 1000 }
  const main = { ...options, operationsMax: 1e9, conversationsMax: 1, segmentBytesMax: 256 << 20 }
  const db = openDatabase(main)
  const segments = new Segments(db, main)
  const docs = Array.from({ length: observations }, (_, n) => observation(n))
  const began = performance.now()
  const cpu = process.cpuUsage()
  let packing = 0
  for (let at = 0; at < docs.length; at += BATCH) {
    const since = performance.now()
    const packed = pack(docs.slice(at, at + BATCH))
    packing += performance.now() - since
    if (segments.isDue(packed.rows)) segments.prepare(packed.rows)
    db.exec('BEGIN IMMEDIATE')
    segments.put(packed, FROM)
    segments.commit()
    db.exec('COMMIT')
  }
  const used = process.cpuUsage(cpu)
  const wall = (performance.now() - began) / 1000
  segments.close()
  db.close()
  const cpuSeconds = (used.user + used.system) / 1e6
  return { wall: observations / wall, cpu: observations / cpuSeconds, packing: packing / 1000 }
}

/** Milliseconds of each page, from the first to the last. */
async function pages(store: Store): Promise<number[]> {
  const took: number[] = []
  let after: string | undefined
  do {
    const since = performance.now()
    const page = await store.findings({ limit: PAGE, after })
    took.push(performance.now() - since)
    after = page.next ?? undefined
  } while (after !== undefined)
  return took.toSorted((a, b) => a - b)
}

const dir = mkdtempSync(join(tmpdir(), 'fieldtap-bench-'))
try {
  tell('cores, load', `${cpus().length}, ${loadavg()[0]?.toFixed(2)}`)
  const store = await openStore(join(dir, 'store'))
  tell(`${observations} observations, through the thread`, perSecond(await putAll(store)))
  const { bytes } = await store.stats()
  tell('bytes each', String(Math.round(bytes / observations)))
  const alone = putAlone(join(dir, 'alone'))
  tell('by one thread alone', perSecond(alone.wall))
  tell('by its processor time', perSecond(alone.cpu))
  tell('of which packing, s', alone.packing.toFixed(2))
  for (let n = 0; n < findings; n += 1000) {
    await store.putFindings(
      Array.from({ length: 1000 }, (_, i) => finding(n + i)),
      FROM,
    )
  }
  const took = await pages(store)
  const at = (share: number): string =>
    `${(took[Math.floor(took.length * share)] ?? 0).toFixed(1)} ms`
  tell(`${took.length} pages of ${findings} findings, median`, at(0.5))
  tell('p99', at(0.99))
  tell('slowest', at(0.9999))
  for (const text of ['registers 77', 'nowhere']) {
    const since = performance.now()
    const { total } = await store.findings({ text })
    tell(`"${text}" among them (${total})`, `${(performance.now() - since).toFixed(1)} ms`)
    const then = performance.now()
    const found = await store.operations({ text })
    const more = found.next === null ? '' : ', and more'
    const took = (performance.now() - then).toFixed(1)
    tell(`"${text}" among observations (${found.rows.length}${more})`, `${took} ms`)
  }
  await store.close()
} finally {
  rmSync(dir, { recursive: true, force: true })
}
