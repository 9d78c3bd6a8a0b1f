import { useEffect, useMemo, useRef } from 'react'
import UPlot from 'uplot'
import { useClock } from '../data/hooks.ts'
import { count } from '../text/number.ts'

const HEIGHT = 140
const MINUTE_S = 60
/** Ticks stand a minute apart or more: their labels are hours and minutes. */
const STEPS_S = [1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE_S)
/** So few that each is also a point. */
const POINTS_MAX = 15

/** Packets are whole. */
const COUNTS = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat()

interface PlotProps {
  values: readonly number[]
  /** Of the newest value, in minutes since 1970. */
  end: number
}

function aligned(values: readonly number[], end: number): UPlot.AlignedData {
  const last = end * MINUTE_S
  return [values.map((_, at) => last - (values.length - 1 - at) * MINUTE_S), [...values]]
}

/** The colours of the page, as the canvas needs them. */
function colour(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

export function Plot({ values, end }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(undefined)
  const clock = useClock()
  const data = useMemo(() => aligned(values, end), [values, end])
  const latest = useRef(data)
  useEffect(() => {
    latest.current = data
    plot.current?.setData(data)
  }, [data])
  useEffect(() => {
    const place = box.current
    if (place === null) return undefined
    const axis = { stroke: colour('--dim'), grid: { stroke: colour('--line'), width: 1 } }
    const time = (seconds: number): string =>
      clock.long(new Date(seconds * 1000).toISOString()).slice(-8, -3)
    const chart = new UPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, _min, max) => [0, Math.max(1, max)] } },
        axes: [
          { ...axis, size: 32, incrs: STEPS_S, values: (_, ticks) => ticks.map(time) },
          {
            ...axis,
            size: 64,
            incrs: COUNTS,
            values: (_, ticks) => ticks.map((tick) => count(tick)),
          },
        ],
        series: [
          {},
          {
            stroke: colour('--accent'),
            width: 1.5,
            points: { show: (plot) => plot.data[0].length <= POINTS_MAX },
          },
        ],
      },
      latest.current,
      place,
    )
    plot.current = chart
    const resize = new ResizeObserver(() =>
      chart.setSize({ width: place.clientWidth, height: HEIGHT }),
    )
    resize.observe(place)
    return () => {
      resize.disconnect()
      chart.destroy()
    }
  }, [clock])
  return <div ref={box} className="plot-space" aria-hidden />
}
