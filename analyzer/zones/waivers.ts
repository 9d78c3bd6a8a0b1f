/** Maintenance windows and exceptions: who lets what pass, from when to when. */
import type { YamlNode } from '../input/yaml.ts'
import { readOps } from './conduits.ts'
import type { Names } from './parties.ts'
import { EXTERNAL, UNASSIGNED } from './policy.ts'
import type { Conduit, Waiver } from './policy.ts'
import type { Sheet } from './sheet.ts'

/** policy.md B3: an exception lasts 180 days at most; then somebody has to look again. */
const EXCEPTION_US_MAX = 180 * 86_400e6

export function readWaivers(
  sheet: Sheet,
  root: YamlNode,
  names: Names,
  zones: ReadonlySet<string>,
  conduits: readonly Conduit[],
): Waiver[] {
  const denies = new Set(
    conduits.flatMap(({ channels }) => channels.flatMap(({ deny }) => deny.map(({ id }) => id))),
  )
  const conduitIds = new Set(conduits.map(({ id }) => id))
  const windows = sheet.items(root, 'maintenance').map((node) => {
    for (const scalar of sheet.scalars(node, 'conduits')) {
      if (conduitIds.has(scalar.text)) continue
      sheet.unknown(scalar, 'the conduit', conduitIds, 'Declare it under `conduits`.')
    }
    return readWindow(sheet, node, names)
  })
  const exceptions = sheet.items(root, 'exceptions').map((node) => {
    const match = sheet.node(node, 'match')
    for (const key of ['from', 'to']) {
      const scalar = sheet.scalar(match, key)
      if (scalar === undefined || zones.has(scalar.text)) continue
      if (scalar.text === EXTERNAL || scalar.text === UNASSIGNED) continue
      sheet.unknown(scalar, 'the zone', zones, 'Declare it under `zones`.')
    }
    return readException(sheet, node, names)
  })
  for (const list of ['maintenance', 'exceptions']) {
    for (const node of sheet.items(root, list)) {
      for (const scalar of sheet.scalars(node, 'lifts')) {
        if (denies.has(scalar.text)) continue
        sheet.unknown(scalar, 'the deny line', denies, 'Name the `id` of a `deny` line.')
      }
    }
  }
  return [...windows, ...exceptions]
}

function readWindow(sheet: Sheet, node: YamlNode, names: Names): Waiver {
  const permits = sheet.node(node, 'permits')
  const start = sheet.time(node, 'from') ?? 0
  const end = sheet.time(node, 'to', true) ?? 0
  if (end <= start) {
    sheet.error(node.at, 'time', 'the window ends before it begins', 'Change `from` or `to`.')
  }
  return {
    id: sheet.text(node, 'id'),
    kind: 'window',
    start,
    end,
    conduits: sheet.texts(node, 'conduits'),
    from: undefined,
    to: undefined,
    clients: names.parties(node, 'clients'),
    servers: undefined,
    permits:
      permits === undefined
        ? undefined
        : sheet.items(node, 'permits').map((item) => ({
            protocol: sheet.text(item, 'protocol'),
            ops: readOps(sheet, item),
          })),
    lifts: sheet.texts(node, 'lifts') ?? [],
    line: node.at.line,
  }
}

function readException(sheet: Sheet, node: YamlNode, names: Names): Waiver {
  const match = sheet.node(node, 'match')
  const notBefore = sheet.time(node, 'notBefore')
  const end = sheet.time(node, 'expires', true) ?? 0
  const expires = sheet.scalar(node, 'expires')?.at ?? node.at
  if (notBefore === undefined) {
    const message = 'the exception says no beginning'
    sheet.error(node.at, 'exception-span', message, 'Add `notBefore` with a date.')
  } else if (end <= notBefore) {
    sheet.error(expires, 'time', 'the exception ends before it begins', 'Change `expires`.')
  } else if (end - notBefore > EXCEPTION_US_MAX) {
    const message = 'the exception lasts more than 180 days'
    sheet.error(expires, 'exception-span', message, 'Choose an earlier date and renew it then.')
  }
  const protocol = sheet.scalar(match, 'protocol')?.text
  const ops = match === undefined ? undefined : readOps(sheet, match)
  return {
    id: sheet.text(node, 'id'),
    kind: 'exception',
    start: notBefore ?? 0,
    end,
    conduits: undefined,
    from: sheet.text(match, 'from'),
    to: sheet.text(match, 'to'),
    clients: names.parties(match, 'clients'),
    servers: names.parties(match, 'servers'),
    permits: [{ protocol, ops }],
    lifts: sheet.texts(node, 'lifts') ?? [],
    line: node.at.line,
  }
}
