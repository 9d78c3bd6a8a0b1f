/**
 * Every attribute with where it came from; values that contradict each other stand side by
 * side.
 */
import type { AssetRow } from '../../analyzer/api/schema.ts'
import { plural } from '../text/number.ts'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

type Row = AssetRow['attributes'][number]

function grouped(rows: readonly Row[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.attribute, [...(groups.get(row.attribute) ?? []), row])
  return [...groups].sort(([a], [b]) => a.localeCompare(b))
}

export function Attributes({ rows }: { rows: readonly Row[] }) {
  const groups = grouped(rows)
  return (
    <section>
      <h2>What is known of it</h2>
      {groups.length === 0 ? (
        <p className="dim">It has said nothing of itself yet; no identity was seen.</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Attributes">
          <table className="plain-table attributes">
            <thead>
              <tr>
                <th scope="col">Attribute</th>
                <th scope="col">Value, and where it came from</th>
              </tr>
            </thead>
            <tbody>
              {groups.map(([attribute, values]) => (
                <tr key={attribute}>
                  <th scope="row">
                    <Wire text={attribute.replaceAll('_', ' ')} limit={60} />
                    <Conflict values={values} />
                  </th>
                  <td>
                    <div className="values">
                      {values.map((row, at) => (
                        <Value key={at} row={row} />
                      ))}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Conflict({ values }: { values: readonly Row[] }) {
  const different = new Set(values.map((row) => row.value)).size
  if (different < 2) return null
  return <span className="conflict">▲ {different} values</span>
}

const trust: Readonly<Record<string, string>> = {
  A: 'the device said so itself',
  B: 'seen in its traffic',
  C: 'concluded',
  declared: 'declared by people',
}

function Value({ row }: { row: Row }) {
  return (
    <div className="value">
      <Wire text={row.value} mono copy limit={300} />
      <span className="dim">
        <Wire text={row.protocol} limit={40} />
        {row.packets > 0 && `, ${plural(row.packets, 'packet')}`}, last{' '}
        <When iso={row.last} focusable />
        {row.confidence !== '' && (
          <span data-tip={Object.hasOwn(trust, row.confidence) ? trust[row.confidence] : ''}>
            {' · confidence '}
            <Wire text={row.confidence} limit={16} />
          </span>
        )}
      </span>
    </div>
  )
}
