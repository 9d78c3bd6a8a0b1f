import { useEffect, useMemo, useRef } from 'react'
import UPlot from 'uplot'
import { useClock } from '../data/hooks.ts'
import { count } from '../text/number.ts'

const HEIGHT = 140
const MINUTE_S = 60

interface PlotProps {
  values: readonly number[]
  end: string
}

function aligned(values: readonly number[], end: string): UPlot.AlignedData {
  const last = Math.floor(Date.parse(end) / 60_000) * MINUTE_S
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
          { ...axis, values: (_, ticks) => ticks.map(time) },
          { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => count(tick)) },
        ],
        series: [{}, { stroke: colour('--accent'), width: 1.5, points: { show: false } }],
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
