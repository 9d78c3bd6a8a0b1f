/** What the dashboards show: one row a panel, in the order in which they are laid out. */

export interface Panel {
  /** Part of the id of the saved object: never changed, so that an import replaces the last one. */
  id: string
  board: 'inventory' | 'operations' | 'findings'
  title: string
  /** Documents it is made of. */
  of: 'assets' | 'findings' | 'observations'
  kind: 'number' | 'time' | 'ring' | 'bars' | 'table'
  /** What they are told apart by, the outermost first. */
  by: readonly string[]
  /** Summed up beside the number of documents. */
  sum?: string
  /** In the query language of Kibana. */
  where?: string
  width: number
  height: number
}

const isOperation = 'event.action: * and not event.dataset: "ot.sensor"'
const changes = 'ot.operation.class: ("write" or "command" or "control" or "program")'
const alarms = 'ot.finding.posture: false'
const open = `${alarms} and not ot.finding.state: "closed"`

const small = { width: 12, height: 10 }
const half = { width: 24, height: 14 }
const wide = { width: 48, height: 14 }

export const panels: readonly Panel[] = [
  row('inventory', 'assets', 'assets-number', 'Assets', 'number', [], small),
  row('inventory', 'assets', 'assets-vendor', 'By vendor', 'ring', ['device.manufacturer'], small),
  row('inventory', 'assets', 'assets-role', 'By role', 'ring', ['ot.asset.role'], small),
  row('inventory', 'assets', 'assets-site', 'By site', 'ring', ['ot.site'], small),
  row('inventory', 'assets', 'assets-zone', 'By zone', 'bars', ['ot.asset.zone'], half),
  row('inventory', 'assets', 'assets-protocol', 'By protocol', 'bars', ['ot.asset.protocol'], half),
  row(
    'inventory',
    'assets',
    'assets-list',
    'Assets with what they are',
    'table',
    ['ot.asset.id', 'host.name', 'host.ip', 'device.manufacturer', 'device.model.name'],
    wide,
  ),
  {
    ...row(
      'operations',
      'observations',
      'operations-time',
      'Operations',
      'time',
      ['event.dataset'],
      wide,
    ),
    where: isOperation,
  },
  {
    ...row(
      'operations',
      'observations',
      'operations-class',
      'By class',
      'ring',
      ['ot.operation.class'],
      small,
    ),
    where: isOperation,
  },
  {
    ...row(
      'operations',
      'observations',
      'operations-outcome',
      'By outcome',
      'ring',
      ['event.outcome'],
      small,
    ),
    where: isOperation,
  },
  {
    ...row(
      'operations',
      'observations',
      'operations-action',
      'By action',
      'bars',
      ['event.action'],
      half,
    ),
    where: isOperation,
  },
  {
    ...row(
      'operations',
      'observations',
      'operations-changes',
      'Who changes what',
      'table',
      ['source.ip', 'destination.ip', 'event.action', 'ot.operation.target'],
      wide,
    ),
    where: changes,
  },
  {
    ...row(
      'operations',
      'observations',
      'operations-verdict',
      'Between zones',
      'table',
      ['ot.source.zone.id', 'ot.destination.zone.id', 'ot.zone.verdict'],
      half,
    ),
    where: 'ot.zone.crossing: true',
  },
  row(
    'operations',
    'observations',
    'operations-anomaly',
    'Anomalies',
    'bars',
    ['ot.anomaly.code'],
    half,
  ),
  { ...row('findings', 'findings', 'findings-open', 'Open', 'number', [], small), where: open },
  {
    ...row(
      'findings',
      'findings',
      'findings-severity',
      'Open by severity',
      'ring',
      ['ot.finding.severity'],
      small,
    ),
    where: open,
  },
  {
    ...row(
      'findings',
      'findings',
      'findings-state',
      'By state',
      'ring',
      ['ot.finding.state'],
      small,
    ),
    where: alarms,
  },
  {
    ...row('findings', 'findings', 'findings-site', 'By site', 'ring', ['ot.site'], small),
    where: open,
  },
  {
    ...row(
      'findings',
      'findings',
      'findings-time',
      'Findings by their last match',
      'time',
      ['ot.finding.severity'],
      wide,
    ),
    where: alarms,
  },
  {
    ...row(
      'findings',
      'findings',
      'findings-rule',
      'By rule',
      'table',
      ['rule.name', 'ot.finding.severity'],
      half,
    ),
    where: open,
    sum: 'ot.finding.count',
  },
  {
    ...row(
      'findings',
      'findings',
      'findings-technique',
      'By technique, ATT&CK for ICS',
      'bars',
      ['threat.technique.id'],
      half,
    ),
    where: open,
  },
  {
    ...row(
      'findings',
      'findings',
      'findings-list',
      'Open findings',
      'table',
      ['ot.finding.severity', 'ot.finding.summary', 'ot.finding.source', 'ot.finding.target'],
      wide,
    ),
    where: open,
    sum: 'ot.finding.count',
  },
]

function row(
  board: Panel['board'],
  of: Panel['of'],
  id: string,
  title: string,
  kind: Panel['kind'],
  by: readonly string[],
  size: Pick<Panel, 'width' | 'height'>,
): Panel {
  return { board, of, id, title, kind, by, ...size }
}

/** Every field that a panel names, in what it tells apart, sums or asks for. */
export function fieldsOf({ by, sum, where = '' }: Panel): string[] {
  const asked = [...where.matchAll(/([@a-z_][\w.]*):/g)].map((match) => match[1] ?? '')
  return [...by, ...(sum === undefined ? [] : [sum]), ...asked]
}
