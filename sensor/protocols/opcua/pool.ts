/**
 * What unfinished messages of all connections hold together. A connection that ends says nothing to
 * its dissector, so the oldest bytes go when there are too many: what is newer is never the one to
 * go, whatever is left over from before.
 */

/** All unfinished messages; some 16 of the longest at a time. */
const POOL_BYTES_MAX = 64 * 1024 * 1024
/** What a chunk costs besides its bytes. */
const CHUNK_BYTES = 128

export class Unfinished {
  readonly requestId: number
  /** TypeId of the first chunk. */
  readonly typeId: number
  readonly chunks: Uint8Array[] = []
  bytes = 0
  /** A limit was reached: what still comes of it is dropped. */
  over = false
  older: Unfinished | undefined = undefined
  newer: Unfinished | undefined = undefined

  constructor(requestId: number, typeId: number) {
    this.requestId = requestId
    this.typeId = typeId
  }

  get cost(): number {
    return this.bytes + this.chunks.length * CHUNK_BYTES
  }
}

export class ChunkPool {
  readonly #max: number
  #bytes = 0
  #oldest: Unfinished | undefined = undefined
  #newest: Unfinished | undefined = undefined

  constructor(max = POOL_BYTES_MAX) {
    this.#max = max
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds a copy of a chunk; the oldest messages make room for it. */
  add(message: Unfinished, chunk: Uint8Array): void {
    if (message.chunks.length === 0) this.#link(message)
    message.chunks.push(chunk.slice())
    message.bytes += chunk.length
    this.#bytes += chunk.length + CHUNK_BYTES
    while (this.#bytes > this.#max && this.#oldest !== undefined) {
      this.#oldest.over = true
      this.free(this.#oldest)
    }
  }

  free(message: Unfinished): void {
    if (message.chunks.length === 0) return
    this.#bytes -= message.cost
    message.chunks.length = 0
    message.bytes = 0
    const { older, newer } = message
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    message.older = undefined
    message.newer = undefined
  }

  #link(message: Unfinished): void {
    message.older = this.#newest
    if (this.#newest === undefined) this.#oldest = message
    else this.#newest.newer = message
    this.#newest = message
  }
}
