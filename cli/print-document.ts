/** The document of `analyze` for people. */
import type { Finding } from '#analyzer'
import { severities } from '#analyzer'
import { accountingText } from './accounting.ts'
import type { Document } from './document.ts'
import type { Style } from './print.ts'
import { bold, dim, numberText, severityText, table, timeText, wireText } from './print.ts'

/** What people read; a program reads all of them. */
const ASSETS_SHOWN = 40

export function printDocument(document: Document, files: readonly string[], style: Style): string {
  const { capture, assets, findings } = document
  const parts: string[] = []
  const names = files.map(wireText).join(', ')
  parts.push(`${bold(names, style)}: ${numberText(capture.packets)} packets`)
  if (capture.first !== '') {
    parts.push(`, ${timeText(capture.first, style)} to ${timeText(capture.last, style)}`)
  }
  parts.push('\n\n', bold(`Findings (${findings.length})`, style), '\n')
  if (findings.length === 0) parts.push('None.\n')
  const worstFirst = findings.toSorted((a, b) => rankOf(b) - rankOf(a))
  for (const finding of worstFirst) parts.push(findingText(finding, style))
  const shown = assets.slice(0, ASSETS_SHOWN)
  parts.push('\n', bold(`Assets (${assets.length})`, style), '\n')
  if (assets.length === 0) parts.push('None: no host was seen in a two-way conversation.\n')
  else {
    parts.push(
      table([
        ['ADDRESS', 'NAME', 'ZONE', 'VENDOR', 'ROLES', 'PROTOCOLS'],
        ...shown.map((asset) => [
          wireText(asset.ip.join(' ')),
          wireText(asset.name) || '-',
          asset.zone || '-',
          wireText(asset.vendor) || '-',
          asset.roles.join(' ') || '-',
          asset.protocols.join(' ') || '-',
        ]),
      ]),
    )
  }
  const more = assets.length - shown.length
  if (more > 0) parts.push(`and ${numberText(more)} more: --json\n`)
  const accounted = accountingText(document.accounting.identities, capture.truncated)
  parts.push(
    '\n',
    document.accounting.balanced && !capture.truncated
      ? dim(accounted, style)
      : bold(accounted, style),
    '\n',
  )
  return parts.join('')
}

function findingText(finding: Finding, style: Style): string {
  const { explanation } = finding
  const lines = [
    `${severityText(finding.severity, style)}  ${wireText(finding.summary)}`,
    dim(
      `  ${timeText(finding.first, style)}  ${timesText(finding.count)}  ${finding.rule.title}` +
        (finding.technique.length > 0 ? `  ${finding.technique.join(' ')}` : ''),
      style,
    ),
  ]
  for (const precedent of explanation.precedent) lines.push(`  until now: ${wireText(precedent)}`)
  const { verdict = '' } = finding.zone ?? {}
  if (explanation.policy !== '') lines.push(`  policy: ${verdict}, ${explanation.policy}`)
  const packets = finding.evidence.slice(0, 8).map(({ packet }) => packet)
  if (packets.length > 0) {
    const more = finding.evidence.length > packets.length ? ', …' : ''
    lines.push(`  packets: ${packets.join(', ')}${more}`)
  }
  return `${lines.join('\n')}\n`
}

function rankOf({ severity }: Finding): number {
  return severities.indexOf(severity)
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${numberText(count)} times`
}
