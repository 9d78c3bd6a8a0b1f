/**
 * What the API answers, as TypeBox schemas: the server validates and documents with them, the
 * console takes its types from them. Times are ISO 8601 in UTC with microseconds.
 */
import { Type, type Static } from 'typebox'

export { DeadLetterRow, Delivery, SensorEntry } from './fleet-schema.ts'
export { Account, Counter, Health } from './health-schema.ts'

const text = Type.String()
const strings = Type.Array(Type.String())
const count = Type.Integer()
const origin = { sensor: text, site: text }

export const Severity = Type.Union([
  Type.Literal('informational'),
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
])
export type Severity = Static<typeof Severity>

export const FindingState = Type.Union([
  Type.Literal('open'),
  Type.Literal('acknowledged'),
  Type.Literal('escalated'),
  Type.Literal('closed'),
])
export type FindingState = Static<typeof FindingState>

export const CloseReason = Type.Union([
  Type.Literal('true-positive'),
  Type.Literal('benign-expected'),
  Type.Literal('false-positive'),
  Type.Literal('duplicate'),
  Type.Literal('maintenance'),
])
export type CloseReason = Static<typeof CloseReason>

export const Party = Type.Object({ ip: text, mac: text, name: text, zone: text })
export type Party = Static<typeof Party>

/** One act of a person on a finding: appended, never changed. */
export const Action = Type.Object({
  id: text,
  time: text,
  who: text,
  action: Type.Union([
    Type.Literal('acknowledge'),
    Type.Literal('close'),
    Type.Literal('reopen'),
    Type.Literal('comment'),
    Type.Literal('approve'),
    Type.Literal('undo'),
  ]),
  from: FindingState,
  to: FindingState,
  reason: Type.Optional(CloseReason),
  note: Type.Optional(text),
  /** The action that an `undo` takes back. */
  undoes: Type.Optional(text),
})
export type Action = Static<typeof Action>

export const FindingRow = Type.Object({
  id: text,
  ...origin,
  rule: Type.Object({ id: text, title: text, tags: strings, version: text }),
  severity: Severity,
  summary: text,
  count,
  first: text,
  last: text,
  source: Party,
  target: Party,
  zone: Type.Optional(Type.Object({ verdict: text, code: text, conduit: text, line: text })),
  technique: strings,
  state: FindingState,
  reason: Type.Optional(CloseReason),
  /** True of the plant as built (`fieldtap.posture`): a view of its own, no alarm. */
  posture: Type.Boolean(),
})
export type FindingRow = Static<typeof FindingRow>

export const FindingDetail = Type.Intersect([
  FindingRow,
  Type.Object({
    severity_reasons: strings,
    explanation: Type.Object({
      matched: Type.Array(Type.Object({ field: text, value: text })),
      precedent: strings,
      policy: text,
      check: strings,
      not_assessable: strings,
    }),
    sources: Type.Array(Party),
    targets: Type.Array(Party),
    evidence: Type.Array(Type.Object({ packet: count, file: Type.Optional(text) })),
    /** Whether `GET /api/findings/:id/packets` has them (they came from a file still there). */
    packets_available: Type.Boolean(),
    /** Baseline entries, in words, that approving as normal adds. */
    approves: strings,
    operations: Type.Array(Type.Ref('OperationRow')),
    history: Type.Array(Type.Ref('Action')),
    rule_description: text,
    false_positives: strings,
  }),
])

export const OperationRow = Type.Object({
  id: text,
  ...origin,
  time: text,
  protocol: text,
  action: text,
  class: strings,
  source: Party,
  destination: Party,
  target: strings,
  value: strings,
  outcome: text,
  status: text,
  user: text,
  verdict: text,
  /** Repeats that this row stands for. */
  count,
})
export type OperationRow = Static<typeof OperationRow>
export interface FindingDetail extends FindingRow {
  severity_reasons: string[]
  explanation: {
    matched: { field: string; value: string }[]
    precedent: string[]
    policy: string
    check: string[]
    not_assessable: string[]
  }
  sources: Party[]
  targets: Party[]
  evidence: { packet: number; file?: string }[]
  packets_available: boolean
  approves: string[]
  operations: OperationRow[]
  history: Action[]
  rule_description: string
  false_positives: string[]
}

export const AttributeRow = Type.Object({
  attribute: text,
  value: text,
  protocol: text,
  confidence: text,
  first: text,
  last: text,
  packets: count,
})

export const AssetRow = Type.Object({
  id: text,
  site: text,
  sensors: strings,
  ip: strings,
  mac: strings,
  name: text,
  /** `typed`, `policy` or `observed`. */
  name_source: text,
  vendor: text,
  roles: strings,
  protocols: strings,
  identity: Type.Record(Type.String(), Type.String()),
  attributes: Type.Array(AttributeRow),
  zone: text,
  first: text,
  last: text,
  findings: count,
})
export type AssetRow = Static<typeof AssetRow>

export const ConversationRow = Type.Object({
  id: text,
  ...origin,
  source: Party,
  target: Party,
  protocol: text,
  port: count,
  /** Operations by class. */
  operations: Type.Record(Type.String(), Type.Integer()),
  packets: count,
  bytes: count,
  first: text,
  last: text,
  /** Worst verdict seen, '' where no policy judges. */
  verdict: text,
  state: text,
  /** Packets in each of the last 60 intervals of one minute (of capture time). */
  spark: Type.Array(Type.Integer()),
})
export type ConversationRow = Static<typeof ConversationRow>

export const ZoneMatrix = Type.Object({
  policy: Type.Union([
    Type.Null(),
    Type.Object({ file: text, version: count, site: text, approved_at: text }),
  ]),
  zones: Type.Array(
    Type.Object({
      id: text,
      name: text,
      kind: text,
      parent: text,
      assets: count,
      declared: Type.Boolean(),
    }),
  ),
  /** Rows initiate, columns answer. */
  cells: Type.Array(
    Type.Object({
      from: text,
      to: text,
      state: Type.Union([
        Type.Literal('allowed'),
        Type.Literal('violation'),
        Type.Literal('idle'),
        Type.Literal('not-visible'),
        Type.Literal('not-declared'),
      ]),
      conduits: strings,
      violations: count,
      operations: count,
    }),
  ),
})
export type ZoneMatrix = Static<typeof ZoneMatrix>

export const RuleRow = Type.Object({
  id: text,
  title: text,
  level: Severity,
  description: text,
  tags: strings,
  logsource: Type.Record(Type.String(), Type.String()),
  file: text,
  false_positives: strings,
  check: strings,
  findings: count,
  enabled: Type.Boolean(),
})
export type RuleRow = Static<typeof RuleRow>

/** A step of a histogram: it ends where the next one begins. */
export const BucketRow = Type.Object({ from: text, count })

export const GroupRow = Type.Object({ value: text, count, last: text })

/** What is on record: appended, never changed. */
export const AuditRow = Type.Object({
  id: text,
  time: text,
  who: text,
  /** `acknowledge`, `close`, …, `rename`; `policy` and `baseline` for a new version of one. */
  action: text,
  /** The finding, the asset, or the name of what has a new version. */
  subject: text,
  note: Type.Optional(text),
  /** Of the text of a version, in hexadecimal. */
  sha256: Type.Optional(text),
})
export type AuditRow = Static<typeof AuditRow>

/** A page of a list: `next` is the cursor to pass as `after`, null at the end. */
export interface Page<T> {
  rows: T[]
  total: number
  /** Where there are more than were counted. */
  total_is?: 'at-least'
  next: string | null
}

export const ApiError = Type.Object({ code: text, message: text, remedy: text })
export type ApiError = Static<typeof ApiError>
export type { Static }
