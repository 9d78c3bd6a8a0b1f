/** A list read page by page, as one list. */
import { useEffect, useMemo } from 'react'
import type { InfiniteData } from '@tanstack/react-query'
import type { Page } from '../../analyzer/api/schema.ts'

interface PagedQuery<T> {
  data: InfiniteData<Page<T>> | undefined
  hasNextPage: boolean
  isFetching: boolean
  fetchNextPage: () => Promise<unknown>
}

/** Up to here a list is read to its end by itself, so that sorting and search see all of it. */
const WHOLE_MAX = 20_000

export function useAll<T>(query: PagedQuery<T>): { rows: T[]; total: number; whole: boolean } {
  const pages = query.data?.pages
  const rows = useMemo(() => pages?.flatMap((page) => page.rows) ?? [], [pages])
  const { hasNextPage, isFetching, fetchNextPage } = query
  useEffect(() => {
    if (hasNextPage && !isFetching && rows.length < WHOLE_MAX) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage, rows.length])
  return { rows, total: Math.max(pages?.[0]?.total ?? 0, rows.length), whole: !hasNextPage }
}
