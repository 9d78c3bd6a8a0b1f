/**
 * Reads of a polling client are the same bytes again and again, behind a header with a new time and
 * handle. What they ask is worked out once. Only a cache: it changes nothing that is said.
 */
import type { OperationDraft } from '../../operation.ts'
import type { Memory } from './message.ts'
import type { Standing } from './standing.ts'

/** Slots by hash; a plant's polling lists are some thousand. */
const SLOTS = 8192
/** Longest body kept: a list of some 200 nodes; longer ones pay for themselves. */
const BODY_BYTES_MAX = 4096
/** All bodies kept; their operations take some ten times as much. */
const BYTES_MAX = 8 * 1024 * 1024

interface Repeat {
  readonly standing: Standing
  readonly hash: number
  readonly body: Uint8Array
  readonly drafts: readonly OperationDraft[]
  readonly memory: Memory | undefined
}

/** A body that was not found: to be kept with what will be made of it. */
export interface Unseen {
  readonly standing: Standing
  readonly hash: number
  readonly body: Uint8Array
}

export class Repeats {
  #slots: (Repeat | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  #bytes = 0

  find(
    standing: Standing,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): Repeat | Unseen | undefined {
    if (end - at > BODY_BYTES_MAX) return undefined
    const hash = hashOf(bytes, at, end, standing.number)
    const repeat = this.#slots[hash % SLOTS]
    if (
      repeat !== undefined &&
      repeat.hash === hash &&
      repeat.standing === standing &&
      isEqual(repeat.body, bytes, at, end)
    ) {
      return repeat
    }
    return { standing, hash, body: bytes.slice(at, end) }
  }

  keep(unseen: Unseen, drafts: readonly OperationDraft[], memory: Memory | undefined): void {
    const { standing, hash, body } = unseen
    const slot = hash % SLOTS
    this.#bytes += body.length - (this.#slots[slot]?.body.length ?? 0)
    if (this.#bytes > BYTES_MAX) {
      this.#slots.fill(undefined)
      this.#bytes = body.length
    }
    this.#slots[slot] = { standing, hash, body, drafts, memory }
  }
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 32 bit. */
function hashOf(bytes: Uint8Array, at: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = at; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash >>> 0
}

function isEqual(body: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (body.length !== end - at) return false
  for (let i = 0; i < body.length; i++) if (body[i] !== bytes[at + i]) return false
  return true
}
