/** A sensor as the pipeline drives it: on this thread, or on several. */
import type { CoverageLine, Fields, PacketBatch, Sensor, SensorEventName } from '#sensor'

export interface Sensing {
  /** `before` is called when the batch is about to be judged. */
  batch(batch: PacketBatch, before?: () => void): Promise<void>
  /** Time went on without a packet. */
  advance(time: number): Promise<void>
  notice(time: number, event: SensorEventName, fields: Fields): void
  /** Everything that was counted so far has been told. */
  flush(): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
  counts(): Record<string, unknown>
  counters(): Record<string, number>
  coverage(): CoverageLine[]
}

const NOTHING: Promise<void> = Promise.resolve()

/** On this thread: everything is done when the call returns. */
export class LocalSensor implements Sensing {
  readonly #sensor: Sensor

  constructor(sensor: Sensor) {
    this.#sensor = sensor
  }

  batch(batch: PacketBatch, before?: () => void): Promise<void> {
    before?.()
    this.#sensor.batch(batch)
    return NOTHING
  }

  advance(time: number): Promise<void> {
    this.#sensor.advance(time)
    return NOTHING
  }

  notice(time: number, event: SensorEventName, fields: Fields): void {
    this.#sensor.notice(time, event, fields)
  }

  flush(): Promise<void> {
    return NOTHING
  }

  end(): Promise<void> {
    this.#sensor.end()
    return NOTHING
  }

  close(): Promise<void> {
    return NOTHING
  }

  counts(): Record<string, unknown> {
    return this.#sensor.counts()
  }

  counters(): Record<string, number> {
    return this.#sensor.counters()
  }

  coverage(): CoverageLine[] {
    return this.#sensor.coverage()
  }
}
