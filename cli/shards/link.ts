/** The way to one shard: a thread of its own, or none. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FromShard, ShardData, ToShard } from './messages.ts'
import { buffersOf } from './parcel.ts'
import { SensorShard } from './shard.ts'

export interface ShardLink {
  /** Buffers of the message are the shard's until its reply. */
  post(message: ToShard): void
  close(): Promise<void>
}

export interface Listener {
  /** Replies come in the order of messages. */
  replied(reply: FromShard): void
  failed(error: Error): void
}

export type OpenLink = (data: ShardData, listener: Listener) => ShardLink

export function openThread(workerData: ShardData, listener: Listener): ShardLink {
  const file = `./worker${extname(import.meta.url)}`
  const name = `shard ${workerData.shard.index + 1}`
  const worker = new Worker(new URL(file, import.meta.url), { workerData, name })
  let closing = false
  worker.on('message', (reply: FromShard) => listener.replied(reply))
  worker.on('error', (error: Error) => listener.failed(error))
  worker.on('exit', (code) => {
    if (!closing) listener.failed(new Error(`${name} ended with code ${code}`))
  })
  return {
    post: (message) => {
      worker.postMessage(message, message.what === 'batch' ? buffersOf(message.parcel) : [])
    },
    close: async () => {
      closing = true
      await worker.terminate()
    },
  }
}

/** On this thread: says the same, one after the other. */
export function openInline(data: ShardData, listener: Listener): ShardLink {
  const shard = new SensorShard(data)
  return {
    post: (message) => {
      const reply = shard.work(message)
      queueMicrotask(() => listener.replied(reply))
    },
    close: () => Promise.resolve(),
  }
}
