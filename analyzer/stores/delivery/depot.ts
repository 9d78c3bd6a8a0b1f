/** The sensor's own store, as delivery uses it. */
import type { LocalStore } from '../local.ts'
import type { Outbox } from '../outbox.ts'

export type Depot = Outbox & Pick<LocalStore, 'sensors' | 'getMeta' | 'setMeta'>
