/** What only a sensor's own store does: the file beside it, of which it is the one that writes. */
import type { Finding } from '../findings/finding.ts'
import type { Outbox } from './outbox.ts'
import type { Origin, Store } from './store.ts'

/** What people decided and the sensor is to apply, in order of `n`. */
export type Decision = { n: number; time: string; who: string } & (
  | { kind: 'approve' | 'revoke'; finding: string; rule: string; approves: string[] }
  | { kind: 'rename'; asset: string; name: string }
)

/**
 * `low`: little is left; `full`: observations are refused, findings and what people do are kept;
 * `failing`: the disk has failed to read or to write.
 */
export type SpaceState = 'ok' | 'low' | 'full' | 'failing'

export interface StoreSpace {
  state: SpaceState
  /** In words; empty where it is `ok`. */
  reason: string
  free_bytes: number
  store_bytes: number
  quota_bytes: number
  /** Since the store was opened. */
  observations_refused: number
  /** Day of the oldest observations. */
  oldest: string
  /** Files that were damaged and have been put aside since this was asked last. */
  damaged: string[]
}

export interface LocalStore extends Store, Outbox {
  /**
   * Who writes from now on. Where no id is configured, it is known at the first packet only and
   * is another one at each start: what the sensor says of itself, its assets and conversations go
   * on under the new id; findings and observations stay of the one that told them.
   */
  resume(from: Origin): Promise<void>
  /** The newest of them as the sensor last said them, oldest first: to go on after a restart. */
  loadFindings(): Promise<Finding[]>
  saveBaseline(name: string, text: string): Promise<void>
  loadBaseline(name: string): Promise<string | undefined>
  /**
   * Deletes what is too old or too much, and says how much room there is; to be called once a
   * second or so. Undefined: the store was opened without bounds in bytes and days.
   */
  upkeep(): Promise<StoreSpace | undefined>
  /** Decisions after number `n` (0: all), oldest first, at most `DECISIONS_PAGE_MAX`. */
  decisionsSince(n: number): Promise<Decision[]>
  getMeta(key: string): Promise<string | undefined>
  setMeta(key: string, value: string): Promise<void>
}

export const DECISIONS_PAGE_MAX = 1000
/** Findings that a sensor takes up again: episodes end after a day (fields.md). */
export const FINDINGS_LOAD_MAX = 10_000
