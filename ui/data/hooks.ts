/** What nearly every part asks: health, the site's clock, the time range, the live link. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useSyncExternalStore } from 'react'
import type { Health, SensorEntry } from '../../analyzer/api/schema.ts'
import { rangeSearch, scopeSearch } from '../text/address.ts'
import type { RangeSearch, ScopeSearch, ShellSearch } from '../text/address.ts'
import { capturedMinutes } from '../text/spark.ts'
import type { Minutes } from '../text/spark.ts'
import { siteClock } from '../text/time.ts'
import type { SiteClock } from '../text/time.ts'
import { live } from './client.ts'
import type { LiveState } from './live.ts'
import { healthQuery, sensorsQuery } from './queries.ts'

/** What is looked at: everything, one site, or one sensor. */
export function useScope(): ScopeSearch {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const { site, sensor } = scopeSearch(search)
  return useMemo(
    () => ({
      ...(site === undefined ? {} : { site }),
      ...(sensor === undefined ? {} : { sensor }),
    }),
    [site, sensor],
  )
}

export function useHealth(): Health | undefined {
  return useQuery(healthQuery(useScope())).data
}

/** All there are, whatever is looked at. */
export function useSensors(): readonly SensorEntry[] {
  return useQuery(sensorsQuery).data ?? none
}

const none: readonly SensorEntry[] = []

/** Whether rows of several sensors stand side by side, so that each has to say whose it is. */
export function useSeveral(): boolean {
  const { site, sensor } = useScope()
  const sensors = useSensors().filter((row) => (site ?? row.site) === row.site)
  return sensor === undefined && sensors.length > 1
}

export function useLive(): LiveState {
  return useSyncExternalStore(live.subscribe, live.state)
}

/** The newest capture time; '' until there is one. */
export function useCaptureLast(): string {
  return useHealth()?.capture_last ?? ''
}

/** The minutes that lines of packets by minute are drawn on. */
export function useCapturedMinutes(): Minutes {
  const health = useHealth()
  const { end, length } = capturedMinutes(health?.capture_first ?? '', health?.capture_last ?? '')
  return useMemo(() => ({ end, length }), [end, length])
}

export function useClock(): SiteClock {
  const health = useHealth()
  const zone = health?.timezone || 'UTC'
  /** The day is enough: a clock is not made anew with every packet. */
  const hour = (health?.capture_last ?? '').slice(0, 13)
  return useMemo(() => siteClock(zone, `${hour}:00:00Z`), [zone, hour])
}

export function useRange(): RangeSearch {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const { range, from, to } = rangeSearch(search)
  return useMemo(
    () => ({
      ...(range === undefined ? {} : { range }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }),
    [range, from, to],
  )
}

/** The range and the scope: what a list is read by. */
export function useReach(): ShellSearch {
  const range = useRange()
  const scope = useScope()
  return useMemo(() => ({ ...range, ...scope }), [range, scope])
}

/** Changes part of the address of this page; `undefined` takes a part out. */
export function useAddress(): (
  change: Record<string, string | undefined>,
  how?: { push?: boolean },
) => void {
  const navigate = useNavigate()
  return (change, how) => {
    void navigate({
      to: '.',
      search: (before: Record<string, unknown>) => ({ ...before, ...change }) as never,
      replace: how?.push !== true,
      resetScroll: false,
    })
  }
}
