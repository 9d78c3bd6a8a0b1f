/**
 * The contract of a store: what the sensor writes, what the console reads, what people decide.
 * Two processes use one store at the same time. The sensor owns what it saw (findings save their
 * state, assets, operations, health); people append actions and decisions; neither overwrites the
 * other, whatever the order and however late (fields.md, "Who owns what"). A put resolves when it
 * is durable.
 */
import type { Doc } from '../facts.ts'
import type { Finding, Severity } from '../findings/finding.ts'
import type { Bucket, Counted, FindingGroup, Group, OperationGroup } from './counts.ts'
import type { AuditRecord, Version } from './record.ts'
import type { Asset } from '../inventory/asset.ts'
import type {
  Action,
  AssetRow,
  CloseReason,
  ConversationRow,
  FindingDetail,
  FindingRow,
  FindingState,
  Health,
  OperationRow,
  Page,
  RuleRow,
  ZoneMatrix,
} from '../api/schema.ts'

/** What the sensor says of itself; the open findings are counted when it is read. */
export type HealthSnapshot = Omit<Health, 'open'>
/** A rule as loaded; its findings are counted when it is read. */
export type RuleRecord = Omit<RuleRow, 'findings'>

export interface PageQuery {
  limit?: number | undefined
  /** The `next` of the page before. */
  after?: string | undefined
}

export const findingSorts = [
  'last',
  'first',
  'severity',
  'count',
  'rule',
  'state',
  'source',
  'target',
] as const
export type FindingSort = (typeof findingSorts)[number]

export interface FindingQuery extends PageQuery {
  severity?: readonly Severity[] | undefined
  state?: readonly FindingState[] | undefined
  /** Words that must all be found, in any value and any case. */
  text?: string | undefined
  rule?: string | undefined
  /** Asset id or address. */
  asset?: string | undefined
  /** On `last`, inclusive; ISO 8601 with microseconds. */
  from?: string | undefined
  to?: string | undefined
  posture?: boolean | undefined
  sort?: FindingSort | undefined
  descending?: boolean | undefined
}

export interface TextQuery extends PageQuery {
  text?: string | undefined
}

export interface ConversationQuery extends TextQuery {
  asset?: string | undefined
}

export interface OperationQuery extends ConversationQuery {
  classes?: readonly string[] | undefined
  from?: string | undefined
  to?: string | undefined
}

export interface AuditQuery extends PageQuery {
  actions?: readonly string[] | undefined
}

export type ExportKind = 'observations' | 'findings'

export interface ExportQuery extends PageQuery {
  from?: string | undefined
  to?: string | undefined
}

/** A page may be empty and not the last. */
export interface ExportPage {
  rows: Record<string, unknown>[]
  next: string | null
}

/** What a person asks of a finding. */
export interface ActRequest {
  action: Action['action']
  who: string
  time: string
  reason?: CloseReason | undefined
  note?: string | undefined
  /** For `undo`: refuse unless this is the action that would be taken back. */
  undoes?: string | undefined
  /**
   * The last act that the person saw, empty: none. Refuse where somebody has acted since: nobody
   * decides on what is no longer so.
   */
  seen?: string | undefined
}

export interface Refusal {
  code:
    | 'NOT_FOUND'
    | 'REASON_REQUIRED'
    | 'NOTE_REQUIRED'
    | 'IS_CLOSED'
    | 'NOTHING_TO_UNDO'
    | 'NOTHING_TO_APPROVE'
    | 'UNDO_STALE'
    | 'CONFLICT'
  message: string
  remedy: string
}

export interface ActOutcome {
  id: string
  refused?: Refusal
}

/** What people decided and the sensor is to apply, in order of `n`. */
export type Decision = { n: number; time: string; who: string } & (
  | { kind: 'approve' | 'revoke'; finding: string; rule: string; approves: string[] }
  | { kind: 'rename'; asset: string; name: string }
)

export const topics = [
  'findings',
  'assets',
  'conversations',
  'operations',
  'zones',
  'rules',
  'health',
] as const
export type Topic = (typeof topics)[number]

export interface Changes {
  /** Pass it back to learn what changed after it. */
  cursor: string
  /** Topics written to since the cursor given; all of them where it is none of this store's. */
  changed: Topic[]
}

export interface StoreStats {
  findings: number
  /** Closed and too old, since the store was made. */
  findings_deleted: number
  assets: number
  /** Of every dataset: operations, anomalies, identities, changes, events of the sensor. */
  observations: number
  /** Deleted because there were too many or they were too old, since the store was made. */
  observations_dropped: number
  conversations: number
  conversations_dropped: number
  /** Of all files. */
  bytes: number
  /** Days on which they were received. */
  days: number
}

/**
 * `low`: little is left; `full`: observations are refused, findings and what people do are kept;
 * `failing`: the disk has failed to read or to write.
 */
export type SpaceState = 'ok' | 'low' | 'full' | 'failing'

export interface StoreSpace {
  state: SpaceState
  /** In words; empty where it is `ok`. */
  reason: string
  free_bytes: number
  store_bytes: number
  quota_bytes: number
  /** Since the store was opened. */
  observations_refused: number
  /** Day of the oldest observations. */
  oldest: string
  /** Files that were damaged and have been put aside since this was asked last. */
  damaged: string[]
}

/** What the sensor process writes. */
export interface SensorStore {
  putFindings(findings: readonly Finding[]): Promise<void>
  /** The newest of them as the sensor last said them, oldest first: to go on after a restart. */
  loadFindings(): Promise<Finding[]>
  putAssets(assets: readonly Asset[]): Promise<void>
  putConversations(rows: readonly ConversationRow[]): Promise<void>
  /** Of every dataset, by `event.id`; one that is there already is left as it is. */
  putObservations(docs: readonly Doc[]): Promise<void>
  putMatrix(matrix: ZoneMatrix): Promise<void>
  putHealth(health: HealthSnapshot): Promise<void>
  /** Replaces the list of rules. */
  putRules(rules: readonly RuleRecord[]): Promise<void>
  /** Puts it on record; false where it is the version that is there already. */
  putVersion(version: Version): Promise<boolean>
  saveBaseline(name: string, text: string): Promise<void>
  loadBaseline(name: string): Promise<string | undefined>
  /**
   * Deletes what is too old or too much, and says how much room there is; to be called once a
   * second or so. Undefined: the store was opened without bounds in bytes and days.
   */
  upkeep(): Promise<StoreSpace | undefined>
  /** Decisions after number `n` (0: all), oldest first, at most `DECISIONS_PAGE_MAX`. */
  decisionsSince(n: number): Promise<Decision[]>
}

/** What the console process reads, and the acts of people. */
export interface ConsoleStore {
  findings(query: FindingQuery): Promise<Page<FindingRow>>
  finding(id: string): Promise<FindingDetail | undefined>
  act(ids: readonly string[], request: ActRequest): Promise<ActOutcome[]>
  assets(query: TextQuery): Promise<Page<AssetRow>>
  asset(id: string): Promise<AssetRow | undefined>
  /** By the time of the last match. */
  findingHistogram(query: FindingQuery, buckets: number): Promise<Counted<Bucket>>
  operationHistogram(query: OperationQuery, buckets: number): Promise<Counted<Bucket>>
  /** The largest first. */
  groupFindings(query: FindingQuery, by: FindingGroup, size: number): Promise<Counted<Group>>
  groupOperations(query: OperationQuery, by: OperationGroup, size: number): Promise<Counted<Group>>
  /** Newest first, without the texts of versions. */
  audit(query: AuditQuery): Promise<Page<AuditRecord>>
  /** Of a record of a version. */
  versionText(id: string): Promise<string | undefined>
  /** Everything of a kind, oldest first, as it was put. */
  exportPage(kind: ExportKind, query: ExportQuery): Promise<ExportPage>
  /** An empty name takes the typed name back. Undefined: no such asset. */
  renameAsset(
    id: string,
    name: string,
    by: { who: string; time: string },
  ): Promise<AssetRow | undefined>
  conversations(query: ConversationQuery): Promise<Page<ConversationRow>>
  operations(query: OperationQuery): Promise<Page<OperationRow>>
  rules(): Promise<RuleRow[]>
  matrix(): Promise<ZoneMatrix | undefined>
  /** With the wall time at which the store received it, ms. */
  health(): Promise<{ health: HealthSnapshot | undefined; received: number; open: Health['open'] }>
  changes(since?: string): Promise<Changes>
}

export interface Store extends SensorStore, ConsoleStore {
  getMeta(key: string): Promise<string | undefined>
  setMeta(key: string, value: string): Promise<void>
  stats(): Promise<StoreStats>
  /** Writes what is queued, then closes. */
  close(): Promise<void>
}

/** Rows of one page, asked for and at most; a decision page. */
export const PAGE_ROWS_DEFAULT = 100
export const PAGE_ROWS_MAX = 1000
/** A total is exact up to here; beyond, and where counting takes too long, it is `at-least`. */
export const TOTAL_MAX = 10_000
export const DECISIONS_PAGE_MAX = 1000
/** Findings that a sensor takes up again: episodes end after a day (fields.md). */
export const FINDINGS_LOAD_MAX = 10_000

export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'STORE_FULL'
  | 'STORE_MISSING'
  | 'BACKUP_REFUSED'
  | 'BACKUP_INVALID'
  | 'RESTORE_REFUSED'
  | 'STORE_CORRUPT'
  | 'STORE_NEWER'
  | 'CURSOR_INVALID'

/** `code` is stable; the message is a clause, the remedy a sentence that says what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly remedy: string

  constructor(code: StoreErrorCode, message: string, remedy: string) {
    super(message)
    this.name = 'StoreError'
    this.code = code
    this.remedy = remedy
  }
}
