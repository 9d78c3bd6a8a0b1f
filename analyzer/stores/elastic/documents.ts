/**
 * Everything that is kept, as documents of a cluster: ECS fields for whoever looks there, and in
 * `ot.body` what we read ourselves, as one text of JSON, so that nothing has to be made back from
 * fields, and any name and any text comes back as it was.
 */
import type { AssetRow, Party } from '../../api/schema.ts'
import type { Doc, FieldValue } from '../../facts.ts'
import type { Severity } from '../../findings/finding.ts'
import { storedFields } from '../../sigma/fields.ts'
import type { Observed } from '../delivery/cluster.ts'
import type { AssetParts, StoredFinding } from '../merge.ts'
import { mergeAssets, stateOf } from '../merge.ts'
import type { SensorPart, Signature, TypedName } from '../outbox.ts'
import type { AuditRecord } from '../record.ts'
import type { AssetRecord } from '../rows.ts'
import { addressOrder, partyAddress, texts } from '../rows.ts'
import type { Conversed, Origin } from '../store.ts'
import { assetText, conversationText, findingText, isPosture, partiesOf } from '../texts.ts'
import { fittedDoc, isDate, wordsOf } from './fitting.ts'
import { datasetOf } from './names.ts'

/** An asset with the parts of its sensors, and the name that a person gave it. */
export interface StoredAsset {
  site: string
  parts: AssetParts
  typed?: TypedName | undefined
  signature?: Signature | undefined
}

export interface StoredConversation {
  from: Origin
  conversation: Conversed
}

export interface StoredRecord {
  from: Origin
  record: AuditRecord
}

/** When it was received: ms of wall time, and a number that is larger for each document. */
export interface Receipt {
  ms: number
  n: number
}

type Fields = Readonly<Record<string, FieldValue | undefined>>

/** `event.severity` of each (fields.md). */
export const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
}

/** Of which the names and types of the fields are. */
const ECS_VERSION = '9.5.0'
/** A stream takes no document without a time. */
const NO_TIME = '1970-01-01T00:00:00.000Z'

/** What we add to an observation; the rest of its fields is what the sensor said. */
export const addedNames = [
  'data_stream.type',
  'data_stream.dataset',
  'data_stream.namespace',
  'ecs.version',
  'event.ingested',
  'ot.destination.address',
  'ot.received',
  'ot.search',
  'ot.site',
  'ot.source.address',
] as const

/** `ot.body` only where the fields do not say all of it: it would be half of what is stored. */
export function observationDocument(
  { doc, from }: Observed,
  receipt: Receipt,
  namespace: string,
): string {
  const fields = fittedDoc(Object.fromEntries(Object.entries(doc).filter(isSaid)))
  const isWhole =
    fields['agent.id'] === from.sensor &&
    isDate(fields['@timestamp']) &&
    addedNames.every((name) => !Object.hasOwn(doc, name)) &&
    Object.entries(doc).every(([name, value]) => isSame(fields[name], value))
  return written({
    ...fields,
    '@timestamp': timeOf(fields['@timestamp']),
    'agent.id': from.sensor,
    'data_stream.type': 'logs',
    'data_stream.dataset': datasetOf(texts(doc['event.dataset'])[0] ?? ''),
    'data_stream.namespace': namespace,
    'ot.source.address': addressOf(doc, 'source'),
    'ot.destination.address': addressOf(doc, 'destination'),
    'ot.site': from.site,
    'ot.search': wordsOf(Object.entries(doc).flatMap(searched).join('\n')),
    ...received(receipt),
    ...(isWhole ? {} : { 'ot.body': JSON.stringify(doc) }),
  })
}

/** Names that are ours alone mean nothing in what a sensor says. */
function isSaid([name]: [string, FieldValue]): boolean {
  return !storedFields.has(name)
}

/** Each is of one document alone: ids are looked for as a whole, times by a range. */
const unsearched = new Set(['@timestamp', 'event.id', 'event.sequence'])

function searched([name, value]: [string, FieldValue]): string[] {
  return unsearched.has(name) ? [] : texts(value)
}

function isSame(a: FieldValue | undefined, b: FieldValue): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** Every address by which it can be found; a MAC only where there is no IP. */
function addressOf(doc: Doc, side: 'source' | 'destination'): string | undefined {
  const ip = texts(doc[`${side}.ip`])[0] ?? ''
  const mac = texts(doc[`${side}.mac`])[0] ?? ''
  return ip || mac.replaceAll('-', ':').toLowerCase() || undefined
}

export function findingDocument(stored: StoredFinding, receipt: Receipt): string {
  const { finding, from, acts } = stored
  const { rule, explanation, zone } = finding
  const { state, reason } = stateOf(stored)
  const acted = acts.map(({ time }) => time).filter(isDate)
  return written({
    '@timestamp': timeOf(finding.last),
    'event.id': finding.id,
    'event.kind': 'alert',
    'event.category': ['intrusion_detection'],
    'event.dataset': 'ot.finding',
    'event.severity': severityNumbers[finding.severity],
    'rule.id': rule.id,
    'rule.name': rule.title,
    'rule.version': rule.version,
    tags: rule.tags,
    'threat.technique.id': finding.technique,
    ...ends([finding.source, ...(finding.sources ?? [])], 'source'),
    ...ends([finding.target, ...(finding.targets ?? [])], 'destination'),
    'ot.zone.verdict': zone?.verdict,
    'ot.zone.code': zone?.code,
    'ot.zone.conduit': zone?.conduit,
    'ot.zone.line': zone?.line,
    'ot.evidence': finding.evidence.map(({ packet }) => packet),
    'ot.time': finding.last,
    'ot.address': addressesOf(partiesOf(finding)),
    'ot.finding.severity': finding.severity,
    'ot.finding.severity_reasons': finding.severity_reasons,
    'ot.finding.summary': finding.summary,
    'ot.finding.explanation': [...explanation.precedent, explanation.policy],
    'ot.finding.count': finding.count,
    'ot.finding.first': timeOf(finding.first),
    'ot.finding.last': timeOf(finding.last),
    'ot.finding.state': state,
    'ot.finding.reason': reason,
    'ot.finding.posture': isPosture(finding),
    'ot.finding.source': finding.source.name || partyAddress(finding.source),
    'ot.finding.target': finding.target.name || partyAddress(finding.target),
    'ot.acted': acted.toSorted().at(-1),
    'ot.search': wordsOf(findingText(finding)),
    'ot.body': JSON.stringify(stored),
    ...origin(from),
    ...received(receipt),
  })
}

function ends(parties: readonly Party[], side: 'source' | 'destination'): Fields {
  const all = (of: (party: Party) => string): string[] => [
    ...new Set(parties.map(of).filter((text) => text !== '')),
  ]
  return {
    [`${side}.ip`]: all(({ ip }) => ip),
    [`${side}.mac`]: all(({ mac }) => ecsMac(mac)),
    [`ot.${side}.address`]: all(partyAddress),
    [`ot.${side}.asset.name`]: all(({ name }) => name),
    [`ot.${side}.zone.id`]: all(({ zone }) => zone),
  }
}

function addressesOf(parties: readonly Party[]): string[] {
  return [...new Set(parties.map(partyAddress).filter((address) => address !== ''))]
}

/** 00-80-F4-10-20-01 (ECS, source.mac). */
function ecsMac(mac: string): string {
  return mac.replaceAll(':', '-').toUpperCase()
}

export function assetDocument(stored: StoredAsset, receipt: Receipt): string | undefined {
  const { site, parts, typed } = stored
  const record = mergeAssets(parts)
  if (record === undefined) return undefined
  const name = typed?.name ?? ''
  return written({
    '@timestamp': timeOf(record.last),
    'event.id': record.id,
    'event.kind': 'asset',
    'event.dataset': 'ot.asset',
    'agent.id': Object.keys(parts),
    'ot.site': site,
    'host.ip': record.ip,
    'host.mac': record.mac.map(ecsMac),
    'host.name': name || record.name || undefined,
    ...device(record),
    'ot.time': record.last,
    'ot.address': [...record.ip, ...record.mac],
    'ot.asset.id': record.id,
    'ot.asset.sort': addressOrder(record),
    'ot.asset.sensors': Object.keys(parts),
    'ot.asset.name': name || record.name || undefined,
    'ot.asset.name_source': name === '' ? record.name_source : 'typed',
    'ot.asset.typed': name || undefined,
    'ot.asset.vendor': record.vendor || undefined,
    'ot.asset.role': record.roles,
    'ot.asset.protocol': record.protocols,
    'ot.asset.zone': record.zone || undefined,
    'ot.asset.first': record.first,
    'ot.asset.last': record.last,
    'ot.acted': isDate(typed?.time) ? typed.time : undefined,
    'ot.search': wordsOf(`${assetText(record)}\n${name}`),
    'ot.body': JSON.stringify(stored),
    ...received(receipt),
  })
}

function device({ vendor, identity }: AssetRecord): Fields {
  const of = (name: keyof AssetRow['identity']): string | undefined =>
    Object.hasOwn(identity, name) ? identity[name] : undefined
  return {
    'device.manufacturer': (of('vendor') ?? vendor) || undefined,
    'device.model.name': of('model'),
    'device.serial_number': of('serial'),
  }
}

export function conversationDocument(stored: StoredConversation, receipt: Receipt): string {
  const { from, conversation } = stored
  const { id, source, target, first, last } = conversation
  return written({
    '@timestamp': timeOf(last),
    'event.id': id,
    'event.kind': 'event',
    'event.dataset': 'ot.conversation',
    'event.start': timeOf(first),
    'event.end': timeOf(last),
    ...ends([source], 'source'),
    ...ends([target], 'destination'),
    'ot.time': last,
    'ot.address': addressesOf([source, target]),
    'destination.port': conversation.port,
    'network.bytes': conversation.bytes,
    'network.packets': conversation.packets,
    'network.protocol': conversation.protocol,
    'ot.flow.state': conversation.state,
    'ot.zone.verdict': conversation.verdict,
    'ot.search': wordsOf(conversationText(conversation)),
    'ot.body': JSON.stringify(stored),
    ...origin(from),
    ...received(receipt),
  })
}

export function sensorDocument(
  part: SensorPart,
  body: string,
  from: Origin,
  receipt: Receipt,
): string {
  return written({
    '@timestamp': new Date(receipt.ms).toISOString(),
    'event.kind': 'state',
    'event.dataset': 'ot.sensor',
    'ot.sensor.part': part,
    'ot.body': JSON.stringify({ from, body }),
    ...origin(from),
    ...received(receipt),
  })
}

export function auditDocument(
  stored: StoredRecord,
  text: string | undefined,
  receipt: Receipt,
): string {
  const { from, record } = stored
  return written({
    '@timestamp': timeOf(record.time),
    'event.id': record.id,
    'event.kind': 'event',
    'event.dataset': 'ot.audit',
    'event.action': record.action,
    'user.name': record.who,
    'ot.audit.action': record.action,
    'ot.audit.subject': record.subject,
    'ot.audit.note': record.note,
    'ot.audit.sha256': record.sha256,
    'ot.audit.text': text === undefined ? undefined : JSON.stringify(text),
    'ot.body': JSON.stringify(stored),
    ...origin(from),
    ...received(receipt),
  })
}

function origin({ sensor, site }: Origin): Fields {
  return { 'agent.id': sensor, 'observer.name': sensor, 'ot.site': site }
}

function received({ ms, n }: Receipt): Fields {
  const ingested = new Date(ms).toISOString()
  return { 'ecs.version': ECS_VERSION, 'event.ingested': ingested, 'ot.received': n }
}

function timeOf(value: FieldValue | undefined): string {
  return isDate(value) ? value : NO_TIME
}

/** In one line; a field without a value is not there. */
function written(fields: Fields): string {
  const told = Object.entries(fields).filter(
    (entry): entry is [string, FieldValue] => entry[1] !== undefined,
  )
  return JSON.stringify(fittedDoc(Object.fromEntries(told)))
}
