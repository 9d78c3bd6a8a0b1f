/** What a route is given, and the kind of server that the routes are added to. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { PacketSource } from '../evidence/captured.ts'
import type { Outbox } from '../stores/outbox.ts'
import type { ConsoleStore } from '../stores/fallback.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** What people see and do of delivery. */
export type ConsoleOutbox = Pick<
  Outbox,
  'delivery' | 'backlog' | 'deadLetters' | 'replay' | 'discard'
>

export interface Context {
  store: ConsoleStore
  packets: PacketSource
  version: string
  /** Who acts, as the history says it: there are no accounts yet. */
  who: string
  /** Wall time, ms: acts are of now, captures are not. */
  now: () => number
  /** What is wrong with the disk of the store, in words, where that can be seen from here. */
  diskTrouble: () => string | undefined
  /** Where the store lies. */
  folder: string
  /** Why the cluster is not what is shown; undefined: it is, or there is none. */
  away: () => { reason: string } | undefined
  /** What waits for a cluster; undefined: none is configured. */
  outbox?: ConsoleOutbox | undefined
}

/** ISO 8601 with microseconds, as every time of the API. */
export function wallTime(context: Context): string {
  return new Date(context.now()).toISOString().replace('Z', '000Z')
}
