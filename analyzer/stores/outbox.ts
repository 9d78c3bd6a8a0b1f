/**
 * The sensor's own store as the outbox of a cluster. What changed is marked in the transaction that
 * changed it, and its newest state is read when it is sent; observations are sent from the files in
 * which they lie, up to a mark in each. Where no cluster is configured nothing is marked.
 */
import type { Doc } from '../facts.ts'
import type { Finding } from '../findings/finding.ts'
import type { StoredAct } from './merge.ts'
import type { AuditRecord } from './record.ts'
import type { AssetRecord } from './rows.ts'
import type { By, Conversed, Origin, PageQuery } from './store.ts'
import type { Page } from '../api/schema.ts'

export type SensorPart = 'health' | 'matrix' | 'rules' | 'baseline'

/** A name that a person typed in; an empty one was taken back. */
export interface TypedName {
  /** Of the act that gave it. */
  id: string
  name: string
  who: string
  time: string
}

export type Shipped =
  | { kind: 'finding'; finding: Finding; acts: StoredAct[] }
  | { kind: 'asset'; asset: AssetRecord; typed?: TypedName | undefined }
  | { kind: 'conversation'; conversation: Conversed }
  /** `body` is JSON, of a baseline its YAML. */
  | { kind: 'sensor'; part: SensorPart; body: string }
  | { kind: 'audit'; record: AuditRecord; text?: string | undefined }
export type ShippedKind = Shipped['kind']

/** A document that changed since it was sent last, in its newest state. */
export type Dirty = Shipped & {
  id: string
  from: Origin
  /** Of its newest change, from 1. */
  revision: number
  /** When the oldest change that was not sent was made, ms of wall time. */
  since: number
  tries: number
  /** Index that holds it in the cluster, as `sent` said; empty: never sent. */
  place: string
}

/** Observations of one file that were not sent, in order; `to` is the mark when all are. */
export interface Slice {
  segment: string
  after: number
  to: number
  docs: { doc: Doc; from: Origin }[]
}

/** One request whose answer may never come: written down before it is sent. */
export interface Flight {
  stream: string
  ids: string[]
  /** Where observations go from, so that a restart knows what the ids mean. */
  segment: string
  after: number
  to: number
  /** ms of wall time. */
  at: number
}

/** A document that the cluster refused for what it is. */
export interface DeadLetter {
  id: string
  kind: ShippedKind | 'observation'
  /** Index or stream it was for. */
  place: string
  status: number
  type: string
  reason: string
  time: string
  tries: number
  /** As it was sent, JSON. */
  doc: string
}

/** How the shipper is doing, for the console and for the sensor's health. */
export interface DeliveryState {
  state: 'idle' | 'sending' | 'away' | 'refused' | 'blocked'
  /** In words; empty where all is well. */
  reason: string
  /** Since when it is in that state, ISO 8601. */
  since: string
  /** When this was said: a shipper that runs says it each second. */
  at: string
  /** What the cluster is, as `elasticsearch 9.4.3 at https://es1:9200`. */
  server: string
  sent: number
  /** Found to be there already. */
  repeated: number
  retried: number
  rejected: number
  /** Acts of people from elsewhere that no trusted key has signed. */
  held: number
}

export interface Backlog {
  documents: number
  observations: number
  /** Age of the oldest, ms; 0 where nothing waits. */
  oldest_ms: number
  dead_letters: number
  /** Observations that the quota deleted before they were sent. */
  lost: number
}

/** Acts that were done at the cluster, on one finding or asset. */
export type ForeignAct =
  | { kind: 'finding'; finding: string; act: StoredAct }
  | { kind: 'asset'; asset: string; typed: TypedName; signature?: Signature | undefined }

/** Ed25519 (`sign.ts`): the public key as `ed25519:…`, the signature in base64. */
export interface Signature {
  key: string
  value: string
}

export interface Outbox {
  /** From now on what changes is marked, and everything there is once. Durable; off: forgets. */
  setShipping(on: boolean): Promise<void>
  /** Those that are due, the longest waiting first. */
  dirty(limit: number, now: number): Promise<Dirty[]>
  /** Takes them off where no newer change has been made, and notes where they lie. */
  sent(
    done: readonly { kind: ShippedKind; id: string; revision: number; place: string }[],
  ): Promise<void>
  /** They are due again at `due`, ms of wall time; one more try. */
  defer(items: readonly { kind: ShippedKind; id: string; due: number }[]): Promise<void>
  /** The oldest observations that were not sent, after the marks; undefined: there are none. */
  slice(limit: number): Promise<Slice | undefined>
  shipped(segment: string, to: number): Promise<void>
  beginFlight(flight: Flight): Promise<number>
  endFlight(n: number): Promise<void>
  /** Those that were begun and never ended. */
  flights(): Promise<(Flight & { n: number })[]>
  /** Keeps them, and takes those off that are documents. */
  bury(letters: readonly DeadLetter[]): Promise<void>
  deadLetters(query: PageQuery): Promise<Page<DeadLetter>>
  /** Marks them to be sent again, all without `ids`; how many. Observations: see `replayed`. */
  replay(ids?: readonly string[]): Promise<number>
  /** Gone for good: what a person gives up stands on record. */
  discard(ids: readonly string[], by?: By): Promise<number>
  /** Letters of observations that `replay` has marked. */
  replayed(limit: number): Promise<DeadLetter[]>
  exhumed(ids: readonly string[]): Promise<void>
  /**
   * Adds acts that are not known yet. Those that change what the sensor judges (approve, its undo,
   * rename) become decisions where a trusted key has signed them; else they are held, visible.
   */
  takeActs(
    acts: readonly ForeignAct[],
    trusted: readonly string[],
  ): Promise<{ taken: number; held: number }>
  putDelivery(state: DeliveryState): Promise<void>
  delivery(): Promise<DeliveryState | undefined>
  backlog(now: number): Promise<Backlog>
}
