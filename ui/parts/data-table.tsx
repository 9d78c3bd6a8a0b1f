/**
 * A dense table: a sticky head and first column, sorted by its headings, rows made when in
 * sight.
 */
import { FlexRender, useTable } from '@tanstack/react-table'
import type { Header, Row, RowData } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useNarrow } from '../data/narrow.ts'
import { features } from './table-features.ts'
import type { Column, Features } from './table-features.ts'

/** Height of a row; the same stands in `styles/table.css`. */
const ROW = 32
const OVERSCAN = 10
const NEAR_END = 100

const WIDTH = 120

function widthOf<T extends RowData>(column: Column<T>, narrow: boolean): number {
  const { width = WIDTH, narrow: less } = column.meta ?? {}
  return narrow ? (less ?? width) : width
}

interface DataTableProps<T extends RowData> {
  label: string
  columns: Column<T>[]
  rows: T[]
  rowId: (row: T) => string
  /** `name`, or `-name` from the top; '' as they came. */
  sort: string
  onSort: (sort: string | undefined) => void
  /** Asked for when the end comes near. */
  more?: () => void
  selected?: string | undefined
  onPress?: (row: T) => void
}

function sortState(sort: string): { id: string; desc: boolean }[] {
  if (sort === '') return []
  return sort.startsWith('-') ? [{ id: sort.slice(1), desc: true }] : [{ id: sort, desc: false }]
}

export function DataTable<T extends RowData>(props: DataTableProps<T>) {
  const { label, columns, rows, rowId, sort, onSort, more, selected, onPress } = props
  const box = useRef<HTMLDivElement>(null)
  const narrow = useNarrow()
  const known = columns.some((column) => column.id === sort.replace(/^-/, ''))
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    state: { sorting: known ? sortState(sort) : [] },
    enableMultiSort: false,
  })
  const model = table.getRowModel().rows
  // It gives new functions with each rendering; nothing here is memoised by a compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
  })
  const items = virtual.getVirtualItems()
  const end = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (end + NEAR_END >= model.length) more?.()
  }, [end, model.length, more])
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <div ref={box} className="table-box" tabIndex={0} role="region" aria-label={label}>
      <table
        className="table"
        aria-rowcount={model.length + 1}
        style={{ width: `${columns.reduce((sum, column) => sum + widthOf(column, narrow), 0)}px` }}
      >
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={{ width: `${widthOf(column, narrow)}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {table.getHeaderGroups()[0]?.headers.map((header) => (
              <HeadCell key={header.id} header={header} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} columns={columns.length} />
          {items.map((item) => {
            const row = model[item.index]
            if (row === undefined) return null
            return (
              <BodyRow
                key={row.id}
                row={row}
                index={item.index}
                chosen={row.id === selected}
                onPress={onPress}
              />
            )
          })}
          <Space height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  )
}

interface BodyRowProps<T extends RowData> {
  row: Row<Features, T>
  index: number
  chosen: boolean
  onPress: ((row: T) => void) | undefined
}

function BodyRow<T extends RowData>({ row, index, chosen, onPress }: BodyRowProps<T>) {
  const pressable = onPress === undefined ? '' : 'pressable'
  return (
    <tr
      aria-rowindex={index + 2}
      className={chosen ? `${pressable} cursor` : pressable}
      onClick={() => onPress?.(row.original)}
      {...(onPress === undefined ? {} : { tabIndex: 0 })}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) onPress?.(row.original)
      }}
    >
      {row.getAllCells().map((cell, at) => {
        const Cell = at === 0 ? 'th' : 'td'
        const numeric = cell.column.columnDef.meta?.numeric === true
        return (
          <Cell
            key={cell.id}
            {...(at === 0 ? { scope: 'row' } : {})}
            className={numeric ? 'numeric' : ''}
          >
            <FlexRender cell={cell} />
          </Cell>
        )
      })}
    </tr>
  )
}

/** Stands for the rows that are not made. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null
  return (
    <tr className="space" aria-hidden>
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  )
}

interface HeadCellProps<T extends RowData> {
  header: Header<Features, T>
  sort: string
  onSort: (sort: string | undefined) => void
}

function HeadCell<T extends RowData>({ header, sort, onSort }: HeadCellProps<T>) {
  const { id, columnDef } = header.column
  const name = String(columnDef.header ?? '')
  const numeric = columnDef.meta?.numeric === true
  const up = sort === id
  const down = sort === `-${id}`
  const first = numeric ? `-${id}` : id
  const second = numeric ? id : `-${id}`
  const next = sort === first ? second : sort === second ? undefined : first
  const tip = columnDef.meta?.tip
  return (
    <th
      scope="col"
      className={numeric ? 'numeric' : ''}
      aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}
      {...(tip === undefined ? {} : { 'data-tip': tip })}
    >
      {header.column.getCanSort() ? (
        <button type="button" onClick={() => onSort(next)}>
          {name}
          <span aria-hidden className="sort-mark">
            {up ? '↑' : down ? '↓' : ''}
          </span>
        </button>
      ) : (
        <span className="head-name">{name}</span>
      )}
    </th>
  )
}
