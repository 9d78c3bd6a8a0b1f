/** The one cache of what was read, and the one follower of what changes. */
import { QueryClient } from '@tanstack/react-query'
import { ApiFailure } from './api.ts'
import { Live } from './live.ts'

export const client = new QueryClient({
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
