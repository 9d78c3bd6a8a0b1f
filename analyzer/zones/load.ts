/** Reads a policy file: every error at once, each with its place and what to do. */
import { check } from '../input/check.ts'
import type { InputError } from '../input/input.ts'
import { entry, parseYaml } from '../input/yaml.ts'
import type { YamlNode } from '../input/yaml.ts'
import { readConduit } from './conduits.ts'
import { Names } from './parties.ts'
import type { Conduit, Defaults, Policy, Zone } from './policy.ts'
import { policySchema } from './schema.ts'
import { Sheet } from './sheet.ts'
import { readWaivers } from './waivers.ts'
import { readZones } from './zone-members.ts'

/** Declared for people and reports; these lines judge nothing in this version. */
const described = ['schedules', 'brokerFlows', 'broadcast'] as const

export function loadPolicy(
  text: string,
  file: string,
): { policy: Policy | undefined; errors: InputError[] } {
  const { node, errors } = parseYaml(text, file)
  if (node === undefined) {
    if (errors.length > 0) return { policy: undefined, errors }
    const message = 'the policy is empty'
    const remedy = 'Start it with `apiVersion: zones/v1` and declare at least one zone.'
    const error = { file, line: 1, column: 1, code: 'empty', message, remedy }
    return { policy: undefined, errors: [error] }
  }
  const found = [...errors, ...check(node, policySchema, file)]
  const policy = readPolicy(node, new Sheet(file, found))
  found.sort((a, b) => a.line - b.line || a.column - b.column)
  return { policy: found.length === 0 ? policy : undefined, errors: found }
}

function readPolicy(root: YamlNode, sheet: Sheet): Policy {
  const metadata = sheet.node(root, 'metadata')
  const names = new Names(sheet, root)
  const zones = readZones(sheet, root, names)
  const zoneIds = new Set(zones.map(({ id }) => id))
  const conduits = sheet
    .items(root, 'conduits')
    .map((node) => readConduit(sheet, node, names, zoneIds))
  once(sheet, root, conduits)
  const conduitIds = new Set(conduits.map(({ id }) => id))
  const sensors = sheet.items(root, 'sensors')
  for (const sensor of sensors) {
    for (const scalar of sheet.scalars(sensor, 'conduits')) {
      if (conduitIds.has(scalar.text)) continue
      sheet.unknown(scalar, 'the conduit', conduitIds, 'Declare it under `conduits`.')
    }
  }
  return {
    file: sheet.file,
    site: sheet.text(metadata, 'site'),
    version: sheet.number(metadata, 'version') ?? 0,
    owner: sheet.text(metadata, 'owner'),
    approvedAt: sheet.text(metadata, 'approvedAt'),
    defaults: readDefaults(sheet, root),
    assets: names.assets,
    groups: names.groups,
    zones,
    conduits,
    waivers: readWaivers(sheet, root, names, zoneIds, conduits),
    covered:
      sensors.length === 0
        ? undefined
        : new Set(sensors.flatMap((sensor) => sheet.texts(sensor, 'conduits') ?? [])),
    notJudged: described.flatMap((what) => {
      const key = entry(root, what)?.key
      return key === undefined ? [] : [{ what, line: key.at.line }]
    }),
  }
}

function readDefaults(sheet: Sheet, root: YamlNode): Defaults {
  const defaults = entry(root, 'defaults')
  const node = defaults?.value
  const interZone = sheet.text(node, 'interZone', 'deny') === 'observe' ? 'observe' : 'deny'
  const observeUntil = sheet.time(node, 'observeUntil', true)
  if (interZone === 'observe' && observeUntil === undefined && node !== undefined) {
    const message = '`interZone: observe` has no end'
    const remedy = 'Add `observeUntil` with a date: observing is for a stated time.'
    sheet.error(node.at, 'observe-until', message, remedy)
  }
  const intraZone = sheet.text(node, 'intraZone', 'baseline')
  return {
    interZone,
    observeUntil: observeUntil ?? 0,
    intraZone: intraZone === 'allow' || intraZone === 'deny' ? intraZone : 'baseline',
    unassigned: sheet.text(node, 'unassigned') === 'observe' ? 'observe' : 'violation',
    unknownProtocol: sheet.text(node, 'unknownProtocol') === 'observe' ? 'observe' : 'violation',
    opaque: sheet.text(node, 'opaque') === 'violation' ? 'violation' : 'not-assessable',
    line: defaults?.key.at.line ?? 1,
  }
}

/** Two conduits of one id could not be told apart in a verdict. */
function once(sheet: Sheet, root: YamlNode, conduits: readonly (Conduit | Zone)[]): void {
  const lines = new Map<string, number>()
  for (const { id, line } of conduits) {
    const first = lines.get(id)
    if (first === undefined) {
      lines.set(id, line)
      continue
    }
    const node = sheet.items(root, 'conduits').find((item) => item.at.line === line)
    const at = sheet.scalar(node, 'id')?.at ?? { line, column: 1 }
    const message = `the conduit \`${id}\` is declared twice, first on line ${first}`
    sheet.error(at, 'duplicate', message, 'Give each conduit its own id.')
  }
}
