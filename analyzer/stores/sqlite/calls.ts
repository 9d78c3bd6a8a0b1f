/** The contract over one connection: what each call reads or writes. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Changes, Store, StoreStats, Topic } from '../store.ts'
import { topics } from '../store.ts'
import { act, decisionsSince } from './actions.ts'
import { getAsset, listAssets, putAssets, renameAsset } from './assets.ts'
import { CONVERSATIONS_DROPPED, listConversations, putConversations } from './conversations.ts'
import type { DatabaseOptions } from './database.ts'
import { DATABASE_FILE } from './database.ts'
import * as documents from './documents.ts'
import { findingDetail, listFindings, loadFindings, openFindings, putFindings } from './findings.ts'
import { OPERATIONS_DROPPED, listOperations, openOperations } from './operations.ts'

/** Everything but `close`, which is the worker's own. */
export type StoreCalls = Omit<Store, 'close'>

/** Calls that write: the worker joins those that wait into one transaction. */
export const writes = {
  putFindings: true,
  loadFindings: false,
  putAssets: true,
  putConversations: true,
  putOperations: true,
  putMatrix: true,
  putHealth: true,
  putRules: true,
  saveBaseline: true,
  loadBaseline: false,
  decisionsSince: false,
  findings: false,
  finding: false,
  act: true,
  assets: false,
  asset: false,
  renameAsset: true,
  conversations: false,
  operations: false,
  rules: false,
  matrix: false,
  health: false,
  changes: false,
  getMeta: false,
  setMeta: true,
  stats: false,
} as const satisfies Record<keyof StoreCalls, boolean>

export type CallName = keyof typeof writes

type Synchronous<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never
}

export function storeCalls(db: DatabaseSync, options: DatabaseOptions): Synchronous<StoreCalls> {
  const operations = openOperations(db, options.operationsMax)
  return {
    putFindings: (findings) => putFindings(db, findings),
    loadFindings: () => loadFindings(db),
    putAssets: (assets) => putAssets(db, assets),
    putConversations: (rows) => putConversations(db, rows, options.conversationsMax),
    putOperations: (docs) => operations.put(docs),
    putMatrix: (matrix) => documents.putDocument(db, 'matrix', 'zones', matrix),
    putHealth: (health) => documents.putDocument(db, 'health', 'health', health),
    putRules: (rules) => documents.putRules(db, rules),
    saveBaseline: (name, text) => documents.saveBaseline(db, name, text),
    loadBaseline: (name) => documents.loadBaseline(db, name),
    decisionsSince: (n) => decisionsSince(db, n),
    findings: (query) => listFindings(db, query),
    finding: (id) => findingDetail(db, id),
    act: (ids, request) => act(db, ids, request),
    assets: (query) => listAssets(db, query),
    asset: (id) => getAsset(db, id),
    renameAsset: (id, name, by) => renameAsset(db, id, name, by),
    conversations: (query) => listConversations(db, query),
    operations: (query) => listOperations(db, query),
    rules: () => documents.listRules(db),
    matrix: () => documents.getMatrix(db),
    health: () => ({ ...documents.getHealth(db), open: openFindings(db) }),
    changes: changesOf(db),
    getMeta: (key) => documents.getMeta(db, key),
    setMeta: (key, value) => documents.setMeta(db, key, value),
    stats: () => stats(db, options.dir),
  }
}

/**
 * Asked for several times a second: `data_version` moves when the other process has committed,
 * `total_changes` when this one has, and while neither did nothing is read.
 */
function changesOf(db: DatabaseSync): (since?: string) => Changes {
  const version = db.prepare('PRAGMA data_version')
  const total = db.prepare('SELECT total_changes() AS n')
  const revisions = db.prepare('SELECT topic, n FROM revisions')
  let seen = ''
  let latest: number[] = []
  return (since) => {
    const now = `${String(version.get()?.['data_version'])} ${String(total.get()?.['n'])}`
    if (now !== seen) {
      const rows = new Map(revisions.all().map((row) => [row['topic'], Number(row['n'])]))
      latest = topics.map((topic) => rows.get(topic) ?? 0)
      seen = now
    }
    const before = since?.split('-').map(Number) ?? []
    const changed = topics.filter((_: Topic, i) => latest[i] !== before[i])
    return { cursor: latest.join('-'), changed }
  }
}

function stats(db: DatabaseSync, dir: string): StoreStats {
  const rows = (table: string): number =>
    Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
  return {
    findings: rows('findings'),
    assets: rows('assets'),
    operations: rows('operations'),
    operations_dropped: Number(documents.getMeta(db, OPERATIONS_DROPPED) ?? 0),
    conversations: rows('conversations'),
    conversations_dropped: Number(documents.getMeta(db, CONVERSATIONS_DROPPED) ?? 0),
    bytes: statSync(join(dir, DATABASE_FILE)).size,
  }
}
