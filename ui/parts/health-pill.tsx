/** Whether the sensor can vouch for what is shown: never take a blind sensor for a quiet plant. */
import { Link } from '@tanstack/react-router'
import { useHealth, useLive } from '../data/hooks.ts'
import { decodedWords, learningWords, lostWords, rateWords } from '../text/sentence.ts'
import { wirePlain } from '../text/wire.ts'
import { Wire } from './wire.tsx'

export function HealthPill() {
  const health = useHealth()
  const { link } = useLive()
  const lost = link === 'lost'
  const level = lost ? 'red' : (health?.level ?? 'grey')
  const reasons = lost ? ['connection lost'] : (health?.reasons ?? [])
  const reason = level === 'grey' ? undefined : reasons[0]
  const rate = health === undefined ? '' : rateWords(health)
  const live = health?.mode === 'live' ? health.source : ''
  const figures =
    health === undefined
      ? 'reading…'
      : [lostWords(health.lost), decodedWords(health), learningWords(health)]
          .filter(Boolean)
          .join(' · ')
  const more = reasons.length > 1 ? ` (+${reasons.length - 1})` : ''
  return (
    <Link
      to="/sensor"
      className={`pill pill-${level}`}
      data-tip={reasons.length === 0 ? 'No trouble: open Sensor' : wirePlain(reasons.join('; '))}
    >
      <span className="pill-mark" aria-hidden>
        {level === 'grey' ? '●' : level === 'amber' ? '▲' : '◆'}
      </span>
      <span className="hidden">Sensor: {level === 'grey' ? 'no trouble told.' : 'trouble.'}</span>
      {reason !== undefined && (
        <span className="pill-reason">
          <Wire text={reason} limit={60} />
          {more}
        </span>
      )}
      <span className="pill-figures tabular">
        {live !== '' && (
          <span className="pill-rate">
            <Wire text={live} limit={16} mono /> ·{' '}
          </span>
        )}
        {rate !== '' && <span className="pill-rate">{rate} · </span>}
        {figures}
      </span>
    </Link>
  )
}
