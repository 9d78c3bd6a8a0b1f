/** Whose a row is, where rows of several sensors stand side by side. */
import type { RowData } from '@tanstack/react-table'
import { useMemo } from 'react'
import { useSeveral } from '../data/hooks.ts'
import { wirePlain } from '../text/wire.ts'
import { columnsOf } from './table-features.ts'
import type { Column } from './table-features.ts'
import { WireList } from './wire.tsx'

/** Told by one sensor, or seen by several. */
type Told = { site: string; sensor: string } | { site: string; sensors: string[] }

const sensorsOf = (row: Told): string[] => ('sensors' in row ? row.sensors : [row.sensor])

/** The second column, beside the name. */
export function useSensorColumn<T extends RowData & Told>(columns: Column<T>[]): Column<T>[] {
  const several = useSeveral()
  return useMemo(() => {
    const [first, ...others] = columns
    if (!several || first === undefined) return columns
    return [first, sensorColumn<T>(), ...others]
  }, [columns, several])
}

function sensorColumn<T extends RowData & Told>(): Column<T> {
  return columnsOf<T>().accessor((row) => `${row.site} ${sensorsOf(row).join(' ')}`, {
    id: 'sensor',
    header: 'Sensor',
    meta: { width: 152 },
    cell: ({ row: { original: row } }) => (
      <span data-tip={`Site ${wirePlain(row.site)}`}>
        <WireList texts={sensorsOf(row)} limit={24} mono />
      </span>
    ),
  })
}
