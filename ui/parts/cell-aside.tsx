/** What is behind a cell of the matrix: the conduits, the conversations, the findings. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ConversationRow, ZoneMatrix } from '../../analyzer/api/schema.ts'
import { useAddress, useScope } from '../data/hooks.ts'
import { useAll } from '../data/pages.ts'
import { conversationsQuery } from '../data/queries.ts'
import { count, plural } from '../text/number.ts'
import { byClass } from '../text/sentence.ts'
import { cellKey, cellMarks, cellWords, cellsByKey, inZone, zoneName } from '../text/zones.ts'
import { Aside } from './aside.tsx'
import { PartyName } from './party.tsx'
import { Reading } from './states.tsx'
import { Verdict } from './verdict.tsx'
import { When } from './when.tsx'
import { Wire, WireList } from './wire.tsx'

const SHOWN = 100

export function CellAside({ matrix, from, to }: { matrix: ZoneMatrix; from: string; to: string }) {
  const change = useAddress()
  const close = (): void => change({ from_zone: undefined, to_zone: undefined })
  const source = matrix.zones.find((zone) => zone.id === from)
  const target = matrix.zones.find((zone) => zone.id === to)
  const cell = cellsByKey(matrix).get(cellKey(from, to))
  const state = cell?.state ?? 'idle'
  const query = useInfiniteQuery(conversationsQuery('', useScope()))
  const rows = useAll(query).rows.filter(
    (row) => inZone(row.source, source, from) && inZone(row.target, target, to),
  )
  const title = (
    <>
      <Wire text={from} limit={32} /> → <Wire text={to} limit={32} />
    </>
  )
  return (
    <Aside label="Behind the cell" title={title} onClose={close}>
      {source !== undefined && target !== undefined && (
        <p className="dim">
          <Wire text={zoneName(source)} limit={48} /> → <Wire text={zoneName(target)} limit={48} />
        </p>
      )}
      <p>
        <span className={`cell cell-${state}`} aria-hidden>
          {cellMarks[state]}
        </span>{' '}
        {cellWords[state]}; {plural(cell?.operations ?? 0, 'operation')}
        {(cell?.violations ?? 0) > 0 && (
          <>
            ,{' '}
            <Link
              to="/findings"
              search={{ q: `${from} ${to} violation`, view: 'all', range: 'all' }}
            >
              {plural(cell?.violations ?? 0, 'violation')}
            </Link>
          </>
        )}
      </p>
      <p>
        {cell === undefined || cell.conduits.length === 0 ? (
          <span className="dim">No conduit is declared for this direction.</span>
        ) : (
          <>
            <span className="dim">Conduits: </span>
            <WireList texts={cell.conduits} limit={60} mono />
          </>
        )}
      </p>
      <h3>Conversations</h3>
      <Reading query={query} what="the conversations">
        {() => <Behind rows={rows} />}
      </Reading>
    </Aside>
  )
}

function Behind({ rows }: { rows: readonly ConversationRow[] }) {
  if (rows.length === 0) return <p className="dim">None was seen.</p>
  return (
    <ul className="plain behind">
      {rows.slice(0, SHOWN).map((row) => (
        <li key={row.id}>
          <p className="direction">
            <PartyName party={row.source} zone={false} />
            <span className="arrow">→</span>
            <PartyName party={row.target} zone={false} />
          </p>
          <p className="dim">
            <Wire text={row.protocol} limit={24} /> {row.port} · <Verdict verdict={row.verdict} /> ·
            last <When iso={row.last} />
          </p>
          <p className="dim tabular">
            {byClass(row.operations).map(([name, value]) => (
              <span className="class-count" key={name}>
                <Wire text={name} limit={16} /> {count(value)}
              </span>
            ))}
          </p>
        </li>
      ))}
      {rows.length > SHOWN && <li className="dim">and {count(rows.length - SHOWN)} more</li>}
    </ul>
  )
}
