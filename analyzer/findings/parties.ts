/** Who takes part in a finding. */
import type { Doc } from '../facts.ts'
import type { Finding, Party } from './finding.ts'
import { fieldText } from './words.ts'

/** Further hosts of one finding, and doubts about it. */
export const PARTIES_MAX = 100

export function whoOf(doc: Doc, side: 'source' | 'destination'): string {
  const fields = [`ot.${side}.asset.id`, `${side}.ip`, `${side}.mac`]
  return fields.map((field) => fieldText(doc[field])).find((text) => text !== '') ?? ''
}

export function party(doc: Doc, side: 'source' | 'destination'): Party {
  return {
    ip: fieldText(doc[`${side}.ip`]),
    mac: fieldText(doc[`${side}.mac`]).replaceAll('-', ':').toLowerCase(),
    name: fieldText(doc[`ot.${side}.asset.name`]),
    zone: fieldText(doc[`ot.${side}.zone.id`]),
  }
}

export function cover(finding: Finding, doc: Doc): void {
  if (isRoom(finding.sources)) also(finding, 'source', party(doc, 'source'))
  if (isRoom(finding.targets)) also(finding, 'target', party(doc, 'destination'))
}

/** Further hosts, where one finding covers several. */
function also(finding: Finding, side: 'source' | 'target', more: Party): void {
  const first = finding[side]
  if (same(first, more) || (more.ip === '' && more.mac === '')) return
  const list = (finding[`${side}s`] ??= [first])
  if (!list.some((known) => same(known, more))) list.push(more)
}

/** Of either side. */
export function hasRoom({ sources, targets }: Finding): boolean {
  return isRoom(sources) && isRoom(targets)
}

function isRoom(list: Finding['sources']): boolean {
  return list === undefined || list.length < PARTIES_MAX
}

function same(a: Party, b: Party): boolean {
  return a.ip === b.ip && a.mac === b.mac
}
