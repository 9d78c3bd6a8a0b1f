/** State of one connection: its secure channel, its chunks, and who is the client on it. */
import { Assembly } from './assembly.ts'
import type { ChunkPool } from './pool.ts'
import type { ServerState } from './server.ts'
import type { Standing, Who } from './standing.ts'

const NO_TOKEN = new Uint8Array(0)

export type SecurityMode = 'None' | 'Sign' | 'SignAndEncrypt'

/** One direction of a connection. */
export class Direction {
  /** Last sequence number, or -1 where it is not known (Part 6, 6.7.2.4). */
  sequence = -1
  readonly assembly: Assembly

  constructor(pool: ChunkPool) {
    this.assembly = new Assembly(pool)
  }

  /** Bytes are missing: what they continued is not known. */
  lost(): void {
    this.sequence = -1
    this.assembly.clear()
  }
}

export class Connection {
  readonly server: ServerState
  readonly #directions: readonly [Direction, Direction]
  /** Whether the OPC UA client opened the connection; in reverse connect it did not (7.1.3). */
  clientOpened = true
  /** Last part of the policy URI, '' while not known. */
  policy = ''
  mode: SecurityMode | undefined
  /** Trailing signature of each chunk, bytes; undefined while not known. */
  signature: number | undefined
  #mode: SecurityMode | undefined
  #policy = ''
  #security = '/'
  channelId = 0
  endpointUrl = ''
  /** Chunks that could not be read while the mode is not known. */
  unreadable = 0
  /** Only GetEndpoints and FindServers were asked, and at least once. */
  discovered = false
  used = false
  /** Requests that wait for their answer and could be meant by an ERR. */
  lastRequest: string | number | undefined
  /** By service. */
  readonly standings = new Map<string, Standing>()
  /** Authentication token of the last request, as on the wire, and whose it is. */
  token: Uint8Array = NO_TOKEN
  who: Who | undefined = undefined
  /** Version of the server's sessions that `who` was looked up in. */
  whoVersion = -1

  constructor(server: ServerState) {
    this.server = server
    this.#directions = [new Direction(server.pool), new Direction(server.pool)]
  }

  direction(fromClient: boolean): Direction {
    return this.#directions[fromClient ? 0 : 1]
  }

  /** Policy and mode, for the kind of an operation. */
  get security(): string {
    if (this.#mode !== this.mode || this.#policy !== this.policy) {
      this.#mode = this.mode
      this.#policy = this.policy
      this.#security = `${this.policy}/${this.mode ?? ''}`
    }
    return this.#security
  }
}
