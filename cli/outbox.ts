/**
 * What waits for the store. Findings, assets and conversations wait as their newest state, so a
 * store that is away costs none of them; records wait in a queue with a bound, and what the bound
 * refused is counted. What could not be written stays and is written when the store is back.
 */
import type { Asset, Doc, Finding, Origin, Puts } from '#analyzer'
import type { Pipeline } from './pipeline.ts'

/** Records waiting at most: some minutes of a busy plant. */
const RECORDS_MAX = 100_000
/** Records in one call: while the store is away no more than these are tried in vain. */
const BATCH_RECORDS = 10_000

type Conversation = ReturnType<Pipeline['analyzer']['conversations']['drain']>[number]

export class Outbox {
  readonly #store: Puts
  readonly #findings = new Map<string, Finding>()
  readonly #conversations = new Map<string, Conversation>()
  /** What was stored of each asset last. */
  #assets: ReadonlyMap<string, string> = new Map()
  readonly #records: Doc[] = []
  dropped = 0

  constructor(store: Puts) {
    this.#store = store
  }

  get waiting(): number {
    return this.#records.length
  }

  record(record: Doc): void {
    if (this.#records.length >= RECORDS_MAX) this.dropped++
    else this.#records.push(record)
  }

  /**
   * Throws what the store throws; nothing is lost by it. Findings go first: they have room where
   * records have none.
   */
  async write({ analyzer }: Pipeline, from: Origin, keepsRecords = true): Promise<void> {
    for (const finding of analyzer.drain()) this.#findings.set(finding.id, finding)
    for (const row of analyzer.conversations.drain()) this.#conversations.set(row.id, row)
    await send(this.#findings, (findings) => this.#store.putFindings(findings, from))
    await this.#writeAssets(analyzer.inventory.assets(), from)
    await send(this.#conversations, (rows) => this.#store.putConversations(rows, from))
    if (keepsRecords) await this.#writeRecords(from)
  }

  async #writeRecords(from: Origin): Promise<void> {
    const records = this.#records
    while (records.length > 0) {
      const batch = records.slice(0, BATCH_RECORDS)
      await this.#store.putObservations(batch, from)
      records.splice(0, batch.length)
    }
  }

  /** Those that say something else than when they were last stored. */
  async #writeAssets(assets: readonly Asset[], from: Origin): Promise<void> {
    const signs = new Map(assets.map((asset) => [asset, signOf(asset)]))
    const changed = assets.filter((asset) => this.#assets.get(asset.id) !== signs.get(asset))
    if (changed.length === 0) return
    await this.#store.putAssets(changed, from)
    // Those that are forgotten must not stay here.
    this.#assets = new Map(assets.map((asset) => [asset.id, signs.get(asset) ?? '']))
  }
}

async function send<T>(
  waiting: Map<string, T>,
  put: (items: readonly T[]) => Promise<void>,
): Promise<void> {
  if (waiting.size === 0) return
  const sent = [...waiting]
  await put(sent.map(([, item]) => item))
  for (const [id, item] of sent) if (waiting.get(id) === item) waiting.delete(id)
}

function signOf({ last, name, roles, protocols, mac, identity, units }: Asset): string {
  const counts = [roles, protocols, mac, Object.keys(identity), units].map(({ length }) => length)
  return `${last} ${name} ${counts.join(' ')}`
}
