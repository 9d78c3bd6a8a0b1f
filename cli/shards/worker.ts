/** A thread that reads its share of the packets: the sensor, and what it says, on their way. */
import { parentPort, workerData } from 'node:worker_threads'
import { Sensor, dissectors } from '#sensor'
import { Ordinals, ShardSink } from '#analyzer'
import type { FromShard, Orders, ShardData, ToShard } from './messages.ts'
import type { Parcel } from './parcel.ts'
import { batchOf, buffersOf } from './parcel.ts'

const { shard, seed, records, all, limits } = workerData as ShardData
const place = { packet: 0, stage: 0, order: Infinity }
const ordinals = new Ordinals()
const sink = new ShardSink({ records, all, place })
const sensor = new Sensor({
  dissectors,
  sink,
  shard,
  seed,
  place,
  nextSequence: () => (place.stage === 0 ? ordinals.next(place.packet) : 0),
  ...(limits === undefined ? {} : { limits }),
})
let packets = 0

function obey({ anew, settled }: Orders): void {
  if (anew) sink.unsettle()
  sink.settle(settled)
}

function reply(count: number, parcel: Parcel | undefined, atEnd: boolean): void {
  const message: FromShard = {
    first: packets - count + 1,
    count,
    told: sink.drain(),
    counts: ordinals.counts,
    counters: sensor.counters(),
    coverage: sensor.coverage(),
    tallies: atEnd ? sensor.tallies() : undefined,
    parcel,
  }
  const buffers = parcel === undefined ? [] : buffersOf(parcel)
  parentPort?.postMessage(message, [...buffers, ordinals.counts.buffer as ArrayBuffer])
}

function work(message: ToShard): void {
  obey(message.orders)
  const parcel = message.what === 'batch' ? message.parcel : undefined
  const count = parcel?.count ?? 0
  ordinals.begin(packets + 1, count)
  if (parcel !== undefined) sensor.batch(batchOf(parcel))
  packets += count
  if (message.what === 'advance') sensor.advance(message.time)
  if (message.what === 'end') sensor.end()
  if (message.what === 'end' || message.what === 'flush') sink.flush()
  reply(count, parcel, message.what === 'end')
}

parentPort?.on('message', work)
