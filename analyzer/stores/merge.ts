/**
 * One document, two owners: what the sensor saw and what people did are put together here, by every
 * store and by the shipper, so that the order in which they arrive changes nothing (fields.md, "Who
 * owns what"). Pure.
 */
import type { Action, CloseReason, FindingState } from '../api/schema.ts'
import type { Finding } from '../findings/finding.ts'
import { severities } from '../findings/finding.ts'
import type { Signature, TypedName } from './outbox.ts'
import type { AssetRecord } from './rows.ts'
import type { Origin } from './store.ts'
import { current, fold } from './triage.ts'

/** An act with all that is known of it. */
export interface StoredAct extends Action {
  /** Of the finding when it was done. */
  count: number
  /** Index in `severities`. */
  severity: number
  /** What an `approve` approved: an undo takes back just that. */
  approves?: string[] | undefined
  signature?: Signature | undefined
}

/** A finding with both parts. */
export interface StoredFinding {
  finding: Finding
  from: Origin
  acts: StoredAct[]
}

/** As a set by id, in the order of time and id, whatever the order of arrival. */
export function mergeActs(a: readonly StoredAct[], b: readonly StoredAct[]): StoredAct[] {
  const byId = new Map<string, StoredAct>()
  for (const act of [...a, ...b]) {
    const known = byId.get(act.id)
    if (known === undefined || order(act, known) > 0) byId.set(act.id, act)
  }
  return [...byId.values()].toSorted((one, other) => {
    return compare(one.time, other.time) || compare(one.id, other.id)
  })
}

/** The newer state of the sensor's part: a finding only grows. Acts of both. */
export function mergeFinding(a: StoredFinding | undefined, b: StoredFinding): StoredFinding {
  if (a === undefined) return { ...b, acts: mergeActs([], b.acts) }
  const newer = isNewer(b, a) ? b : a
  return { finding: newer.finding, from: newer.from, acts: mergeActs(a.acts, b.acts) }
}

function isNewer(a: StoredFinding, b: StoredFinding): boolean {
  const [one, other] = [a.finding, b.finding]
  const later = compare(one.last, other.last) || one.count - other.count
  return (later || order([one, a.from], [other, b.from])) > 0
}

/** Two that say the same moment must still merge to one, from either side. */
function order(a: unknown, b: unknown): number {
  return compare(canonical(a), canonical(b))
}

/** JSON whose text does not depend on the order in which a store gives the members back. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => compare(a, b)))
      : part,
  )
}

export function stateOf({ finding, acts }: Pick<StoredFinding, 'finding' | 'acts'>): {
  state: FindingState
  reason?: CloseReason | undefined
} {
  const { count, severity } = finding
  return current(fold(acts), { count, severity: severities.indexOf(severity) })
}

/** Of each sensor of a site that sees the asset, its own part. */
export type AssetParts = Readonly<Record<string, AssetRecord>>

/** The asset as all its sensors know it together; undefined: no part, no asset. */
export function mergeAssets(parts: AssetParts): AssetRecord | undefined {
  const [newest, ...others] = Object.entries(parts)
    .toSorted(([a, one], [b, other]) => compare(other.last, one.last) || compare(a, b))
    .map(([, part]) => part)
  if (newest === undefined) return undefined
  const all = [newest, ...others]
  const named =
    all.find((part) => part.name_source === 'policy') ?? all.find(({ name }) => name !== '')
  const union = (of: (part: AssetRecord) => readonly string[]): string[] => [
    ...new Set(all.flatMap(of)),
  ]
  const attributes = mergeAttributes(all)
  return {
    id: newest.id,
    ip: union(({ ip }) => ip),
    mac: union(({ mac }) => mac),
    name: named?.name ?? '',
    name_source: named?.name_source ?? '',
    vendor: all.find(({ vendor }) => vendor !== '')?.vendor ?? '',
    roles: union(({ roles }) => roles),
    protocols: union(({ protocols }) => protocols),
    identity: mergeIdentity(all, attributes),
    attributes,
    zone: all.find(({ zone }) => zone !== '')?.zone ?? '',
    first: all.map(({ first }) => first).reduce((a, b) => (a < b ? a : b)),
    last: newest.last,
  }
}

type Attribute = AssetRecord['attributes'][number]

/** Of each attribute the best value; of one without evidence what was said last. */
function mergeIdentity(
  parts: readonly AssetRecord[],
  attributes: readonly Attribute[],
): AssetRecord['identity'] {
  const said = parts.toReversed().flatMap(({ identity }) => Object.entries(identity))
  const best = attributes.toReversed().map(({ attribute, value }) => [attribute, value] as const)
  return Object.fromEntries([...said, ...best])
}

/** Best first, as the inventory orders them (`attributes.ts`). */
const confidences = ['declared', 'A', 'B', 'C']

function mergeAttributes(parts: readonly AssetRecord[]): Attribute[] {
  const byValue = new Map<string, Attribute>()
  for (const row of parts.flatMap(({ attributes }) => attributes)) {
    const key = JSON.stringify([row.attribute, row.value, row.protocol])
    const known = byValue.get(key)
    byValue.set(key, known === undefined ? row : joined(known, row))
  }
  const groups = Map.groupBy(byValue.values(), ({ attribute }) => attribute)
  return [...groups.values()].flatMap((rows) => rows.toSorted(better))
}

function joined(a: Attribute, b: Attribute): Attribute {
  return {
    ...a,
    confidence: better(a, b) <= 0 ? a.confidence : b.confidence,
    first: a.first < b.first ? a.first : b.first,
    last: a.last > b.last ? a.last : b.last,
    packets: a.packets + b.packets,
  }
}

function better(a: Attribute, b: Attribute): number {
  const rank = (row: Attribute): number => confidences.indexOf(row.confidence)
  return rank(a) - rank(b) || compare(a.first, b.first)
}

/** The later of two; the one with the larger id where both are of one moment. */
export function mergeNames(
  a: TypedName | undefined,
  b: TypedName | undefined,
): TypedName | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return (compare(a.time, b.time) || compare(a.id, b.id) || order(a, b)) > 0 ? a : b
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
