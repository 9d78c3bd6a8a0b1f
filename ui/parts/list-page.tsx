/** The frame of a page that is one table: title, filter, how many, and the table. */
import type { ReactNode } from 'react'
import { useAddress } from '../data/hooks.ts'
import { count, plural } from '../text/number.ts'
import { SearchField } from './search-field.tsx'

interface ListPageProps {
  title: string
  one: string
  many?: string
  q: string | undefined
  /** What the filter looks at. */
  looks: string
  shown: number
  /** Not known before the list was read. */
  total: number | undefined
  /** There are more: nobody has counted to their end. */
  atLeast?: boolean
  aside?: ReactNode
  children: ReactNode
}

export function ListPage(props: ListPageProps) {
  const { title, one, many, q, looks, shown, total, atLeast = false, aside, children } = props
  const address = useAddress()
  return (
    <div className="list-page">
      <div className="list-head">
        <h1>{title}</h1>
        <SearchField
          value={q ?? ''}
          label={`Filter by ${looks}`}
          onChange={(value) => address({ q: value })}
        />
        <span className="dim tabular" aria-live="polite">
          {total !== undefined && (shown < total || atLeast) ? `${count(shown)} of ` : ''}
          {atLeast ? 'more than ' : ''}
          {total !== undefined && plural(total, one, many)}
        </span>
        {aside}
      </div>
      {children}
    </div>
  )
}
