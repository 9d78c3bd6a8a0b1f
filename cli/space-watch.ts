/** How the store's room is, as the sensor tells it: an event when that changes, and health. */
import type { StoreSpace } from '#analyzer'
import type { Noticed } from './watch.ts'

export class SpaceWatch {
  #space: StoreSpace | undefined
  #damaged: string[] = []
  #told: StoreSpace['state'] = 'ok'

  /** As it was at the last look; undefined: nobody has said. */
  get space(): StoreSpace | undefined {
    return this.#space
  }

  set space(space: StoreSpace | undefined) {
    this.#space = space
    this.#damaged.push(...(space?.damaged ?? []))
  }

  get keepsObservations(): boolean {
    return this.space?.state !== 'full'
  }

  /** What has changed since it was asked last. */
  look(): Noticed[] {
    const { state, reason } = this.space ?? { state: 'ok' as const, reason: '' }
    const events: Noticed[] = this.#damaged
      .splice(0)
      .map((file) => ({ event: 'store', fields: { state: 'damaged', reason: file } }))
    if (state !== this.#told) {
      this.#told = state
      events.push({ event: 'store', fields: reason === '' ? { state } : { state, reason } })
    }
    return events
  }

  counters(): Record<string, number> {
    const { space } = this
    if (space === undefined) return {}
    return {
      store_free_bytes: space.free_bytes,
      store_taken_bytes: space.store_bytes,
      store_quota_bytes: space.quota_bytes,
      records_refused: space.observations_refused,
    }
  }
}

/** For the pill: what costs observations is red. */
export function spaceReasons(space: StoreSpace | undefined): { red: string[]; amber: string[] } {
  if (space === undefined || space.state === 'ok') return { red: [], amber: [] }
  if (space.state === 'low') return { red: [], amber: [`the store: ${space.reason}`] }
  const cost = space.state === 'full' ? 'no observations are kept' : 'the disk of the store failed'
  return { red: [`${cost}: ${space.reason}`], amber: [] }
}
