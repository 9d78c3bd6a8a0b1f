/** How the store's room is, as the sensor tells it: an event when that changes, and health. */
import type { StoreSpace } from '#analyzer'
import type { Noticed } from './watch.ts'

export class SpaceWatch {
  /** As it was at the last look; undefined: nobody has said. */
  space: StoreSpace | undefined
  #told: StoreSpace['state'] = 'ok'

  get keepsObservations(): boolean {
    return this.space?.state !== 'full'
  }

  /** What has changed since it was asked last. */
  look(): Noticed[] {
    const { state, reason } = this.space ?? { state: 'ok' as const, reason: '' }
    if (state === this.#told) return []
    this.#told = state
    return [{ event: 'store', fields: reason === '' ? { state } : { state, reason } }]
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
