/** Conduits, their channels, and the lines that allow and deny. */
import { entry } from '../input/yaml.ts'
import type { YamlNode } from '../input/yaml.ts'
import type { Names } from './parties.ts'
import { EXTERNAL, UNASSIGNED } from './policy.ts'
import type { Channel, Command, Conduit, Entry, FunctionCode, Ops, Span } from './policy.ts'
import type { Sheet } from './sheet.ts'
import { highestLevel } from './zone-members.ts'

/**
 * Restrictions that this version cannot judge yet. To ignore one would allow more than the author
 * wrote, so the policy is refused.
 */
const notYet = ['values', 'maxRate', 'schedule'] as const

export function readConduit(
  sheet: Sheet,
  node: YamlNode,
  names: Names,
  zones: ReadonlySet<string>,
): Conduit {
  for (const side of ['from', 'to']) {
    for (const scalar of sheet.scalars(node, side)) {
      if (zones.has(scalar.text) || scalar.text === EXTERNAL || scalar.text === UNASSIGNED) continue
      sheet.unknown(scalar, 'the zone', zones, 'Declare it under `zones`.')
    }
  }
  refuse(sheet, node, 'nat')
  return {
    id: sheet.text(node, 'id'),
    from: sheet.texts(node, 'from') ?? [],
    to: sheet.texts(node, 'to') ?? [],
    slT: highestLevel(sheet, node),
    purpose: sheet.text(node, 'purpose'),
    channels: sheet.items(node, 'channels').map((item) => readChannel(sheet, item, names)),
    line: node.at.line,
  }
}

function readChannel(sheet: Sheet, node: YamlNode, names: Names): Channel {
  const security = sheet.node(node, 'security')
  refuse(sheet, security, 'certificates')
  const allow = sheet.node(node, 'allow')
  return {
    protocol: sheet.text(node, 'protocol'),
    transport: sheet.scalar(node, 'transport')?.text,
    clients: names.parties(node, 'clients'),
    servers: names.parties(node, 'servers'),
    ports:
      sheet.node(node, 'ports') === undefined
        ? undefined
        : sheet.scalars(node, 'ports').map(({ value }) => Number(value)),
    security:
      security === undefined
        ? undefined
        : {
            modes: sheet.texts(security, 'modes'),
            policies: sheet.texts(security, 'policies'),
            anonymous: sheet.flag(security, 'anonymous'),
          },
    tlsRequired: sheet.text(node, 'tls') === 'required',
    allow:
      allow === undefined
        ? undefined
        : sheet.items(node, 'allow').map((item) => readEntry(sheet, item)),
    deny: sheet.items(node, 'deny').map((item) => readEntry(sheet, item)),
    line: node.at.line,
  }
}

function readEntry(sheet: Sheet, node: YamlNode): Entry {
  for (const key of notYet) refuse(sheet, node, key)
  const services = sheet.texts(node, 'services')
  return {
    id: sheet.text(node, 'id'),
    ops: readOps(sheet, node),
    units: sheet.spans(node, 'units', 255),
    ranges: readRanges(sheet, node),
    services: services === undefined ? undefined : new Set(services),
    nodes: sheet.texts(node, 'nodes'),
    methods: sheet.texts(node, 'methods'),
    clientIds: sheet.texts(node, 'clientIds'),
    publish: sheet.texts(node, 'publish'),
    subscribe: sheet.texts(node, 'subscribe'),
    commands:
      sheet.node(node, 'commands') === undefined
        ? undefined
        : sheet.items(node, 'commands').map((item): Command => ({
            types: sheet.texts(item, 'types'),
            edges: sheet.texts(item, 'edges'),
            metrics: sheet.texts(item, 'metrics'),
          })),
    qosMax: sheet.number(node, 'qosMax'),
    retain: sheet.flag(node, 'retain'),
    line: node.at.line,
  }
}

export function readOps(sheet: Sheet, node: YamlNode): Ops | undefined {
  if (sheet.node(node, 'ops') === undefined) return undefined
  const classes = new Set<string>()
  const functions: FunctionCode[] = []
  for (const { text, at } of sheet.scalars(node, 'ops')) {
    const match = /^fc(\d+)(?:\/(\d+))?$/.exec(text)
    if (match === null) {
      classes.add(text)
      continue
    }
    const code = Number(match[1])
    if (code > 127) {
      // MODBUS Application Protocol V1.1b3 4.1: 128-255 are for exception responses.
      sheet.error(at, 'function-code', `there is no function code ${code}`, 'Write 1 to 127.')
    }
    functions.push({ code, sub: match[2] === undefined ? undefined : Number(match[2]) })
  }
  return { classes, functions }
}

function readRanges(sheet: Sheet, node: YamlNode): Map<string, readonly Span[]> | undefined {
  const ranges = sheet.node(node, 'ranges')
  if (ranges?.kind !== 'map') return undefined
  const tables = new Map<string, readonly Span[]>()
  for (const { key } of ranges.entries) {
    tables.set(key.text, sheet.spans(ranges, key.text, 65_535) ?? [])
  }
  return tables
}

function refuse(sheet: Sheet, node: YamlNode | undefined, key: string): void {
  const found = entry(node, key)
  if (found === undefined) return
  const message = `\`${key}\` cannot be judged by this version`
  const remedy = 'Take it out: left in, more would be allowed than it says.'
  sheet.error(found.key.at, 'not-judged', message, remedy)
}
