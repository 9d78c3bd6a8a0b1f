/** What is on this network. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router'
import type { AssetRow } from '../../analyzer/api/schema.ts'
import { useAddress, useScope } from '../data/hooks.ts'
import { useAll } from '../data/pages.ts'
import { assetsQuery } from '../data/queries.ts'
import { DataTable } from '../parts/data-table.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { ZoneChip } from '../parts/party.tsx'
import { useSensorColumn } from '../parts/whose.tsx'
import { Empty, Reading } from '../parts/states.tsx'
import { columnsOf } from '../parts/table-features.ts'
import { When } from '../parts/when.tsx'
import { Wire, WireList } from '../parts/wire.tsx'
import { count } from '../text/number.ts'

const route = getRouteApi('/assets')
const column = columnsOf<AssetRow>()

const first = (list: readonly string[]): string => list[0] ?? ''
const product = (row: AssetRow): string =>
  row.identity['product-name'] ?? row.identity['model'] ?? row.identity['product-code'] ?? ''
const firmware = (row: AssetRow): string =>
  row.identity['firmware'] ?? row.identity['software'] ?? ''

/** IPv4 addresses in the order in which people count them. */
const address = (row: AssetRow): string =>
  first(row.ip)
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.')

const columns = [
  column.accessor((row) => row.name || first(row.ip) || first(row.mac), {
    id: 'name',
    header: 'Asset',
    meta: { width: 176 },
    cell: ({ row: { original: row } }) => (
      <Link to="/assets/$id" params={{ id: row.id }}>
        <Wire text={row.name || first(row.ip) || first(row.mac) || row.id} limit={48} />
      </Link>
    ),
  }),
  column.accessor(address, {
    id: 'ip',
    header: 'Address',
    meta: { width: 136 },
    cell: ({ row: { original: row } }) => <WireList texts={row.ip} limit={40} mono />,
  }),
  column.accessor('zone', {
    id: 'zone',
    header: 'Zone',
    meta: { width: 96 },
    cell: (cell) => <ZoneChip zone={cell.getValue()} />,
  }),
  column.accessor('findings', {
    id: 'findings',
    header: 'Findings',
    meta: { width: 88, numeric: true },
    cell: (cell) =>
      cell.getValue() === 0 ? <span className="dim">0</span> : count(cell.getValue()),
  }),
  column.accessor((row) => row.roles.join(' '), {
    id: 'roles',
    header: 'Roles',
    meta: { width: 160 },
    cell: ({ row: { original: row } }) => <WireList texts={row.roles} limit={32} />,
  }),
  column.accessor((row) => row.protocols.join(' '), {
    id: 'protocols',
    header: 'Protocols',
    meta: { width: 136 },
    cell: ({ row: { original: row } }) => <WireList texts={row.protocols} limit={32} />,
  }),
  column.accessor('vendor', {
    id: 'vendor',
    header: 'Vendor',
    meta: { width: 152 },
    cell: (cell) => <Wire text={cell.getValue()} limit={48} />,
  }),
  column.accessor(product, {
    id: 'product',
    header: 'Product',
    meta: { width: 144 },
    cell: (cell) => <Wire text={cell.getValue()} limit={48} />,
  }),
  column.accessor(firmware, {
    id: 'firmware',
    header: 'Firmware',
    meta: { width: 96 },
    cell: (cell) => <Wire text={cell.getValue()} limit={32} mono />,
  }),
  column.accessor((row) => first(row.mac), {
    id: 'mac',
    header: 'MAC',
    meta: { width: 144 },
    cell: ({ row: { original: row } }) => <WireList texts={row.mac} limit={24} mono />,
  }),
  column.accessor('first', {
    id: 'first',
    header: 'First seen',
    meta: { width: 112, numeric: true },
    cell: (cell) => <When iso={cell.getValue()} />,
  }),
  column.accessor('last', {
    id: 'last',
    header: 'Last seen',
    meta: { width: 112, numeric: true },
    cell: (cell) => <When iso={cell.getValue()} />,
  }),
]

export function AssetsPage() {
  const { q, sort } = route.useSearch()
  const change = useAddress()
  const navigate = useNavigate()
  const query = useInfiniteQuery({
    ...assetsQuery(q ?? '', useScope()),
    placeholderData: keepPreviousData,
  })
  const shown = useSensorColumn(columns)
  const { rows, total } = useAll(query)
  return (
    <ListPage
      title="Assets"
      one="asset"
      q={q}
      looks="any attribute"
      shown={rows.length}
      total={query.data && total}
    >
      <Reading query={query} what="the assets">
        {() =>
          rows.length === 0 ? (
            <Empty
              title={q === undefined ? 'No asset was seen yet.' : 'No asset matches the filter.'}
            >
              <p>An asset appears with its first packet that reaches the mirror port.</p>
            </Empty>
          ) : (
            <DataTable
              label="Assets"
              columns={shown}
              rows={rows}
              rowId={(row) => row.id}
              sort={sort ?? ''}
              onSort={(next) => change({ sort: next })}
              onPress={(row) => void navigate({ to: '/assets/$id', params: { id: row.id } })}
            />
          )
        }
      </Reading>
    </ListPage>
  )
}
