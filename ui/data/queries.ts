/** What the pages read, by the key under which it is kept. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import type {
  AssetRow,
  ConversationRow,
  Counter,
  DeadLetterRow,
  Delivery,
  FindingDetail,
  FindingRow,
  Health,
  OperationRow,
  Page,
  RuleRow,
  SensorEntry,
  ZoneMatrix,
} from '../../analyzer/api/schema.ts'
import { boundsOf, findingParams, views } from '../text/address.ts'
import type { FindingSearch, ScopeSearch, ShellSearch, View } from '../text/address.ts'
import { get, segment } from './api.ts'
import type { Params } from './api.ts'

const FINDINGS_PAGE = 200
const LIST_PAGE = 1000
const LETTERS_PAGE = 50

const scopeKey = ({ site = '', sensor = '' }: ScopeSearch): readonly string[] => [site, sensor]
const scopeParams = ({ site, sensor }: ScopeSearch): Params => ({ site, sensor })

export function healthQuery(scope: ScopeSearch) {
  return queryOptions({
    queryKey: ['health', 'of', ...scopeKey(scope)],
    queryFn: ({ signal }) => get<Health>('/api/health', scopeParams(scope), signal),
  })
}

/** Under the key of the health: read again whenever that has changed. */
export function countersQuery(scope: ScopeSearch) {
  return queryOptions({
    queryKey: ['health', 'counters', ...scopeKey(scope)],
    queryFn: ({ signal }) => get<Counter[]>('/api/counters', scopeParams(scope), signal),
  })
}

export const sensorsQuery = queryOptions({
  queryKey: ['health', 'sensors'],
  queryFn: ({ signal }) => get<SensorEntry[]>('/api/sensors', {}, signal),
})

export const deliveryQuery = queryOptions({
  queryKey: ['health', 'delivery'],
  queryFn: ({ signal }) => get<Delivery>('/api/delivery', {}, signal),
})

/** The newest of them: those before are reached when these are gone. */
export const lettersQuery = queryOptions({
  queryKey: ['health', 'letters'],
  queryFn: ({ signal }) =>
    get<Page<DeadLetterRow>>('/api/delivery/letters', { limit: LETTERS_PAGE }, signal),
})

/** The end of the range moves with the capture: it is worked out when asked, not in the key. */
function rangeKey(search: ShellSearch): readonly string[] {
  return [search.range ?? '', search.from ?? '', search.to ?? '', ...scopeKey(search)]
}

const captureLast = (client: QueryClient, scope: ScopeSearch): string =>
  client.getQueryData(healthQuery(scope).queryKey)?.capture_last ?? ''

/** A page, and the capture time up to which the sensor had reported when it was asked for. */
export type FindingsPage = Page<FindingRow> & { asOf: string }

type Search = FindingSearch & ShellSearch

async function findingsPage(
  search: Search,
  params: Params,
  context: { client: QueryClient; signal: AbortSignal },
): Promise<FindingsPage> {
  const asOf = captureLast(context.client, search)
  const bounds = boundsOf(search, asOf)
  const asked = { ...findingParams(search), ...bounds, ...scopeParams(search), ...params }
  const page = await get<Page<FindingRow>>('/api/findings', asked, context.signal)
  return { ...page, asOf }
}

const findingsKey = (search: Search): readonly unknown[] => [
  findingParams(search),
  ...rangeKey(search),
]

/** The list as it was taken in: never refetched behind the reader's back. */
export function findingListQuery(search: Search, ready: boolean) {
  return infiniteQueryOptions({
    queryKey: ['findings', 'list', ...findingsKey(search)],
    queryFn: ({ pageParam, ...context }) =>
      findingsPage(search, { limit: FINDINGS_PAGE, after: pageParam }, context),
    initialPageParam: '',
    getNextPageParam: (last: FindingsPage) => last.next,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
    enabled: ready,
  })
}

/** The newest rows of the same list: what the pill counts, and what updates rows in place. */
export function findingHeadQuery(search: Search, ready: boolean) {
  const newest: Search = { ...search, sort: '-last' }
  return queryOptions({
    queryKey: ['findings', 'head', ...findingsKey(newest)],
    queryFn: (context) => findingsPage(newest, { limit: FINDINGS_PAGE }, context),
    enabled: ready && search.to === undefined,
  })
}

/** How many findings each view holds: one short question for each. */
export function findingCountsQuery(search: Search, ready: boolean) {
  const { view: _view, sort: _sort, sel: _sel, ...filter } = search
  return queryOptions({
    queryKey: ['findings', 'counts', ...findingsKey(filter)],
    queryFn: async (context) => {
      const totals = views.map(async (view) => {
        const page = await findingsPage({ ...filter, view }, { limit: 1 }, context)
        return [view, page.total] as const
      })
      return Object.fromEntries(await Promise.all(totals)) as Record<View, number>
    },
    placeholderData: keepPreviousData,
    enabled: ready,
  })
}

export function findingQuery(id: string) {
  return queryOptions({
    queryKey: ['findings', 'detail', id],
    queryFn: ({ signal }) => get<FindingDetail>(`/api/findings/${segment(id)}`, {}, signal),
    enabled: id !== '',
  })
}

function pagesOf<T>(key: readonly unknown[], path: string, params: Params) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      get<Page<T>>(path, { ...params, limit: LIST_PAGE, after: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last: Page<T>) => last.next,
  })
}

export function assetsQuery(q: string, scope: ScopeSearch) {
  const key = ['assets', 'list', q, ...scopeKey(scope)]
  return pagesOf<AssetRow>(key, '/api/assets', { q, ...scopeParams(scope) })
}

export function assetQuery(id: string) {
  return queryOptions({
    queryKey: ['assets', 'detail', id],
    queryFn: ({ signal }) => get<AssetRow>(`/api/assets/${segment(id)}`, {}, signal),
  })
}

export function conversationsQuery(q: string, scope: ScopeSearch, asset = '') {
  const key = ['conversations', q, asset, ...scopeKey(scope)]
  const params = { q, asset, ...scopeParams(scope) }
  return pagesOf<ConversationRow>(key, '/api/conversations', params)
}

export function operationsQuery(search: { q?: string } & ShellSearch, ready: boolean) {
  const q = search.q ?? ''
  return infiniteQueryOptions({
    queryKey: ['operations', q, ...rangeKey(search)],
    queryFn: ({ pageParam, client, signal }) => {
      const bounds = boundsOf(search, captureLast(client, search))
      const params = { ...bounds, ...scopeParams(search), q, limit: LIST_PAGE, after: pageParam }
      return get<Page<OperationRow>>('/api/operations', params, signal)
    },
    initialPageParam: '',
    getNextPageParam: (last: Page<OperationRow>) => last.next,
    staleTime: Number.POSITIVE_INFINITY,
    enabled: ready,
  })
}

export function zonesQuery(scope: ScopeSearch) {
  return queryOptions({
    queryKey: ['zones', ...scopeKey(scope)],
    queryFn: ({ signal }) => get<ZoneMatrix>('/api/zones', scopeParams(scope), signal),
    placeholderData: keepPreviousData,
  })
}

export function rulesQuery(scope: ScopeSearch) {
  return pagesOf<RuleRow>(['rules', ...scopeKey(scope)], '/api/rules', scopeParams(scope))
}
