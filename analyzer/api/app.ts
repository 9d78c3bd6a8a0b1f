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
import type { Store } from '../stores/store.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface Context {
  store: Store
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
}

/** ISO 8601 with microseconds, as every time of the API. */
export function wallTime(context: Context): string {
  return new Date(context.now()).toISOString().replace('Z', '000Z')
}
