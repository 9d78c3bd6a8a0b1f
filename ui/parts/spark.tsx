/** Packets per minute, the last hour of the capture, as a line; the figures are in its label. */
import { useCapturedMinutes } from '../data/hooks.ts'
import { count, plural } from '../text/number.ts'
import { sparkOn } from '../text/spark.ts'
import type { Line } from '../text/spark.ts'

const WIDTH = 96
const HEIGHT = 20

export function Spark({ line }: { line: Line }) {
  const values = sparkOn(line, useCapturedMinutes())
  const most = Math.max(...values, 0)
  if (values.length < 2 || most === 0) return <span className="dim">no packets</span>
  const step = WIDTH / (values.length - 1)
  const points = values
    .map(
      (value, at) =>
        `${(at * step).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`,
    )
    .join(' ')
  const total = values.reduce((sum, value) => sum + value, 0)
  const label = `${count(total)} packets in ${plural(values.length, 'minute')}, at most ${count(most)} in a minute`
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
      data-tip={label}
    >
      <polyline points={points} />
    </svg>
  )
}
