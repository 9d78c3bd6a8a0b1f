/**
 * How often a target is written, by whomever, and how often one client writes to one server: a
 * burst far above what was learned is brute force or a loop gone wrong (ATT&CK T0806).
 */
import type { Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { Asset } from '../inventory/asset.ts'
import { targetsOf } from '../zones/entry-match.ts'
import type { Parties } from './claims.ts'
import { word } from './entry.ts'

/** Long enough for a shot of writes by one screen, short enough to tell within seconds. */
const WINDOW_S = 10
const WINDOW_US = WINDOW_S * 1e6
/** A burst is above both: several times the learned peak, and a person's quick hand. */
const PEAK_FACTOR = 4
const PEAK_MORE = 20
/** Targets and pairs that write: a large plant has some ten thousand. */
const RATES_MAX = 200_000

export type RateOf = 'target' | 'pair-class'

export class Rate {
  /** Most in one window that was learned, and that people approved. */
  peak: number
  approved = 0
  #window = -1
  #count = 0

  constructor(peak = 0) {
    this.peak = peak
  }

  /** Counts one more; tells how many there are in its window. */
  add(time: number): number {
    const window = Math.floor(time / WINDOW_US)
    if (window !== this.#window) {
      this.#window = window
      this.#count = 0
    }
    this.#count++
    return this.#count
  }

  get count(): number {
    return this.#count
  }

  isAbove(): boolean {
    if (this.#count <= this.approved) return false
    return this.#count > this.peak * PEAK_FACTOR && this.#count > this.peak + PEAK_MORE
  }
}

const ENTRY = /^rate (.+) = (\d+)$/
/** Kinds of operation whose rates are kept at hand, of one server. */
const HANDLES_MAX = 8192
/** Over all servers; then they are made anew. */
const HANDLES_ALL_MAX = 200_000
const rated = ['write', 'command'] as const

interface Handle {
  readonly target: Rate | undefined
  readonly targetKey: string
  /** Of the newest client of this kind. */
  source: Asset
  pair: Rate | undefined
  pairKey: string
}

export class Rates {
  refused = 0
  readonly #rates = new Map<string, Rate>()
  #handles = new WeakMap<Asset, Map<string, Handle>>()
  #made = 0

  learn(operation: Operation, source: Asset, destination: Asset, parties: Parties): void {
    const wanted = classOf(operation)
    if (wanted === undefined) return
    const { target, pair } = this.#handle(operation, wanted, source, destination, parties, true)
    for (const rate of [target, pair]) {
      if (rate !== undefined) rate.peak = Math.max(rate.peak, rate.add(operation.time))
    }
  }

  judge(
    operation: Operation,
    source: Asset,
    destination: Asset,
    parties: Parties,
  ): Facts | undefined {
    const wanted = classOf(operation)
    if (wanted === undefined) return undefined
    const { target, pair } = this.#handle(operation, wanted, source, destination, parties, false)
    target?.add(operation.time)
    pair?.add(operation.time)
    if (target?.isAbove() === true) return factsOf('target', target)
    return pair?.isAbove() === true ? factsOf('pair-class', pair) : undefined
  }

  /** Entries that would make the rate just judged usual. */
  entries(
    operation: Operation,
    source: Asset,
    destination: Asset,
    parties: Parties,
  ): readonly string[] {
    const wanted = classOf(operation)
    if (wanted === undefined) return []
    const handle = this.#handle(operation, wanted, source, destination, parties, false)
    const { target, targetKey, pair, pairKey } = handle
    return [
      ...(target?.isAbove() === true ? [`rate ${targetKey} = ${target.count}`] : []),
      ...(pair?.isAbove() === true ? [`rate ${pairKey} = ${pair.count}`] : []),
    ]
  }

  put(key: string, peak: number, approved: number): void {
    const rate = this.#make(key)
    if (rate !== undefined) Object.assign(rate, { peak, approved })
  }

  all(): IterableIterator<[string, Rate]> {
    return this.#rates.entries()
  }

  /** False where the text is no entry of a known rate. */
  approve(entry: string): boolean {
    const found = this.#parse(entry)
    if (found === undefined) return false
    found.rate.approved = Math.max(found.rate.approved, found.count)
    return true
  }

  revoke(entry: string): boolean {
    const found = this.#parse(entry)
    if (found === undefined) return false
    found.rate.approved = 0
    return true
  }

  #handle(
    operation: Operation,
    wanted: string,
    source: Asset,
    destination: Asset,
    parties: Parties,
    learning: boolean,
  ): Handle {
    let handles = this.#handles.get(destination)
    if (handles === undefined || handles.size >= HANDLES_MAX) {
      handles = new Map()
      this.#handles.set(destination, handles)
    }
    const { kind } = operation.draft
    let handle = handles.get(kind)
    if (handle === undefined) {
      const targetKey = targetKeyOf(operation, wanted, parties.server)
      const target = this.#find(targetKey, learning)
      handle = { target, targetKey, source, pair: undefined, pairKey: '' }
      handles.set(kind, handle)
      this.#made++
      if (this.#made > HANDLES_ALL_MAX) this.forget()
    }
    if (handle.pairKey === '' || handle.source !== source) {
      handle.source = source
      handle.pairKey = pairKeyOf(operation, wanted, parties)
      handle.pair = this.#find(handle.pairKey, learning)
    }
    return handle
  }

  /** Handles made while watching know no rates that learning would have made. */
  forget(): void {
    this.#handles = new WeakMap()
    this.#made = 0
  }

  #find(key: string, learning: boolean): Rate | undefined {
    return learning ? this.#make(key) : this.#rates.get(key)
  }

  #make(key: string): Rate | undefined {
    const known = this.#rates.get(key)
    if (known !== undefined) return known
    if (this.#rates.size >= RATES_MAX) {
      this.refused++
      return undefined
    }
    const rate = new Rate()
    this.#rates.set(key, rate)
    return rate
  }

  #parse(entry: string): { rate: Rate; count: number } | undefined {
    const match = ENTRY.exec(entry)
    const rate = match === null ? undefined : this.#rates.get(match[1]!)
    return rate === undefined ? undefined : { rate, count: Number(match![2]) }
  }
}

function classOf({ draft }: Operation): string | undefined {
  return rated.find((name) => draft.classes.includes(name))
}

function targetKeyOf(operation: Operation, wanted: string, server: string): string {
  const { draft } = operation
  const unit = draft.fields['modbus.unit_id']
  const protocol = draft.protocol ?? operation.protocol
  const place = typeof unit === 'number' ? `${protocol} unit ${unit}` : protocol
  return `${server} ${place} ${wanted} ${word(targetsOf(operation, wanted).join())}`
}

function pairKeyOf(operation: Operation, wanted: string, { client, server }: Parties): string {
  return `${server} ${operation.draft.protocol ?? operation.protocol} ${wanted} from ${client}`
}

function factsOf(of: RateOf, rate: Rate): Facts {
  return {
    'ot.baseline.rate': 'above',
    'ot.baseline.rate_of': of,
    'ot.baseline.rate_now': rate.count / WINDOW_S,
    'ot.baseline.rate_usual': rate.peak / WINDOW_S,
  }
}
