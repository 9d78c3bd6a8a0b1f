/** Counters in the keys of the corpus' oracle: `opcua.chunks`, `.messages`, `.service`, … */
import type { OpcUaMessage } from './message.ts'

type Counter = Map<string, number>

export interface Tally {
  /** Nearly all messages are one final chunk of MSG: counted apart, without a key. */
  plain: number
  /** By encoding id; those of services are below the table's end. */
  readonly ids: Int32Array
  readonly chunks: Counter
  readonly messages: Counter
  readonly service: Counter
  readonly opaque: Counter
  readonly policy: Counter
  readonly err: Counter
  opnEncrypted: number
}

/** Distinct keys of one counter: service ids, policies and errors are the sender's to choose. */
const KEYS_MAX = 4096
/** Encoding ids of the services are 419 to 873 (Part 6, A.3). */
const IDS_MAX = 1024

export function tally(): Tally {
  return {
    plain: 0,
    ids: new Int32Array(IDS_MAX),
    chunks: new Map(),
    messages: new Map(),
    service: new Map(),
    opaque: new Map(),
    policy: new Map(),
    err: new Map(),
    opnEncrypted: 0,
  }
}

function add(counter: Counter, key: string): void {
  const known = counter.get(key)
  if (known !== undefined || counter.size < KEYS_MAX) counter.set(key, (known ?? 0) + 1)
}

export function count(message: OpcUaMessage, tally: Tally): void {
  const { type, flag, typeId } = message
  if (message.first && typeId !== 0) {
    if (typeId < IDS_MAX) tally.ids[typeId]!++
    else add(tally.service, String(typeId))
  }
  if (type === 'MSG' && flag === 'F' && message.whole && !message.opaque) {
    tally.plain++
    return
  }
  add(tally.chunks, type + flag)
  if (type === 'OPN') {
    add(tally.policy, message.policy)
    if (message.policy !== 'None') tally.opnEncrypted++
  } else if (type === 'ERR') {
    add(tally.err, `0x${message.status.toString(16).padStart(8, '0')}`)
  } else if (type === 'MSG' || type === 'CLO') {
    if (message.opaque) add(tally.opaque, type)
    if (message.whole) add(tally.messages, type)
  }
}

/** A copy with what was counted apart. */
function withMore(counter: Counter, key: string, more: number): Counter {
  const sum = new Map(counter)
  if (more > 0) sum.set(key, (sum.get(key) ?? 0) + more)
  return sum
}

function withIds(counter: Counter, ids: Int32Array): Counter {
  const sum = new Map(counter)
  ids.forEach((count, id) => {
    if (count > 0) sum.set(String(id), count)
  })
  return sum
}

/** Objects without a prototype: their keys come from the wire. */
function plain(counter: Counter): Record<string, number> {
  const result = Object.create(null) as Record<string, number>
  for (const key of [...counter.keys()].sort()) result[key] = counter.get(key) as number
  return result
}

export function counts(tally: Tally): Record<string, unknown> {
  return {
    chunks: plain(withMore(tally.chunks, 'MSGF', tally.plain)),
    messages: plain(withMore(tally.messages, 'MSG', tally.plain)),
    service: plain(withIds(tally.service, tally.ids)),
    opaque: plain(tally.opaque),
    policy: plain(tally.policy),
    opn_encrypted: tally.opnEncrypted,
    err: plain(tally.err),
  }
}
