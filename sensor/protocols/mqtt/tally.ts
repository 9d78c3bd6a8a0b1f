/** Counts packets in the keys of the corpus' oracle (`mqtt.*` of `counts`). */
import type { MqttPacket } from './packet.ts'
import { CONNECT, PUBLISH } from './packets.ts'

/** Distinct topics counted in a run; further ones are counted as `topics_beyond`. */
const TOPICS_MAX = 200_000

export interface Tally {
  readonly types: Int32Array
  readonly levels: Int32Array
  readonly qos: Int32Array
  retained: number
  userNames: number
  passwords: number
  wills: number
  readonly topics: Set<string>
  beyond: number
  /** By the payload dissectors' message types, of which each has a few. */
  readonly carried: Map<string, number>
}

export function newTally(): Tally {
  return {
    types: new Int32Array(16),
    levels: new Int32Array(128),
    qos: new Int32Array(4),
    retained: 0,
    userNames: 0,
    passwords: 0,
    wills: 0,
    topics: new Set(),
    beyond: 0,
    carried: new Map(),
  }
}

export function countPacket(packet: MqttPacket, tally: Tally): void {
  add(tally.types, packet.type)
  if (packet.type === PUBLISH) {
    add(tally.qos, packet.qos)
    if (packet.retain) tally.retained++
    if (packet.topic !== undefined) countTopic(packet.topic.text, tally)
    if (packet.carried !== undefined) {
      const { type } = packet.carried
      tally.carried.set(type, (tally.carried.get(type) ?? 0) + 1)
    }
  } else if (packet.type === CONNECT && packet.connect !== undefined) {
    const { protocolLevel, user, passwordPresent, will } = packet.connect
    add(tally.levels, protocolLevel)
    if (user !== undefined) tally.userNames++
    if (passwordPresent) tally.passwords++
    if (will !== undefined) tally.wills++
  }
}

function countTopic(topic: string, tally: Tally): void {
  if (tally.topics.size < TOPICS_MAX) tally.topics.add(topic)
  else if (!tally.topics.has(topic)) tally.beyond++
}

export function tallyCounts(tally: Tally): Record<string, unknown> {
  return {
    type: byNumber(tally.types),
    version: byNumber(tally.levels),
    pubqos: byNumber(tally.qos),
    retain: tally.retained,
    topics: tally.topics.size,
    ...(tally.beyond > 0 ? { topics_beyond: tally.beyond } : {}),
    connflag: {
      ...(tally.passwords > 0 ? { password: tally.passwords } : {}),
      ...(tally.userNames > 0 ? { username: tally.userNames } : {}),
      ...(tally.wills > 0 ? { will: tally.wills } : {}),
    },
    sparkplug: Object.fromEntries([...tally.carried].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function add(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}

function byNumber(counts: Int32Array): Record<string, number> {
  const by: Record<string, number> = {}
  counts.forEach((count, number) => {
    if (count > 0) by[number] = count
  })
  return by
}
