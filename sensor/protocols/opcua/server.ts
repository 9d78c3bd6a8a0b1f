/**
 * What all connections of one OPC UA server share: its sessions, which may move between secure
 * channels (Part 4, 5.6), its namespace table, and the nodes behind the client handles of its
 * subscriptions. Bounded in two generations: what is in use is kept, what is not is forgotten.
 */

import type { Memory } from '../dissector.ts'
import { Certificates } from './certificates.ts'
import type { ChunkPool } from './pool.ts'
import type { Repeats } from './repeats.ts'

export class Bounded<V> {
  readonly #max: number
  readonly #memory: Memory
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor(max: number, memory: Memory) {
    this.#max = max
    this.#memory = memory
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    this.#old.delete(key)
    if (this.#young.size >= this.#max / 2 && !this.#young.has(key)) {
      this.#memory.forgotten += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}

export type SessionIdentity = 'anonymous' | 'username' | 'certificate' | 'issued'

export interface Session {
  readonly name: string
  readonly applicationUri: string
  readonly identity: SessionIdentity | undefined
  readonly user: string
}

/** Servers allow some 10 to 1,000 sessions; the rest is churn or a flood. */
const SESSIONS_MAX = 4096
/** Monitored items of all subscriptions of one server; large plants have some 100,000 tags. */
const ITEMS_MAX = 131_072
/** Names learnt of one server's nodes by Browse. */
const NAMES_MAX = 16_384
/** Longest namespace table taken; a DI server has some 10. */
export const NAMESPACES_MAX = 1024

export class ServerState {
  readonly pool: ChunkPool
  readonly repeats: Repeats
  readonly certificates = new Certificates()
  /** By authentication token. */
  readonly #sessions: Bounded<Session>
  /** Changes with every session that comes, changes or goes. */
  version = 0
  #numbers = 0
  /** `subscription/clientHandle` to target. */
  readonly items: Bounded<string>
  /** Node id as text to its browse name. */
  readonly names: Bounded<string>
  /** Namespace URIs by index, empty until a Read of NamespaceArray was seen. */
  namespaces: readonly string[] = []

  constructor(pool: ChunkPool, repeats: Repeats, memory: Memory) {
    this.pool = pool
    this.repeats = repeats
    this.#sessions = new Bounded(SESSIONS_MAX, memory)
    this.items = new Bounded(ITEMS_MAX, memory)
    this.names = new Bounded(NAMES_MAX, memory)
  }

  session(key: string): Session | undefined {
    return this.#sessions.get(key)
  }

  open(key: string, session: Session): void {
    this.#sessions.set(key, session)
    this.version++
  }

  close(key: string): void {
    this.#sessions.delete(key)
    this.version++
  }

  nextNumber(): number {
    return ++this.#numbers
  }
}
