/** Packets per minute over the last hour of the capture; the plotting library comes when needed. */
import { Suspense, lazy, useMemo } from 'react'
import { useCapturedMinutes } from '../data/hooks.ts'
import { count, plural } from '../text/number.ts'
import { sumSparks } from '../text/spark.ts'
import type { Line } from '../text/spark.ts'

const Plot = lazy(() => import('./plot.tsx').then(({ Plot }) => ({ default: Plot })))

const HOUR = 60

interface RateProps {
  /** Which packets are counted. */
  what: string
  values: readonly number[]
  /** Of the newest value, in minutes since 1970. */
  end: number
}

export function RatePlot({ what, values, end }: RateProps) {
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total === 0) return <p className="dim">No packet in the last hour of the capture.</p>
  const most = Math.max(...values)
  const when =
    values.length < HOUR
      ? `all ${plural(values.length, 'minute')} of the capture`
      : 'last hour of the capture'
  return (
    <figure className="plot">
      <figcaption className="dim">
        {what} per minute, {when}: {count(total)} in all, at most {count(most)}
      </figcaption>
      {values.length > 1 && (
        <Suspense fallback={<div className="plot-space" />}>
          <Plot values={values} end={end} />
        </Suspense>
      )}
    </figure>
  )
}

/** Of conversations: what belongs to none of them, as ARP, is not among their packets. */
export function ConversationPlot({ lines }: { lines: readonly Line[] }) {
  const minutes = useCapturedMinutes()
  const values = useMemo(() => sumSparks(lines, minutes), [lines, minutes])
  return <RatePlot what="Packets of these conversations" values={values} end={minutes.end} />
}
