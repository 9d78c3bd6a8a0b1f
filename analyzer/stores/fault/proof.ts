/** Holds a store against what was claimed of it: what is lost, what is there twice. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from '../../api/schema.ts'
import type { LocalStore } from '../local.ts'
import { PAGE_ROWS_MAX } from '../store.ts'
import type { Claim } from './workload.ts'
import { ASSET_EPOCH_US } from './workload.ts'

/** The most that was claimed of each thing. */
export class Claims {
  readonly #most = new Map<string, Claim>()

  add(claims: readonly Claim[]): void {
    for (const claim of claims) {
      const key = `${claim[0]} ${claim[1]}`
      if (claim[2] >= (this.#most.get(key)?.[2] ?? 0)) this.#most.set(key, claim)
    }
  }

  get size(): number {
    return this.#most.size
  }

  all(): Claim[] {
    return [...this.#most.values()]
  }
}

export interface Verdict {
  lost: string[]
  doubled: string[]
}

/** Where the oldest observations go (not `keepsAll`), those that are cited are there all the same. */
export async function hold(store: LocalStore, claims: Claims, keepsAll = true): Promise<Verdict> {
  const verdict: Verdict = { lost: [], doubled: [] }
  const there = await thereIn(store, verdict)
  const details = new Map<string, string[]>()
  await holdOutbox(store, claims, verdict)
  for (const [kind, id, n] of claims.all()) {
    if (kind === 'note' || kind === 'cited') {
      const finding = id.split(' ')[0] ?? ''
      const known = details.get(finding) ?? (await detailsOf(store, finding))
      details.set(finding, known)
      const times = known.filter((detail) => detail === `${kind} ${id}`).length
      if (times === 0) verdict.lost.push(`${kind} ${id}`)
      if (times > 1) verdict.doubled.push(`${kind} ${id}`)
    } else if (kind === 'shipping' || kind === 'goes' || (kind === 'operation' && !keepsAll)) {
      continue
    } else if ((there.get(`${kind} ${id}`) ?? -1) < n) {
      verdict.lost.push(`${kind} ${id}: ${there.get(`${kind} ${id}`) ?? 'nothing'} for ${n}`)
    }
  }
  return verdict
}

/** Every newest state that was not sent waits to be. */
async function holdOutbox(store: LocalStore, claims: Claims, verdict: Verdict): Promise<void> {
  const all = claims.all()
  if (!all.some(([kind]) => kind === 'shipping')) return
  const sent = new Map(all.flatMap(([kind, id, n]) => (kind === 'goes' ? [[id, n] as const] : [])))
  const items = await store.dirty(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const waiting = new Map(
    items.flatMap((item) =>
      item.kind === 'finding' ? [[item.id, item.finding.count] as const] : [],
    ),
  )
  for (const [kind, id, n] of all) {
    if (kind !== 'finding' || (sent.get(id) ?? 0) >= n || (waiting.get(id) ?? 0) >= n) continue
    verdict.lost.push(`to be sent: ${id} with ${n}`)
  }
}

async function detailsOf(store: LocalStore, id: string): Promise<string[]> {
  const detail = await store.finding(id)
  const notes = (detail?.history ?? []).map(({ note }) => `note ${note}`)
  return [...notes, ...(detail?.operations ?? []).map((each) => `cited ${id} ${each.id}`)]
}

async function thereIn(store: LocalStore, verdict: Verdict): Promise<Map<string, number>> {
  const there = new Map<string, number>()
  const add = (kind: string, id: string, n: number): void => {
    const key = `${kind} ${id}`
    if (there.has(key)) verdict.doubled.push(key)
    there.set(key, n)
  }
  const batches = new Map<string, number>()
  for await (const { id, count } of paged((query) => store.findings(query))) {
    add('finding', id, count)
    const batch = id.replace(/\.\d+(\.\d+)$/, '$1')
    batches.set(batch, (batches.get(batch) ?? 0) + 1)
  }
  for (const [batch, n] of batches) {
    const of = Number(batch.split('.').at(-1))
    if (n !== of) verdict.lost.push(`batch ${batch}: ${n} of ${of} findings`)
  }
  for await (const { id } of paged((query) => store.operations(query))) add('operation', id, 1)
  for await (const { id, packets } of paged((query) => store.conversations(query))) {
    add('conversation', id, packets)
  }
  for await (const { id, last, name } of paged((query) => store.assets(query))) {
    add('asset', id, microseconds(last) - ASSET_EPOCH_US)
    if (name.startsWith('named ')) add('name', id, Number(name.slice(6)))
  }
  add('health', '', (await store.sensors())[0]?.health.packets ?? -1)
  add('matrix', '', (await store.matrix())?.policy?.version ?? -1)
  add('meta', '', Number((await store.getMeta('revision')) ?? -1))
  add('baseline', '', Number.parseInt((await store.loadBaseline('live')) ?? '-1', 10))
  return there
}

function microseconds(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26))
}

async function* paged<T>(
  list: (query: { limit: number; after: string | undefined }) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let after: string | undefined
  do {
    const page: Page<T> = await list({ limit: PAGE_ROWS_MAX, after })
    yield* page.rows
    after = page.next ?? undefined
  } while (after !== undefined)
}

/** What SQLite finds wrong in any database below the folder. */
export function damages(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.db'))
    .flatMap((name) => damagesOf(join(folder, name)).map((damage) => `${name}: ${damage}`))
}

function damagesOf(file: string): string[] {
  const db = new DatabaseSync(file)
  try {
    const rows = db.prepare('PRAGMA integrity_check').all()
    return rows.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok')
  } catch (error) {
    return [(error as Error).message]
  } finally {
    db.close()
  }
}
