/** The thread that holds the connections. Calls are worked off in the order in which they came. */
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { StoreError } from '../store.ts'
import type { CallName } from './calls.ts'
import { storeCalls, writes } from './calls.ts'
import type { DatabaseOptions } from './database.ts'
import { openDatabase, storeError } from './database.ts'
import type { Files } from './group.ts'
import { Group } from './group.ts'
import { moveOperations } from './move.ts'
import type { Packed } from './pack.ts'
import { Segments } from './segments.ts'

export interface Call {
  id: number
  name: CallName | 'close'
  args: unknown[]
}

export interface Reply {
  id: number
  result?: unknown
  error?: { code: string; message: string; remedy: string }
}

/** The reply to opening. */
export const OPENED = 0

function serve(port: MessagePort, files: Files, options: DatabaseOptions): void {
  const { db, segments } = files
  const calls = storeCalls(db, segments, options) as Record<string, (...args: unknown[]) => unknown>
  const queue: Call[] = []
  const group = new Group(files)

  const fail = (id: number, error: unknown): Reply => {
    const failure = storeError(error, options.dir)
    const { message } = failure
    if (failure instanceof StoreError) {
      return { id, error: { code: failure.code, message, remedy: failure.remedy } }
    }
    return { id, error: { code: 'BUG', message: failure.stack ?? message, remedy: '' } }
  }

  const write = ({ id, name, args }: Call): void => {
    group.add({
      observations: name === 'putObservations' ? (args[0] as Packed).rows : undefined,
      work: () => calls[name]?.(...args),
      settle: (outcome) => {
        const reply = 'error' in outcome ? fail(id, outcome.error) : { id, ...outcome }
        port.postMessage(reply)
      },
    })
  }

  const read = (call: Call): void => {
    try {
      port.postMessage({ id: call.id, result: calls[call.name]?.(...call.args) })
    } catch (error) {
      port.postMessage(fail(call.id, error))
    }
  }

  const drain = (): void => {
    for (const call of queue.splice(0)) {
      if (call.name === 'close') {
        group.commit()
        segments.close()
        db.close()
        port.postMessage({ id: call.id })
        port.close()
      } else if (writes[call.name]) {
        write(call)
      } else {
        group.commit()
        read(call)
      }
    }
    group.commit()
  }

  port.on('message', (call: Call) => {
    if (queue.push(call) === 1) setImmediate(drain)
  })
}

function start(port: MessagePort, options: DatabaseOptions): void {
  try {
    const db = openDatabase(options)
    const segments = new Segments(db, options)
    if (options.isOwner) segments.reconcile()
    moveOperations(db, segments)
    serve(port, { db, segments }, options)
    port.postMessage({ id: OPENED })
  } catch (error) {
    const failure = storeError(error, options.dir)
    const { message } = failure
    const [code, remedy] =
      failure instanceof StoreError ? [failure.code, failure.remedy] : ['BUG', '']
    port.postMessage({ id: OPENED, error: { code, message, remedy } })
  }
}

if (parentPort !== null) start(parentPort, workerData as DatabaseOptions)
