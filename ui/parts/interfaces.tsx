/** The mirror ports of a live capture, each by itself: what it hears now, and what it missed. */
import type { Health } from '../../analyzer/api/schema.ts'
import { count } from '../text/number.ts'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

type Row = NonNullable<Health['interfaces']>[number]

/** From then on the sensor is hampered: see what the level says. */
const SILENT_MS = 10_000

export function Interfaces({ rows = [] }: { rows: Row[] | undefined }) {
  if (rows.length === 0) return null
  return (
    <section>
      <h2>Mirror ports</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Mirror ports">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Interface</th>
              <th scope="col">Now</th>
              <th scope="col" className="numeric">
                Packets
              </th>
              <th scope="col" className="numeric">
                Lost
              </th>
              <th scope="col" className="numeric">
                Gaps
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                <th scope="row">
                  <Wire text={row.name} mono /> <span className="dim">{row.way}</span>
                </th>
                <td>
                  <State row={row} />
                </td>
                <td className="numeric">{count(row.packets)}</td>
                <td className="numeric">
                  {row.lost === null ? (
                    <span className="dim">cannot say</span>
                  ) : (
                    count(row.lost + (row.lost_by_interface ?? 0))
                  )}
                </td>
                <td className="numeric">{count(row.gaps)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function State({ row }: { row: Row }) {
  if (row.away !== '') {
    return (
      <span className="warning">
        hears nothing since <When iso={row.away_since ?? ''} long />: <Wire text={row.away} />
      </span>
    )
  }
  if (row.silent_ms < SILENT_MS) return <>listening</>
  return <span className="warning">no packet for {count(Math.floor(row.silent_ms / 1000))} s</span>
}
