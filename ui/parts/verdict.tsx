/** What the zone policy says of a thing, in a word and a shape. */
import { Wire } from './wire.tsx'

const marks: Readonly<Record<string, string>> = {
  allowed: '✓',
  permitted: '✓',
  accepted: '✓',
  violation: '▲',
  'not-assessable': '?',
}

export function Verdict({ verdict }: { verdict: string }) {
  if (verdict === '') return <span className="dim">not judged</span>
  const mark = Object.hasOwn(marks, verdict) ? marks[verdict] : '–'
  return (
    <span className={verdict === 'violation' ? 'verdict violation' : 'verdict'}>
      <span aria-hidden>{mark} </span>
      <Wire text={verdict.replaceAll('-', ' ')} limit={32} />
    </span>
  )
}
