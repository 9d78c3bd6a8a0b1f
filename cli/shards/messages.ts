/** What the thread that judges and the threads that read packets say to each other. */
import type { CoverageLine, SensorLimits, Shard } from '#sensor'
import type { Settled, Told } from '#analyzer'
import type { Parcel } from './parcel.ts'

export interface ShardData {
  readonly shard: Shard
  readonly seed: number
  readonly records: boolean
  readonly all: boolean
  readonly limits: Partial<SensorLimits> | undefined
}

/** Which kinds are settled, as of what was judged so far. */
export interface Orders {
  readonly anew: boolean
  readonly settled: readonly Settled[]
}

export type ToShard =
  | { readonly what: 'batch'; readonly parcel: Parcel; readonly orders: Orders }
  /** Time went on without a packet. */
  | { readonly what: 'advance'; readonly time: number; readonly orders: Orders }
  | { readonly what: 'flush'; readonly orders: Orders }
  | { readonly what: 'end'; readonly orders: Orders }

export interface FromShard {
  /** Ordinal of the first packet in the run, and how many there were. */
  readonly first: number
  readonly count: number
  readonly told: readonly Told[]
  readonly counts: Uint16Array
  readonly counters: Record<string, number>
  readonly coverage: readonly CoverageLine[]
  /** Of each protocol; at the end only. */
  readonly tallies: readonly unknown[] | undefined
  readonly parcel: Parcel | undefined
}
