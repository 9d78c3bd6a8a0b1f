/** What nearly every part asks: health, the site's clock, the time range, the live link. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useSyncExternalStore } from 'react'
import type { Health } from '../../analyzer/api/schema.ts'
import { rangeSearch } from '../text/address.ts'
import type { RangeSearch } from '../text/address.ts'
import { capturedMinutes } from '../text/spark.ts'
import type { Minutes } from '../text/spark.ts'
import { siteClock } from '../text/time.ts'
import type { SiteClock } from '../text/time.ts'
import { live } from './client.ts'
import type { LiveState } from './live.ts'
import { healthQuery } from './queries.ts'

export function useHealth(): Health | undefined {
  return useQuery(healthQuery).data
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
