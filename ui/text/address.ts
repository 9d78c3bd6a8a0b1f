/**
 * The address is the state: what every page reads from it, and how it is written. Values are
 * plain words, so that an address can be read, typed and shared.
 */

/** One spelling for every page: `?severity=high,critical&range=24h`. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') params.set(key, value)
  }
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
  return text === '' ? '' : `?${text}`
}

export const ranges = ['15m', '1h', '6h', '24h', '7d', '30d', 'all'] as const
export type Range = (typeof ranges)[number]
export const rangeDefault: Range = '24h'

const minutes: Readonly<Record<Range, number>> = {
  '15m': 15,
  '1h': 60,
  '6h': 360,
  '24h': 1440,
  '7d': 10_080,
  '30d': 43_200,
  all: Number.POSITIVE_INFINITY,
}

export const rangeWords: Readonly<Record<Range, string>> = {
  '15m': 'the last 15 minutes',
  '1h': 'the last hour',
  '6h': 'the last 6 hours',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
  all: 'all that was captured',
}

/** On every page. `to` stops the clock: the view is paused there; without it, it is live. */
export interface RangeSearch {
  range?: Range
  from?: string
  to?: string
}

function known<T extends string>(list: readonly T[], value: unknown): T | undefined {
  return list.find((item) => item === value)
}

function moment(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined
}

/** Drops what is absent, so that the address holds only what was chosen. */
function present<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** On every page: of one site or one sensor alone, where there are several. */
export interface ScopeSearch {
  site?: string
  sensor?: string
}

/** What every page keeps. */
export type ShellSearch = RangeSearch & ScopeSearch

export function shellSearch(search: Record<string, unknown>): ShellSearch {
  return { ...rangeSearch(search), ...scopeSearch(search) }
}

export function scopeSearch(search: Record<string, unknown>): ScopeSearch {
  return present({ site: text(search['site']), sensor: text(search['sensor']) })
}

export function rangeSearch(search: Record<string, unknown>): RangeSearch {
  return present({
    range: known(ranges, search['range']),
    from: moment(search['from']),
    to: moment(search['to']),
  })
}

/** What the API is asked for: ends at the newest capture time, not now, unless it is paused. */
export function boundsOf(search: RangeSearch, captureLast: string): { from?: string; to?: string } {
  const end = search.to ?? captureLast
  const back = minutes[search.range ?? rangeDefault] * 60_000
  const start = Date.parse(end) - back
  const from = search.from ?? (Number.isFinite(start) ? new Date(start).toISOString() : undefined)
  return present({ from, to: search.to })
}

export const views = ['open', 'acknowledged', 'closed', 'all', 'posture'] as const
export type View = (typeof views)[number]

export const sorts = ['-last', '-severity', '-count'] as const
export type Sort = (typeof sorts)[number]

export const severities = ['critical', 'high', 'medium', 'low', 'informational'] as const

export interface FindingSearch {
  view?: View
  severity?: string
  q?: string
  rule?: string
  asset?: string
  sort?: Sort
  /** The finding under the cursor. */
  sel?: string
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function severityList(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const asked = value.split(',')
  const list = severities.filter((severity) => asked.includes(severity))
  return list.length === 0 ? undefined : list.join(',')
}

export function findingSearch(search: Record<string, unknown>): FindingSearch {
  return present({
    view: known(views, search['view']),
    severity: severityList(search['severity']),
    q: text(search['q']),
    rule: text(search['rule']),
    asset: text(search['asset']),
    sort: known(sorts, search['sort']),
    sel: text(search['sel']),
  })
}

/** States that a view shows; posture is no alarm and has a view of its own. */
const viewStates: Readonly<Record<View, string>> = {
  open: 'open,escalated',
  acknowledged: 'acknowledged',
  closed: 'closed',
  all: '',
  posture: '',
}

/** The API's parameters of a view, without the time range. */
export function findingParams(search: FindingSearch): Record<string, string> {
  const view = search.view ?? 'open'
  const params = {
    state: viewStates[view],
    posture: view === 'posture' ? 'true' : 'false',
    severity: search.severity,
    q: search.q,
    rule: search.rule,
    asset: search.asset,
    sort: search.sort ?? '-last',
  }
  return present(params) as Record<string, string>
}

/** Lists other than findings: a filter, an order, and what is opened. */
export interface ListSearch {
  q?: string
  sort?: string
  sel?: string
}

export function listSearch(search: Record<string, unknown>): ListSearch {
  return present({ q: text(search['q']), sort: text(search['sort']), sel: text(search['sel']) })
}

export interface ZoneSearch {
  show?: 'map'
  from_zone?: string
  to_zone?: string
}

export function zoneSearch(search: Record<string, unknown>): ZoneSearch {
  return present({
    show: known(['map'] as const, search['show']),
    from_zone: text(search['from_zone']),
    to_zone: text(search['to_zone']),
  })
}
