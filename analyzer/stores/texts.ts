/** What a search looks in, of each kind of document: every store finds by the same words. */
import type { Finding, Party } from '../findings/finding.ts'
import type { AssetRecord } from './rows.ts'
import { searchText } from './sqlite/page.ts'
import type { Conversed } from './store.ts'

/** Tag of what is true of the plant as built (fields.md). */
const POSTURE_TAG = 'fieldtap.posture'

export function isPosture({ rule }: Finding): boolean {
  return rule.tags.includes(POSTURE_TAG)
}

export function partiesOf(finding: Finding): Party[] {
  return [finding.source, finding.target, ...(finding.sources ?? []), ...(finding.targets ?? [])]
}

export function findingText(finding: Finding): string {
  return searchText([
    finding.summary,
    finding.rule.title,
    finding.rule.id,
    ...finding.rule.tags,
    ...finding.technique,
    ...partiesOf(finding).flatMap(textsOf),
    ...finding.explanation.matched.map(({ value }) => value),
    ...finding.explanation.precedent,
    finding.explanation.policy,
    finding.zone?.conduit ?? '',
  ])
}

export function assetText(record: AssetRecord): string {
  return searchText([
    record.name,
    ...record.ip,
    ...record.mac,
    record.vendor,
    ...record.roles,
    ...record.protocols,
    record.zone,
    ...record.attributes.map(({ value }) => value),
  ])
}

export function conversationText(row: Conversed): string {
  return searchText([
    ...[row.source, row.target].flatMap(textsOf),
    row.protocol,
    String(row.port),
    row.verdict,
    row.state,
    ...Object.keys(row.operations),
  ])
}

function textsOf({ ip, mac, name, zone }: Party): string[] {
  return [ip, mac, name, zone]
}
