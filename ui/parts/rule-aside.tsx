/** A rule in full: what it means, what to check, when it is harmless. */
import { Link } from '@tanstack/react-router'
import type { RuleRow } from '../../analyzer/api/schema.ts'
import { useAddress } from '../data/hooks.ts'
import type { FindingSearch, RangeSearch } from '../text/address.ts'
import { plural } from '../text/number.ts'
import { Aside } from './aside.tsx'
import { SeverityMark } from './severity.tsx'
import { Wire, WireList } from './wire.tsx'

/** A correlation (Sigma 2.1.0) has no source of its own. */
export const counting = (rule: RuleRow): boolean =>
  Object.values(rule.logsource).every((value) => value === '')

/** All its findings, in the view that holds them. */
export function ruleFindings(rule: RuleRow): FindingSearch & RangeSearch {
  const posture = rule.tags.includes('fieldtap.posture')
  return { rule: rule.id, view: posture ? 'posture' : 'all', range: 'all' }
}

export function RuleAside({ rule }: { rule: RuleRow }) {
  const change = useAddress()
  const title = (
    <>
      <SeverityMark severity={rule.level} /> <Wire text={rule.title} />
    </>
  )
  return (
    <Aside label="The rule" title={title} onClose={() => change({ sel: undefined })}>
      <p>
        <Wire text={rule.description} limit={2000} />
      </p>
      <p>
        <Link to="/findings" search={ruleFindings(rule)}>
          {plural(rule.findings, 'finding')}
        </Link>
      </p>
      {counting(rule) && (
        <p className="dim">
          It looks at no traffic itself: it counts the matches of other rules, within a while.
        </p>
      )}
      <TextList title="What to check first" texts={rule.check} />
      <TextList title="Harmless when" texts={rule.false_positives} />
      <h3>Source</h3>
      <p>
        <Wire text={rule.file} mono copy />
      </p>
      <p>
        <WireList texts={rule.tags} limit={60} mono />
      </p>
      <p className="dim">
        <Wire text={rule.id} mono copy />
      </p>
    </Aside>
  )
}

function TextList({ title, texts }: { title: string; texts: readonly string[] }) {
  if (texts.length === 0) return null
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {texts.map((text, at) => (
          <li key={at}>
            <Wire text={text} limit={400} />
          </li>
        ))}
      </ul>
    </>
  )
}
