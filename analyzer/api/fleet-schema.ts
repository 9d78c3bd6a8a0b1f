/** What the API answers of several sensors and of delivery to a cluster. */
import { Type, type Static } from 'typebox'

const text = Type.String()
const count = Type.Integer()

/** A line of the list of sensors; all that one says of itself is its health. */
export const SensorEntry = Type.Object({
  sensor: text,
  site: text,
  version: text,
  mode: text,
  source: text,
  state: text,
  level: Type.Union([Type.Literal('grey'), Type.Literal('amber'), Type.Literal('red')]),
  reasons: Type.Array(text),
  phase: text,
  /** When it was heard of last. */
  received: text,
  capture_last: text,
  packets: count,
  packets_per_second: Type.Number(),
  lost: Type.Union([Type.Null(), Type.Integer()]),
  /** What it has not delivered yet, in words; empty: nothing. */
  backlog: text,
})
export type SensorEntry = Static<typeof SensorEntry>

/** How documents reach the cluster. */
export const Delivery = Type.Object({
  /** False where this store is all there is. */
  isConfigured: Type.Boolean(),
  /** False: the process that sends says nothing, so nothing is sent. */
  isRunning: Type.Boolean(),
  /** Null: no shipper has said anything yet. */
  state: Type.Union([
    Type.Null(),
    Type.Object({
      state: Type.Union([
        Type.Literal('idle'),
        Type.Literal('sending'),
        Type.Literal('away'),
        Type.Literal('refused'),
        Type.Literal('blocked'),
      ]),
      reason: text,
      since: text,
      /** When this was said. */
      at: text,
      server: text,
      sent: count,
      repeated: count,
      retried: count,
      rejected: count,
      held: count,
    }),
  ]),
  backlog: Type.Object({
    documents: count,
    observations: count,
    /** Age of the oldest. */
    oldest_ms: Type.Number(),
    dead_letters: count,
    /** Observations that the quota deleted before they were sent. */
    lost: count,
  }),
})
export type Delivery = Static<typeof Delivery>

/** A document that the cluster refused for what it is. */
export const DeadLetterRow = Type.Object({
  id: text,
  kind: text,
  /** Index or stream it was for. */
  place: text,
  status: count,
  type: text,
  reason: text,
  time: text,
  tries: count,
  /** As it was sent, JSON. */
  doc: text,
})
export type DeadLetterRow = Static<typeof DeadLetterRow>
