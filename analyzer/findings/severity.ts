/** Severity of a finding: the rule's level, moved by what the zone policy says (fields.md). */
import type { Doc } from '../facts.ts'
import type { SigmaRule } from '../sigma/rule.ts'
import { severities, type Severity } from './finding.ts'

export interface Judged {
  readonly severity: Severity
  readonly reasons: string[]
}

export function judgeSeverity(rule: SigmaRule, doc: Doc): Judged {
  const verdict = doc['ot.zone.verdict']
  const level = severities.indexOf(rule.level)
  const unmoved: Judged = { severity: rule.level, reasons: [] }
  // The zn rules match the verdict itself: it would count twice. Posture is no event.
  if (rule.posture || rule.tags.some((tag) => tag.startsWith('fieldtap.zn-'))) return unmoved
  if (verdict === 'violation') {
    const severity = severities[level + 1]
    const code = doc['ot.zone.code']
    const why = typeof code === 'string' ? `: ${code}` : ''
    return severity ? { severity, reasons: [`one up: the zone policy is violated${why}`] } : unmoved
  }
  if (verdict !== 'permitted') return unmoved
  const classes = doc['ot.operation.class']
  const list = typeof classes === 'object' ? classes : [classes]
  if (list.includes('control') || list.includes('program')) return unmoved
  const severity = severities[level - 1]
  const window = doc['ot.zone.window']
  const which = typeof window === 'string' ? ` ${window}` : ''
  return severity ? { severity, reasons: [`one down: permitted by window${which}`] } : unmoved
}

export function isHigher(a: Severity, b: Severity): boolean {
  return severities.indexOf(a) > severities.indexOf(b)
}
