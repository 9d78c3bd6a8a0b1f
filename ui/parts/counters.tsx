/** What the sensor counted, by stage, each with what it means; what is at zero folds away. */
import { useQuery } from '@tanstack/react-query'
import type { Counter } from '../../analyzer/api/schema.ts'
import { useScope } from '../data/hooks.ts'
import { countersQuery } from '../data/queries.ts'
import { bytes, count, plural } from '../text/number.ts'
import { Reading } from './states.tsx'
import { Wire } from './wire.tsx'

/** In the order in which a packet passes them. */
const stages: readonly (readonly [stage: string, title: string])[] = [
  ['capture', 'Capture'],
  ['packet', 'Packets'],
  ['stream', 'Conversations and streams'],
  ['protocol', 'Protocols'],
  ['analysis', 'Judgement'],
  ['store', 'Store'],
]

export function Counters() {
  const query = useQuery(countersQuery(useScope()))
  return (
    <section>
      <h2>Counters</h2>
      <Reading query={query} what="what the sensor counted">
        {(rows) =>
          rows.length === 0 ? (
            <p className="dim">The sensor has not counted anything yet.</p>
          ) : (
            stages.map(([stage, title]) => (
              <Stage key={stage} title={title} rows={rows.filter((row) => row.stage === stage)} />
            ))
          )
        }
      </Reading>
    </section>
  )
}

function Stage({ title, rows }: { title: string; rows: readonly Counter[] }) {
  if (rows.length === 0) return null
  const zero = rows.filter(({ value }) => value === 0)
  const counted = rows.filter(({ value }) => value !== 0)
  return (
    <div className="counter-stage">
      <h3>{title}</h3>
      {counted.length > 0 && <Rows rows={counted} />}
      {zero.length > 0 && (
        <details>
          <summary className="dim">{foldedText(zero.length, counted.length === 0)}</summary>
          <Rows rows={zero} />
        </details>
      )}
    </div>
  )
}

function foldedText(zero: number, isAll: boolean): string {
  if (!isAll) return `${count(zero)} more at zero`
  return `${plural(zero, 'counter')}, ${zero === 1 ? 'at' : 'all at'} zero`
}

function Rows({ rows }: { rows: readonly Counter[] }) {
  return (
    <dl className="counters">
      {rows.map(({ name, label, says, value }) => (
        <div key={name}>
          <dt>
            <Wire text={label} limit={60} />
          </dt>
          <dd className="counter-says dim">
            <Wire text={says} limit={120} />
          </dd>
          <dd className="counter-value tabular">
            {/bytes$/i.test(name) ? bytes(value) : count(value)}
          </dd>
        </div>
      ))}
    </dl>
  )
}
