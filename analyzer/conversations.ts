/** Who talks to whom: the sensor's conversations folded per client, server, protocol and port. */
import type { Conversation, Flow } from '#sensor'
import { isoTime } from '#sensor'
import type { Party } from './api/schema.ts'
import type { Conversed } from './stores/store.ts'
import type { Asset } from './inventory/asset.ts'

/** Rows kept at most; a new one beyond it is counted, not kept. */
const ROWS_MAX = 100_000
/** Of those that nobody answered, in each of two generations: a scan makes them, and forgers. */
export const ATTEMPTS_MAX = 16_384
const SPARK_MINUTES = 60
const MINUTE_US = 60e6

/** Verdicts from harmless to worst: a row shows the worst it has seen. */
const worst = [
  '',
  'not-declared',
  'allowed',
  'permitted',
  'accepted',
  'not-assessable',
  'violation',
]

export function worstVerdict(a: string, b: string): string {
  return worst.indexOf(b) > worst.indexOf(a) ? b : a
}

interface Between {
  readonly source: Asset
  readonly target: Asset
  readonly protocol: string
  readonly port: number
}

interface Row extends Between {
  readonly id: string
  readonly operations: Record<string, number>
  packets: number
  bytes: number
  first: number
  last: number
  verdict: string
  state: string
  /** Packets by minute of capture time, the last SPARK_MINUTES of them. */
  readonly minutes: Map<number, number>
}

interface Seen {
  operations: Readonly<Record<string, number>>
  protocol: string
}

const nothing: Seen = { operations: {}, protocol: '' }

export class Conversations {
  readonly #rows = new Map<string, Row>()
  #attempts = new Map<string, Row>()
  #olderAttempts = new Map<string, Row>()
  readonly #seen = new WeakMap<Flow, Seen>()
  readonly #changed = new Set<Row>()
  refused = 0
  /** Unanswered ones that made way. */
  forgotten = 0

  /** A conversation says its totals so far: what is new since the last time is added. */
  add(conversation: Conversation, source: Asset, target: Asset, verdict: string): void {
    const { flow, start, end, operations, toldPackets, toldBytes } = conversation
    const packets = conversation.clientPackets + conversation.serverPackets - toldPackets
    const bytes = conversation.clientBytes + conversation.serverBytes - toldBytes
    const before = this.#seen.get(flow) ?? nothing
    const protocol = conversation.protocol === '' ? before.protocol : conversation.protocol
    const isAttempt = conversation.serverPackets === 0 && Object.keys(operations).length === 0
    const row = this.#row({ source, target, protocol, port: flow.server.port }, start, isAttempt)
    if (row === undefined) return
    row.packets += packets
    row.bytes += bytes
    addOperations(row.operations, operations, before.operations)
    row.first = Math.min(row.first, start)
    row.last = Math.max(row.last, end)
    row.state = conversation.state
    row.verdict = worstVerdict(row.verdict, verdict)
    // What earlier records told is a minute old.
    const from = toldPackets > 0 ? Math.max(start, end - MINUTE_US) : start
    spread(row.minutes, from, end, packets)
    // Only of flows whose protocol is read: the sensor keeps them as long as they last.
    if (protocol !== '') this.#seen.set(flow, { operations: { ...operations }, protocol })
    this.#changed.add(row)
  }

  /** Rows that changed since the last call. */
  drain(): Conversed[] {
    const rows = [...this.#changed].map(shown)
    this.#changed.clear()
    return rows
  }

  #row(ends: Between, start: number, isAttempt: boolean): Row | undefined {
    const { source, target, protocol, port } = ends
    const id = `${source.id}-${target.id}-${protocol === '' ? 'unknown' : protocol}-${port}`
    const found = this.#rows.get(id)
    if (found !== undefined) return found
    const tried = this.#attempts.get(id) ?? this.#olderAttempts.get(id)
    if (!isAttempt && this.#rows.size >= ROWS_MAX) {
      this.refused++
      return undefined
    }
    const row = tried ?? made(id, ends, start)
    this.#attempts.delete(id)
    this.#olderAttempts.delete(id)
    if (isAttempt) this.#try(row)
    else this.#rows.set(id, row)
    return row
  }

  /** What is seen again is young again; the old ones go as a whole. */
  #try(row: Row): void {
    if (this.#attempts.size >= ATTEMPTS_MAX) {
      this.forgotten += this.#olderAttempts.size
      for (const gone of this.#olderAttempts.values()) this.#changed.delete(gone)
      this.#olderAttempts = this.#attempts
      this.#attempts = new Map()
    }
    this.#attempts.set(row.id, row)
  }
}

function made(id: string, ends: Between, start: number): Row {
  return {
    id,
    ...ends,
    operations: {},
    packets: 0,
    bytes: 0,
    first: start,
    last: start,
    verdict: '',
    state: '',
    minutes: new Map(),
  }
}

function addOperations(
  into: Record<string, number>,
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): void {
  for (const [name, count] of Object.entries(now)) {
    const more = count - (before[name] ?? 0)
    if (more !== 0) into[name] = (into[name] ?? 0) + more
  }
}

/** Packets of a while, on the minutes that it covers, as long as it covers each. */
function spread(minutes: Map<number, number>, from: number, to: number, packets: number): void {
  const last = Math.floor(to / MINUTE_US)
  const first = Math.max(Math.floor(from / MINUTE_US), last - SPARK_MINUTES + 1)
  const whole = Math.max(1, to - Math.max(from, first * MINUTE_US))
  let left = packets
  for (let minute = first; minute <= last; minute++) {
    const covered = Math.min(to, (minute + 1) * MINUTE_US) - Math.max(from, minute * MINUTE_US)
    const share = minute === last ? left : Math.round((packets * Math.max(0, covered)) / whole)
    left -= share
    if (share > 0) minutes.set(minute, (minutes.get(minute) ?? 0) + share)
  }
  while (minutes.size > SPARK_MINUTES) minutes.delete(Math.min(...minutes.keys()))
}

function partyOf(asset: Asset): Party {
  return {
    ip: asset.ip[0] ?? '',
    mac: asset.mac[0] ?? '',
    name: asset.name,
    zone: asset.zone,
  }
}

function shown(row: Row): Conversed {
  const newest = Math.floor(row.last / MINUTE_US)
  const spark = Array.from({ length: SPARK_MINUTES }, (_, index) => {
    return row.minutes.get(newest - SPARK_MINUTES + 1 + index) ?? 0
  })
  return {
    id: row.id,
    source: partyOf(row.source),
    target: partyOf(row.target),
    protocol: row.protocol,
    port: row.port,
    operations: row.operations,
    packets: row.packets,
    bytes: row.bytes,
    first: isoTime(row.first),
    last: isoTime(row.last),
    verdict: row.verdict,
    state: row.state,
    spark,
  }
}
