/** From a capture to findings: sensor and analyzer joined, in one place for every command. */
import { hash } from 'node:crypto'
import type { Account, Capture, CaptureStatus, Operation, PacketBatch, Sink } from '#sensor'
import { Sensor, accountsOf, dissectors, randomSeed } from '#sensor'
import type { Doc } from '#analyzer'
import { Analyzer, Baseline, Order, Zones } from '#analyzer'
import { Residues, unaccountedFields } from './accounting.ts'
import type { Inputs } from './inputs.ts'
import type { Sensing } from './sensing.ts'
import { LocalSensor } from './sensing.ts'
import type { OpenLink } from './shards/link.ts'
import { ShardedSensor } from './shards/sharded-sensor.ts'

export interface PipelineOptions {
  readonly inputs: Inputs
  readonly phase: 'learning' | 'watching'
  readonly site: string
  /** Names the sensor; for files it is made from their first packet. */
  readonly sensor: string | undefined
  /** Records worth keeping. */
  readonly keep?: ((record: Doc) => void) | undefined
  /** Every operation, in the order of its request. */
  readonly operation?: ((operation: Operation, sensor: string) => void) | undefined
  /** Threads that read packets; one reads and judges on this thread. */
  readonly workers?: number | undefined
  /** How each of them is reached: by a thread of its own. */
  readonly open?: OpenLink | undefined
}

export class Pipeline {
  readonly sensorId: string
  readonly sensor: Sensing
  readonly analyzer: Analyzer
  readonly baseline: Baseline
  readonly zones: Zones
  readonly #order: Order | undefined
  readonly #residues = new Residues()
  #ended = { ended: false, stopped: false }
  /** What balanced at the end, and what did not. */
  ledger: readonly Account[] = []

  /** `capture` knows where the packets are that findings cite, where it is made of several. */
  constructor(options: PipelineOptions, sensorId: string, capture?: Capture) {
    const { inputs } = options
    this.sensorId = sensorId
    this.zones = new Zones(inputs.policy)
    this.baseline = new Baseline({
      ...(inputs.baselineFile === undefined ? {} : { file: inputs.baselineFile }),
      phase: options.phase,
      aliases: this.zones.aliases(),
    })
    this.analyzer = new Analyzer({
      sensor: sensorId,
      site: options.site,
      rules: inputs.rules,
      zones: this.zones,
      baseline: this.baseline,
      keep: options.keep,
    })
    if (capture?.placeOf !== undefined) {
      this.analyzer.findings.placeOf = (packet) => capture.placeOf?.(packet)
    }
    const { operation } = options
    this.#order =
      operation === undefined ? undefined : new Order((done) => operation(done, sensorId))
    const sink = this.#order === undefined ? this.analyzer : tee(this.analyzer, this.#order)
    const { workers = 1, open } = options
    const seed = randomSeed()
    const records = options.keep !== undefined
    const all = operation !== undefined
    const { analyzer } = this
    this.sensor =
      workers > 1
        ? new ShardedSensor({
            workers,
            open,
            analyzer,
            sink,
            seed,
            records,
            all,
            limits: undefined,
          })
        : new LocalSensor(new Sensor({ dissectors, sink, seed }))
  }

  /** `stopped`: before the end of a file, what was read ahead is not looked at. */
  async end(capture?: CaptureStatus, stopped = false): Promise<void> {
    await this.sensor.end()
    this.#order?.flush()
    this.analyzer.end()
    this.#ended = { ended: true, stopped }
    this.ledger = this.accounts(capture)
    this.lookAtAccounts(capture, this.analyzer.now)
  }

  /** What must balance, as of now. */
  accounts(capture: CaptureStatus | undefined): Account[] {
    return accountsOf({ counters: this.counters(), capture, ...this.#ended })
  }

  counters(): Record<string, number> {
    return { ...this.sensor.counters(), ...this.analyzer.counters() }
  }

  /** Tells what is not accounted for. */
  lookAtAccounts(capture: CaptureStatus | undefined, time: number): void {
    const { ended } = this.#ended
    for (const account of this.#residues.look(this.accounts(capture), ended)) {
      this.sensor.notice(time, 'unaccounted', unaccountedFields(account))
    }
  }
}

function tee(analyzer: Analyzer, order: Order): Sink {
  return {
    advance: (time) => analyzer.advance(time),
    requested: (operation) => {
      order.requested(operation)
      analyzer.requested(operation)
    },
    completed: (operation) => {
      analyzer.completed(operation)
      order.completed(operation)
    },
    identity: (identity) => analyzer.identity(identity),
    conversation: (conversation) => analyzer.conversation(conversation),
    anomaly: (anomaly) => analyzer.anomaly(anomaly),
    health: (event) => analyzer.health(event),
  }
}

/** Of a file: time and bytes of its first packet record (fields.md, `event.id`). */
export function sensorIdOf(batch: PacketBatch): string {
  const start = batch.offset[0] ?? 0
  const bytes = batch.bytes.subarray(start, start + (batch.captured[0] ?? 0))
  return hash('sha256', Buffer.concat([Buffer.from(`${batch.time[0]}\n`), bytes]), 'hex').slice(
    0,
    16,
  )
}

/** Drives a capture through a pipeline; none where there is no packet. */
export async function runCapture(
  options: PipelineOptions,
  capture: Capture,
  progress: () => void,
): Promise<Pipeline | undefined> {
  let pipeline: Pipeline | undefined
  for await (const batch of capture.batches()) {
    if (batch.count === 0) {
      progress()
      continue
    }
    pipeline ??= new Pipeline(options, options.sensor ?? sensorIdOf(batch), capture)
    await pipeline.sensor.batch(batch)
    progress()
  }
  await pipeline?.end(capture.status())
  return pipeline
}
