/** One share of the packets: a sensor, and what it says on its way to the thread that judges. */
import { Sensor, dissectors } from '#sensor'
import { Ordinals, ShardSink } from '#analyzer'
import type { FromShard, Orders, ShardData, ToShard } from './messages.ts'
import { batchOf } from './parcel.ts'

export class SensorShard {
  readonly #place = { packet: 0, stage: 0, order: Infinity }
  readonly #ordinals = new Ordinals()
  readonly #sink: ShardSink
  readonly #sensor: Sensor
  #packets = 0

  constructor({ shard, seed, records, all, limits }: ShardData) {
    const place = this.#place
    this.#sink = new ShardSink({ records, all, place })
    this.#sensor = new Sensor({
      dissectors,
      sink: this.#sink,
      shard,
      seed,
      place,
      nextSequence: () => (place.stage === 0 ? this.#ordinals.next(place.packet) : 0),
      ...(limits === undefined ? {} : { limits }),
    })
  }

  work(message: ToShard): FromShard {
    this.#obey(message.orders)
    const parcel = message.what === 'batch' ? message.parcel : undefined
    const count = parcel?.count ?? 0
    const first = this.#packets + 1
    this.#ordinals.begin(first, count)
    if (parcel !== undefined) this.#sensor.batch(batchOf(parcel))
    this.#packets += count
    if (message.what === 'advance') this.#sensor.advance(message.time)
    if (message.what === 'end') this.#sensor.end()
    if (message.what === 'end' || message.what === 'flush') this.#sink.flush()
    return {
      first,
      count,
      told: this.#sink.drain(),
      counts: this.#ordinals.counts,
      counters: { ...this.#sensor.counters(), operationsHeld: this.#sink.held },
      coverage: this.#sensor.coverage(),
      tallies: message.what === 'end' ? this.#sensor.tallies() : undefined,
      parcel,
    }
  }

  #obey({ anew, settled }: Orders): void {
    if (anew) this.#sink.unsettle()
    this.#sink.settle(settled)
  }
}
