/** Zones and who is in them (policy.md B3, rule 1: an overlap in one scope is an error). */
import type { YamlNode, YamlScalar } from '../input/yaml.ts'
import { prefixKey } from './address.ts'
import type { Prefix } from './address.ts'
import type { Names } from './parties.ts'
import { EXTERNAL, UNASSIGNED } from './policy.ts'
import type { Member, UnitRange, Zone } from './policy.ts'
import { spanOf } from './sheet.ts'
import type { Sheet } from './sheet.ts'

const selectors = ['cidr', 'ip', 'asset', 'gateway'] as const

export function readZones(sheet: Sheet, root: YamlNode, names: Names): Zone[] {
  const nodes = sheet.items(root, 'zones')
  const ids = new Map<string, number>()
  for (const node of nodes) {
    const id = sheet.scalar(node, 'id')
    if (id === undefined) continue
    const first = ids.get(id.text)
    if (id.text === EXTERNAL || id.text === UNASSIGNED) {
      const message = `\`${id.text}\` is reserved: it needs no declaration`
      sheet.error(id.at, 'reserved', message, 'Give the zone another id.')
    } else if (first !== undefined) {
      const message = `the zone \`${id.text}\` is declared twice, first on line ${first}`
      sheet.error(id.at, 'duplicate', message, 'Give each zone its own id.')
    } else ids.set(id.text, id.at.line)
  }
  const taken = new Map<string, Member>()
  return nodes.map((node) => readZone(sheet, node, names, ids, taken))
}

function readZone(
  sheet: Sheet,
  node: YamlNode,
  names: Names,
  ids: ReadonlyMap<string, number>,
  taken: Map<string, Member>,
): Zone {
  const id = sheet.text(node, 'id')
  const parent = sheet.scalar(node, 'parent')
  if (parent !== undefined && !ids.has(parent.text)) {
    sheet.unknown(parent, 'the zone', ids.keys(), 'Declare it under `zones`.')
  }
  const members: Member[] = []
  for (const item of sheet.items(node, 'members')) {
    const member = readMember(sheet, item, id, names, ids)
    if (member === undefined) continue
    members.push(member)
    overlap(sheet, item, member, taken)
  }
  return {
    id,
    name: sheet.text(node, 'name', id),
    kind: sheet.text(node, 'kind'),
    parent: parent?.text ?? '',
    slT: highestLevel(sheet, node),
    members,
    line: node.at.line,
  }
}

function readMember(
  sheet: Sheet,
  node: YamlNode,
  zone: string,
  names: Names,
  ids: ReadonlyMap<string, number>,
): Member | undefined {
  const given = selectors.flatMap((key) => sheet.scalar(node, key) ?? [])
  const vlan = sheet.number(node, 'vlan')
  if (given.length > 1 || (given.length === 0 && vlan === undefined)) {
    const message = 'a member is one subnet, address, asset, gateway or VLAN'
    const remedy = 'Write one of `cidr`, `ip`, `asset`, `gateway`, `vlan` per member.'
    sheet.error(node.at, 'member', message, remedy)
    return undefined
  }
  const units = readUnits(sheet, node, ids)
  const { line } = node.at
  const [scalar] = given
  if (scalar === undefined) return { zone, prefix: undefined, vlan, units, line }
  const prefix = memberPrefix(sheet, node, scalar, names)
  return prefix === undefined ? undefined : { zone, prefix, vlan, units, line }
}

function memberPrefix(
  sheet: Sheet,
  node: YamlNode,
  scalar: YamlScalar,
  names: Names,
): Prefix | undefined {
  if (sheet.scalar(node, 'cidr') === scalar) return names.cidr(scalar)
  if (sheet.scalar(node, 'asset') !== scalar && /^[0-9a-f.:]+$/i.test(scalar.text)) {
    return names.host(scalar)
  }
  const [prefix, more] = names.party(scalar)
  if (more === undefined) return prefix
  const message = `\`${scalar.text}\` is a group`
  sheet.error(scalar.at, 'member', message, 'List its members one by one.')
  return undefined
}

function readUnits(sheet: Sheet, node: YamlNode, ids: ReadonlyMap<string, number>): UnitRange[] {
  const units = sheet.node(node, 'units')
  if (units?.kind !== 'map') return []
  const ranges: UnitRange[] = []
  for (const { key, value } of units.entries) {
    const span = spanOf(key.text)
    if (span === undefined || span.first > span.last || span.last > 255) {
      const message = `\`${key.text}\` is no range of unit identifiers`
      sheet.error(key.at, 'range', message, 'Write them as "1-3", from 0 to 255.')
    } else if (value.kind === 'scalar') {
      if (ids.has(value.text)) ranges.push({ ...span, zone: value.text })
      else sheet.unknown(value, 'the zone', ids.keys(), 'Declare it under `zones`.')
    }
  }
  return ranges
}

function overlap(sheet: Sheet, node: YamlNode, member: Member, taken: Map<string, Member>): void {
  const place = member.prefix === undefined ? 'vlan' : prefixKey(member.prefix)
  const key = `${place} ${member.vlan ?? ''}`
  const first = taken.get(key)
  if (first === undefined) taken.set(key, member)
  else if (first.zone !== member.zone) {
    const message = `this member is in \`${member.zone}\` and, on line ${first.line}, in \`${first.zone}\``
    sheet.error(node.at, 'overlap', message, 'Leave it in one zone, or tell them apart by `vlan`.')
  }
}

function highestLevel(sheet: Sheet, node: YamlNode): number {
  const level = sheet.node(node, 'slT')
  if (level?.kind === 'scalar') return typeof level.value === 'number' ? level.value : 0
  if (level?.kind !== 'map') return 0
  const levels = level.entries.map(({ value }) => (value.kind === 'scalar' ? value.value : 0))
  return Math.max(0, ...levels.filter((value) => typeof value === 'number'))
}

export { highestLevel }
