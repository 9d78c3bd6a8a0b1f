/** What raises findings. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { RuleRow } from '../../analyzer/api/schema.ts'
import { useAddress, useScope } from '../data/hooks.ts'
import { useAll } from '../data/pages.ts'
import { rulesQuery } from '../data/queries.ts'
import { DataTable } from '../parts/data-table.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { RuleAside, counting, ruleFindings } from '../parts/rule-aside.tsx'
import { SeverityMark } from '../parts/severity.tsx'
import { Empty, Reading } from '../parts/states.tsx'
import { columnsOf } from '../parts/table-features.ts'
import { Wire, WireList } from '../parts/wire.tsx'
import { severities } from '../text/address.ts'
import { count } from '../text/number.ts'

const route = getRouteApi('/rules')
const column = columnsOf<RuleRow>()

const columns = [
  column.accessor('title', {
    id: 'title',
    header: 'Rule',
    meta: { width: 320 },
    cell: (cell) => <Wire text={cell.getValue()} limit={120} />,
  }),
  column.accessor((row) => severities.length - severities.indexOf(row.level), {
    id: 'level',
    header: 'Level',
    meta: { width: 128, numeric: false },
    cell: ({ row: { original: row } }) => (
      <>
        <SeverityMark severity={row.level} /> {row.level}
      </>
    ),
  }),
  column.accessor('findings', {
    id: 'findings',
    header: 'Findings',
    meta: { width: 96, numeric: true },
    cell: ({ row: { original: row } }) =>
      row.findings === 0 ? (
        <span className="dim">0</span>
      ) : (
        <Link to="/findings" search={ruleFindings(row)}>
          {count(row.findings)}
        </Link>
      ),
  }),
  column.accessor('enabled', {
    id: 'enabled',
    header: 'State',
    meta: { width: 88 },
    cell: (cell) => (cell.getValue() ? 'on' : <span className="dim">off</span>),
  }),
  column.accessor((row) => Object.values(row.logsource).join(' '), {
    id: 'logsource',
    header: 'Looks at',
    meta: { width: 208 },
    cell: ({ row: { original: row } }) =>
      counting(row) ? (
        <span className="dim">counts other rules’ matches</span>
      ) : (
        <WireList texts={Object.values(row.logsource)} limit={32} />
      ),
  }),
  column.accessor('file', {
    id: 'file',
    header: 'File',
    meta: { width: 280 },
    cell: (cell) => <Wire text={cell.getValue()} limit={80} mono />,
  }),
]

const textOf = (row: RuleRow): string =>
  [row.id, row.title, row.description, row.file, row.level, ...row.tags].join('\n').toLowerCase()

export function RulesPage() {
  const { q, sort, sel } = route.useSearch()
  const change = useAddress()
  const query = useInfiniteQuery(rulesQuery(useScope()))
  const { rows: all } = useAll(query)
  const rows = useMemo(() => {
    const words = (q ?? '').toLowerCase().split(/\s+/)
    return all.filter((row) => words.every((word) => textOf(row).includes(word)))
  }, [all, q])
  const chosen = all.find((row) => row.id === sel)
  return (
    <ListPage
      title="Rules"
      one="rule"
      q={q}
      looks="title, text, tag and file"
      shown={rows.length}
      total={query.data && all.length}
    >
      <Reading query={query} what="the rules">
        {() =>
          rows.length === 0 ? (
            <Empty title={q === undefined ? 'No rule is loaded.' : 'No rule matches the filter.'} />
          ) : (
            <div className="with-aside">
              <DataTable
                label="Rules"
                columns={columns}
                rows={rows}
                rowId={(row) => row.id}
                sort={sort ?? '-findings'}
                onSort={(next) => change({ sort: next })}
                selected={sel}
                onPress={(row) => change({ sel: row.id === sel ? undefined : row.id })}
              />
              {chosen !== undefined && <RuleAside rule={chosen} />}
            </div>
          )
        }
      </Reading>
    </ListPage>
  )
}
