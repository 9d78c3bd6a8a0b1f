/** Five steps that differ in shape, in lightness and in word, not in colour alone. */
import type { Severity } from '../../analyzer/api/schema.ts'

const shapes: Readonly<Record<Severity, string>> = {
  /** Diamond, triangle, square, disc, ring: told apart at ten pixels and in grey. */
  critical: 'M8 0 16 8 8 16 0 8Z',
  high: 'M8 1 15.5 15H.5Z',
  medium: 'M2 2h12v12H2Z',
  low: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
  informational: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm0 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z',
}

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className={`severity severity-${severity}`} data-tip={severity}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden>
        <path d={shapes[severity]} fillRule="evenodd" />
      </svg>
      <span className="hidden">{severity}</span>
    </span>
  )
}
