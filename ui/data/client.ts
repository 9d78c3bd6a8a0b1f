/** The one cache of what was read, and the one follower of what changes. */
import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiFailure } from './api.ts'
import { Live } from './live.ts'

/** A list that cannot go on (the store behind it is another now) begins again. */
const queryCache = new QueryCache({
  onError: (error, { queryKey }) => {
    if (!(error instanceof ApiFailure) || error.code !== 'CURSOR_INVALID') return
    void client.resetQueries({ queryKey, exact: true })
  },
})

export const client: QueryClient = new QueryClient({
  queryCache,
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      /** What was refused stays refused; what was not reached may come back. */
      retry: (failures, error) =>
        error instanceof ApiFailure && error.kind === 'unreachable' && failures < 1,
      retryDelay: 500,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

export const live = new Live(client)
