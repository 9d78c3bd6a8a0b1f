/** Which findings: the view, how severe, words, order. All of it is in the address. */
import { useViewCounts } from '../data/finding-list.ts'
import { useAddress } from '../data/hooks.ts'
import { severities, sorts, views } from '../text/address.ts'
import type { FindingSearch, Sort, View } from '../text/address.ts'
import { count } from '../text/number.ts'
import { SearchField } from './search-field.tsx'
import { SeverityMark } from './severity.tsx'
import { Wire } from './wire.tsx'

const viewNames: Readonly<Record<View, string>> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
  all: 'All alarms',
  posture: 'Posture',
}

const viewTips: Readonly<Record<View, string>> = {
  open: 'Findings that nobody has judged yet',
  acknowledged: 'Findings that somebody works on',
  closed: 'Findings that were closed, with the reason',
  all: 'Findings in every state, without posture',
  posture: 'What is true of the plant as it is built: to be improved, not an alarm',
}

const sortNames: Readonly<Record<Sort, string>> = {
  '-last': 'Newest',
  '-severity': 'Most severe',
  '-count': 'Most repeated',
}

export function FindingFilter({ search }: { search: FindingSearch }) {
  const address = useAddress()
  const view = search.view ?? 'open'
  const counts = useViewCounts(search)
  return (
    <div className="filter">
      <div className="tabs" role="group" aria-label="View">
        {views.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === view}
            data-tip={viewTips[name]}
            onClick={() =>
              address({ view: name === 'open' ? undefined : name, sel: undefined }, { push: true })
            }
          >
            {viewNames[name]} <ViewCount value={counts?.[name]} />
          </button>
        ))}
      </div>
      <Narrowed what="rule" value={search.rule} />
      <Narrowed what="asset" value={search.asset} />
    </div>
  )
}

/** How many a view holds in this time range, with this filter. */
function ViewCount({ value }: { value: number | undefined }) {
  return <span className="view-count tabular">{value === undefined ? '' : count(value)}</span>
}

/** Words and order; on the line of the count. */
export function FindingSort({ search }: { search: FindingSearch }) {
  const address = useAddress()
  return (
    <>
      <SeverityFilter chosen={search.severity} />
      <SearchField
        value={search.q ?? ''}
        label="Filter findings by words, names and addresses"
        onChange={(q) => address({ q, sel: undefined })}
      />
      <select
        aria-label="Order"
        value={search.sort ?? '-last'}
        onChange={(event) =>
          address({ sort: event.target.value === '-last' ? undefined : event.target.value })
        }
      >
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {sortNames[sort]}
          </option>
        ))}
      </select>
    </>
  )
}

/** A condition that came by a link from another page, and the way out of it. */
function Narrowed({ what, value }: { what: 'rule' | 'asset'; value: string | undefined }) {
  const address = useAddress()
  if (value === undefined) return null
  return (
    <button type="button" className="narrowed" onClick={() => address({ [what]: undefined })}>
      {what}: <Wire text={value} limit={32} /> ×
    </button>
  )
}

function SeverityFilter({ chosen }: { chosen: string | undefined }) {
  const address = useAddress()
  const list = chosen === undefined ? [] : chosen.split(',')
  const toggle = (severity: string): void => {
    const next = list.includes(severity)
      ? list.filter((item) => item !== severity)
      : [...list, severity]
    address({ severity: next.length === severities.length ? undefined : next.join(',') })
  }
  return (
    <div className="tabs tabs-severity" role="group" aria-label="Severity">
      {severities.map((severity) => (
        <button
          key={severity}
          type="button"
          aria-pressed={list.includes(severity)}
          aria-label={severity}
          data-tip={`Only ${severity} (several can be chosen)`}
          onClick={() => toggle(severity)}
        >
          <SeverityMark severity={severity} />
        </button>
      ))}
    </div>
  )
}
