/** Puts the MessageChunks of one direction together by request id (Part 6, 6.7.2). */
import { ChunkPool, Unfinished } from './pool.ts'

/** Longest message put together; the default of the protocol reference. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024
/** Unfinished messages of one direction: requests are sent one after the other, chunks as well. */
const UNFINISHED_MAX = 64
/** Chunks of one message: 4 MiB in the smallest buffers allowed, 8,192 bytes, and a margin. */
const CHUNKS_MAX = 1024

export class Assembly {
  readonly #pool: ChunkPool
  /** Oldest first. */
  #messages: Unfinished[] = []

  constructor(pool: ChunkPool) {
    this.#pool = pool
  }

  has(requestId: number): boolean {
    return this.#find(requestId) !== undefined
  }

  /** TypeId of the message's first chunk. */
  typeId(requestId: number): number {
    return this.#find(requestId)?.typeId ?? 0
  }

  /** Keeps a copy of a chunk's body; false where a limit was reached by it. */
  add(requestId: number, body: Uint8Array, typeId: number): boolean {
    let message = this.#find(requestId)
    let intact = true
    if (message === undefined) {
      message = new Unfinished(requestId, typeId)
      this.#messages.push(message)
      if (this.#messages.length > UNFINISHED_MAX) {
        this.#pool.free(this.#messages.shift() as Unfinished)
        intact = false
      }
    }
    if (message.over) return intact
    if (message.bytes + body.length > MESSAGE_BYTES_MAX || message.chunks.length >= CHUNKS_MAX) {
      this.#pool.free(message)
      message.over = true
      return false
    }
    this.#pool.add(message, body)
    return intact
  }

  /** The whole message with its last chunk, or undefined where a limit cut it. */
  finish(requestId: number, last: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    this.add(requestId, last, 0)
    const message = this.#find(requestId)
    let whole: Uint8Array<ArrayBuffer> | undefined
    if (message !== undefined && !message.over) {
      whole = new Uint8Array(message.bytes)
      let at = 0
      for (const chunk of message.chunks) {
        whole.set(chunk, at)
        at += chunk.length
      }
    }
    this.drop(requestId)
    return whole
  }

  drop(requestId: number): void {
    const message = this.#find(requestId)
    if (message === undefined) return
    this.#pool.free(message)
    this.#messages.splice(this.#messages.indexOf(message), 1)
  }

  clear(): void {
    for (const message of this.#messages) this.#pool.free(message)
    this.#messages = []
  }

  #find(requestId: number): Unfinished | undefined {
    for (const message of this.#messages) if (message.requestId === requestId) return message
    return undefined
  }
}
