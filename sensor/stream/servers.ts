/**
 * What a dissector keeps of a server, shared by all connections to it. Two generations: when the
 * young one is full, the old one goes; what is in use is asked for again and stays.
 */
import type { AnyDissector, Memory } from '../protocols/dissector.ts'

/** Per generation: more servers of these protocols than any plant has on one mirror. */
const SERVERS_MAX = 8192

export class ServerTable {
  dropped = 0
  /** Of what is kept of each. */
  readonly memory: Memory = { forgotten: 0 }
  readonly #max: number
  #young = new Map<string, unknown>()
  #old = new Map<string, unknown>()

  constructor(max = SERVERS_MAX) {
    this.#max = max
  }

  of(dissector: AnyDissector, ip: string, port: number): unknown {
    const key = keyOf(dissector, ip, port)
    const found = this.#young.get(key)
    if (found !== undefined) return found
    const state: unknown = this.#old.get(key) ?? dissector.server(this.memory)
    this.#old.delete(key)
    if (this.#young.size >= this.#max) {
      this.dropped += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, state)
    return state
  }

  /** Has this server spoken the protocol? */
  has(dissector: AnyDissector, ip: string, port: number): boolean {
    const key = keyOf(dissector, ip, port)
    return this.#young.has(key) || this.#old.has(key)
  }

  get empty(): boolean {
    return this.#young.size === 0
  }
}

function keyOf(dissector: AnyDissector, ip: string, port: number): string {
  return `${dissector.name} ${ip} ${port}`
}
