/**
 * Zones and conduits: declared against observed, violations, coverage (policy.md B4, sections 3,
 * 6, 7, 8 in their first form). What no sensor saw is said as not visible, never as clean.
 */
import type { AssetRow, FindingRow, ZoneMatrix } from '../api/schema.ts'
import { mergeHealth, ofSensors } from '../stores/fleet.ts'
import type { HealthSnapshot, Reads, Scoped } from '../stores/store.ts'
import { csvRows } from './csv.ts'
import { escapeHtml, htmlPage, htmlTable } from './html.ts'
import type { Report, ReportFormat } from './report.ts'

interface ZonesDocument {
  report: 'zones'
  site: string
  sensor: string
  period: { first: string; last: string }
  policy: ZoneMatrix['policy']
  coverage: {
    packets: number
    lost: number | null
    protocols: HealthSnapshot['coverage']
    limits: string[]
  }
  zones: ZoneMatrix['zones']
  matrix: ZoneMatrix['cells']
  violations: FindingRow[]
  unassigned: { id: string; ip: string[]; name: string }[]
}

const PAGE_ROWS = 1000

async function gather(store: Reads, scope: Scoped): Promise<ZonesDocument> {
  const matrix = await store.matrix(scope)
  const health = mergeHealth(ofSensors(await store.sensors(), scope))
  const findings = await allFindings(store, scope)
  const violations = findings.filter(({ zone }) => zone?.verdict === 'violation')
  const assets = await allAssets(store, scope)
  return {
    report: 'zones',
    site: health?.site ?? '',
    sensor: health?.sensor ?? '',
    period: { first: health?.capture_first ?? '', last: health?.capture_last ?? '' },
    policy: matrix?.policy ?? null,
    coverage: {
      packets: health?.packets ?? 0,
      lost: health?.lost ?? null,
      protocols: health?.coverage ?? [],
      limits: limitsOf(health, matrix),
    },
    zones: matrix?.zones ?? [],
    matrix: matrix?.cells ?? [],
    violations,
    unassigned: assets
      .filter(({ zone }) => zone === 'unassigned')
      .map(({ id, ip, name }) => ({ id, ip, name })),
  }
}

async function allFindings(store: Reads, scope: Scoped): Promise<FindingRow[]> {
  const rows: FindingRow[] = []
  let after: string | undefined
  do {
    const page = await store.findings({ ...scope, sort: 'first', limit: PAGE_ROWS, after })
    rows.push(...page.rows)
    after = page.next ?? undefined
  } while (after !== undefined)
  return rows
}

async function allAssets(store: Reads, scope: Scoped): Promise<AssetRow[]> {
  const rows: AssetRow[] = []
  let after: string | undefined
  do {
    const page = await store.assets({ ...scope, limit: PAGE_ROWS, after })
    rows.push(...page.rows)
    after = page.next ?? undefined
  } while (after !== undefined)
  return rows
}

/** What the report cannot say, in words. */
function limitsOf(health: HealthSnapshot | undefined, matrix: ZoneMatrix | undefined): string[] {
  const limits: string[] = []
  if (health === undefined) limits.push('No sensor has reported: nothing was observed.')
  else {
    if (health.lost === null) limits.push('This way of capture cannot say what was lost before it.')
    else if (health.lost > 0) limits.push(`${health.lost} packets were lost at the sensor.`)
    for (const { protocol, encrypted, gaps } of health.coverage) {
      if (encrypted > 0) {
        limits.push(`${protocol}: ${encrypted} messages were encrypted; operations not judged.`)
      }
      if (gaps > 0) limits.push(`${protocol}: ${gaps} gaps in what was captured.`)
    }
  }
  if (matrix === undefined || matrix.policy === null) {
    limits.push('No policy is loaded: nothing could be judged against zones and conduits.')
  }
  return limits
}

function toHtml(document: ZonesDocument): string {
  const { policy, coverage } = document
  const facts: [string, string][] = [
    ['Site', document.site],
    ['Sensor', document.sensor],
    ['Observed', `${seconds(document.period.first)} to ${seconds(document.period.last)}`],
    [
      'Policy',
      policy === null ? 'none' : `${policy.file}, version ${policy.version}, ${policy.site}`,
    ],
    ['Packets', String(coverage.packets)],
    ['Lost', coverage.lost === null ? 'not assessable' : String(coverage.lost)],
  ]
  const list = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`)
  const limits = coverage.limits.map((limit) => `<li>${escapeHtml(limit)}</li>`).join('')
  return htmlPage(
    `Zones and conduits: ${document.site}`,
    `<h1>Zones and conduits</h1>
<dl>${list.join('')}</dl>
<h2>Limits of this report</h2>
${limits === '' ? '<p class="none">None known.</p>' : `<ul>${limits}</ul>`}
${matrixHtml(document)}
${htmlTable('Zones', ['Zone', 'Name', 'Kind', 'Assets'], zoneRows(document))}
${htmlTable('Conduits', conduitHead, conduitRows(document))}
${htmlTable('Violations', violationHead, violationRows(document))}
${htmlTable(
  'Assets in no zone',
  ['Address', 'Name'],
  document.unassigned.map(({ ip, name }) => [ip.join(' '), name]),
)}
${htmlTable('Coverage', coverageHead, coverageRows(document))}`,
  )
}

function matrixHtml({ zones, matrix }: ZonesDocument): string {
  const ids = [
    ...new Set([...zones.map(({ id }) => id), ...matrix.flatMap(({ from, to }) => [from, to])]),
  ]
  const cells = new Map(matrix.map((cell) => [`${cell.from}\n${cell.to}`, cell]))
  const head = ids.map((id) => `<th scope="col">${escapeHtml(id)}</th>`).join('')
  const rows = ids.map((from) => {
    const row = ids.map((to) => {
      const cell = cells.get(`${from}\n${to}`)
      if (cell === undefined) return '<td></td>'
      const text =
        cell.state === 'violation'
          ? `${cell.violations} of ${cell.operations} in violation`
          : cell.state
      return `<td class="${cell.state}">${escapeHtml(text)}</td>`
    })
    return `<tr><th scope="row">${escapeHtml(from)}</th>${row.join('')}</tr>`
  })
  return `<h2>Matrix: rows initiate, columns answer</h2>
<table><thead><tr><th></th>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
<p class="none">${legend}</p>`
}

const legend =
  'Empty: nothing is declared and nothing was seen. idle: declared, not used. allowed: used as ' +
  'declared. not-visible: declared, and this sensor cannot see it. not-declared: no policy judged it.'

const conduitHead = ['Conduit', 'From', 'To', 'State', 'Operations', 'Violations']

/** A conduit was used, idle, or nobody could see it: only the first two can be called clean. */
function conduitRows({ matrix }: ZonesDocument): (string | number)[][] {
  return matrix
    .flatMap((cell) =>
      cell.conduits.map((conduit) => {
        const used = cell.operations > 0 ? 'exercised' : cell.state
        return [conduit, cell.from, cell.to, used, cell.operations, cell.violations]
      }),
    )
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
}

const violationHead = [
  'Code',
  'Severity',
  'Finding',
  'Source',
  'Target',
  'Policy',
  'Count',
  'First',
  'Last',
  'State',
]
const coverageHead = ['Protocol', 'Messages', 'Malformed', 'Gaps', 'Encrypted', 'Decoded %']

function zoneRows({ zones }: ZonesDocument): (string | number)[][] {
  return zones.map(({ id, name, kind, assets }) => [id, name, kind, assets])
}

function violationRows({ violations }: ZonesDocument): (string | number)[][] {
  return violations.map((finding) => [
    finding.zone?.code ?? '',
    finding.severity,
    finding.summary,
    partyText(finding.source),
    partyText(finding.target),
    finding.zone?.line ?? '',
    finding.count,
    seconds(finding.first),
    seconds(finding.last),
    finding.state,
  ])
}

/** Name, address and zone of each, as far as they are known: one row as the other. */
function partyText({ name, ip, mac, zone }: FindingRow['source']): string {
  const address = ip || mac
  const who = name === '' || name === address ? address : `${name} ${address}`
  return zone === '' ? who.trim() : `${who.trim()} (${zone})`
}

/** To the second, in UTC, as people read it. */
function seconds(iso: string): string {
  return iso === '' ? '' : `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function coverageRows({ coverage }: ZonesDocument): (string | number)[][] {
  return coverage.protocols.map((row) => [
    row.protocol,
    row.messages,
    row.malformed,
    row.gaps,
    row.encrypted,
    Math.round(row.decoded * 1000) / 10,
  ])
}

const cellHead = ['from', 'to', 'state', 'conduits', 'operations', 'violations']

function toCsv(document: ZonesDocument): string {
  return csvRows([
    ['section', ...cellHead],
    ...document.matrix.map((cell) => [
      'matrix',
      cell.from,
      cell.to,
      cell.state,
      cell.conduits.join(' '),
      cell.operations,
      cell.violations,
    ]),
    ['section', ...conduitHead.map((name) => name.toLowerCase())],
    ...conduitRows(document).map((row) => ['conduit', ...row]),
    ['section', ...violationHead.map((name) => name.toLowerCase())],
    ...violationRows(document).map((row) => ['violation', ...row]),
    ['section', ...coverageHead.map((name) => name.toLowerCase())],
    ...coverageRows(document).map((row) => ['coverage', ...row]),
  ])
}

export const report: Report = {
  title: 'Zones and conduits',
  summary: 'declared against observed, violations, coverage',
  async make(store: Reads, format: ReportFormat, scope: Scoped = {}) {
    const document = await gather(store, scope)
    switch (format) {
      case 'json':
        return `${JSON.stringify(document, null, 2)}\n`
      case 'html':
        return toHtml(document)
      case 'csv':
        return toCsv(document)
    }
  },
}
