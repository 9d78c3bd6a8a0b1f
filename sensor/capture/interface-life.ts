/**
 * The life of one interface, looked at each second: taken down, its cable pulled, renamed, removed
 * and made again. Time without it is a gap, and is kept.
 */
import type { Gap } from './capture.ts'
import type { InterfaceCounters } from './interfaces.ts'
import {
  carrierChanges,
  hasCarrier,
  interfaceCounters,
  interfaceIndex,
  interfaceName,
  interfaceNames,
  isUp,
} from './interfaces.ts'

/** Gaps kept for those who ask later; all of them are counted. */
const GAPS_MAX = 64

export class Gaps {
  readonly kept: Gap[] = []
  /** The one that has not ended. */
  open: { begin: number; reason: string } | undefined = undefined
  count = 0

  begin(time: number, reason: string): void {
    this.open ??= { begin: time, reason }
  }

  end(time: number): void {
    const { open } = this
    if (open === undefined) return
    this.open = undefined
    this.count++
    this.kept.push({ number: this.count, begin: open.begin, end: time, reason: open.reason })
    if (this.kept.length > GAPS_MAX) this.kept.shift()
  }
}

export class InterfaceLife {
  /** As it is called now. */
  name: string
  index: number | undefined
  readonly gaps = new Gaps()
  /** Why nobody captures on it although it may be well: told by who does. */
  stopped: string | undefined = undefined
  readonly #configured: string
  /** False: only who captures is known (a command, all interfaces at once). */
  readonly #isKnown: boolean
  readonly #since: Record<string, number> = {}
  #before: InterfaceCounters | undefined
  #lastGood: number
  #changes: number | undefined

  constructor(name: string, isKnown = true) {
    this.name = name
    this.#configured = name
    this.#isKnown = isKnown
    this.index = isKnown ? interfaceIndex(name) : undefined
    this.#before = isKnown ? interfaceCounters(name) : undefined
    this.#lastGood = now()
    this.#changes = isKnown ? carrierChanges(name) : undefined
  }

  /** Looks at it; true where it has another index than before, and has to be bound again. */
  look(): boolean {
    const before = this.index
    if (this.#isKnown) this.#find()
    const reason = this.#reason() ?? this.stopped
    const changes = this.#isKnown ? carrierChanges(this.name) : undefined
    const isSame = changes === this.#changes || this.index !== before
    this.#changes = changes
    if (reason === undefined) {
      if (!isSame) this.gaps.begin(this.#lastGood, 'no carrier for a moment')
      this.#lastGood = now()
      this.gaps.end(this.#lastGood)
    } else {
      // It was well when last looked at: what came since then may be missing.
      this.gaps.begin(this.#lastGood, reason)
    }
    this.#count()
    return this.index !== undefined && this.index !== before
  }

  /** It is there and up, so that a capture on it can begin. */
  isWell(): boolean {
    if (!this.#isKnown) return true
    this.#find()
    return this.index !== undefined && isUp(this.name)
  }

  #reason(): string | undefined {
    if (!this.#isKnown) return undefined
    if (this.index === undefined) return 'removed'
    if (!isUp(this.name)) return 'down'
    return hasCarrier(this.name) ? undefined : 'no carrier'
  }

  /** A capture begins now: what was received before it does not count. */
  begin(): void {
    this.look()
    for (const key of Object.keys(this.#since)) if (key.startsWith('rx_')) this.#since[key] = 0
  }

  /** What the interface has counted since the start; undefined where nobody counts. */
  counters(): Readonly<Record<string, number>> | undefined {
    if (this.#before === undefined) return undefined
    return { ...this.#since }
  }

  /** Packets that it has sent since the start. */
  transmitted(): number | undefined {
    // Loopback sends whatever it receives: its count says nothing.
    if (this.name === 'lo' || this.#before === undefined) return undefined
    return this.#since['tx_packets'] ?? 0
  }

  /** The name counts; where nothing has it, the interface that had it is followed. */
  #find(): void {
    const named = interfaceIndex(this.#configured)
    if (named !== undefined) {
      this.name = this.#configured
      this.index = named
      return
    }
    const { index } = this
    if (index === undefined || interfaceNames().length === 0) return
    const name = interfaceIndex(this.name) === index ? this.name : interfaceName(index)
    if (name === undefined) this.index = undefined
    else this.name = name
  }

  /** One that was made again counts from zero. */
  #count(): void {
    const counters = this.#isKnown ? interfaceCounters(this.name) : undefined
    if (counters === undefined) return
    for (const [key, value] of Object.entries(counters)) {
      const before = this.#before?.[key as keyof InterfaceCounters] ?? 0
      this.#since[key] = (this.#since[key] ?? 0) + (value >= before ? value - before : value)
    }
    this.#before = counters
  }
}

function now(): number {
  return Date.now() * 1000
}
