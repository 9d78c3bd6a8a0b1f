/** The cluster as a store: what sensors put, what the console reads, what people do. */
import { hash, randomUUID } from 'node:crypto'
import { assetRecord } from '../rows.ts'
import type { SigningKey } from '../sign.ts'
import type {
  ActOutcome,
  ActRequest,
  By,
  ConversationQuery,
  Scoped,
  Store,
  StoreStats,
} from '../store.ts'
import { Access } from './access.ts'
import type { Desk } from './act.ts'
import { act, putRecords, rename } from './act.ts'
import { getAsset, listAssets, listConversations } from './assets.ts'
import { changesOf } from './changes.ts'
import type { Client } from './client.ts'
import { connect, storeErrorOf } from './client.ts'
import { findingHistogram, groupFindings, groupOperations, operationHistogram } from './counts.ts'
import { expectDone } from './fates.ts'
import { findingDetail, listFindings, openFindings } from './findings.ts'
import { namesOf } from './names.ts'
import { listOperations } from './operations.ts'
import type { ElasticOptions } from './options.ts'
import { identify } from './probe.ts'
import { exportPage, isOnRecord, listAudit, versionText } from './records.ts'
import type { Revision } from './revise.ts'
import { revise } from './revise.ts'
import { Revisions } from './revisions.ts'
import { getMatrix, listRules, listSensors } from './sensors.ts'
import { statsOf } from './stats.ts'
import { Writer } from './writer.ts'

/** Rejects where the cluster is away, refuses, or has not been set up. */
export async function openElasticStore(
  options: ElasticOptions,
  signing?: SigningKey,
): Promise<Store> {
  const client = connect(options)
  try {
    const { distribution } = await identify(client)
    const store = new ElasticStore(client, options, distribution, signing)
    // Whether it has been set up, and may be read.
    await store.open()
    return store
  } catch (error) {
    await client.close()
    throw storeErrorOf(error)
  }
}

/** Documents of one request. */
const REQUEST_DOCS = 500

type Put<T extends Exclude<keyof Store, 'kind'>> = Parameters<Store[T]>

class ElasticStore implements Store {
  readonly kind: 'elasticsearch' | 'opensearch'
  readonly #access: Access
  readonly #writer: Writer
  readonly #revisions: Revisions
  readonly #desk: Desk
  /** What is put or done is done in the order in which it was asked for. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    client: Client,
    options: ElasticOptions,
    kind: Store['kind'] & ('elasticsearch' | 'opensearch'),
    signing: SigningKey | undefined,
  ) {
    const names = namesOf(options.namespace)
    this.kind = kind
    this.#access = new Access(client, names)
    this.#writer = new Writer(client, options)
    const receipt = (): ReturnType<Writer['receipt']> => this.#writer.receipt()
    this.#revisions = new Revisions(names, receipt)
    this.#desk = { access: this.#access, receipt, signing }
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  #revise(revisions: readonly Revision[]): Promise<void> {
    return this.#inOrder(async () => {
      for (let at = 0; at < revisions.length; at += REQUEST_DOCS) {
        const some = revisions.slice(at, at + REQUEST_DOCS)
        const { client } = this.#access
        expectDone(await this.#access.ask(() => revise(client, some, { refresh: true })))
      }
    })
  }

  putFindings(...[findings, from]: Put<'putFindings'>): Promise<void> {
    const revisions = this.#revisions
    return this.#revise(findings.map((finding) => revisions.finding({ finding, from, acts: [] })))
  }

  putAssets(...[assets, from]: Put<'putAssets'>): Promise<void> {
    return this.#revise(assets.map((asset) => this.#revisions.asset(assetRecord(asset), from)))
  }

  putConversations(...[rows, from]: Put<'putConversations'>): Promise<void> {
    return this.#revise(rows.map((row) => this.#revisions.conversation(row, from)))
  }

  putMatrix(...[matrix, from]: Put<'putMatrix'>): Promise<void> {
    return this.#revise([this.#revisions.sensor('matrix', JSON.stringify(matrix), from)])
  }

  putHealth(...[health, from]: Put<'putHealth'>): Promise<void> {
    return this.#revise([this.#revisions.sensor('health', JSON.stringify(health), from)])
  }

  putRules(...[rules, from]: Put<'putRules'>): Promise<void> {
    return this.#revise([this.#revisions.sensor('rules', JSON.stringify(rules), from)])
  }

  putObservations(...[docs, from]: Put<'putObservations'>): Promise<void> {
    return this.#inOrder(async () => {
      const observed = docs.map((doc) => ({ doc, from }))
      const streams = Map.groupBy(observed, (one) => this.#writer.addressOf(one).stream)
      for (const [stream, some] of streams) {
        for (let at = 0; at < some.length; at += REQUEST_DOCS) {
          await this.#create(stream, some.slice(at, at + REQUEST_DOCS))
        }
      }
    })
  }

  /** A stream refuses a repeat in its newest index alone. */
  async #create(stream: string, some: Parameters<Writer['create']>[1]): Promise<void> {
    const ids = some.map((one) => this.#writer.addressOf(one).id)
    const fates = await this.#access.ask(async () => {
      const there = await this.#writer.present(stream, ids)
      const absent = some.filter((_, i) => !there.has(ids[i] ?? ''))
      return this.#writer.create(stream, absent, true)
    })
    expectDone(fates)
  }

  putVersion(...[version, from]: Put<'putVersion'>): Promise<boolean> {
    return this.#inOrder(async () => {
      if (await isOnRecord(this.#access, version, from)) return false
      const { kind, name, text, time, who } = version
      const sha256 = hash('sha256', text, 'hex')
      const record = { id: randomUUID(), time, who, action: kind, subject: name, sha256 }
      await putRecords(this.#desk, [{ from, record, text }])
      return true
    })
  }

  act(ids: readonly string[], request: ActRequest): Promise<ActOutcome[]> {
    return this.#inOrder(() => act(this.#desk, ids, request))
  }

  renameAsset(id: string, name: string, by: By): ReturnType<Store['renameAsset']> {
    return this.#inOrder(async () => {
      const isThere = await rename(this.#desk, id, name, by)
      return isThere ? getAsset(this.#access, id) : undefined
    })
  }

  findings(...[query]: Put<'findings'>): ReturnType<Store['findings']> {
    return listFindings(this.#access, query)
  }

  finding(id: string): ReturnType<Store['finding']> {
    return findingDetail(this.#access, id)
  }

  assets(...[query]: Put<'assets'>): ReturnType<Store['assets']> {
    return listAssets(this.#access, query)
  }

  asset(id: string): ReturnType<Store['asset']> {
    return getAsset(this.#access, id)
  }

  findingHistogram(
    ...[query, buckets]: Put<'findingHistogram'>
  ): ReturnType<Store['findingHistogram']> {
    return findingHistogram(this.#access, query, buckets)
  }

  operationHistogram(
    ...[query, buckets]: Put<'operationHistogram'>
  ): ReturnType<Store['operationHistogram']> {
    return operationHistogram(this.#access, query, buckets)
  }

  groupFindings(...[query, by, size]: Put<'groupFindings'>): ReturnType<Store['groupFindings']> {
    return groupFindings(this.#access, query, by, size)
  }

  groupOperations(
    ...[query, by, size]: Put<'groupOperations'>
  ): ReturnType<Store['groupOperations']> {
    return groupOperations(this.#access, query, by, size)
  }

  audit(...[query]: Put<'audit'>): ReturnType<Store['audit']> {
    return listAudit(this.#access, query)
  }

  versionText(id: string): ReturnType<Store['versionText']> {
    return versionText(this.#access, id)
  }

  exportPage(...[kind, query]: Put<'exportPage'>): ReturnType<Store['exportPage']> {
    return exportPage(this.#access, kind, query)
  }

  conversations(query: ConversationQuery): ReturnType<Store['conversations']> {
    return listConversations(this.#access, query)
  }

  operations(...[query]: Put<'operations'>): ReturnType<Store['operations']> {
    return listOperations(this.#access, query)
  }

  rules(scope: Scoped = {}): ReturnType<Store['rules']> {
    return listRules(this.#access, scope)
  }

  matrix(scope: Scoped = {}): ReturnType<Store['matrix']> {
    return getMatrix(this.#access, scope)
  }

  sensors(): ReturnType<Store['sensors']> {
    return listSensors(this.#access)
  }

  open(scope: Scoped = {}): ReturnType<Store['open']> {
    return openFindings(this.#access, scope)
  }

  changes(since?: string): ReturnType<Store['changes']> {
    return changesOf(this.#access, since)
  }

  stats(): Promise<StoreStats> {
    return statsOf(this.#access)
  }

  async close(): Promise<void> {
    await this.#last
    await this.#access.close()
  }
}
