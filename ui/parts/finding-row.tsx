/** One finding in the list: how bad, what, who to whom, how often, when, in what state. */
import { memo } from 'react'
import type { FindingRow as Row } from '../../analyzer/api/schema.ts'
import { reasonWords } from '../data/actions.ts'
import { useSeveral } from '../data/hooks.ts'
import { count } from '../text/number.ts'
import { emphasise, partyName, stateWords } from '../text/sentence.ts'
import { wirePlain } from '../text/wire.ts'
import { Direction } from './party.tsx'
import { SeverityMark } from './severity.tsx'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

const SENTENCE_LIMIT = 240

interface SentenceProps {
  row: Row
  limit?: number
  /** Without controls: within a row. */
  still?: boolean
}

/** The sentence with the plant's names set strong. */
export function Sentence({ row, limit = SENTENCE_LIMIT, still = false }: SentenceProps) {
  const cut = row.summary.length > limit
  if (cut) return <Wire text={row.summary} limit={limit} still={still} />
  const names = [partyName(row.source), partyName(row.target), row.source.ip, row.target.ip]
  return (
    <>
      {emphasise(row.summary, names).map((piece, at) =>
        piece.strong ? (
          <strong key={at}>
            <Wire text={piece.text} limit={limit} />
          </strong>
        ) : (
          <Wire key={at} text={piece.text} limit={limit} edges={false} />
        ),
      )}
    </>
  )
}

export function StateWord({ row }: { row: Pick<Row, 'state' | 'reason'> }) {
  const reason = row.reason === undefined ? '' : `: ${reasonWords[row.reason]}`
  return (
    <span className={`finding-state finding-state-${row.state}`}>
      {stateWords[row.state]}
      {reason}
    </span>
  )
}

interface RowProps {
  row: Row
  index: number
  cursor: boolean
  selected: boolean
  top: number
  onPress: (id: string) => void
  onSelect: (id: string) => void
}

export const FindingRow = memo(function FindingRow(props: RowProps) {
  const { row, index, cursor, selected, top, onPress, onSelect } = props
  const several = useSeveral()
  return (
    <div
      role="row"
      id={`row-${index}`}
      aria-rowindex={index + 1}
      aria-selected={cursor}
      className={`finding-row${cursor ? ' cursor' : ''} is-${row.state}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onPress(row.id)}
    >
      <span role="gridcell">
        <label className="finding-check" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={selected}
            onChange={() => onSelect(row.id)}
            aria-label={`Select: ${wirePlain(row.summary, 80)}`}
          />
        </label>
      </span>
      <span role="gridcell">
        <SeverityMark severity={row.severity} />
      </span>
      <div className="finding-sentence" role="gridcell">
        <Sentence row={row} still />
      </div>
      <div className="finding-under" role="gridcell">
        <div className="finding-who">
          <Direction source={row.source} target={row.target} />
        </div>
        <span className="finding-side tabular">
          {several && (
            <span className="chip" data-tip={`Site ${wirePlain(row.site)}`}>
              <Wire text={row.sensor} limit={20} mono still />
            </span>
          )}
          {row.count > 1 && (
            <span className="dim" data-tip={`Seen ${count(row.count)} times`}>
              ×{count(row.count)}
            </span>
          )}
          <When iso={row.last} />
          <StateWord row={row} />
        </span>
      </div>
    </div>
  )
})
