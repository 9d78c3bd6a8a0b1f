/** One control for the time range, and whether the view is live. Both are in the address. */
import { useState } from 'react'
import {
  useAddress,
  useCaptureLast,
  useClock,
  useHealth,
  useLive,
  useRange,
} from '../data/hooks.ts'
import { rangeDefault, rangeWords, ranges } from '../text/address.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export function RangeControl() {
  const [open, setOpen] = useState(false)
  const search = useRange()
  const clock = useClock()
  const last = useCaptureLast()
  const address = useAddress()
  const words =
    search.from === undefined
      ? rangeWords[search.range ?? rangeDefault]
      : `from ${clock.short(search.from)}`
  const end = search.to ?? last
  const paused = search.to !== undefined
  const { link } = useLive()
  const health = useHealth()
  // A recording that was played to its end: nothing more comes, and that is no standstill.
  const ended = health?.mode !== 'live' && health?.state === 'finished'
  const stopped = paused || ended || link === 'lost' ? 'stopped' : ''
  const recorded = health?.mode === 'file' || health?.mode === 'demo'
  return (
    <div className="range">
      <Button
        onPress={() => setOpen(true)}
        tip="Time range, in capture time: it ends at the newest packet, not at this moment"
      >
        <span className="range-words">{words}</span>
        <span className="dim tabular">
          {end === '' ? '' : ` to ${clock.short(end)}`}
          {recorded && <span className="range-recorded">, recorded</span>}
        </span>
      </Button>
      <Button
        pressed={paused}
        tip={followTip(paused, ended)}
        onPress={() =>
          address(paused ? { to: undefined, from: undefined } : { to: last }, { push: true })
        }
      >
        <span className={`live-dot ${stopped}`} aria-hidden />
        {paused ? 'Paused' : link === 'lost' ? 'Waiting' : ended ? 'Ended' : followed(recorded)}
      </Button>
      {open && <RangeDialog onClose={() => setOpen(false)} />}
    </div>
  )
}

const followed = (recorded: boolean): string => (recorded ? 'Replay' : 'Live')

function followTip(paused: boolean, ended: boolean): string {
  if (paused) return 'Follow the capture again'
  return ended ? 'The recording is over' : 'Stop here: nothing on the page moves'
}

function RangeDialog({ onClose }: { onClose: () => void }) {
  const search = useRange()
  const clock = useClock()
  const last = useCaptureLast()
  const address = useAddress()
  const [from, setFrom] = useState(clock.field(search.from ?? ''))
  const [to, setTo] = useState(clock.field(search.to ?? last))
  const choose = (change: Record<string, string | undefined>): void => {
    address({ range: undefined, from: undefined, to: undefined, ...change }, { push: true })
    onClose()
  }
  return (
    <Dialog title="Time range" onClose={onClose}>
      <p className="dim">
        In capture time; the newest packet is of {last === '' ? '–' : clock.long(last)}.
      </p>
      <div className="choices">
        {ranges.map((range) => (
          <Button
            key={range}
            pressed={search.from === undefined && (search.range ?? rangeDefault) === range}
            onPress={() => choose(range === rangeDefault ? {} : { range })}
          >
            {rangeWords[range]}
          </Button>
        ))}
      </div>
      <form
        className="range-form"
        onSubmit={(event) => {
          event.preventDefault()
          const start = clock.moment(from)
          const end = clock.moment(to)
          if (start !== '' && end !== '') choose({ from: start, to: end })
        }}
      >
        <label>
          From
          <input type="datetime-local" value={from} onChange={(e) => setFrom(e.target.value)} />
        </label>
        <label>
          To
          <input type="datetime-local" value={to} onChange={(e) => setTo(e.target.value)} />
        </label>
        <button type="submit" className="button button-strong">
          Show this range
        </button>
      </form>
      <p className="dim">
        Times of the site: {clock.zone}, {clock.offset(last)}.
      </p>
    </Dialog>
  )
}
