/** What can be taken away. */
import { Download } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { useScope } from '../data/hooks.ts'
import { zonesQuery } from '../data/queries.ts'
import { stringifySearch } from '../text/address.ts'
import { Wire } from '../parts/wire.tsx'

const formats = [
  { format: 'html', name: 'One page to read and print (HTML)' },
  { format: 'json', name: 'For programs (JSON)' },
  { format: 'csv', name: 'For a spreadsheet (CSV)' },
] as const

export function ReportsPage() {
  const scope = useScope()
  const policy = useQuery(zonesQuery(scope)).data?.policy
  return (
    <div className="reading-page">
      <h1>Reports</h1>
      <section>
        <h2>Zones and conduits</h2>
        <p>
          Whether traffic stayed inside the declared zones and conduits (IEC 62443-3-2): each zone
          with its assets, each conduit with what was seen on it, each violation with its evidence,
          and what could not be judged.
        </p>
        <p className="dim">
          {policy === null &&
            'No policy is declared: the report says who talks to whom, and judges nothing.'}
          {policy !== null && policy !== undefined && (
            <>
              Judged by <Wire text={policy.file} mono />, version {policy.version}.
            </>
          )}
        </p>
        <div className="choices">
          {formats.map(({ format, name }) => (
            <a
              key={format}
              className="button"
              href={`/api/reports/zones${stringifySearch({ format, ...scope })}`}
              download={`zones.${format}`}
            >
              <Download size={14} aria-hidden /> {name}
            </a>
          ))}
        </div>
      </section>
    </div>
  )
}
