/** One control for the time range, and whether the view is live. Both are in the address. */
import { useState } from 'react'
import { useAddress, useCaptureLast, useClock, useLive, useRange } from '../data/hooks.ts'
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
  const stopped = paused || link === 'lost' ? 'stopped' : ''
  return (
    <div className="range">
      <Button
        onPress={() => setOpen(true)}
        tip="Time range, in capture time: it ends at the newest packet, not at this moment"
      >
        <span className="range-words">{words}</span>
        <span className="dim tabular">{end === '' ? '' : ` to ${clock.short(end)}`}</span>
      </Button>
      <Button
        pressed={paused}
        tip={paused ? 'Follow the capture again' : 'Stop here: nothing on the page moves'}
        onPress={() =>
          address(paused ? { to: undefined, from: undefined } : { to: last }, { push: true })
        }
      >
        <span className={`live-dot ${stopped}`} aria-hidden />
        {paused ? 'Paused' : link === 'lost' ? 'Waiting' : 'Live'}
      </Button>
      {open && <RangeDialog onClose={() => setOpen(false)} />}
    </div>
  )
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
