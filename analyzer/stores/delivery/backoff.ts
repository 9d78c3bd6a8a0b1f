/** How long to wait after a failure, and the time and chance that delivery goes by. */

export interface Clock {
  /** Wall time, ms. */
  now(): number
  /** From 0 to below 1. */
  random(): number
  /** Ends early when `stop` aborts; never rejects. */
  sleep(ms: number, stop: AbortSignal): Promise<void>
}

const FIRST_MS = 1000
/** A cluster that is back is noticed within a minute. */
export const BACKOFF_MS_MAX = 60_000
/** Chance may say nothing at all: no cluster is asked more often than this. */
const BACKOFF_MS_MIN = 50

/**
 * After the `tries`th failure, from 1: exponential with full jitter, so that many sensors that lost
 * the same cluster do not come back at once.
 */
export function backoffMs(tries: number, random: () => number): number {
  const most = Math.min(BACKOFF_MS_MAX, FIRST_MS * 2 ** Math.max(0, tries - 1))
  return Math.max(BACKOFF_MS_MIN, Math.floor(most * random()))
}
