/**
 * The thread that holds the connection. Calls are answered in the order in which they came; those
 * that write and wait together share one transaction, so that many small puts cost one flush to
 * the disk. An answer to a write is sent when it is durable, never before.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import type { CallName } from './calls.ts'
import { storeCalls, writes } from './calls.ts'
import type { DatabaseOptions } from './database.ts'
import { openDatabase, storeError } from './database.ts'

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

/** Writes that share a transaction: the first must not wait long for the last. */
const GROUP_CALLS_MAX = 100
/** The reply to opening. */
export const OPENED = 0

function serve(port: MessagePort, db: DatabaseSync, options: DatabaseOptions): void {
  const calls = storeCalls(db, options) as Record<string, (...args: unknown[]) => unknown>
  const queue: Call[] = []
  let group: Reply[] = []

  const fail = (id: number, error: unknown): Reply => {
    const failure = storeError(error, options.dir)
    const { message } = failure
    if (failure instanceof StoreError) {
      return { id, error: { code: failure.code, message, remedy: failure.remedy } }
    }
    return { id, error: { code: 'BUG', message: failure.stack ?? message, remedy: '' } }
  }

  const commit = (): void => {
    if (group.length === 0) return
    const replies = group
    group = []
    try {
      db.exec('COMMIT')
      replies.forEach((reply) => port.postMessage(reply))
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      replies.forEach(({ id }) => port.postMessage(fail(id, error)))
    }
  }

  /** A call that fails takes nothing but itself back, unless the whole transaction is gone. */
  const write = (call: Call): void => {
    try {
      if (group.length === 0) db.exec('BEGIN IMMEDIATE')
      db.exec('SAVEPOINT call')
      const result = calls[call.name]?.(...call.args)
      db.exec('RELEASE call')
      group.push({ id: call.id, result })
    } catch (error) {
      if (db.isTransaction) {
        db.exec('ROLLBACK TO call; RELEASE call')
        group.push(fail(call.id, error))
      } else {
        const lost = [...group, { id: call.id }]
        group = []
        lost.forEach(({ id }) => port.postMessage(fail(id, error)))
      }
    }
    if (group.length >= GROUP_CALLS_MAX) commit()
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
        commit()
        db.close()
        port.postMessage({ id: call.id })
        port.close()
      } else if (writes[call.name]) {
        write(call)
      } else {
        commit()
        read(call)
      }
    }
    commit()
  }

  port.on('message', (call: Call) => {
    if (queue.push(call) === 1) setImmediate(drain)
  })
}

function start(port: MessagePort, options: DatabaseOptions): void {
  try {
    const db = openDatabase(options)
    serve(port, db, options)
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
