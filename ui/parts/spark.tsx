/** Packets per minute over the last hour, as a line in a row; the figures are in its label. */
import { count } from '../text/number.ts'

const WIDTH = 96
const HEIGHT = 20

export function Spark({ values }: { values: readonly number[] }) {
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
  const label = `${count(total)} packets in the last hour, at most ${count(most)} in a minute`
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
