/** What the API answers of a sensor's health. */
import { Type, type Static } from 'typebox'

const text = Type.String()
const strings = Type.Array(Type.String())
const count = Type.Integer()
const named = { name: text, value: Type.Number() }

/** One equation of what must balance: both sides, and what is left between them. */
export const Account = Type.Object({
  /** `I1` … `I5`, and what it is about. */
  identity: text,
  title: text,
  part: text,
  /** What it says, in plain words. */
  says: text,
  unit: text,
  left: Type.Array(Type.Object({ ...named, of: Type.Optional(Type.Array(Type.Object(named))) })),
  right: Type.Array(Type.Object({ ...named, of: Type.Optional(Type.Array(Type.Object(named))) })),
  /** Null: not assessable, for the `reason`. */
  residue: Type.Union([Type.Null(), Type.Number()]),
  reason: text,
})
export type Account = Static<typeof Account>

/** The pill and the Sensor page. */
export const Health = Type.Object({
  sensor: text,
  site: text,
  timezone: text,
  version: text,
  /** `demo`: the bundled capture; `file`: a replay; `live`: an interface; `none`. */
  mode: text,
  source: text,
  /** Where the store lies that is shown. */
  folder: Type.Optional(text),
  /** Why this machine's own store is shown instead of the cluster; absent: it is not. */
  fallback: Type.Optional(text),
  /** Where several captures are read as one: each, as evidence cites it. */
  files: Type.Optional(strings),
  /** `starting`, `running`, `finished`, `stopped`, `failed`. */
  state: text,
  state_reason: text,
  /** `grey`, `amber`, `red`, with the reason in words. */
  level: Type.Union([Type.Literal('grey'), Type.Literal('amber'), Type.Literal('red')]),
  reasons: strings,
  phase: text,
  /** Newest capture time: the default time range ends here. */
  capture_first: text,
  capture_last: text,
  /** Looked at, and their bytes on the wire. */
  packets: count,
  bytes: count,
  packets_per_second: Type.Number(),
  /** By minute of capture time, the oldest first, an hour at most; `last` is the newest minute. */
  rate: Type.Optional(Type.Object({ last: text, packets: Type.Array(count) })),
  /** Null: the way of capture cannot say. */
  lost: Type.Union([Type.Null(), Type.Integer()]),
  /** Packets by cause, null where nobody can say; bytes lost before the sensor are an estimate. */
  loss: Type.Object({
    kernel: Type.Union([Type.Null(), Type.Integer()]),
    interface: Type.Union([Type.Null(), Type.Integer()]),
    upstream_bytes: count,
    upstream_share: Type.Number(),
  }),
  transmitted: Type.Union([Type.Null(), Type.Integer()]),
  /** Of a live capture, each by itself; null is `not-assessable`. */
  interfaces: Type.Optional(
    Type.Array(
      Type.Object({
        name: text,
        /** `ring`, `tcpdump`, `dumpcap`, `cap`, `pcap`, `command`. */
        way: text,
        packets: count,
        /** Handed over by the kernel; with those lost, what passed the filter. */
        received: Type.Union([Type.Null(), Type.Integer()]),
        lost: Type.Union([Type.Null(), Type.Integer()]),
        lost_by_interface: Type.Union([Type.Null(), Type.Integer()]),
        freezes: Type.Union([Type.Null(), Type.Integer()]),
        transmitted: Type.Union([Type.Null(), Type.Integer()]),
        silent_ms: count,
        /** Why nothing can come in; empty where it can. */
        away: text,
        /** Since when, or empty. */
        away_since: Type.Optional(text),
        gaps: count,
        /** The interface's own, as `rx_packets`, since the start. */
        counters: Type.Record(Type.String(), Type.Number()),
        /** What this way of capture cannot say or does not do. */
        limits: strings,
      }),
    ),
  ),
  /** Share of the bytes of recognised protocols that were decoded, 0 to 1, per protocol. */
  coverage: Type.Array(
    Type.Object({
      protocol: text,
      messages: count,
      malformed: count,
      gaps: count,
      encrypted: count,
      decoded: Type.Number(),
    }),
  ),
  /** Named counters: packets by kind, flows, evictions. */
  counters: Type.Record(Type.String(), Type.Number()),
  accounting: Type.Array(Account),
  events: Type.Array(Type.Object({ time: text, event: text, text: text })),
  open: Type.Object({
    informational: count,
    low: count,
    medium: count,
    high: count,
    critical: count,
  }),
})
export type Health = Static<typeof Health>

/** One thing that the sensor counts, in words. */
export const Counter = Type.Object({
  name: text,
  /** `capture`, `packet`, `stream`, `protocol`, `analysis`, `store`. */
  stage: text,
  label: text,
  says: text,
  value: Type.Number(),
})
export type Counter = Static<typeof Counter>
