/**
 * The embedded store: `node:sqlite` in a thread of its own, so that neither capture nor the API
 * waits for the disk. This side only passes calls over and answers back.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CallName, StoreCalls } from './sqlite/calls.ts'
import { writes } from './sqlite/calls.ts'
import type { DatabaseOptions, Upkeep } from './sqlite/database.ts'
import { pack } from './sqlite/pack.ts'
import type { Call, Reply } from './sqlite/worker.ts'
import type { LocalStore } from './local.ts'
import type { StoreErrorCode } from './store.ts'
import { StoreError } from './store.ts'

/** Observations kept: about 3 GB. */
const OPERATION_ROWS_MAX = 5_000_000
/** Of one file of observations. */
const SEGMENT_BYTES_MAX = 256 << 20
/** Pairs of one site are some hundreds; a scan must not fill the store. */
const CONVERSATION_ROWS_MAX = 50_000
/** How long one process waits for the other's transaction: a batch takes milliseconds. */
const BUSY_MS_MAX = 5000
/** Calls that wait for the disk: beyond this the caller is told, and counts what it drops. */
const STORE_CALLS_MAX = 1000

export interface SqliteOptions {
  /** Refuse a directory that holds no store yet. */
  mustExist?: boolean
  /** False where another process writes what is observed: the console. */
  isOwner?: boolean
  /** How long to wait for the other process. */
  busyMs?: number | undefined
  /** The file never grows beyond this; undefined: the disk is the limit. */
  bytesMax?: number | undefined
  /** Rows kept; the oldest go first. */
  operationsMax?: number | undefined
  conversationsMax?: number | undefined
  /** A file of observations that has reached this is closed. */
  segmentBytesMax?: number | undefined
  /** Bounds in bytes and days, which `upkeep` keeps to. */
  upkeep?: Upkeep | undefined
}

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
}

export async function openSqliteStore(
  dir: string,
  options: SqliteOptions = {},
): Promise<LocalStore> {
  const data: DatabaseOptions = {
    dir,
    mustExist: options.mustExist ?? false,
    isOwner: options.isOwner ?? true,
    busyMs: options.busyMs ?? BUSY_MS_MAX,
    bytesMax: options.bytesMax,
    segmentBytesMax: options.segmentBytesMax ?? segmentBytes(options.upkeep),
    upkeep: options.upkeep,
    operationsMax: options.operationsMax ?? OPERATION_ROWS_MAX,
    conversationsMax: options.conversationsMax ?? CONVERSATION_ROWS_MAX,
  }
  const file = `./sqlite/worker${extname(import.meta.url)}`
  const worker = new Worker(new URL(file, import.meta.url), { workerData: data, name: 'store' })
  const link = new Link(worker, dir)
  try {
    await link.opened
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return link.store()
}

/** A file is no more than a tenth of what may be kept, so that deleting one is not all of it. */
function segmentBytes(upkeep: Upkeep | undefined): number {
  return Math.min(SEGMENT_BYTES_MAX, Math.ceil((upkeep?.quotaBytes ?? Infinity) / 10))
}

class Link {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #dir: string
  #last = 0
  #failure: Error | undefined

  constructor(worker: Worker, dir: string) {
    this.#worker = worker
    this.#dir = dir
    this.opened = this.#wait(0)
    worker.on('message', (reply: Reply) => this.#settle(reply))
    worker.on('error', (error) => this.#fail(error.message))
    worker.on('exit', () => this.#fail('it has been closed'))
  }

  store(): LocalStore {
    const names = Object.keys(writes) as CallName[]
    const calls = Object.fromEntries(
      names.map((name) => [name, (...args: unknown[]) => this.#call(name, args)]),
    ) as unknown as StoreCalls
    return {
      ...calls,
      kind: 'sqlite',
      // Packed here: the thread has enough to do with the disk.
      putObservations: (docs, from) => calls.putObservations(pack(docs), from),
      close: () => this.#close(),
    }
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #call(name: Call['name'], args: unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#waiting.size >= STORE_CALLS_MAX && name !== 'close') {
      const remedy = 'See that the disk keeps up.'
      return Promise.reject(this.#unavailable(`${STORE_CALLS_MAX} calls are waiting`, remedy))
    }
    const call: Call = { id: ++this.#last, name, args }
    this.#worker.postMessage(call, [])
    return this.#wait(call.id)
  }

  async #close(): Promise<void> {
    if (this.#failure !== undefined) return
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    await this.#call('close', [])
    await exited
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.error === undefined) return waiting?.resolve(reply.result)
    const { code, message, remedy } = reply.error
    const error =
      code === 'BUG' ? new Error(message) : new StoreError(code as StoreErrorCode, message, remedy)
    waiting?.reject(error)
  }

  /** The thread is gone: everything that waits and everything asked from now on fails. */
  #fail(reason: string): void {
    this.#failure ??= this.#unavailable(reason, 'Start again.')
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }

  #unavailable(reason: string, remedy: string): StoreError {
    return new StoreError('STORE_UNAVAILABLE', `the store in ${this.#dir}: ${reason}`, remedy)
  }
}
