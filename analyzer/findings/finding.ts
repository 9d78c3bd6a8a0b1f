/** A finding in the short form that ends fields.md: what a rule concluded, and why. */

export const severities = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

export interface Party {
  ip: string
  /** `00:80:f4:10:20:01`. */
  mac: string
  name: string
  zone: string
}

export interface Explanation {
  /** Fields that the rule matched, with the value seen. */
  matched: { field: string; value: string }[]
  /** What was usual instead, in words. */
  precedent: string[]
  /** file:line of the policy that decided. */
  policy: string
  /** What to check first. */
  check: string[]
  /** What could not be judged, in words. */
  not_assessable: string[]
}

export interface Evidence {
  packet: number
  /** Where several captures were read. */
  file?: string
}

export interface Finding {
  /** Deterministic: sensor, rule, subject, episode. */
  id: string
  rule: { id: string; title: string; tags: string[]; version: string }
  severity: Severity
  severity_reasons: string[]
  summary: string
  explanation: Explanation
  count: number
  /** ISO 8601, UTC, µs. */
  first: string
  last: string
  source: Party
  target: Party
  sources?: Party[]
  targets?: Party[]
  zone?: { verdict: string; code: string; conduit: string; line: string }
  technique: string[]
  /** Packet numbers from 1; with several files `file` beside each. */
  evidence: Evidence[]
  /** `event.id` of the first operations behind it, oldest first, bounded. */
  operations: string[]
  /** Baseline entries that approving as normal would add. */
  approves: string[]
  /** Hash of rule and subject: what repeats fold by, also after a restart. */
  subject?: string
}

/** Bounds of one finding: a storm of repeats must not grow it. */
export const FINDING_EVIDENCE_MAX = 200
export const FINDING_OPERATIONS_MAX = 100
/** An episode ends after this much silence (fields.md). */
export const EPISODE_SILENCE_US = 24 * 3600 * 1e6
