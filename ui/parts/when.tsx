/** A time in the site's zone; exact and in UTC on hover and focus. */
import { useClock } from '../data/hooks.ts'
import { exactUtc } from '../text/time.ts'

interface WhenProps {
  iso: string
  long?: boolean
  /** Reached by the tab key: not in long lists, where there is one in each row. */
  focusable?: boolean
}

export function When({ iso, long = false, focusable = false }: WhenProps) {
  const clock = useClock()
  if (iso === '') return <span className="dim">–</span>
  return (
    <time
      className="when"
      dateTime={iso}
      data-tip={`${exactUtc(iso)} · ${clock.long(iso)} ${clock.offset(iso)}`}
      {...(focusable ? { tabIndex: 0 } : {})}
    >
      {long ? clock.long(iso) : clock.short(iso)}
    </time>
  )
}
