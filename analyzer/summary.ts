/**
 * The record that stands for the repeats of one kind in one interval: what is periodic and
 * approved is not kept one by one (design.md, Persistence).
 */
import { eventId, isoTime, operationRecord } from '#sensor'
import type { Doc, Facts } from './facts.ts'
import type { AssetChange } from './inventory/inventory.ts'
import type { Judgement } from './judgement.ts'

export function summaryRecord(sensor: string, judgement: Judgement): Doc | undefined {
  const { repeats } = judgement
  const { operation } = repeats
  if (operation === undefined || repeats.count === 0) return undefined
  const record = Object.assign(operationRecord(sensor, operation), judgement.facts)
  record['ot.operation.count'] = repeats.count
  record['event.start'] = isoTime(repeats.first)
  record['event.end'] = isoTime(repeats.last)
  if (repeats.minimum <= repeats.maximum) {
    record['ot.operation.value_min'] = repeats.minimum
    record['ot.operation.value_max'] = repeats.maximum
    record['ot.operation.value_changes'] = repeats.changes
  }
  return record
}

/** What the analyzer itself observed of an asset: the record of `ot.change`. */
export function changeRecord(sensor: string, change: AssetChange, sequence: number): Facts {
  const { asset, event, time, packet, detail } = change
  const record: Facts = {
    '@timestamp': isoTime(time),
    'event.id': eventId(sensor, time, `${asset.id} ${event}`, sequence),
    'event.sequence': sequence,
    'event.kind': 'event',
    'event.category': ['network'],
    'event.dataset': 'ot.change',
    'event.type': ['change'],
    'agent.id': sensor,
    'ot.asset.event': event,
    'ot.source.asset.id': asset.id,
    'ot.source.scope': asset.scope,
    'ot.evidence': [packet],
  }
  const [ip] = asset.ip
  const [mac] = asset.mac
  if (ip !== undefined) record['source.ip'] = ip
  if (mac !== undefined) record['source.mac'] = mac.toUpperCase().replaceAll(':', '-')
  if (asset.name !== '') record['ot.source.asset.name'] = asset.name
  if (asset.vendor !== '') record['ot.source.asset.vendor'] = asset.vendor
  if (asset.zone !== '') record['ot.source.zone.id'] = asset.zone
  if (asset.zoneKind !== '') record['ot.source.zone.kind'] = asset.zoneKind
  if (detail !== undefined) record['ot.asset.detail'] = detail
  return record
}
