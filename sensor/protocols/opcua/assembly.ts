/** Puts the MessageChunks of one direction together by request id (Part 6, 6.7.2). */

/** Longest message put together; the default of the protocol reference. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024
/** Bytes kept of all unfinished messages of one direction. */
const PARTIAL_BYTES_MAX = 2 * MESSAGE_BYTES_MAX
/** Unfinished messages of one direction: requests are sent one after the other, chunks as well. */
const PARTIALS_MAX = 64
/** Chunks of one message: 4 MiB in the smallest buffers allowed, 8,192 bytes, and a margin. */
const CHUNKS_MAX = 1024

interface Unfinished {
  readonly requestId: number
  readonly typeId: number
  readonly chunks: Uint8Array[]
  bytes: number
  /** A limit was reached: what still comes of it is dropped. */
  over: boolean
}

export class Assembly {
  /** Oldest first. */
  #partials: Unfinished[] = []
  #bytes = 0

  has(requestId: number): boolean {
    return this.#find(requestId) >= 0
  }

  /** TypeId of the message's first chunk. */
  typeId(requestId: number): number {
    return this.#partials[this.#find(requestId)]?.typeId ?? 0
  }

  /** Keeps a copy of a chunk's body; false where a limit was reached by it. */
  add(requestId: number, body: Uint8Array, typeId: number): boolean {
    let at = this.#find(requestId)
    if (at < 0) {
      at = this.#partials.length
      this.#partials.push({ requestId, typeId, chunks: [], bytes: 0, over: false })
    }
    const partial = this.#partials[at] as Unfinished
    if (partial.over) return true
    if (
      partial.bytes + body.length > MESSAGE_BYTES_MAX ||
      partial.chunks.length >= CHUNKS_MAX ||
      this.#bytes + body.length > PARTIAL_BYTES_MAX
    ) {
      this.#empty(partial)
      partial.over = true
      return false
    }
    partial.chunks.push(body.slice())
    partial.bytes += body.length
    this.#bytes += body.length
    if (this.#partials.length <= PARTIALS_MAX) return true
    this.#empty(this.#partials.shift() as Unfinished)
    return false
  }

  /** The whole message with its last chunk, or undefined where a limit cut it. */
  finish(requestId: number, last: Uint8Array): Uint8Array | undefined {
    const intact = this.add(requestId, last, 0)
    const partial = this.#partials[this.#find(requestId)]
    let whole: Uint8Array | undefined
    if (intact && partial !== undefined && !partial.over) {
      whole = new Uint8Array(partial.bytes)
      let at = 0
      for (const chunk of partial.chunks) {
        whole.set(chunk, at)
        at += chunk.length
      }
    }
    this.drop(requestId)
    return whole
  }

  drop(requestId: number): void {
    const at = this.#find(requestId)
    if (at < 0) return
    this.#empty(this.#partials[at] as Unfinished)
    this.#partials.splice(at, 1)
  }

  clear(): void {
    this.#partials = []
    this.#bytes = 0
  }

  #find(requestId: number): number {
    for (let i = 0; i < this.#partials.length; i++) {
      if ((this.#partials[i] as Unfinished).requestId === requestId) return i
    }
    return -1
  }

  #empty(partial: Unfinished): void {
    this.#bytes -= partial.bytes
    partial.bytes = 0
    partial.chunks.length = 0
  }
}
