/**
 * Watches a live capture from the side, each interface by itself: packets that the kernel lost,
 * frames that left the mirror port, a port that is renamed, away or silent, and time in which
 * nothing could be seen. Each is an observation of the sensor; rules make findings of it.
 */
import type { Capture, CaptureStatus, Fields, InterfaceStatus, SensorEventName } from '#sensor'
import { isoTime } from '#sensor'

/** A mirror port of a running plant is never silent for so long (capture.md, design). */
const SILENCE_MS = 60_000

export interface Noticed {
  readonly event: SensorEventName
  readonly fields: Fields
}

export class Watch {
  readonly #capture: Capture
  readonly #interfaces: InterfaceWatch[] = []

  constructor(capture: Capture) {
    this.#capture = capture
  }

  /** What is new since the last look; `now` is the wall clock in µs. */
  look(now: number, silentMs: number): Noticed[] {
    return interfacesOf(this.#capture.status(), silentMs).flatMap((status, i) => {
      const watch = (this.#interfaces[i] ??= new InterfaceWatch())
      return watch.look(status, now)
    })
  }
}

/** A file that grows is like one interface of which little is known. */
export function interfacesOf(
  status: CaptureStatus,
  silentMs: number,
): readonly (Partial<InterfaceStatus> & WatchedStatus)[] {
  const { name, dropped } = status
  return status.interfaces ?? [{ name, dropped, silentMs, gaps: [] }]
}

type WatchedStatus = Pick<InterfaceStatus, 'name' | 'dropped' | 'silentMs' | 'gaps'>

class InterfaceWatch {
  #name: string | undefined
  /** Since when nothing can come in, µs, where that was told. */
  #awaySince: number | undefined
  #lost = 0
  #sent = 0
  #gap = 0
  /** When it fell silent, µs. */
  #silentSince: number | undefined

  look(status: Partial<InterfaceStatus> & WatchedStatus, now: number): Noticed[] {
    const found = [
      ...this.#renamed(status),
      ...this.#away(status),
      ...this.#loss(status),
      ...this.#transmitted(status),
      ...this.#gaps(status),
      ...this.#silence(status, now),
    ]
    return found.map(({ event, fields }) => {
      return { event, fields: { interface: status.name, ...fields } }
    })
  }

  #renamed({ name }: WatchedStatus): Noticed[] {
    const before = this.#name
    this.#name = name
    if (before === undefined || before === name) return []
    return [{ event: 'interface', fields: { change: 'renamed', from: before, to: name } }]
  }

  /** Told when it is seen first, and when it is over as a gap. */
  #away({ away }: Partial<InterfaceStatus>): Noticed[] {
    const before = this.#awaySince
    this.#awaySince = away?.begin
    if (away === undefined || away.begin === before) return []
    const { begin, reason } = away
    return [{ event: 'interface', fields: { change: 'away', begin: isoTime(begin), reason } }]
  }

  #loss({ dropped = 0, droppedByInterface = 0 }: Partial<InterfaceStatus>): Noticed[] {
    const lost = dropped + droppedByInterface
    if (lost <= this.#lost) return []
    const more = lost - this.#lost
    this.#lost = lost
    return [{ event: 'loss', fields: { lost: more, lost_in_all: lost } }]
  }

  #transmitted({ transmitted = 0 }: Partial<InterfaceStatus>): Noticed[] {
    if (transmitted <= this.#sent) return []
    const frames = transmitted - this.#sent
    this.#sent = transmitted
    return [{ event: 'transmitted', fields: { frames } }]
  }

  #gaps({ gaps }: WatchedStatus): Noticed[] {
    const fresh = gaps.filter(({ number }) => number > this.#gap)
    this.#gap = gaps.at(-1)?.number ?? this.#gap
    return fresh.map(({ begin, end, reason }) => gap(begin, end, reason))
  }

  /** Told when it begins, and when it is over as a gap. */
  #silence(status: Partial<InterfaceStatus> & WatchedStatus, now: number): Noticed[] {
    const { silentMs, away } = status
    const since = this.#silentSince
    if (silentMs < SILENCE_MS) {
      this.#silentSince = undefined
      return since === undefined ? [] : [gap(since, now - silentMs * 1000, 'silent')]
    }
    if (since !== undefined) return []
    this.#silentSince = now - silentMs * 1000
    const seconds = Math.round(silentMs / 1000)
    const reason = away === undefined ? {} : { reason: away.reason }
    return [{ event: 'silence', fields: { seconds, ...reason } }]
  }
}

function gap(begin: number, end: number, reason: string): Noticed {
  const seconds = Math.round((end - begin) / 1e5) / 10
  const fields = { begin: isoTime(begin), end: isoTime(end), seconds, reason }
  return { event: 'gap', fields }
}
