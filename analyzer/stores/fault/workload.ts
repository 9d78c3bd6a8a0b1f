/**
 * What a sensor and a console do with a store, by chance from a seed, and what they may claim once
 * it is acknowledged. `proof.ts` holds a store against such claims.
 */
import type { Doc } from '../../facts.ts'
import type { Finding } from '../../findings/finding.ts'
import * as plant from '../fixture.ts'
import type { LocalStore } from '../local.ts'
import type { Store } from '../store.ts'
import { seeded } from './random.ts'

/**
 * What was acknowledged: `id` is there and says at least `n` (a count, a revision); a note is there
 * exactly once, with its finding, and so is an observation that a finding cites. A backup holds all
 * that was claimed when it began.
 */
export type Claim = readonly [kind: ClaimKind, id: string, n: number]
export type ClaimKind =
  | 'begins'
  | 'backup'
  | 'finding'
  | 'note'
  | 'cited'
  | 'operation'
  | 'asset'
  | 'name'
  | 'conversation'
  | 'matrix'
  | 'health'
  | 'baseline'
  /** A cluster is sent to: each finding waits, or `goes` with at least that count. */
  | 'shipping'
  | 'goes'
  | 'meta'

/** Of one session; numbers of later sessions are larger. */
const SESSION_STEPS_MAX = 1_000_000
export const ASSET_EPOCH_US = Date.UTC(2026, 10, 21, 8) * 1000

export class Workload {
  readonly #session: number
  readonly #sensor: LocalStore
  readonly #console: Store
  readonly #claim: (claims: readonly Claim[]) => void
  readonly #failed: ((error: unknown) => void) | undefined
  readonly #random: () => number
  readonly #findings: Finding[] = []
  readonly #operations: Doc[] = []
  #step = 0

  /** Without `failed` a call that fails is thrown. */
  constructor(
    session: number,
    stores: { sensor: LocalStore; console: Store },
    claim: (claims: readonly Claim[]) => void,
    failed?: (error: unknown) => void,
  ) {
    this.#session = session
    this.#sensor = stores.sensor
    this.#console = stores.console
    this.#claim = claim
    this.#failed = failed
    this.#random = seeded(session)
  }

  /** Some calls at once; resolves when all are answered. */
  async step(): Promise<void> {
    const calls = Array.from({ length: 1 + this.#below(4) }, () => {
      this.#step++
      const deed = this.#pick(this.#deeds) ?? this.#deeds[0]
      return this.#told(deed === undefined ? Promise.resolve([]) : deed())
    })
    await Promise.all(calls)
  }

  async #told(claims: Promise<readonly Claim[]>): Promise<void> {
    try {
      this.#claim(await claims)
    } catch (error) {
      if (this.#failed === undefined) throw error
      this.#failed(error)
    }
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n)
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#below(from.length)]
  }

  get #revision(): number {
    return this.#session * SESSION_STEPS_MAX + this.#step
  }

  readonly #deeds: readonly (() => Promise<readonly Claim[]>)[] = [
    () => this.#findingsBegin(),
    () => this.#findingGrows(),
    () => this.#findingGrows(),
    () => this.#act(),
    () => this.#operationsCome(),
    () => this.#operationsCome(),
    () => this.#assetsChange(),
    () => this.#assetIsNamed(),
    () => this.#conversationsGo(),
    () => this.#sensorSpeaks(),
    () => this.#stateIsSaved(),
    () => this.#clusterIsThere(),
    () => this.#documentsGo(),
    () => this.#pageIsRead(),
  ]

  /** A batch is there as a whole or not at all: each id says how many there are. */
  async #findingsBegin(): Promise<Claim[]> {
    const of = 1 + this.#below(6)
    const batch = Array.from({ length: of }, (_, i) =>
      plant.finding({
        id: `f.${this.#session}.${this.#step}.${i}.${of}`,
        operations: this.#operations.slice(-2).map((doc) => String(doc['event.id'])),
      }),
    )
    await this.#sensor.putFindings(batch, plant.FROM)
    this.#findings.push(...batch)
    return batch.flatMap(({ id, count, operations }) => [
      ['finding', id, count] as const,
      ...operations.map((cited) => ['cited', `${id} ${cited}`, 1] as const),
    ])
  }

  async #findingGrows(): Promise<Claim[]> {
    const index = this.#below(this.#findings.length)
    const finding = this.#findings[index]
    if (finding === undefined) return this.#findingsBegin()
    const count = finding.count + 1
    const grown = { ...finding, count, last: plant.time(count) }
    this.#findings[index] = grown
    await this.#sensor.putFindings([grown], plant.FROM)
    return [['finding', grown.id, count]]
  }

  async #act(): Promise<Claim[]> {
    // Few of them, so that histories grow.
    const { id } = this.#findings[this.#below(Math.min(8, this.#findings.length))] ?? { id: '' }
    if (id === '') return this.#findingsBegin()
    const note = `${id} ${this.#step}`
    const action = this.#pick(['comment', 'comment', 'close', 'reopen', 'approve'] as const)
    const reason =
      action === 'close' ? this.#pick(['duplicate', 'maintenance'] as const) : undefined
    const request = plant.request({ action: action ?? 'comment', note, reason })
    const [outcome] = await this.#console.act([id], request)
    if (outcome?.refused !== undefined) throw new Error(outcome.refused.message)
    return action === 'comment' ? [['note', note, 1]] : []
  }

  async #operationsCome(): Promise<Claim[]> {
    const batch = Array.from({ length: 1 + this.#below(12) }, (_, i) => {
      const id = `o.${this.#session}.${this.#step}.${i}`
      return plant.operation({ 'event.id': id, 'event.sequence': i })
    })
    // Whoever does not know the fate of a batch sends it again.
    const again = this.#operations.slice(this.#operations.length - this.#below(4))
    await this.#sensor.putObservations([...batch, ...again], plant.FROM)
    this.#operations.push(...batch)
    return batch.map((doc) => ['operation', String(doc['event.id']), 1] as const)
  }

  async #assetsChange(): Promise<Claim[]> {
    const id = this.#asset()
    const n = this.#revision
    const ip = [`10.${id.slice(1)}.0.1`]
    await this.#sensor.putAssets([plant.asset({ id, ip, last: ASSET_EPOCH_US + n })], plant.FROM)
    return [['asset', id, n]]
  }

  async #assetIsNamed(): Promise<Claim[]> {
    const id = this.#asset()
    const n = this.#revision
    const by = { who: 'ana', time: plant.time(0) }
    const row = await this.#console.renameAsset(id, `named ${n}`, by)
    return row === undefined ? [] : [['name', id, n]]
  }

  #asset(): string {
    return `a${this.#below(40)}`
  }

  async #conversationsGo(): Promise<Claim[]> {
    const id = `c${this.#below(40)}`
    const packets = this.#revision
    const row = plant.conversation({ id, packets, last: plant.time(packets) })
    await this.#sensor.putConversations([row], plant.FROM)
    return [['conversation', id, packets]]
  }

  async #sensorSpeaks(): Promise<Claim[]> {
    const n = this.#revision
    await Promise.all([
      this.#sensor.putHealth(plant.health({ packets: n }), plant.FROM),
      this.#sensor.putMatrix({ ...plant.matrix, policy: { ...POLICY, version: n } }, plant.FROM),
    ])
    return [
      ['health', '', n],
      ['matrix', '', n],
    ]
  }

  async #stateIsSaved(): Promise<Claim[]> {
    const n = this.#revision
    await Promise.all([
      this.#sensor.setMeta('revision', String(n)),
      this.#sensor.saveBaseline('live', `${n} ${'learned '.repeat(200)}`),
    ])
    return [
      ['meta', '', n],
      ['baseline', '', n],
    ]
  }

  async #clusterIsThere(): Promise<Claim[]> {
    await this.#sensor.setShipping(true)
    return [['shipping', '', 1]]
  }

  /** Claimed before: whether it was done is not known to who is killed meanwhile. */
  async #documentsGo(): Promise<Claim[]> {
    const items = await this.#sensor.dirty(1 + this.#below(30), Number.MAX_SAFE_INTEGER)
    const gone = items.slice(this.#below(items.length))
    this.#claim(
      gone.flatMap((item) =>
        item.kind === 'finding' ? [['goes', item.id, item.finding.count] as const] : [],
      ),
    )
    await this.#sensor.sent(gone.map((item) => ({ ...item, place: 'index-1' })))
    return []
  }

  async #pageIsRead(): Promise<Claim[]> {
    await this.#console.changes()
    await this.#console.findings({ text: 'plc-1', limit: 20 })
    await this.#console.operations({ limit: 20 })
    return []
  }
}

const POLICY = { file: 'policy.yaml', version: 1, site: 'plant-1', approved_at: '2026-11-01' }
