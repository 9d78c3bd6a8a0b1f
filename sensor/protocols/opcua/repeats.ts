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
  readonly body: DataView
  readonly drafts: readonly OperationDraft[]
  readonly memory: Memory | undefined
}

/** A body that was not found: to be kept with what will be made of it. */
export interface Unseen {
  readonly standing: Standing
  readonly hash: number
  readonly body: DataView
}

export class Repeats {
  #slots: (Repeat | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  #bytes = 0

  find(standing: Standing, view: DataView, at: number, end: number): Repeat | Unseen | undefined {
    if (end - at > BODY_BYTES_MAX) return undefined
    const hash = hashOf(view, at, end, standing.number)
    const repeat = this.#slots[hash % SLOTS]
    if (
      repeat !== undefined &&
      repeat.hash === hash &&
      repeat.standing === standing &&
      isEqual(repeat.body, view, at, end)
    ) {
      return repeat
    }
    return { standing, hash, body: copyOf(view, at, end) }
  }

  keep(unseen: Unseen, drafts: readonly OperationDraft[], memory: Memory | undefined): void {
    const { standing, hash, body } = unseen
    const slot = hash % SLOTS
    this.#bytes += body.byteLength - (this.#slots[slot]?.body.byteLength ?? 0)
    if (this.#bytes > BYTES_MAX) {
      this.#slots.fill(undefined)
      this.#bytes = body.byteLength
    }
    this.#slots[slot] = { standing, hash, body, drafts, memory }
  }
}

function copyOf(view: DataView, at: number, end: number): DataView {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at)
  return new DataView(bytes.slice().buffer)
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 32 bit, four bytes at a time. */
function hashOf(view: DataView, at: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  let i = at
  for (; i + 4 <= end; i += 4) {
    hash = Math.imul(hash ^ view.getUint32(i), 0x01000193)
    // The product carries upwards only: bring what the high bits tell back down.
    hash ^= hash >>> 15
  }
  for (; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193)
  return hash >>> 0
}

function isEqual(body: DataView, view: DataView, at: number, end: number): boolean {
  const length = body.byteLength
  if (length !== end - at) return false
  let i = 0
  for (; i + 4 <= length; i += 4) if (body.getUint32(i) !== view.getUint32(at + i)) return false
  for (; i < length; i++) if (body.getUint8(i) !== view.getUint8(at + i)) return false
  return true
}
