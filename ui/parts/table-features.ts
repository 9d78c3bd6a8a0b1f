/** What the tables of the console can do, and what a column may say of itself. */
import {
  createColumnHelper,
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table'
import type { ColumnDef, RowData } from '@tanstack/react-table'

export interface ColumnMeta {
  /** In pixels; the last column takes what is left. */
  width: number
  /** The same where there is one pane. */
  narrow?: number
  numeric?: boolean
  /** Said on hover over the heading. */
  tip?: string
}

export const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnMeta: metaHelper<ColumnMeta>(),
})

export type Features = typeof features
// Columns of one table differ in the type of their value; the library's own word for that is any.
// oxlint-disable-next-line typescript/no-explicit-any
export type Column<T extends RowData> = ColumnDef<Features, T, any>

export function columnsOf<T extends RowData>() {
  return createColumnHelper<Features, T>()
}
