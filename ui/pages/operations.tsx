/** What was asked of whom, and what came of it. */
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, useSyncExternalStore } from 'react'
import type { OperationRow } from '../../analyzer/api/schema.ts'
import { live } from '../data/client.ts'
import { useAddress, useHealth, useReach } from '../data/hooks.ts'
import { useKeys } from '../data/keys.ts'
import { operationsQuery } from '../data/queries.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Result } from '../parts/finding-evidence.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { PartyName } from '../parts/party.tsx'
import { OperationAside } from '../parts/traffic-aside.tsx'
import { Empty, Reading } from '../parts/states.tsx'
import { useSensorColumn } from '../parts/whose.tsx'
import { columnsOf } from '../parts/table-features.ts'
import { Verdict } from '../parts/verdict.tsx'
import { When } from '../parts/when.tsx'
import { Wire, WireList } from '../parts/wire.tsx'
import { rangeDefault, rangeWords } from '../text/address.ts'
import { count } from '../text/number.ts'
import { partyName } from '../text/sentence.ts'

const route = getRouteApi('/operations')
const column = columnsOf<OperationRow>()

const columns = [
  column.accessor('time', {
    id: 'time',
    header: 'Time',
    meta: { width: 104, narrow: 72 },
    cell: (cell) => <When iso={cell.getValue()} />,
  }),
  column.accessor((row) => partyName(row.source), {
    id: 'source',
    header: 'Client',
    meta: { width: 184, narrow: 112 },
    cell: ({ row: { original: row } }) => <PartyName party={row.source} />,
  }),
  column.accessor((row) => partyName(row.destination), {
    id: 'destination',
    header: 'Server',
    meta: { width: 184, narrow: 112 },
    cell: ({ row: { original: row } }) => <PartyName party={row.destination} />,
  }),
  column.accessor('action', {
    id: 'action',
    header: 'Operation',
    meta: { width: 176 },
    cell: (cell) => <Wire text={cell.getValue()} limit={48} />,
  }),
  column.accessor('protocol', {
    id: 'protocol',
    header: 'Protocol',
    meta: { width: 88 },
    cell: (cell) => <Wire text={cell.getValue()} limit={24} />,
  }),
  column.accessor((row) => row.class.join(' '), {
    id: 'class',
    header: 'Class',
    meta: { width: 96 },
    cell: ({ row: { original: row } }) => <WireList texts={row.class} limit={16} />,
  }),
  column.accessor((row) => row.target.join(' '), {
    id: 'target',
    header: 'Target',
    meta: { width: 208 },
    cell: ({ row: { original: row } }) => <WireList texts={row.target} limit={80} mono />,
  }),
  column.accessor((row) => row.value.join(' '), {
    id: 'value',
    header: 'Value',
    meta: { width: 120 },
    cell: ({ row: { original: row } }) => <WireList texts={row.value} limit={48} mono />,
  }),
  column.accessor((row) => `${row.outcome} ${row.status}`, {
    id: 'result',
    header: 'Result',
    meta: { width: 168 },
    cell: ({ row: { original: row } }) => <Result outcome={row.outcome} status={row.status} />,
  }),
  column.accessor('verdict', {
    id: 'verdict',
    header: 'Zones',
    meta: { width: 104 },
    cell: (cell) => <Verdict verdict={cell.getValue()} />,
  }),
  column.accessor('user', {
    id: 'user',
    header: 'User',
    meta: { width: 104 },
    cell: (cell) => <Wire text={cell.getValue()} limit={32} />,
  }),
  column.accessor('count', {
    id: 'count',
    header: 'Count',
    meta: { width: 80, numeric: true, tip: 'Repeats that this row stands for' },
    cell: (cell) => count(cell.getValue()),
  }),
]

/** Whether operations came since the list was read. */
function useNewer(updatedAt: number): boolean {
  const told = useSyncExternalStore(live.subscribe, live.operations)
  const [seen, setSeen] = useState({ updatedAt, told })
  if (seen.updatedAt !== updatedAt) setSeen({ updatedAt, told })
  return told > seen.told
}

export function OperationsPage() {
  const { q, sort, sel } = route.useSearch()
  const reach = useReach()
  const change = useAddress()
  const client = useQueryClient()
  const ready = useHealth() !== undefined
  const query = useInfiniteQuery({
    ...operationsQuery({ ...reach, ...(q === undefined ? {} : { q }) }, ready),
    placeholderData: keepPreviousData,
  })
  const newer = useNewer(query.dataUpdatedAt) && reach.to === undefined
  const shown = useSensorColumn(columns)
  const takeIn = (): void => void client.resetQueries({ queryKey: ['operations'] })
  useKeys({ r: takeIn })
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? []
  const chosen = rows.find((row) => row.id === sel)
  const when = rangeWords[reach.range ?? rangeDefault]
  return (
    <ListPage
      title="Operations"
      one="operation"
      q={q}
      looks="names, addresses, operation and target"
      shown={rows.length}
      total={query.data && Math.max(query.data.pages[0]?.total ?? 0, rows.length)}
      atLeast={query.data?.pages[0]?.total_is === 'at-least'}
      aside={
        <>
          {newer && (
            <button type="button" className="take-in fresh" onClick={takeIn}>
              newer <kbd>r</kbd>
            </button>
          )}
          <span className="dim">Repeats of what is usual stand in one row with their count.</span>
        </>
      }
    >
      <Reading query={query} what="the operations">
        {() =>
          rows.length === 0 ? (
            <Empty
              title={
                q === undefined ? `No operation in ${when}.` : 'No operation matches the filter.'
              }
            />
          ) : (
            <div className="with-aside">
              <DataTable
                label="Operations"
                columns={shown}
                rows={rows}
                rowId={(row) => row.id}
                sort={sort ?? ''}
                onSort={(next) => change({ sort: next })}
                more={() => {
                  if (query.hasNextPage && !query.isFetching) void query.fetchNextPage()
                }}
                selected={sel}
                onPress={(row) => change({ sel: row.id === sel ? undefined : row.id })}
              />
              {chosen !== undefined && (
                <OperationAside row={chosen} onClose={() => change({ sel: undefined })} />
              )}
            </div>
          )
        }
      </Reading>
    </ListPage>
  )
}
