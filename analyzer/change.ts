/** What the analyzer itself observed of an asset: the record of `ot.change`. */
import { eventId, isoTime } from '#sensor'
import type { Facts } from './facts.ts'
import type { AssetChange } from './inventory/inventory.ts'

export function changeRecord(sensor: string, change: AssetChange, sequence: number): Facts {
  const { asset, event, time, packet, detail, sample } = change
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
  const [ip = sample] = asset.ip
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
