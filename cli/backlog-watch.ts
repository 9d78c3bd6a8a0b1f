/** What waits for the cluster, as the sensor tells it: events when it grows old, and health. */
import type { Backlog, DeliveryState, StoreSpace } from '#analyzer'
import type { Reasons } from './interface-health.ts'
import { countText } from './print.ts'
import type { Noticed } from './watch.ts'

/** A cluster that is restarted is back by then. */
const OLDEST_MS_MAX = 15 * 60_000
/** Of a store that is nearly full, so much not sent: soon days go that nobody has. */
const SHARE_MAX = 0.8
const LETTERS_EVERY_MS = 3600_000
/** A shipper speaks each second, and waits for an answer half a minute. */
const SILENT_MS_MAX = 90_000

const nothing: Backlog = { documents: 0, observations: 0, oldest_ms: 0, dead_letters: 0, lost: 0 }

export class BacklogWatch {
  #backlog: Backlog | undefined
  #delivery: DeliveryState | undefined
  #isTold = false
  #lettersTold = 0
  #lettersDue = 0

  /** Undefined: it delivers to no cluster. */
  take(backlog: Backlog | undefined, delivery: DeliveryState | undefined): void {
    this.#backlog = backlog
    this.#delivery = delivery
  }

  /** What is new; `now` is wall time, ms. */
  look(now: number, space: StoreSpace | undefined): Noticed[] {
    const backlog = this.#backlog
    if (backlog === undefined) return []
    return [...this.#old(backlog, now, space), ...this.#letters(backlog, now)]
  }

  counters(): Record<string, number> {
    const counts = Object.entries(this.#backlog ?? nothing)
    return Object.fromEntries(counts.map(([name, count]) => [`delivery.${name}`, Number(count)]))
  }

  /** For the pill: what was lost is red, what waits is not lost. */
  reasons(now: number): Reasons {
    const [red, amber]: [string[], string[]] = [[], []]
    const backlog = this.#backlog
    if (backlog === undefined) return { red, amber }
    const { dead_letters: letters, lost } = backlog
    const waiting = waitingText(backlog)
    const trouble = troubleText(this.#delivery, now, waiting !== '')
    if (lost > 0) red.push(`${countText(lost, 'observation')} deleted before they could be sent`)
    if (trouble !== '') amber.push(waiting === '' ? trouble : `${trouble}: ${waiting}`)
    else if (backlog.oldest_ms > OLDEST_MS_MAX) {
      amber.push(`${waiting} for the cluster, the oldest for ${lasting(backlog.oldest_ms)}`)
    }
    if (letters > 0) amber.push(`the cluster refused ${countText(letters, 'document')}`)
    return { red, amber }
  }

  #old(backlog: Backlog, now: number, space: StoreSpace | undefined): Noticed[] {
    const isOld = backlog.oldest_ms > OLDEST_MS_MAX
    const isMuch = unsentShare(backlog, now, space) > SHARE_MAX
    const wasTold = this.#isTold
    this.#isTold = isOld || isMuch
    if (!this.#isTold || wasTold) return []
    const fields = {
      seconds: Math.round(backlog.oldest_ms / 1000),
      documents: backlog.documents,
      observations: backlog.observations,
      reason: isOld ? 'old' : 'much',
    }
    return [{ event: 'backlog', fields }]
  }

  /** The first in an hour; those that were there at the start are new to this process. */
  #letters({ dead_letters: count }: Backlog, now: number): Noticed[] {
    const more = count - this.#lettersTold
    if (more <= 0) this.#lettersTold = count
    if (more <= 0 || now < this.#lettersDue) return []
    this.#lettersTold = count
    this.#lettersDue = now + LETTERS_EVERY_MS
    return [{ event: 'dead-letter', fields: { count: more } }]
  }
}

/** Of the time that the store spans, how much was not sent; 0 where there is room. */
function unsentShare(backlog: Backlog, now: number, space: StoreSpace | undefined): number {
  if (space === undefined || backlog.observations === 0) return 0
  if (space.store_bytes < SHARE_MAX * space.quota_bytes) return 0
  const spanned = now - Date.parse(space.oldest)
  return spanned > 0 ? backlog.oldest_ms / spanned : 0
}

function waitingText({ documents, observations }: Backlog): string {
  const parts = [
    ...(observations === 0 ? [] : [countText(observations, 'observation')]),
    ...(documents === 0 ? [] : [countText(documents, 'document')]),
  ]
  if (parts.length === 0) return ''
  return `${parts.join(' and ')} ${documents + observations === 1 ? 'waits' : 'wait'}`
}

function troubleText(
  delivery: DeliveryState | undefined,
  now: number,
  somethingWaits: boolean,
): string {
  const start = 'start fieldtap shipper'
  if (delivery === undefined) return somethingWaits ? `nobody delivers, ${start}` : ''
  const silentMs = now - Date.parse(delivery.at)
  if (silentMs > SILENT_MS_MAX) {
    return `nobody has delivered for ${lasting(silentMs)}, ${start}`
  }
  const time = lasting(now - Date.parse(delivery.since))
  const why = delivery.reason === '' ? '' : ` (${delivery.reason})`
  switch (delivery.state) {
    case 'away':
      return `the cluster has been away for ${time}${why}`
    case 'refused':
      return `the cluster has refused this sensor for ${time}${why}`
    case 'blocked':
      return `the cluster has taken nothing for ${time}${why}`
    default:
      return ''
  }
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** `12 min`; the largest unit of which there are two, so that it is not said too roughly. */
export function lasting(ms: number): string {
  const [unit, length] = units.find(([, size]) => ms >= 2 * size) ?? units[3]
  return `${Math.max(0, Math.floor(ms / length))} ${unit}`
}
