/** What the sensor writes, in the form that the console reads it; every store uses these. */
import type { Doc, FieldValue } from '../facts.ts'
import type { Asset, AttributeValue } from '../inventory/asset.ts'
import type { Finding } from '../findings/finding.ts'
import type {
  AssetRow,
  CloseReason,
  FindingRow,
  FindingState,
  OperationRow,
  Party,
} from '../api/schema.ts'
import type { Origin, SensorRow } from './store.ts'

/** The largest time that a Date holds, ms (ECMA-262, time values). */
const TIME_MS_MAX = 8.64e15

/**
 * ISO 8601 in UTC with microseconds, as the sensor writes it. Not the sensor's own function: the
 * store's thread would load every dissector for it, three times as long to open.
 */
export function isoTime(us: number): string {
  const ms = Math.floor(us / 1000)
  const bounded = Math.max(-TIME_MS_MAX, Math.min(TIME_MS_MAX, ms))
  const rest = String(Math.round(us - ms * 1000)).padStart(3, '0')
  return `${new Date(bounded).toISOString().slice(0, -1)}${rest}Z`
}

/** An asset without what only the store knows: its typed name, its findings, who sees it. */
export type AssetRecord = Omit<AssetRow, 'findings' | 'site' | 'sensors'>

export function assetRecord(asset: Asset): AssetRecord {
  const attributes = Object.entries(asset.identity).flatMap(([attribute, values]) =>
    values.map((value) => attributeRow(attribute, value)),
  )
  const declared = attributes.some(
    (row) => row.attribute === 'name' && row.confidence === 'declared' && row.value === asset.name,
  )
  return {
    id: asset.id,
    ip: asset.ip,
    mac: asset.mac,
    name: asset.name,
    name_source: asset.name === '' ? '' : declared ? 'policy' : 'observed',
    vendor: asset.vendor,
    roles: asset.roles,
    protocols: asset.protocols,
    identity: Object.fromEntries(
      Object.entries(asset.identity).flatMap(([attribute, [best]]) =>
        best === undefined ? [] : [[attribute, best.value]],
      ),
    ),
    attributes,
    zone: asset.zone,
    first: isoTime(asset.first),
    last: isoTime(asset.last),
  }
}

function attributeRow(attribute: string, value: AttributeValue): AssetRow['attributes'][number] {
  return {
    attribute,
    value: value.value,
    protocol: value.protocol,
    confidence: value.confidence,
    first: isoTime(value.first),
    last: isoTime(value.last),
    packets: value.packets.length,
  }
}

/** A finding as lists show it; `named` gives a party the name that somebody typed in. */
export function findingRow(
  finding: Finding,
  { sensor, site }: Origin,
  now: { state: FindingState; reason?: CloseReason | undefined; posture: boolean },
  named: (party: Party) => Party,
): FindingRow {
  const { reason } = now
  return {
    id: finding.id,
    sensor,
    site,
    rule: finding.rule,
    severity: finding.severity,
    summary: finding.summary,
    count: finding.count,
    first: finding.first,
    last: finding.last,
    source: named(finding.source),
    target: named(finding.target),
    ...(finding.zone === undefined ? {} : { zone: finding.zone }),
    technique: finding.technique,
    state: now.state,
    ...(reason === undefined ? {} : { reason }),
    posture: now.posture,
  }
}

/** Orders assets as people read addresses: IPv4 by number, then IPv6, then by MAC. */
export function addressOrder(asset: { ip: readonly string[]; mac: readonly string[] }): string {
  const ip = asset.ip[0]
  if (ip === undefined) return `7 ${asset.mac[0] ?? ''}`
  if (ip.includes(':')) return `6 ${ip}`
  return `4 ${ip
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.')}`
}

/** Every address by which a row can be found; a MAC only where there is no IP behind it. */
export function partyAddress(party: Party): string {
  return party.ip === '' ? party.mac : party.ip
}

export function operationRow(doc: Doc, { sensor, site }: Origin): OperationRow {
  return {
    id: text(doc['event.id']),
    sensor,
    site,
    time: text(doc['@timestamp']),
    protocol: text(doc['network.protocol']) || text(doc['event.dataset']).replace(/^ot\./, ''),
    action: text(doc['event.action']),
    class: texts(doc['ot.operation.class']),
    source: party(doc, 'source'),
    destination: party(doc, 'destination'),
    target: texts(doc['ot.operation.target']),
    value: texts(doc['ot.operation.value'] ?? doc['ot.operation.value_number']),
    outcome: text(doc['event.outcome']),
    status: text(doc['ot.operation.status']),
    user: text(doc['user.name']),
    verdict: text(doc['ot.zone.verdict']),
    count: Number(doc['ot.operation.count'] ?? 1),
  }
}

/** Of a store of one sensor: what it said last. */
export function newestOf(rows: readonly SensorRow[]): SensorRow | undefined {
  return rows.toSorted((a, b) => b.received - a.received)[0]
}

function party(doc: Doc, side: 'source' | 'destination'): Party {
  return {
    ip: text(doc[`${side}.ip`]),
    // ECS writes 00-80-F4-10-20-01, the short form 00:80:f4:10:20:01 (fields.md).
    mac: text(doc[`${side}.mac`]).replaceAll('-', ':').toLowerCase(),
    name: text(doc[`ot.${side}.asset.name`]),
    zone: text(doc[`ot.${side}.zone.id`]),
  }
}

function text(value: FieldValue | undefined): string {
  return texts(value)[0] ?? ''
}

export function texts(value: FieldValue | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}
