/** All sensors, each in a line: which of them needs somebody. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { SensorEntry } from '../../analyzer/api/schema.ts'
import { useScope } from '../data/hooks.ts'
import { sensorsQuery } from '../data/queries.ts'
import { count, rough } from '../text/number.ts'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

const marks = { grey: '●', amber: '▲', red: '◆' } as const
const words = { grey: 'no trouble', amber: 'hampered', red: 'cannot vouch for what is shown' }

export function FleetList() {
  const rows = useQuery(sensorsQuery).data ?? []
  return (
    <section>
      <h2>All sensors</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="All sensors">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Sensor</th>
              <th scope="col">Site</th>
              <th scope="col">Now</th>
              <th scope="col" className="numeric">
                Packets/s
              </th>
              <th scope="col" className="numeric">
                Lost
              </th>
              <th scope="col">Heard of</th>
              <th scope="col">To deliver</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Line key={`${row.site}/${row.sensor}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Line({ row }: { row: SensorEntry }) {
  const scope = useScope()
  const isShown = scope.site === row.site && scope.sensor === row.sensor
  return (
    <tr className={isShown ? 'cursor' : ''}>
      <th scope="row">
        <Link
          to="/sensor"
          search={(before: Record<string, unknown>) => ({
            ...before,
            site: row.site,
            sensor: row.sensor,
          })}
        >
          <Wire text={row.sensor || 'no name yet'} limit={40} mono still />
        </Link>
      </th>
      <td>
        <Wire text={row.site} limit={32} />
      </td>
      <td>
        <span className={`level-mark level-mark-${row.level}`} aria-hidden>
          {marks[row.level]}
        </span>{' '}
        {row.reasons[0] === undefined ? (
          words[row.level]
        ) : (
          <>
            <span className="hidden">{words[row.level]}: </span>
            <Wire text={row.reasons[0]} limit={90} />
            {row.reasons.length > 1 && ` (+${row.reasons.length - 1})`}
          </>
        )}
      </td>
      <td className="numeric">{rough(row.packets_per_second)}</td>
      <td className="numeric">
        {row.lost === null ? <span className="dim">cannot say</span> : count(row.lost)}
      </td>
      <td>
        <When iso={row.received} />
      </td>
      <td>
        {row.backlog === '' ? <span className="dim">nothing</span> : <Wire text={row.backlog} />}
      </td>
    </tr>
  )
}
