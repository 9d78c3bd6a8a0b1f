/** Packets by minute of capture time, of the last hour: every packet that was looked at. */
import type { PacketBatch } from '#sensor'
import { isoTime } from '#sensor'
import type { HealthSnapshot } from '#analyzer'

const MINUTE_US = 60e6
const MINUTES = 60

export class PacketRate {
  /** Of the newest, in minutes since 1970. */
  #newest = 0
  /** Until the newest; as many as there have been since the first packet, an hour at most. */
  readonly #counts: number[] = []

  add({ time, count }: PacketBatch): void {
    const first = minuteOf(time[0])
    if (first === minuteOf(time[count - 1])) {
      // Nearly always; whose clock went out and back between them is of this minute too.
      this.#count(first, count)
      return
    }
    for (let at = 0; at < count; at++) this.#count(minuteOf(time[at]), 1)
  }

  #count(minute: number, packets: number): void {
    const counts = this.#counts
    if (Math.abs(minute - this.#newest) >= MINUTES || counts.length === 0) {
      // The first one, a long silence, or a clock that was set: what was before is another hour.
      const isOn = minute > this.#newest && counts.length > 0
      counts.length = 0
      if (isOn) counts.push(...Array.from({ length: MINUTES - 1 }, () => 0))
      counts.push(0)
      this.#newest = minute
    }
    for (; this.#newest < minute; this.#newest++) {
      counts.push(0)
      if (counts.length > MINUTES) counts.shift()
    }
    // Before the first that is known: of two mirrors one may be a minute behind.
    const back = this.#newest - minute
    while (counts.length <= back) counts.unshift(0)
    const at = counts.length - 1 - back
    counts[at] = (counts[at] as number) + packets
  }

  /** Undefined before the first packet. */
  told(): HealthSnapshot['rate'] {
    if (this.#counts.length === 0) return undefined
    return { last: isoTime(this.#newest * MINUTE_US), packets: [...this.#counts] }
  }
}

function minuteOf(time = 0): number {
  return Math.floor(time / MINUTE_US)
}
