/** A rule in full: what it means, what to check, when it is harmless. */
import { Link } from '@tanstack/react-router'
import type { RuleRow } from '../../analyzer/api/schema.ts'
import { useAddress } from '../data/hooks.ts'
import { useKeys } from '../data/keys.ts'
import { plural } from '../text/number.ts'
import { Button } from './button.tsx'
import { SeverityMark } from './severity.tsx'
import { Wire, WireList } from './wire.tsx'

export function RuleAside({ rule }: { rule: RuleRow }) {
  const change = useAddress()
  const close = (): void => change({ sel: undefined })
  useKeys({ Escape: close })
  return (
    <aside className="aside" aria-label="The rule">
      <div className="aside-top">
        <h2>
          <SeverityMark severity={rule.level} /> <Wire text={rule.title} />
        </h2>
        <Button onPress={close} keys="Esc" kind="quiet">
          Close
        </Button>
      </div>
      <p>
        <Wire text={rule.description} limit={2000} />
      </p>
      <p>
        <Link to="/findings" search={{ rule: rule.id, view: 'all' }}>
          {plural(rule.findings, 'finding')}
        </Link>
      </p>
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
    </aside>
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
