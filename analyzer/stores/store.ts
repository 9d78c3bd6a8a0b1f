/**
 * The contract of a store, embedded or a cluster: what sensors write, what the console reads, what
 * people decide. Several processes use one store at the same time. A sensor owns what it saw
 * (findings save their state, assets, operations, health); people append actions; neither
 * overwrites the other, whatever the order and however late (fields.md, "Who owns what"). A put
 * resolves when it is durable. What only a sensor's own store does is in `local.ts`.
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

/** Whose a document is. */
export interface Origin {
  /** Its id, empty before there was any packet. */
  sensor: string
  /** The plant; addresses of two sites never mean the same asset. */
  site: string
}

/** Of one site or one sensor alone. */
export interface Scoped {
  site?: string | undefined
  sensor?: string | undefined
}

/** What one sensor said of itself, and when it was received, ms of wall time. */
export interface SensorRow extends Origin {
  health: HealthSnapshot
  received: number
}

/** A conversation as its sensor tells it. */
export type Conversed = Omit<ConversationRow, keyof Origin>

export interface PageQuery extends Scoped {
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

/** Who does something, and when. */
export interface By {
  who: string
  time: string
}

/** What a person asks of a finding. */
export interface ActRequest extends By {
  action: Action['action']
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

/** What sensors write. */
export interface Puts {
  putFindings(findings: readonly Finding[], from: Origin): Promise<void>
  putAssets(assets: readonly Asset[], from: Origin): Promise<void>
  putConversations(rows: readonly Conversed[], from: Origin): Promise<void>
  /** Of every dataset, by `event.id`; one that is there already is left as it is. */
  putObservations(docs: readonly Doc[], from: Origin): Promise<void>
  putMatrix(matrix: ZoneMatrix, from: Origin): Promise<void>
  putHealth(health: HealthSnapshot, from: Origin): Promise<void>
  /** Replaces the list of rules of that sensor. */
  putRules(rules: readonly RuleRecord[], from: Origin): Promise<void>
  /** Puts it on record; false where it is the version that is there already. */
  putVersion(version: Version, from: Origin): Promise<boolean>
}

/** What the console reads. */
export interface Reads {
  findings(query: FindingQuery): Promise<Page<FindingRow>>
  finding(id: string): Promise<FindingDetail | undefined>
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
  conversations(query: ConversationQuery): Promise<Page<ConversationRow>>
  operations(query: OperationQuery): Promise<Page<OperationRow>>
  /** Those of several sensors by id, as the one that said them last. */
  rules(scope?: Scoped): Promise<RuleRow[]>
  /** Those of several sensors as one. */
  matrix(scope?: Scoped): Promise<ZoneMatrix | undefined>
  sensors(): Promise<SensorRow[]>
  /** Open findings by severity, posture left out. */
  open(scope?: Scoped): Promise<Health['open']>
  changes(since?: string): Promise<Changes>
}

/** What people do. */
export interface Acts {
  act(ids: readonly string[], request: ActRequest): Promise<ActOutcome[]>
  /** An empty name takes the typed name back. Undefined: no such asset. */
  renameAsset(id: string, name: string, by: By): Promise<AssetRow | undefined>
}

export interface Store extends Puts, Reads, Acts {
  readonly kind: 'sqlite' | 'elasticsearch' | 'opensearch'
  stats(): Promise<StoreStats>
  /** Writes what is queued, then closes. */
  close(): Promise<void>
}

/** Rows of one page, asked for and at most. */
export const PAGE_ROWS_DEFAULT = 100
export const PAGE_ROWS_MAX = 1000
/** A total is exact up to here; beyond, and where counting takes too long, it is `at-least`. */
export const TOTAL_MAX = 10_000

export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'STORE_FULL'
  | 'STORE_MISSING'
  | 'STORE_REFUSED'
  | 'BACKUP_REFUSED'
  | 'BACKUP_INVALID'
  | 'RESTORE_REFUSED'
  | 'STORE_CORRUPT'
  | 'STORE_NEWER'
  | 'CURSOR_INVALID'
  | 'NAMESPACE_INVALID'
  | `ELASTIC_${ElasticCode}`

type ElasticCode =
  | 'URL_INVALID'
  | 'PLAINTEXT'
  | 'NAME_TAKEN'
  | 'SECRET_IN_URL'
  | 'SECRET_READABLE'
  | 'SECRET_UNREADABLE'
  | 'SECRET_INVALID'
  | 'CA_UNREADABLE'
  | 'AUTH_TWICE'
  | 'AUTH_HALF'

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
