/** Packets per minute over the last hour of the capture; the plotting library comes when needed. */
import { Suspense, lazy } from 'react'
import { useCaptureLast, useHealth } from '../data/hooks.ts'
import { count } from '../text/number.ts'
import { span } from '../text/time.ts'

const Plot = lazy(() => import('./plot.tsx').then(({ Plot }) => ({ default: Plot })))

const MINUTES_MIN = 5

export function RatePlot({ values }: { values: readonly number[] }) {
  const last = useCaptureLast()
  const first = useHealth()?.capture_first ?? last
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total === 0) return <p className="dim">No packet in the last hour of the capture.</p>
  const most = Math.max(...values)
  // What is before the capture is not silence.
  const minutes = Math.max(MINUTES_MIN, Math.ceil(span(first, last) / 60_000) + 1)
  return (
    <figure className="plot">
      <figcaption className="dim">
        Packets per minute, last hour of the capture: {count(total)} in all, at most {count(most)}
      </figcaption>
      <Suspense fallback={<div className="plot-space" />}>
        <Plot values={values.slice(-minutes)} end={last} />
      </Suspense>
    </figure>
  )
}
