/** State of one connection: its secure channel, its chunks, and who is the client on it. */
import type { ServerState } from './server.ts'
import { Assembly } from './assembly.ts'

export type SecurityMode = 'None' | 'Sign' | 'SignAndEncrypt'

/** One direction of a connection. */
export class Direction {
  /** Last sequence number, or -1 where it is not known (Part 6, 6.7.2.4). */
  sequence = -1
  readonly assembly = new Assembly()

  /** Bytes are missing: what they continued is not known. */
  lost(): void {
    this.sequence = -1
    this.assembly.clear()
  }
}

export class Connection {
  readonly server: ServerState
  readonly #directions = [new Direction(), new Direction()]
  /** Whether the OPC UA client opened the connection; a server does in reverse connect (7.1.2.6). */
  clientOpened = true
  /** Last part of the policy URI, '' while not known. */
  policy = ''
  mode: SecurityMode | undefined
  /** Trailing signature of each chunk, bytes; undefined while not known. */
  signature: number | undefined
  channelId = 0
  endpointUrl = ''
  /** Chunks that could not be read while the mode is not known. */
  unreadable = 0
  /** Only GetEndpoints and FindServers were asked, and at least once. */
  discovered = false
  used = false
  /** Requests that wait for their answer and could be meant by an ERR. */
  lastRequest: string | number | undefined

  constructor(server: ServerState) {
    this.server = server
  }

  direction(fromClient: boolean): Direction {
    return this.#directions[fromClient ? 0 : 1] as Direction
  }

  /** Policy and mode, for the kind of an operation. */
  get security(): string {
    return `${this.policy}/${this.mode ?? ''}`
  }
}
