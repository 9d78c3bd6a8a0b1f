/** The calls of the store without their thread, for tests that ask many of them. */
import type { DatabaseSync } from 'node:sqlite'
import * as plant from '../fixture.ts'
import type { DeadLetter, Dirty } from '../outbox.ts'
import { storeCalls } from './calls.ts'
import type { DatabaseOptions } from './database.ts'
import { openDatabase } from './database.ts'
import { pack } from './pack.ts'
import { Segments } from './segments.ts'

type Calls = ReturnType<typeof storeCalls>

/** Each write is a transaction of its own. */
export class Desk {
  readonly place = plant.temporary()
  readonly #change: Partial<DatabaseOptions>
  db!: DatabaseSync
  segments!: Segments
  calls!: Calls

  constructor(change: Partial<DatabaseOptions> = {}) {
    this.#change = change
    this.open()
  }

  open(): void {
    const options = {
      ...{ dir: this.place.dir, mustExist: false, isOwner: true, busyMs: 1000 },
      ...{ operationsMax: 1e9, conversationsMax: 1000, segmentBytesMax: 1e9 },
      ...this.#change,
    }
    this.db = openDatabase(options)
    // Nobody cuts the power of a test.
    this.db.exec('PRAGMA synchronous = OFF')
    this.segments = new Segments(this.db, options)
    this.segments.reconcile()
    this.calls = storeCalls(this.db, this.segments, undefined, options)
  }

  /** What was not committed is gone. */
  kill(): void {
    this.segments.close()
    this.db.close()
    this.open()
  }

  write<T>(work: (calls: Calls) => T): T {
    this.db.exec('BEGIN IMMEDIATE')
    const result = work(this.calls)
    this.segments.commit()
    this.db.exec('COMMIT')
    return result
  }

  put(...ids: string[]): void {
    if (this.segments.isDue(ids.length)) this.segments.prepare(ids.length)
    const docs = ids.map((id) => plant.operation({ 'event.id': id }))
    this.write((calls) => calls.putObservations(pack(docs), plant.FROM))
  }

  remove(): void {
    this.segments.close()
    this.db.close()
    this.place.remove()
  }
}

/** Of a document that a cluster refused. */
export function letter(
  item: Pick<Dirty, 'kind' | 'id'> | { kind: 'observation'; id: string },
): DeadLetter {
  const why = { status: 400, type: 'mapper_parsing_exception', reason: 'no date' }
  const { kind, id } = item
  return { kind, id, ...why, place: 'p', time: plant.time(0), tries: 1, doc: '{}' }
}
