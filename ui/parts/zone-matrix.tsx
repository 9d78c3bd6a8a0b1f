import type { ZoneMatrix } from '../../analyzer/api/schema.ts'
import { count, plural, rough } from '../text/number.ts'
import { wirePlain } from '../text/wire.ts'
import { cellKey, cellMarks, cellWords, cellsByKey, zoneName } from '../text/zones.ts'
import type { Cell, CellState, Zone } from '../text/zones.ts'
import { Wire } from './wire.tsx'

interface MatrixProps {
  matrix: ZoneMatrix
  from: string | undefined
  to: string | undefined
  onOpen: (from: string, to: string) => void
}

export function Matrix({ matrix, from, to, onOpen }: MatrixProps) {
  const cells = cellsByKey(matrix)
  return (
    <div className="matrix-box" tabIndex={0} role="region" aria-label="Zone matrix">
      <table className="matrix">
        <caption>Rows initiate, columns answer</caption>
        <thead>
          <tr>
            <th scope="col" className="corner">
              <span className="dim">from ↓ to →</span>
            </th>
            {matrix.zones.map((zone) => (
              <th scope="col" key={zone.id}>
                <ZoneHead zone={zone} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.zones.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <ZoneHead zone={row} />
                <span className="dim">
                  {plural(row.assets, 'asset')}
                  {row.declared ? '' : ', not declared'}
                </span>
              </th>
              {matrix.zones.map((column) => (
                <td key={column.id}>
                  <CellButton
                    cell={cells.get(cellKey(row.id, column.id))}
                    label={`${wirePlain(zoneName(row), 32)} to ${wirePlain(zoneName(column), 32)}`}
                    chosen={row.id === from && column.id === to}
                    onPress={() => onOpen(row.id, column.id)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** By id, as everywhere else, and by the name that the policy gives it. */
function ZoneHead({ zone }: { zone: Zone }) {
  return (
    <>
      <span className="zone-id">
        <Wire text={zone.id} limit={24} still />
      </span>
      {zone.name !== '' && zone.name !== zone.id && (
        <span className="dim" data-tip={wirePlain(zone.name)}>
          <Wire text={zone.name} limit={36} still />
        </span>
      )}
    </>
  )
}

interface CellButtonProps {
  cell: Cell | undefined
  label: string
  chosen: boolean
  onPress: () => void
}

function CellButton({ cell, label, chosen, onPress }: CellButtonProps) {
  const state = cell?.state ?? 'idle'
  const violations = cell?.violations ?? 0
  const operations = cell?.operations ?? 0
  const words = `${label}: ${cellWords[state]}, ${plural(operations, 'operation')}`
  const shown = state === 'violation' ? count(violations) : operations > 0 ? rough(operations) : ''
  return (
    <button
      type="button"
      className={`cell cell-${state}`}
      aria-pressed={chosen}
      aria-label={violations > 0 ? `${words}, ${plural(violations, 'violation')}` : words}
      data-tip={words}
      onClick={onPress}
    >
      <span aria-hidden>{cellMarks[state]}</span>
      <span className="tabular">{shown}</span>
    </button>
  )
}

export function Legend() {
  return (
    <ul className="legend plain">
      {(Object.keys(cellWords) as CellState[]).map((state) => (
        <li key={state}>
          <span className={`cell cell-${state}`} aria-hidden>
            {cellMarks[state]}
          </span>{' '}
          {cellWords[state]}
        </li>
      ))}
    </ul>
  )
}
