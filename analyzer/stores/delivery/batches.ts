/** What goes into one request: bounded in number and in bytes. */

export interface Limits {
  /** Documents of one request. */
  readonly docs: number
  readonly bytes: number
  /** Requests at the same time. */
  readonly requests: number
}

/** Elasticsearch's own advice is 5 to 15 MB; a request of the smaller size is answered in time. */
const REQUEST_BYTES = 5 << 20

export const OBSERVATION_LIMITS: Limits = { docs: 2000, bytes: REQUEST_BYTES, requests: 4 }
/** Fewer: each is compared with what the cluster holds. */
export const DOCUMENT_LIMITS: Limits = { docs: 500, bytes: REQUEST_BYTES, requests: 4 }
/** Of the one request that finds out whether the cluster is back. */
export const TRIAL_LIMITS: Limits = { docs: 10, bytes: 1 << 18, requests: 1 }

/** In order; what alone is larger than a request may be goes alone. */
export function batches<T>(
  items: readonly T[],
  limits: Limits,
  bytesOf: (item: T) => number,
): T[][] {
  const all: T[][] = []
  let room = 0
  for (const item of items) {
    const bytes = bytesOf(item)
    const batch = all.at(-1)
    if (batch === undefined || batch.length >= limits.docs || bytes > room) {
      all.push([item])
      room = limits.bytes - bytes
    } else {
      batch.push(item)
      room -= bytes
    }
  }
  return all
}

/** Of a request that was too large; of one item there is only itself. */
export function halves<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}
