/** Topic names as strings, made once: a broker sees the same few thousand over and over. */
import type { AnyPayloadDissector } from '../dissector.ts'

/** Names kept for one broker; direct-mapped, so that chosen names cost a miss and nothing more. */
const TOPICS_MAX = 4096
/** Longer names (there are none in the field) are decoded each time instead of being kept. */
const KEPT_BYTES_MAX = 512

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export class Topic {
  readonly bytes: Uint8Array
  readonly text: string
  /** MQTT 5.0 section 1.5.4: well-formed UTF-8 without U+0000. */
  readonly wellFormed: boolean
  /** MQTT 5.0 section 4.7.1: a Topic Name holds no wildcard. */
  readonly hasWildcard: boolean
  readonly targets: readonly string[]
  /** Who reads the payloads of this topic, an index in the carrier's list or -1, and its words. */
  readonly reader: number
  readonly parsed: unknown

  constructor(bytes: Uint8Array, payloads: readonly AnyPayloadDissector[]) {
    this.bytes = bytes
    this.text = utf8.decode(bytes)
    this.wellFormed = !this.text.includes('\ufffd') && !this.text.includes('\0')
    this.hasWildcard = this.text.includes('#') || this.text.includes('+')
    this.targets = [`topic:${this.text}`]
    const parsed = payloads.map((payload) => payload.topic(this.text) as unknown)
    this.reader = parsed.findIndex((topic) => topic !== undefined)
    this.parsed = parsed[this.reader]
  }
}

export class Topics {
  readonly #slots: (Topic | undefined)[] = []
  readonly #payloads: readonly AnyPayloadDissector[]

  constructor(payloads: readonly AnyPayloadDissector[]) {
    this.#payloads = payloads
  }

  of(bytes: Uint8Array, from: number, to: number): Topic {
    // FNV-1a; only a place in the table depends on it.
    let hash = 0x811c9dc5
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    }
    const slot = (hash ^ (hash >>> 15)) & (TOPICS_MAX - 1)
    const known = this.#slots[slot]
    if (known !== undefined && same(known.bytes, bytes, from, to)) return known
    const topic = new Topic(bytes.slice(from, to), this.#payloads)
    if (to - from <= KEPT_BYTES_MAX) this.#slots[slot] = topic
    return topic
  }
}

function same(kept: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (kept.length !== to - from) return false
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[from + i]) return false
  return true
}
