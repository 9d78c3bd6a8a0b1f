/** The thread of one shard. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ShardData, ToShard } from './messages.ts'
import { buffersOf } from './parcel.ts'
import { SensorShard } from './shard.ts'

const shard = new SensorShard(workerData as ShardData)

parentPort?.on('message', (message: ToShard) => {
  const reply = shard.work(message)
  const { parcel, counts } = reply
  const buffers = parcel === undefined ? [] : buffersOf(parcel)
  parentPort?.postMessage(reply, [...buffers, counts.buffer as ArrayBuffer])
})
