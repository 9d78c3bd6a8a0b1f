/**
 * Watches a live capture from the side: packets that the kernel lost, frames that left the mirror
 * port, a port gone silent. Each is an observation of the sensor, and a rule makes it a finding.
 */
import type { Capture, Fields, SensorEventName } from '#sensor'

/** A mirror port of a running plant is never silent for so long (capture.md, design). */
const SILENCE_MS = 60_000

export interface Noticed {
  readonly event: SensorEventName
  readonly fields: Fields
}

export class Watch {
  readonly #capture: Capture
  readonly #transmitted: () => number | null
  #lost = 0
  #sent = 0
  #silent = false

  constructor(capture: Capture, transmitted: () => number | null) {
    this.#capture = capture
    this.#transmitted = transmitted
  }

  /** What is new since the last look; `silentMs` is wall time since the last packet. */
  look(silentMs: number): Noticed[] {
    const noticed: Noticed[] = []
    const lost = this.#capture.status().dropped ?? 0
    if (lost > this.#lost) {
      noticed.push({ event: 'loss', fields: { lost: lost - this.#lost, lost_in_all: lost } })
      this.#lost = lost
    }
    const sent = this.#transmitted() ?? 0
    if (sent > this.#sent) {
      noticed.push({ event: 'transmitted', fields: { frames: sent - this.#sent } })
      this.#sent = sent
    }
    const silent = silentMs >= SILENCE_MS
    if (silent && !this.#silent) {
      noticed.push({ event: 'silence', fields: { seconds: Math.round(silentMs / 1000) } })
    }
    this.#silent = silent
    return noticed
  }
}
