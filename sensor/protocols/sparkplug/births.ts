/**
 * What births say and later messages leave out: alias to name and datatype, per edge node, shared
 * by all connections of a broker, because the command comes from another one than the birth.
 */
import type { AnomalyCode } from '../../operation.ts'
import type { Memory } from '../dissector.ts'
import type { Metric, Payload } from './payload.ts'

/** Edge nodes of one broker, in each of two generations. */
const EDGES_MAX = 1024
/** Metrics of all of them: some 30 MB. Aliases beyond stay unresolved, which is told. */
const METRICS_MAX = 200_000
const NAME_LENGTH_MAX = 512
const DEVICES_MAX = 4096

interface Born {
  readonly name: string
  readonly datatype: number
}

export class Edge {
  /** Aliases are unique within the edge node and its devices (tck-id-payloads-alias-uniqueness). */
  readonly #aliases = new Map<string, Born>()
  readonly #names = new Map<string, number>()
  /** Timestamps of the last births, by device ('' is the node): copies are passed over. */
  readonly #births = new Map<string, number>()
  bdSeq = ''
  born = false
  #seq = -1
  #gaps = 0
  #missed = 0

  get size(): number {
    return this.#aliases.size + this.#names.size
  }

  /** Gives metrics the names and types of their birth; true where one of them has no name. */
  name(metrics: readonly Metric[]): boolean {
    let unnamed = false
    for (const metric of metrics) {
      if (metric.name !== '') {
        if (metric.datatype === 0) metric.datatype = this.#names.get(metric.name) ?? 0
        continue
      }
      const born = this.#aliases.get(metric.alias)
      if (born === undefined) {
        unnamed = true
        continue
      }
      metric.name = born.name
      if (metric.datatype === 0) metric.datatype = born.datatype
    }
    return unnamed
  }

  /** False where this birth, or a later one, is known already: the broker hands out copies. */
  isNews(device: string, timestamp: number): boolean {
    const before = this.#births.get(device)
    if (timestamp < 0) return true
    if (before !== undefined && timestamp <= before) return false
    if (this.#births.size < DEVICES_MAX) this.#births.set(device, timestamp)
    return true
  }

  /** A node's birth makes all that was said before void, that of its devices too. */
  restart(): void {
    this.#aliases.clear()
    this.#names.clear()
    this.born = true
  }

  learn(metric: Metric): void {
    if (metric.name === '' || metric.name.length > NAME_LENGTH_MAX) return
    if (metric.alias !== '') {
      this.#aliases.set(metric.alias, { name: metric.name, datatype: metric.datatype })
    }
    this.#names.set(metric.name, metric.datatype)
  }

  /** Section 6.4.5: 0 at birth, then one more each time, 255 is followed by 0. */
  sequence(seq: number, birth: boolean, gaps: number, missed: number): AnomalyCode | undefined {
    if (seq < 0) return undefined
    const expected = (this.#seq + 1) % 256
    const whole = this.#gaps === gaps && this.#missed === missed
    const known = this.#seq >= 0 && !birth && whole
    this.#seq = seq
    this.#gaps = gaps
    this.#missed = missed
    return known && seq !== expected ? 'sequence-gap' : undefined
  }
}

export class Births {
  #edges = new Map<string, Edge>()
  #before = new Map<string, Edge>()
  #metrics = 0
  #gaps = 0
  readonly #memory: Memory

  constructor(memory: Memory = { forgotten: 0 }) {
    this.#memory = memory
  }

  /** What a client sent is missing, perhaps a message of any node that it speaks for. */
  gap(): void {
    this.#gaps++
  }

  /** `missed`: messages of the same connection so far that may have been of this node. */
  sequence(edge: Edge, seq: number, birth: boolean, missed: number): AnomalyCode | undefined {
    return edge.sequence(seq, birth, this.#gaps, missed)
  }

  /** By group and node. */
  edge(key: string): Edge {
    const now = this.#edges.get(key)
    if (now !== undefined) return now
    const edge = this.#before.get(key) ?? new Edge()
    this.#before.delete(key)
    if (this.#edges.size >= EDGES_MAX) this.#turn()
    this.#edges.set(key, edge)
    return edge
  }

  #turn(): void {
    this.#memory.forgotten += this.#before.size
    this.#before = this.#edges
    this.#edges = new Map()
    this.#metrics = 0
    for (const { size } of this.#before.values()) this.#metrics += size
  }

  learn(edge: Edge, device: string, payload: Payload): void {
    if (!edge.isNews(device, payload.timestamp)) return
    const before = edge.size
    if (device === '') edge.restart()
    for (const [at, metric] of payload.metrics.entries()) {
      if (this.#metrics + edge.size - before >= METRICS_MAX) {
        this.#memory.forgotten += payload.metrics.length - at
        break
      }
      edge.learn(metric)
    }
    this.#metrics += edge.size - before
  }
}
