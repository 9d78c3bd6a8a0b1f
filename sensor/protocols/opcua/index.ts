/**
 * OPC UA binary over TCP (OPC 10000-4 Services, -5 Information Model, -6 Mappings, all 1.05).
 *
 * Everything is read in the modes None and Sign; under SignAndEncrypt what is left is the policy,
 * the certificates, and that somebody spoke (protocols.md section 2.2).
 */
import type { Dissector } from '../dissector.ts'
import { MESSAGE_BYTES_MAX } from './assembly.ts'
import { decodeChunk } from './chunks.ts'
import { Connection } from './connection.ts'
import { frame, resync, speaker } from './frame.ts'
import type { OpcUaMessage } from './message.ts'
import { answerOf, identitiesOf, operationsOf } from './operations.ts'
import { ChunkPool } from './pool.ts'
import { Repeats } from './repeats.ts'
import { ServerState } from './server.ts'
import { count, counts, tally } from './tally.ts'
import type { Tally } from './tally.ts'
import { summary } from './summary.ts'

/** Of all connections: the one bounds memory, the other is only a cache. */
const pool = new ChunkPool()
const repeats = new Repeats()

export const opcua: Dissector<OpcUaMessage, Connection, ServerState, Tally> = {
  name: 'opcua',
  specification: 'OPC 10000-4, -5, -6 v1.05',
  transports: ['tcp'],
  // IANA: opcua-tcp, and the discovery server of the OPC Foundation shares it.
  ports: [4840],
  messageBytesMax: MESSAGE_BYTES_MAX,

  server: (memory = { forgotten: 0 }) => new ServerState(pool, repeats, memory),
  open: (server) => new Connection(server),

  frame,
  speaker,
  resync,
  gap: (connection, fromClient) => connection.direction(fromClient).lost(),

  decode: decodeChunk,
  operations: operationsOf,
  answer: answerOf,
  identities: identitiesOf,

  tally,
  count,
  counts,

  summary,
}
