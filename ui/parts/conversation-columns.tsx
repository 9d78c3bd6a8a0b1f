import type { ConversationRow } from '../../analyzer/api/schema.ts'
import { bytes, count } from '../text/number.ts'
import { byClass, partyName } from '../text/sentence.ts'
import { PartyName } from './party.tsx'
import { Spark } from './spark.tsx'
import { columnsOf } from './table-features.ts'
import { Verdict } from './verdict.tsx'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

const column = columnsOf<ConversationRow>()
const operations = (row: ConversationRow): number =>
  Object.values(row.operations).reduce((sum, value) => sum + value, 0)

export const conversationColumns = [
  column.accessor((row) => partyName(row.source), {
    id: 'source',
    header: 'Client',
    meta: { width: 192, narrow: 124 },
    cell: ({ row: { original: row } }) => <PartyName party={row.source} />,
  }),
  column.accessor((row) => partyName(row.target), {
    id: 'target',
    header: 'Server',
    meta: { width: 192, narrow: 112 },
    cell: ({ row: { original: row } }) => <PartyName party={row.target} />,
  }),
  column.accessor('verdict', {
    id: 'verdict',
    header: 'Zones',
    meta: { width: 112, narrow: 100 },
    cell: (cell) => <Verdict verdict={cell.getValue()} />,
  }),
  column.accessor('protocol', {
    id: 'protocol',
    header: 'Protocol',
    meta: { width: 112 },
    cell: ({ row: { original: row } }) => (
      <>
        <Wire text={row.protocol} limit={24} /> <span className="dim tabular">{row.port}</span>
      </>
    ),
  }),
  column.accessor(operations, {
    id: 'operations',
    header: 'Operations',
    meta: { width: 224 },
    cell: ({ row: { original: row } }) =>
      byClass(row.operations).map(([name, value]) => (
        <span className="class-count tabular" key={name}>
          <Wire text={name} limit={16} /> {count(value)}
        </span>
      )),
  }),
  column.display({
    id: 'spark',
    header: 'Last hour',
    meta: { width: 116, tip: 'Packets per minute over the last hour of the capture' },
    cell: ({ row: { original: row } }) => <Spark line={row} />,
  }),
  column.accessor('packets', {
    id: 'packets',
    header: 'Packets',
    meta: { width: 88, numeric: true },
    cell: (cell) => count(cell.getValue()),
  }),
  column.accessor('bytes', {
    id: 'bytes',
    header: 'Volume',
    meta: { width: 88, numeric: true },
    cell: (cell) => bytes(cell.getValue()),
  }),
  column.accessor('state', {
    id: 'state',
    header: 'State',
    meta: { width: 96 },
    cell: (cell) => <Wire text={cell.getValue()} limit={16} />,
  }),
  column.accessor('first', {
    id: 'first',
    header: 'First',
    meta: { width: 104, numeric: true },
    cell: (cell) => <When iso={cell.getValue()} />,
  }),
  column.accessor('last', {
    id: 'last',
    header: 'Last',
    meta: { width: 104, numeric: true },
    cell: (cell) => <When iso={cell.getValue()} />,
  }),
]
