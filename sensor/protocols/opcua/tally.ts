/** Counters in the keys of the corpus' oracle: `opcua.chunks`, `.messages`, `.service`, … */
import type { OpcUaMessage } from './message.ts'

type Counter = Map<string, number>

export interface Tally {
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

export function tally(): Tally {
  return {
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
  const { type, flag } = message
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
  if (message.first && message.typeId !== 0) add(tally.service, String(message.typeId))
}

/** Objects without a prototype: their keys come from the wire. */
function plain(counter: Counter): Record<string, number> {
  const result = Object.create(null) as Record<string, number>
  for (const key of [...counter.keys()].sort()) result[key] = counter.get(key) as number
  return result
}

export function counts(tally: Tally): Record<string, unknown> {
  return {
    chunks: plain(tally.chunks),
    messages: plain(tally.messages),
    service: plain(tally.service),
    opaque: plain(tally.opaque),
    policy: plain(tally.policy),
    opn_encrypted: tally.opnEncrypted,
    err: plain(tally.err),
  }
}
