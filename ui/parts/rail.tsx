/** Where to go: icons with words, and one number. */
import { Link } from '@tanstack/react-router'
import {
  ArrowLeftRight,
  FileText,
  Grid3x3,
  ListTree,
  RadioTower,
  ScrollText,
  Server,
  ShieldAlert,
} from 'lucide-react'
import { useHealth } from '../data/hooks.ts'
import { severities } from '../text/address.ts'
import { count } from '../text/number.ts'
import { SeverityMark } from './severity.tsx'

const places = [
  { to: '/findings', name: 'Findings', icon: ShieldAlert, keys: 'g f' },
  { to: '/assets', name: 'Assets', icon: Server, keys: 'g a' },
  { to: '/conversations', name: 'Conversations', icon: ArrowLeftRight, keys: 'g c' },
  { to: '/zones', name: 'Zones', icon: Grid3x3, keys: 'g z' },
  { to: '/operations', name: 'Operations', icon: ListTree, keys: 'g o' },
  { to: '/reports', name: 'Reports', icon: FileText, keys: 'g p' },
  { to: '/rules', name: 'Rules', icon: ScrollText, keys: 'g r' },
  { to: '/sensor', name: 'Sensor', icon: RadioTower, keys: 'g s' },
] as const

export function Rail() {
  return (
    <nav className="rail" aria-label="Pages">
      {places.map((place) => (
        <Link
          key={place.to}
          to={place.to}
          className="rail-link"
          activeProps={{ className: 'rail-link active' }}
          data-tip={`${place.name}: ${place.keys}`}
          aria-keyshortcuts={place.keys}
        >
          <place.icon size={16} aria-hidden />
          <span className="rail-name">{place.name}</span>
          {place.to === '/findings' ? <OpenCount /> : null}
          <kbd>{place.keys}</kbd>
        </Link>
      ))}
    </nav>
  )
}

/** Open findings of the highest severity that has any. */
function OpenCount() {
  const open = useHealth()?.open
  const highest = open && severities.find((severity) => open[severity] > 0)
  if (open === undefined || highest === undefined) return null
  return (
    <span className="rail-count tabular" data-tip={`${count(open[highest])} open, ${highest}`}>
      <SeverityMark severity={highest} />
      {count(open[highest])}
    </span>
  )
}
