/** The contract over one connection: what each call reads or writes. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { LocalStore } from '../local.ts'
import type { Outbox } from '../outbox.ts'
import type { Changes, Origin, StoreStats, Topic } from '../store.ts'
import { topics } from '../store.ts'
import { act, decisionsSince } from './actions.ts'
import { listAudit, putVersion, versionText } from './audit.ts'
import { findingHistogram, groupFindings, groupOperations, operationHistogram } from './counts.ts'
import { exportPage } from './exports.ts'
import { getAsset, listAssets, putAssets, renameAsset } from './assets.ts'
import { CONVERSATIONS_DROPPED, listConversations, putConversations } from './conversations.ts'
import type { DatabaseOptions } from './database.ts'
import { DATABASE_FILE } from './database.ts'
import { takeActs } from './acts.ts'
import * as letters from './dead-letters.ts'
import * as documents from './documents.ts'
import * as flights from './flights.ts'
import { marking } from './marks.ts'
import * as outbox from './outbox.ts'
import { backlog, shipped, slice } from './slices.ts'
import * as sensors from './sensors.ts'
import {
  FINDINGS_DELETED,
  findingDetail,
  listFindings,
  loadFindings,
  openFindings,
  putFindings,
} from './findings.ts'
import { listOperations } from './observations.ts'
import type { Packed } from './pack.ts'
import type { Segments } from './segments.ts'
import { OBSERVATIONS_DROPPED } from './segments.ts'
import type { Space } from './space.ts'

/** Everything but what is this side's own. */
export type StoreCalls = Omit<LocalStore, 'close' | 'kind' | 'putObservations'> & {
  putObservations(packed: Packed, from: Origin): Promise<void>
}

/** Calls that write: the worker joins those that wait into one transaction. */
export const writes = {
  resume: true,
  putFindings: true,
  loadFindings: false,
  putAssets: true,
  putConversations: true,
  putObservations: true,
  putMatrix: true,
  putHealth: true,
  putRules: true,
  putVersion: true,
  saveBaseline: true,
  loadBaseline: false,
  // It has transactions of its own.
  upkeep: false,
  decisionsSince: false,
  findings: false,
  finding: false,
  act: true,
  findingHistogram: false,
  operationHistogram: false,
  groupFindings: false,
  groupOperations: false,
  audit: false,
  versionText: false,
  exportPage: false,
  assets: false,
  asset: false,
  renameAsset: true,
  conversations: false,
  operations: false,
  rules: false,
  matrix: false,
  sensors: false,
  open: false,
  changes: false,
  getMeta: false,
  setMeta: true,
  stats: false,
  // It has transactions of its own.
  setShipping: false,
  dirty: false,
  sent: true,
  defer: true,
  slice: false,
  shipped: true,
  beginFlight: true,
  endFlight: true,
  flights: false,
  bury: true,
  deadLetters: false,
  replay: true,
  discard: true,
  replayed: false,
  exhumed: true,
  takeActs: true,
  putDelivery: true,
  delivery: false,
  backlog: false,
} as const satisfies Record<keyof StoreCalls, boolean>

export type CallName = keyof typeof writes

type Synchronous<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never
}

export function storeCalls(
  db: DatabaseSync,
  segments: Segments,
  space: Space | undefined,
  options: DatabaseOptions,
): Synchronous<StoreCalls> {
  return {
    resume: (from) => sensors.resume(db, from),
    putFindings: (findings, from) => putFindings(db, findings, from),
    loadFindings: () => loadFindings(db),
    putAssets: (assets, from) => putAssets(db, assets, from),
    putConversations: (rows, from) => putConversations(db, rows, from, options.conversationsMax),
    putObservations: (packed, from) => {
      space?.admit(packed.rows)
      segments.put(packed, from)
    },
    putMatrix: (matrix, from) => sensors.putPart(db, 'matrix', matrix, from),
    putHealth: (health, from) => sensors.putPart(db, 'health', health, from),
    putRules: (rules, from) => sensors.putPart(db, 'rules', rules, from),
    putVersion: (version, from) => putVersion(db, version, from),
    saveBaseline: (name, text) => {
      documents.saveBaseline(db, name, text)
      marking(db)('sensor', 'baseline')
    },
    loadBaseline: (name) => documents.loadBaseline(db, name),
    upkeep: () => space?.look({ db, segments }),
    decisionsSince: (n) => decisionsSince(db, n),
    findings: (query) => listFindings(db, query),
    finding: (id) => findingDetail(db, segments, id),
    act: (ids, request) => act(db, ids, request),
    findingHistogram: (query, buckets) => findingHistogram(db, query, buckets),
    operationHistogram: (query, buckets) => operationHistogram(db, segments, query, buckets),
    groupFindings: (query, by, size) => groupFindings(db, query, by, size),
    groupOperations: (query, by, size) => groupOperations(db, segments, query, by, size),
    audit: (query) => listAudit(db, query),
    versionText: (id) => versionText(db, id),
    exportPage: (kind, query) => exportPage(db, segments, kind, query),
    assets: (query) => listAssets(db, query),
    asset: (id) => getAsset(db, id),
    renameAsset: (id, name, by) => renameAsset(db, id, name, by),
    conversations: (query) => listConversations(db, query),
    operations: (query) => listOperations(db, segments, query),
    rules: (scope) => sensors.listRules(db, scope),
    matrix: (scope) => sensors.getMatrix(db, scope),
    sensors: () => sensors.listSensors(db),
    open: (scope) => openFindings(db, scope),
    changes: changesOf(db, segments),
    getMeta: (key) => documents.getMeta(db, key),
    setMeta: (key, value) => documents.setMeta(db, key, value),
    stats: () => stats(db, segments, options.dir),
    ...outboxCalls(db, segments),
  }
}

function outboxCalls(db: DatabaseSync, segments: Segments): Synchronous<Outbox> {
  const given: outbox.Given = new Map()
  return {
    setShipping: (on) => {
      outbox.setShipping(db, on)
      segments.reload()
    },
    dirty: (limit, now) => outbox.dirty(db, given, letters.isFull(db), limit, now),
    sent: (done) => outbox.sent(db, done),
    defer: (items) => outbox.defer(db, items),
    slice: (limit) => slice(db, segments, limit),
    shipped: (segment, to) => shipped(db, segments, segment, to),
    beginFlight: (flight) => flights.beginFlight(db, flight),
    endFlight: (n) => flights.endFlight(db, n),
    flights: () => flights.listFlights(db),
    bury: (buried) => letters.bury(db, given, buried),
    deadLetters: (query) => letters.listLetters(db, query),
    replay: (ids) => letters.replay(db, ids),
    discard: (ids, by) => letters.discard(db, ids, by),
    replayed: (limit) => letters.replayed(db, limit),
    exhumed: (ids) => letters.exhumed(db, ids),
    takeActs: (acts, trusted) => takeActs(db, acts, trusted),
    putDelivery: (state) => flights.putDelivery(db, state),
    delivery: () => flights.getDelivery(db),
    backlog: (now) => backlog(db, segments, now),
  }
}

/**
 * Asked for several times a second: `data_version` moves when the other process has committed,
 * `total_changes` when this one has, and while neither did nothing is read but the number of
 * observations, which lie in a file of their own.
 */
function changesOf(db: DatabaseSync, segments: Segments): (since?: string) => Changes {
  const version = db.prepare('PRAGMA data_version')
  const total = db.prepare('SELECT total_changes() AS n')
  const revisions = db.prepare('SELECT topic, n FROM revisions')
  let seen = ''
  let latest: string[] = []
  return (since) => {
    const now = `${String(version.get()?.['data_version'])} ${String(total.get()?.['n'])}`
    if (now !== seen) {
      const rows = new Map(revisions.all().map((row) => [row['topic'], Number(row['n'])]))
      latest = topics.map((topic) => String(rows.get(topic) ?? 0))
      seen = now
    }
    const all = [...latest, segments.revision()]
    const before = since?.split('-') ?? []
    const isOther = (i: number): boolean => all[i] !== before[i]
    const changed = topics.filter(
      (topic: Topic, i) => isOther(i) || (topic === 'operations' && isOther(topics.length)),
    )
    return { cursor: all.join('-'), changed }
  }
}

function stats(db: DatabaseSync, segments: Segments, dir: string): StoreStats {
  const rows = (table: string): number =>
    Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
  return {
    findings: rows('findings'),
    findings_deleted: Number(documents.getMeta(db, FINDINGS_DELETED) ?? 0),
    assets: rows('assets'),
    observations: segments.rows(),
    observations_dropped: Number(documents.getMeta(db, OBSERVATIONS_DROPPED) ?? 0),
    conversations: rows('conversations'),
    conversations_dropped: Number(documents.getMeta(db, CONVERSATIONS_DROPPED) ?? 0),
    bytes: statSync(join(dir, DATABASE_FILE)).size + segments.bytes(),
    days: segments.days(),
  }
}
