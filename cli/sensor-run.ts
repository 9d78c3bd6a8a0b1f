/**
 * The sensor process: capture, everything to findings, into the store. The packet path never
 * waits for the store, which is written to twice a second.
 */
import type { Capture, PacketBatch } from '#sensor'
import type { Doc, HealthSnapshot, LocalStore, Origin } from '#analyzer'
import { UpstreamLoss } from './accounting.ts'
import { BacklogWatch } from './backlog-watch.ts'
import { printError } from './command.ts'
import { eventText } from './event-text.ts'
import { healthOf } from './health.ts'
import type { HealthInput } from './health.ts'
import { Outbox } from './outbox.ts'
import { Pace } from './pace.ts'
import { PacketRate } from './packet-rate.ts'
import type { PipelineOptions } from './pipeline.ts'
import { Pipeline, sensorIdOf } from './pipeline.ts'
import { BaselineOfRecord } from './record.ts'
import { ruleRecords, zoneMatrix } from './snapshots.ts'
import { SpaceWatch } from './space-watch.ts'
import { Watch } from './watch.ts'

const FLUSH_MS = 500
const BACKLOG_MS = 1000
/** What happens to a mirror port is told on the terminal too: somebody may be at its cable. */
const blinding = new Set(['interface', 'silence', 'gap'])

export interface SensorRun {
  readonly store: LocalStore
  readonly capture: Capture
  readonly mode: 'demo' | 'file' | 'live'
  /** An earlier run has read the same packets: what it found is found again. */
  readonly rereads: boolean
  readonly source: string
  /** Capture files that are read, as evidence cites them. */
  readonly files: readonly string[]
  readonly pipeline: Omit<PipelineOptions, 'keep' | 'operation'>
  /** What is stored goes to a cluster, by the shipper. */
  readonly ships: boolean
  readonly policyFile: string
  readonly timezone: string
  /** Capture seconds per second; undefined: as fast as it can be read. */
  readonly speed: number | undefined
  /** Learning ends after so much capture time; undefined: the phase stays. */
  readonly learningUs: number | undefined
  readonly stop: AbortSignal
}

export class SensorProcess {
  readonly run: SensorRun
  readonly #watch: Watch
  readonly #space = new SpaceWatch()
  readonly #backlog = new BacklogWatch()
  #backlogAt = Number.NEGATIVE_INFINITY
  readonly #record: BaselineOfRecord | undefined
  pipeline: Pipeline | undefined
  readonly #outbox: Outbox
  #storeIsAway = false
  #flushing: Promise<void> = Promise.resolve()
  #busy = false
  #decision = 0
  #state: HealthInput['state'] = 'starting'
  #reason = ''
  #lastPacketAt = performance.now()
  #rateAt = performance.now()
  #ratePackets = 0
  #rate = 0
  readonly #packetRate = new PacketRate()
  readonly #upstream = new UpstreamLoss(performance.now())
  readonly #events: HealthSnapshot['events'] = []
  #timer: NodeJS.Timeout | undefined
  #beginning: Promise<void> | undefined

  constructor(run: SensorRun) {
    this.run = run
    this.#outbox = new Outbox(run.store)
    this.#watch = new Watch(run.capture)
    if (run.mode === 'live')
      this.#record = new BaselineOfRecord(run.store, this.#from(), run.learningUs)
  }

  /** Reads the capture to its end or until it is told to stop. */
  async capture(): Promise<void> {
    const { run } = this
    await this.#tellRules()
    await this.#flush()
    this.#timer = setInterval(() => this.#flushSoon(), FLUSH_MS)
    const pace = run.speed === undefined ? undefined : new Pace(run.speed)
    try {
      for await (const batch of run.capture.batches()) {
        // A live capture ends by itself once what the kernel had for us is read.
        if (run.stop.aborted && run.mode !== 'live') break
        if (batch.count === 0) continue
        if (this.#state === 'starting') await this.#first(batch)
        const slices = pace === undefined ? [batch] : pace.slices(batch, run.stop)
        for await (const slice of slices) {
          this.#lastPacketAt = performance.now()
          this.#packetRate.add(slice)
          await this.pipeline?.sensor.batch(slice)
          if (this.pipeline !== undefined) this.#record?.look(this.pipeline)
        }
      }
      this.#state = run.stop.aborted ? 'stopped' : 'finished'
    } catch (error) {
      this.#state = 'failed'
      this.#reason = error instanceof Error ? error.message : String(error)
      throw error
    } finally {
      // A live capture is read to its end, so nothing of it is left over.
      const isCut = this.#state === 'failed' || (this.#state === 'stopped' && run.mode !== 'live')
      await this.pipeline?.end(run.capture.status(), isCut)
      await this.#settle()
    }
  }

  /** After the end: decisions of people are applied until it is told to stop. */
  async idle(): Promise<void> {
    const { stop } = this.run
    if (!stop.aborted) {
      await new Promise<void>((resolve) => {
        stop.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    await this.#settle()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#settle()
    if (this.pipeline !== undefined) await this.#record?.save(this.pipeline, true)
  }

  async #first(batch: PacketBatch): Promise<void> {
    await this.#begin(sensorIdOf(batch))
    await this.#record?.begin(this.run.capture.status().first ?? 0)
    this.#state = 'running'
  }

  /** By the first packet, or by what there is to tell before it. */
  #begin(otherwise: string): Promise<void> {
    return (this.#beginning ??= this.#make(this.run.pipeline.sensor ?? otherwise))
  }

  async #make(id: string): Promise<void> {
    const { pipeline, store, mode, rereads } = this.run
    const options = { ...pipeline, keep: (record: Doc) => this.#keep(record) }
    this.pipeline = new Pipeline(options, id, this.run.capture)
    // Asked for at once, before anything is put under the new id.
    await store.resume(this.#from())
    if (mode === 'live' && !rereads) {
      this.pipeline.analyzer.findings.load(await store.loadFindings())
    }
    await this.#applyDecisions()
  }

  /** What the sensor before it in this store said of itself is over. */
  async #tellRules(): Promise<void> {
    const { store, pipeline } = this.run
    const from = this.#from()
    await Promise.all([
      store.resume(from),
      store.putRules(ruleRecords(pipeline.inputs.rules), from),
    ])
  }

  /** Who it is, where nobody has said so, is known at the first packet. */
  #from(): Origin {
    const { sensor, site } = this.run.pipeline
    return { sensor: this.pipeline?.sensorId ?? sensor ?? '', site }
  }

  #keep(record: Doc): void {
    if (record['event.dataset'] === 'ot.sensor') this.#tell(record)
    this.#outbox.record(record)
  }

  #tell(record: Doc): void {
    const fields = Object.entries(record)
      .filter(([name]) => name.startsWith('ot.sensor.') && name !== 'ot.sensor.event')
      .map(([name, value]) => [name.slice('ot.sensor.'.length), value] as const)
    const event = String(record['ot.sensor.event'])
    const text = eventText(event, Object.fromEntries(fields))
    this.#events.push({ time: String(record['@timestamp']), event, text })
    if (this.run.mode === 'live' && blinding.has(event)) {
      process.stderr.write(`fieldtap: ${event}: ${text}\n`)
    }
    if (this.#events.length > 200) this.#events.splice(0, 100)
  }

  #flushSoon(): void {
    if (this.#busy) return
    this.#flushing = this.#flush().then(
      () => {
        this.#storeIsAway = false
      },
      (error: unknown) => {
        if (!this.#storeIsAway) printError(error)
        this.#storeIsAway = true
      },
    )
  }

  async #settle(): Promise<void> {
    await this.#flushing
    await this.#flush()
  }

  async #flush(): Promise<void> {
    this.#busy = true
    try {
      await this.#write()
    } finally {
      this.#busy = false
    }
  }

  async #write(): Promise<void> {
    const { store } = this.run
    this.#space.space = await store.upkeep()
    await this.#lookAtBacklog()
    if (this.run.mode === 'live' && ['starting', 'running'].includes(this.#state)) {
      await this.#look()
    }
    const { pipeline } = this
    if (pipeline !== undefined) {
      await this.#outbox.write(pipeline, this.#from(), this.#space.keepsObservations)
      await store.putMatrix(zoneMatrix(pipeline, this.run.policyFile), this.#from())
      await this.#applyDecisions()
      await this.#record?.save(pipeline, false)
    }
    await store.putHealth(this.#health(), this.#from())
  }

  /** Once a second: it is a look at every file of observations. */
  async #lookAtBacklog(): Promise<void> {
    const { store, ships } = this.run
    if (!ships || performance.now() - this.#backlogAt < BACKLOG_MS) return
    this.#backlogAt = performance.now()
    this.#backlog.take(await store.backlog(Date.now()), await store.delivery())
  }

  async #look(): Promise<void> {
    const { capture, source } = this.run
    const silentMs = performance.now() - this.#lastPacketAt
    const before = this.pipeline?.sensor
    // Nothing else tells a silent sensor that time goes on: answers that never came, idle flows.
    if (silentMs > FLUSH_MS) await before?.advance(Date.now() * 1000)
    await before?.flush()
    const now = Date.now() * 1000
    const noticed = [
      ...this.#watch.look(now, silentMs),
      ...this.#space.look(),
      ...this.#backlog.look(now / 1000, this.#space.space),
    ]
    // A mirror port may be silent, or away, before there was any packet.
    if (noticed.length > 0) await this.#begin(source)
    const { pipeline } = this
    if (pipeline === undefined) return
    const { sensor } = pipeline
    for (const { event, fields } of noticed) sensor.notice(now, event, fields)
    pipeline.lookAtAccounts(capture.status(), now)
    const dropped = capture.status().dropped ?? 0
    const upstream = this.#upstream.look(pipeline.counters(), performance.now(), dropped)
    if (upstream !== undefined) sensor.notice(now, 'loss', upstream)
  }

  async #applyDecisions(): Promise<void> {
    const { analyzer } = this.pipeline as Pipeline
    for (const decision of await this.run.store.decisionsSince(this.#decision)) {
      this.#decision = decision.n
      if (decision.kind === 'rename') analyzer.inventory.rename(decision.asset, decision.name)
      else if (decision.kind === 'approve') analyzer.approve(decision.approves)
      else analyzer.revoke(decision.approves)
    }
  }

  #health(): HealthSnapshot {
    const now = performance.now()
    const packets = this.pipeline?.sensor.counters()['packets'] ?? 0
    if (now - this.#rateAt >= 1000) {
      this.#rate = Math.round(((packets - this.#ratePackets) * 1000) / (now - this.#rateAt))
      this.#rateAt = now
      this.#ratePackets = packets
    }
    const { run } = this
    return healthOf(this.pipeline, run.capture, {
      site: run.pipeline.site,
      timezone: run.timezone,
      mode: run.mode,
      source: run.source,
      files: run.files,
      state: this.#state,
      reason: this.#reason,
      phase: this.pipeline?.baseline.phase ?? run.pipeline.phase,
      silentMs: now - this.#lastPacketAt,
      rate: this.#packetRate.told(),
      packetsPerSecond: this.#state === 'running' ? this.#rate : 0,
      counters: {
        records_dropped: this.#outbox.dropped,
        records_waiting: this.#outbox.waiting,
        memory_bytes: process.memoryUsage.rss(),
        ...this.#space.counters(),
        ...(run.ships ? this.#backlog.counters() : {}),
      },
      events: this.#events,
      space: this.#space.space,
      delivery: this.#backlog.reasons(Date.now()),
    })
  }
}
