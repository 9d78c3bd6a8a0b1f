/** The list of findings as the reader took it in, and what has come since. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { InfiniteData } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { FindingRow } from '../../analyzer/api/schema.ts'
import { findingParams } from '../text/address.ts'
import type { FindingSearch, ShellSearch } from '../text/address.ts'
import { client } from './client.ts'
import { useHealth, useReach } from './hooks.ts'
import { merge, newSince } from './merge.ts'
import { findingCountsQuery, findingHeadQuery, findingListQuery } from './queries.ts'
import type { FindingsPage } from './queries.ts'

const none: FindingRow[] = []

export function useFindingList(search: FindingSearch & ShellSearch) {
  const ready = useHealth() !== undefined
  const list = useInfiniteQuery(findingListQuery(search, ready))
  const head = useQuery(findingHeadQuery(search, ready))
  const newestFirst = (search.sort ?? '-last') === '-last'
  const states = findingParams(search)['state'] ?? ''
  const pages = list.data?.pages
  const headRows = head.data?.rows
  const merged = useMemo(() => {
    const taken = pages?.flatMap((page) => page.rows) ?? none
    const since = newSince(taken, {
      complete: pages?.at(-1)?.next === null,
      newestFirst,
      asOf: pages?.[0]?.asOf ?? '',
    })
    return merge(taken, headRows ?? none, since, states === '' ? [] : states.split(','))
  }, [pages, headRows, states, newestFirst])
  const takeIn = (): void => {
    const { queryKey } = findingListQuery(search, ready)
    client.setQueryData<InfiniteData<FindingsPage, string>>(queryKey, (data) =>
      data === undefined
        ? data
        : { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    )
    void list.refetch()
  }
  // In an empty list there is no row that could move.
  const empty = list.data !== undefined && !list.isFetching && merged.rows.length === 0
  const waiting = empty && merged.fresh > 0
  const refetch = list.refetch
  useEffect(() => {
    if (waiting) void refetch()
  }, [waiting, refetch])
  return {
    ...merged,
    total: Math.max(pages?.[0]?.total ?? 0, merged.rows.length),
    ready: list.data !== undefined,
    error: list.error,
    refetch: () => void list.refetch(),
    more: () => {
      if (list.hasNextPage && !list.isFetching) void list.fetchNextPage()
    },
    /** Takes in what is new: only then do rows move. */
    takeIn,
  }
}

/** Of each view, how many it holds; undefined until they are known. */
export function useViewCounts(search: FindingSearch) {
  const reach = useReach()
  const ready = useHealth() !== undefined
  return useQuery(findingCountsQuery({ ...search, ...reach }, ready)).data
}

export type FindingList = ReturnType<typeof useFindingList>
