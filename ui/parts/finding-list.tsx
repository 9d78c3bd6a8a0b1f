/** The list: only the rows in sight are made, and it answers to the same keys as the page. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { FindingList as List } from '../data/finding-list.ts'
import { useNarrow } from '../data/narrow.ts'
import { FindingRow } from './finding-row.tsx'

/** Heights of a row; the same stand in `styles/findings.css`. */
const ROW = 56
const ROW_NARROW = 88
/** Rows beyond the edge, and how near the end the next page is asked for. */
const OVERSCAN = 8
const NEAR_END = 40

interface ListProps {
  list: List
  cursor: string | undefined
  selected: ReadonlySet<string>
  onPress: (id: string) => void
  onSelect: (id: string) => void
}

export function FindingRows({ list, cursor, selected, onPress, onSelect }: ListProps) {
  const box = useRef<HTMLDivElement>(null)
  const narrow = useNarrow()
  const size = narrow ? ROW_NARROW : ROW
  const { rows, more } = list
  // It gives new functions with each rendering; nothing here is memoised by a compiler.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => size,
    overscan: OVERSCAN,
  })
  useEffect(() => virtual.measure(), [virtual, size])
  const items = virtual.getVirtualItems()
  const end = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (end + NEAR_END >= rows.length) more()
  }, [end, rows.length, more])
  const at = rows.findIndex((row) => row.id === cursor)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])
  return (
    <div
      ref={box}
      className="finding-rows"
      role="grid"
      aria-label="Findings"
      aria-rowcount={list.total}
      aria-multiselectable
      tabIndex={0}
      {...(at >= 0 ? { 'aria-activedescendant': `row-${at}` } : {})}
    >
      <div className="finding-space" style={{ height: `${virtual.getTotalSize()}px` }}>
        {items.map((item) => {
          const row = rows[item.index]
          return row === undefined ? null : (
            <FindingRow
              key={row.id}
              row={row}
              index={item.index}
              top={item.start}
              cursor={row.id === cursor}
              selected={selected.has(row.id)}
              onPress={onPress}
              onSelect={onSelect}
            />
          )
        })}
      </div>
    </div>
  )
}
