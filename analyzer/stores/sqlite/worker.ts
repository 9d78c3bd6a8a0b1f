/** The thread that holds the connections. Calls are worked off in the order in which they came. */
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { StoreError } from '../store.ts'
import type { CallName } from './calls.ts'
import { storeCalls, writes } from './calls.ts'
import type { DatabaseOptions } from './database.ts'
import { checkMain } from './check.ts'
import { isDiskFailure, openDatabase, storeError } from './database.ts'
import type { Files } from './group.ts'
import { Group } from './group.ts'
import { moveOperations } from './move.ts'
import type { Packed } from './pack.ts'
import { Segments } from './segments.ts'
import { Space } from './space.ts'

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

type Calls = Record<string, (...args: unknown[]) => unknown>

class Server {
  readonly #port: MessagePort
  readonly #options: DatabaseOptions
  readonly #space: Space | undefined
  readonly #queue: Call[] = []
  #files: Files | undefined
  #calls: Calls = {}
  #group: Group | undefined
  /** The disk has failed: what these connections hold in memory may not be what is in the files. */
  #isBroken = false

  constructor(port: MessagePort, options: DatabaseOptions) {
    this.#port = port
    this.#options = options
    this.#space = options.upkeep && new Space(options.dir, options.upkeep)
  }

  open(): void {
    const db = openDatabase(this.#options)
    const segments = new Segments(db, this.#options)
    if (this.#options.isOwner) {
      checkMain(db, this.#options.dir)
      segments.reconcile()
      segments.inspect(segments.openNames())
    }
    moveOperations(db, segments)
    this.#files = { db, segments }
    this.#group = new Group(this.#files)
    this.#calls = storeCalls(db, segments, this.#space, this.#options) as Calls
  }

  take(call: Call): void {
    if (this.#queue.push(call) === 1) setImmediate(() => this.#drain())
  }

  #drain(): void {
    for (const call of this.#queue.splice(0)) {
      if (call.name === 'close') this.#close(call.id)
      else if (this.#isReady(call.id)) this.#answer(call)
    }
    this.#group?.commit()
  }

  /** Opens again what has failed, and says so where that fails too. */
  #isReady(id: number): boolean {
    if (!this.#isBroken) return true
    this.#group?.commit()
    try {
      this.#files?.segments.close()
      this.#files?.db.close()
      this.#files = undefined
      this.#group = undefined
      this.open()
      this.#isBroken = false
      return true
    } catch (error) {
      this.#send(this.#failed(id, error))
      return false
    }
  }

  #answer({ id, name, args }: Call): void {
    const work = (): unknown => this.#calls[name]?.(...args)
    if (writes[name as CallName]) {
      this.#group?.add({
        observations: name === 'putObservations' ? (args[0] as Packed).rows : undefined,
        work,
        settle: (outcome) => {
          const isLost = 'error' in outcome
          this.#send(isLost ? this.#failed(id, outcome.error) : { id, ...outcome })
        },
      })
      return
    }
    this.#group?.commit()
    try {
      this.#send({ id, result: work() })
    } catch (error) {
      this.#send(this.#failed(id, error))
    }
  }

  #send(reply: Reply): void {
    this.#port.postMessage(reply, [])
  }

  #failed(id: number, error: unknown): Reply {
    const reply = failureOf(id, error, this.#options.dir)
    if (isDiskFailure(error)) {
      this.#isBroken = true
      this.#space?.failed(reply.error?.message ?? '')
    } else if (reply.error?.code === 'STORE_FULL' && !(error instanceof StoreError)) {
      this.#space?.full()
    }
    return reply
  }

  #close(id: number): void {
    this.#group?.commit()
    this.#files?.segments.close()
    this.#files?.db.close()
    this.#send({ id })
    this.#port.close()
  }
}

function failureOf(id: number, error: unknown, dir: string): Reply {
  const failure = storeError(error, dir)
  const { message } = failure
  if (failure instanceof StoreError) {
    return { id, error: { code: failure.code, message, remedy: failure.remedy } }
  }
  return { id, error: { code: 'BUG', message: failure.stack ?? message, remedy: '' } }
}

function start(port: MessagePort, options: DatabaseOptions): void {
  const server = new Server(port, options)
  try {
    server.open()
    port.on('message', (call: Call) => server.take(call))
    port.postMessage({ id: OPENED }, [])
  } catch (error) {
    port.postMessage(failureOf(OPENED, error, options.dir), [])
  }
}

if (parentPort !== null) start(parentPort, workerData as DatabaseOptions)
