/**
 * The baseline of record of a live sensor: in its store, saved while it runs, so that a kill costs
 * half a minute of learning and no decision.
 */
import type { LocalStore, Origin } from '#analyzer'
import { serializeBaseline } from '#analyzer'
import { isoTime } from '#sensor'
import type { Pipeline } from './pipeline.ts'

export type Phase = 'learning' | 'watching'

export const BASELINE_NAME = 'live'
export const PHASE_KEY = 'baseline.phase'
/** Capture time at which learning began, µs. */
const SINCE_KEY = 'baseline.learning_since'
const SAVE_MS = 30_000

export class BaselineOfRecord {
  readonly #store: LocalStore
  readonly #from: Origin
  /** Capture time that learning takes; undefined: the phase stays. */
  readonly #learningUs: number | undefined
  #since = Number.NaN
  #saved = -1
  #savedAt = 0

  constructor(store: LocalStore, from: Origin, learningUs: number | undefined) {
    this.#store = store
    this.#from = from
    this.#learningUs = learningUs
  }

  /** Learning goes on where it was before a restart. */
  async begin(first: number): Promise<void> {
    const known = await this.#store.getMeta(SINCE_KEY)
    this.#since = known === undefined ? first : Number(known)
    if (known === undefined) await this.#store.setMeta(SINCE_KEY, String(first))
  }

  /** Ends learning when its time has come. */
  look({ analyzer }: Pipeline): void {
    if (this.#learningUs === undefined) return
    if (analyzer.now - this.#since >= this.#learningUs) analyzer.setPhase('watching')
  }

  /** Saves what changed, not more often than is useful; at the end in any case. */
  async save({ analyzer, baseline }: Pipeline, atEnd: boolean): Promise<void> {
    const now = performance.now()
    if (!atEnd && (now - this.#savedAt < SAVE_MS || baseline.version() === this.#saved)) return
    this.#savedAt = now
    this.#saved = baseline.version()
    const text = serializeBaseline(analyzer.learned())
    await this.#store.saveBaseline(BASELINE_NAME, text)
    await this.#putOnRecord(text, baseline.phase)
    await this.#store.setMeta(PHASE_KEY, baseline.phase)
  }

  /** While it learns it changes all the time; from then on each change was somebody's decision. */
  async #putOnRecord(text: string, phase: Phase): Promise<void> {
    if (phase === 'learning') return
    const time = isoTime(Date.now() * 1000)
    const version = { kind: 'baseline' as const, name: BASELINE_NAME, text, time }
    await this.#store.putVersion({ ...version, who: 'fieldtap' }, this.#from)
  }
}
